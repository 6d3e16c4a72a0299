//! The lessons of the lab: which one is open, the list to choose from, and what is told before a run.

use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Position, Rect};
use ratatui::text::{Line, Span};
use ratatui::widgets::Paragraph;
use url::Url;

use super::Screen;
use super::composer::Stop;
use super::debug::go_to;
use super::detail::Detail;
use super::send;
use super::trace::TracePanel;
use crate::assets::{Lesson, LessonServer, lessons};
use crate::lab::ServerRule;
use crate::session;
use crate::tui::action::Action;
use crate::tui::layout::regions;
use crate::tui::message::Cmd;
use crate::tui::model::{Model, Panel, Run};
use crate::tui::theme::{Meaning, Theme};
use crate::tui::widgets::panel::{Focus, inside, more, panel};
use crate::tui::widgets::text::{Piece, clip, clip_line, wrap, wrap_plain};

/// A lesson and one of its servers, by their places in the list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LabId {
    /// The lesson.
    pub lesson: usize,
    /// Its server.
    pub server: usize,
}

/// What the lab plays.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LabChoice(Option<LabId>);

impl LabChoice {
    /// No lesson.
    pub fn none() -> Self {
        Self(None)
    }

    /// The first lesson's broken server.
    pub fn first() -> Self {
        Self(Some(LabId {
            lesson: 0,
            server: 0,
        }))
    }

    /// A lesson's server.
    pub fn of(id: LabId) -> Self {
        Self(Some(id))
    }

    /// What was kept as `lesson/server`; no lesson where there is none of that name.
    pub fn named(name: Option<&str>) -> Self {
        let found = || {
            let (lesson, server) = name?.split_once('/')?;
            let place = lessons().iter().position(|known| known.id == lesson)?;
            let mut servers = lessons()[place].servers.iter();
            Some(LabId {
                lesson: place,
                server: servers.position(|known| known.id == server)?,
            })
        };
        Self(found())
    }

    /// The names of both, as `lesson/server`.
    pub fn name(self) -> Option<String> {
        let (lesson, server) = self.parts()?;
        Some(format!("{}/{}", lesson.id, server.id))
    }

    /// The chosen one.
    pub fn chosen(self) -> Option<LabId> {
        self.0
    }

    /// The lesson and its server.
    pub fn parts(self) -> Option<(&'static Lesson, &'static LessonServer)> {
        let id = self.0?;
        let lesson = lessons().get(id.lesson)?;
        Some((lesson, lesson.servers.get(id.server)?))
    }

    /// The request that the page makes.
    pub fn line(self) -> Option<session::Line> {
        let (lesson, server) = self.parts()?;
        let request = lesson.request_to(server).clone();
        session::Line::from_value(serde_json::Value::Object(request)).ok()
    }

    /// What the server answers.
    pub fn rules(self) -> Vec<ServerRule> {
        self.parts()
            .map(|(_, server)| server.rules.clone())
            .unwrap_or_default()
    }

    /// Goes to the lesson's next server.
    pub fn switch(&mut self) {
        let Some((lesson, _)) = self.parts() else {
            return;
        };
        if let Some(id) = &mut self.0 {
            id.server = (id.server + 1) % lesson.servers.len();
        }
    }
}

/// Whether the lab answers for the host of `url`: it is named in a lesson.
pub fn is_lab(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default();
    lessons()
        .iter()
        .flat_map(|lesson| &lesson.servers)
        .flat_map(|server| &server.rules)
        .any(|rule| {
            let named = rule.host.split(':').next().unwrap_or_default();
            named.eq_ignore_ascii_case(host)
        })
}

/// The screen of lessons.
#[derive(Clone, Debug)]
pub struct Lessons {
    /// The selected one.
    pub id: LabId,
    /// The first line in view of what is told about it.
    pub offset: usize,
}

impl Lessons {
    /// Opens the list on what is chosen.
    pub fn new(choice: LabChoice) -> Self {
        let id = choice.0.unwrap_or(LabId {
            lesson: 0,
            server: 0,
        });
        Self { id, offset: 0 }
    }

    /// What the selection stands for.
    pub fn choice(&self) -> LabChoice {
        LabChoice(Some(self.id))
    }

    /// Moves the selection; false where the action does not.
    fn select_by(&mut self, action: Action) -> bool {
        let count = lessons().len();
        let lesson = match action {
            Action::Up => self.id.lesson.saturating_sub(1),
            Action::Down => (self.id.lesson + 1).min(count.saturating_sub(1)),
            Action::Top => 0,
            Action::Bottom => count.saturating_sub(1),
            Action::NextChoice | Action::PreviousChoice => {
                let servers = lessons()[self.id.lesson].servers.len();
                let step = match action {
                    Action::NextChoice => 1,
                    _ => servers - 1,
                };
                self.id.server = (self.id.server + step) % servers;
                self.offset = 0;
                return true;
            }
            _ => return false,
        };
        self.select(lesson);
        true
    }

    /// Selects a lesson, its broken server first.
    fn select(&mut self, lesson: usize) {
        if lesson != self.id.lesson {
            self.id = LabId { lesson, server: 0 };
            self.offset = 0;
        }
    }
}

/// Opens the screen on what is chosen.
pub fn open(model: &mut Model) {
    model.lessons = Lessons::new(model.lab);
    model.screen = Screen::Lessons;
}

/// Does what an action says; `None` where it means nothing here.
pub fn act(model: &mut Model, action: Action) -> Option<Vec<Cmd>> {
    match action {
        Action::Dismiss => model.screen = Screen::Debug,
        Action::Accept => fill_in(model),
        Action::Send => {
            fill_in(model);
            return Some(send::ask(model));
        }
        Action::PageUp | Action::PageDown => scroll(model, action),
        _ => return model.lessons.select_by(action).then(Vec::new),
    }
    Some(Vec::new())
}

/// Scrolls what is told about the lesson.
fn scroll(model: &mut Model, action: Action) {
    let (_, told) = parts(inside(regions(model).body));
    let height = usize::from(told.height);
    let last = told_lines(model, told).len().saturating_sub(height);
    let page = height.saturating_sub(1).max(1);
    let offset = model.lessons.offset.min(last);
    model.lessons.offset = match action {
        Action::PageUp => offset.saturating_sub(page),
        _ => (offset + page).min(last),
    };
}

/// Fills in the selected lesson's request; the run before belongs to another one.
fn fill_in(model: &mut Model) {
    model.screen = Screen::Debug;
    model.lab = model.lessons.choice();
    model.composer.kept = None;
    if let Some(line) = model.lab.line() {
        model.composer.fill(&line);
    }
    model.outcome = None;
    model.detail = Detail::default();
    model.trace = TracePanel::default();
    model.composer.stop = Stop::Url;
    go_to(model, Panel::Request);
    model.predict();
}

/// Takes a click: it selects the lesson under it.
pub fn click(model: &mut Model, position: Position) {
    if let Some(lesson) = lesson_at(model, position) {
        model.lessons.select(lesson);
    }
}

/// The parts of the list: lessons, and what is told about the selected one.
fn parts(inner: Rect) -> (Rect, Rect) {
    let count = u16::try_from(lessons().len()).unwrap_or(u16::MAX);
    if inner.width >= 90 {
        let [list, _, told] = Layout::horizontal([
            Constraint::Length(42),
            Constraint::Length(2),
            Constraint::Fill(1),
        ])
        .areas(inner);
        return (list, told);
    }
    // The list must stay longer than what is told under it.
    let told = inner.height.saturating_sub(count + 1);
    let told = told.max(inner.height / 3).min(inner.height);
    let gap = u16::from(inner.height > count + told);
    let [list, _, told] = Layout::vertical([
        Constraint::Fill(1),
        Constraint::Length(gap),
        Constraint::Length(told),
    ])
    .areas(inner);
    (list, told)
}

/// Draws the list.
///
/// ```text
/// ╭▸ Lessons ──────────────────────────────────────────────╮
/// │ ▸ 1 The empty price section   The shop's page asks …   │
/// │   2 …                                                  │
/// │                               Servers                  │
/// │                               ● As it is       broken  │
/// │                               ○ The API names … repaired│
/// ╰────────────────────────────────────────────────────────╯
/// ```
pub fn draw(model: &Model, area: Rect, frame: &mut Frame) {
    let theme = &model.theme;
    let open = &model.lessons;
    let (list, told) = parts(inside(area));
    let mut lines = told_lines(model, told);
    let height = usize::from(told.height);
    let offset = open.offset.min(lines.len().saturating_sub(height));
    let mut block = panel(theme, "Lessons", Focus::Here);
    if let Some(signs) = more(lines.len(), offset, height) {
        block = block.title_bottom(Line::styled(signs, theme[Meaning::Muted]).right_aligned());
    }
    frame.render_widget(block, area);
    frame.render_widget(Paragraph::new(list_lines(open, theme, list)), list);
    lines.drain(..offset);
    frame.render_widget(Paragraph::new(lines), told);
}

/// What is told about the selected lesson.
fn told_lines(model: &Model, told: Rect) -> Vec<Line<'static>> {
    let theme = &model.theme;
    let Some((lesson, server)) = model.lessons.choice().parts() else {
        return Vec::new();
    };
    let width = usize::from(told.width);
    let mut lines = Vec::new();
    let roomy = told.height >= 14;
    if roomy {
        lines.extend(wrap_plain(&lesson.title, theme[Meaning::Strong], width));
        lines.push(Line::default());
        lines.extend(wrap_plain(&lesson.story, theme[Meaning::Value], width));
        lines.push(Line::default());
        lines.push(Line::styled("Servers", theme[Meaning::Heading]));
    } else if told.height >= 7 {
        lines.push(Line::default());
        lines.extend(wrap_plain(&lesson.summary, theme[Meaning::Muted], width));
    } else if told.height >= 6 {
        lines.push(Line::default());
    }
    lines.extend(server_lines(lesson, server, theme, width));
    if roomy {
        lines.push(Line::default());
    }
    lines.extend(wrap_plain(
        &server.explanation,
        theme[Meaning::Value],
        width,
    ));
    lines
}

fn list_offset(open: &Lessons, height: usize) -> usize {
    (open.id.lesson + 1).saturating_sub(height)
}

fn list_lines(open: &Lessons, theme: &Theme, area: Rect) -> Vec<Line<'static>> {
    let height = usize::from(area.height);
    let width = usize::from(area.width);
    lessons()
        .iter()
        .enumerate()
        .skip(list_offset(open, height))
        .take(height)
        .map(|(at, lesson)| {
            let (sign, style) = match at == open.id.lesson {
                true => ("▸", theme[Meaning::Selected]),
                false => (" ", theme[Meaning::Value]),
            };
            let text = clip(&format!("{sign} {:>2}  {}", at + 1, lesson.title), width);
            Line::styled(format!("{text:width$}"), style)
        })
        .collect()
}

fn server_lines(
    lesson: &Lesson,
    chosen: &LessonServer,
    theme: &Theme,
    width: usize,
) -> Vec<Line<'static>> {
    lesson
        .servers
        .iter()
        .map(|server| {
            let (sign, style) = match server.id == chosen.id {
                true => ("● ", theme[Meaning::Selected]),
                false => ("○ ", theme[Meaning::Value]),
            };
            let line = Line::from(vec![
                Span::styled(format!("{sign}{}: ", server.id), style),
                Span::styled(server.title.clone(), style),
            ]);
            clip_line(line, width)
        })
        .collect()
}

/// The lesson under a position of the screen.
fn lesson_at(model: &Model, position: Position) -> Option<usize> {
    let (list, _) = parts(inside(regions(model).body));
    if !list.contains(position) {
        return None;
    }
    let at =
        list_offset(&model.lessons, usize::from(list.height)) + usize::from(position.y - list.y);
    (at < lessons().len()).then_some(at)
}

/// What stands in the trace before a run: the lesson's story, and how to go on.
pub fn story(model: &Model, width: usize) -> Vec<Line<'static>> {
    let theme = &model.theme;
    let text = theme[Meaning::Value];
    let mut lines = Vec::new();
    match model.lesson() {
        Some((lesson, _)) => {
            lines.extend(wrap_plain(&lesson.title, theme[Meaning::Strong], width));
            lines.push(Line::default());
            lines.extend(wrap_plain(&lesson.story, text, width));
            lines.push(Line::default());
            lines.extend(key_line(
                model,
                Action::Send,
                "sends the request to the lab, a server inside this program.",
                width,
            ));
        }
        None => {
            lines.extend(wrap_plain(
                "Nothing was sent yet.",
                theme[Meaning::Strong],
                width,
            ));
            lines.push(Line::default());
            lines.extend(key_line(
                model,
                Action::Send,
                "sends the request as the browser would, and shows here what it decides.",
                width,
            ));
        }
    }
    for (action, text) in [
        (Action::Lessons, "opens the lessons."),
        (Action::Palette, "finds every command."),
        (Action::Help, "shows the keys."),
    ] {
        lines.extend(key_line(model, action, text, width));
    }
    lines
}

fn key_line(model: &Model, action: Action, text: &str, width: usize) -> Vec<Line<'static>> {
    let places = [crate::tui::action::Place::Anywhere];
    let Some(key) = model.keymap.key_for(&places, action) else {
        return Vec::new();
    };
    let value = model.theme[Meaning::Value];
    let pieces = [
        Piece::new(key.to_string(), model.theme[Meaning::Key]),
        Piece::new(format!(" {text}"), value),
    ];
    wrap(&pieces, width, 3, value)
}

/// What stands in the detail before a run: the server that plays, and where to look.
pub fn hint(model: &Model, width: usize) -> Vec<Line<'static>> {
    let theme = &model.theme;
    let muted = theme[Meaning::Muted];
    if matches!(model.run, Run::Sending(_)) {
        return key_line(
            model,
            Action::Escape,
            "stops the run and keeps what is known by then.",
            width,
        );
    }
    let Some((lesson, server)) = model.lesson() else {
        return wrap_plain(
            "The reason for each step, the raw headers and the body will stand here.",
            muted,
            width,
        );
    };
    let mut lines = vec![Line::styled("The server", theme[Meaning::Heading])];
    lines.extend(server_lines(lesson, server, theme, width));
    lines.extend(wrap_plain(
        &server.explanation,
        theme[Meaning::Value],
        width,
    ));
    lines.extend(key_line(
        model,
        Action::SwitchServer,
        "switches to the other server.",
        width,
    ));
    lines.push(Line::default());
    lines.push(Line::styled(
        "Where to look afterwards",
        theme[Meaning::Heading],
    ));
    lines.extend(wrap_plain(&lesson.hint, theme[Meaning::Value], width));
    lines
}
