//! Named requests in files beside the user's code: one is opened into the form, or the form is saved as
//! one. The runtime reads and writes the files.

use ratatui::Frame;
use ratatui::layout::{Position, Rect};
use ratatui::text::{Line, Span};
use ratatui::widgets::{Clear, Paragraph};

use super::Screen;
use super::bars::hint_line;
use super::debug::{edited, go_to};
use crate::diagnose::shown;
use crate::history::{Listed, NamedRequest, SUFFIX};
use crate::tui::action::{Action, Place};
use crate::tui::layout::overlay;
use crate::tui::message::Cmd;
use crate::tui::model::{Model, Overlay, Panel};
use crate::tui::theme::Meaning;
use crate::tui::widgets::field::{Lines, TextField};
use crate::tui::widgets::panel::{Focus, inside, more, panel};
use crate::tui::widgets::text::{clip, clip_line, wrap_plain};

/// Columns and rows of the list.
const SIZE: (u16, u16) = (84, 20);

/// Rows of what stands above the files and below them.
const AROUND: u16 = 4;

/// What the runtime does with the files of this folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RequestsOrder {
    /// Tell which there are.
    List,
    /// Read one.
    Open {
        /// Its name.
        name: String,
        /// Which of its profiles fills its variables, before the environment.
        profile: Option<String>,
    },
    /// Write one.
    Save {
        /// Its name.
        name: String,
        /// What stands in it.
        named: Box<NamedRequest>,
        /// Whether over a file that is there.
        over: bool,
    },
}

/// What the runtime tells of them.
#[derive(Clone, Debug)]
pub enum RequestsEvent {
    /// Which there are.
    Listed(Vec<Listed>),
    /// One was read.
    Opened {
        /// Its name.
        name: String,
        /// What stands in it.
        named: Box<NamedRequest>,
    },
    /// The form was written.
    Saved {
        /// Under that name.
        name: String,
        /// The variables that took the place of secrets.
        variables: Vec<String>,
    },
    /// There is a file of that name.
    IsThere(String),
    /// Something did not work.
    Failed(String),
}

/// What the list is open for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Purpose {
    Open,
    Save,
}

/// The list, open.
#[derive(Clone, Debug)]
pub struct Requests {
    /// A part of a name, or the name to save under.
    pub field: TextField,
    purpose: Purpose,
    /// The files; `None` until they are known.
    listed: Option<Vec<Listed>>,
    /// The selected row.
    pub selected: usize,
    /// The name of a file that is there and would be written over.
    over: Option<String>,
}

/// A file, with one of its profiles or without.
struct Row<'a> {
    file: &'a Listed,
    profile: Option<&'a str>,
}

impl Requests {
    /// The place of the key table.
    pub fn place(&self) -> Place {
        match self.purpose {
            Purpose::Open => Place::Requests,
            Purpose::Save => Place::Name,
        }
    }

    /// The rows that what is typed leaves; all of them while saving.
    fn rows(&self) -> Vec<Row<'_>> {
        let typed = self.field.text().trim().to_lowercase();
        let mut rows = Vec::new();
        for file in self.listed.iter().flatten() {
            let profiles = match &file.outline {
                Ok(outline) if self.purpose == Purpose::Open => outline.profiles.as_slice(),
                _ => &[],
            };
            let profiles = profiles.iter().map(|name| Some(name.as_str()));
            for profile in std::iter::once(None).chain(profiles) {
                let text = format!("{} {}", file.name, profile.unwrap_or_default());
                if self.purpose == Purpose::Save || text.to_lowercase().contains(&typed) {
                    rows.push(Row { file, profile });
                }
            }
        }
        rows
    }

    fn select(&mut self, action: Action, page: usize) -> bool {
        let last = self.rows().len().saturating_sub(1);
        self.selected = match action {
            Action::Down => self.selected + 1,
            Action::Up => self.selected.saturating_sub(1),
            Action::PageDown => self.selected + page,
            Action::PageUp => self.selected.saturating_sub(page),
            _ => return false,
        }
        .min(last);
        true
    }
}

/// Opens the list of what can be opened.
pub fn open(model: &mut Model) -> Vec<Cmd> {
    show(model, Purpose::Open, "")
}

/// Opens the list with the name to save the form under, where the form holds a request.
pub fn save(model: &mut Model) -> Vec<Cmd> {
    if model.composer.parse().is_err() {
        model.warn("There is nothing to save: mend the mistakes in the request first.");
        go_to(model, Panel::Request);
        return Vec::new();
    }
    let name = model.composer.name.clone().unwrap_or_default();
    show(model, Purpose::Save, &name)
}

fn show(model: &mut Model, purpose: Purpose, typed: &str) -> Vec<Cmd> {
    model.overlay = Overlay::Requests(Box::new(Requests {
        field: TextField::new(typed, Lines::One),
        purpose,
        listed: None,
        selected: 0,
        over: None,
    }));
    vec![Cmd::Requests(RequestsOrder::List)]
}

/// Does what an action says.
pub fn act(model: &mut Model, action: Action) -> Vec<Cmd> {
    let page = usize::from(list_area(model).height).max(1);
    let Overlay::Requests(open) = &mut model.overlay else {
        return Vec::new();
    };
    match (action, open.purpose) {
        (Action::Dismiss, _) => model.overlay = Overlay::None,
        (Action::Accept, Purpose::Open) => return load(model),
        (Action::Accept, Purpose::Save) => return write(model),
        _ => {
            if !open.select(action, page) && open.field.edit(action) {
                typed(open);
            }
        }
    }
    Vec::new()
}

/// What is typed has changed.
pub fn typed(open: &mut Requests) {
    open.selected = 0;
    open.over = None;
}

fn load(model: &mut Model) -> Vec<Cmd> {
    let Overlay::Requests(open) = &model.overlay else {
        return Vec::new();
    };
    let rows = open.rows();
    let Some(row) = rows.get(open.selected) else {
        return Vec::new();
    };
    let order = RequestsOrder::Open {
        name: row.file.name.clone(),
        profile: row.profile.map(str::to_owned),
    };
    vec![Cmd::Requests(order)]
}

fn write(model: &mut Model) -> Vec<Cmd> {
    let Overlay::Requests(open) = &model.overlay else {
        return Vec::new();
    };
    let name = open.field.text().trim().to_owned();
    if name.is_empty() {
        model.warn("Type a name to save the request under.");
        return Vec::new();
    }
    let over = open.over.as_ref() == Some(&name);
    let named = NamedRequest {
        form: model.composer.form(),
        cookies: (model.composer.cookies.iter())
            .map(|(_, line)| line.clone())
            .collect(),
    };
    vec![Cmd::Requests(RequestsOrder::Save {
        name,
        named: Box::new(named),
        over,
    })]
}

/// Takes what the runtime tells. What comes after the list was closed is too late, but for what was done.
pub fn take(model: &mut Model, event: RequestsEvent) {
    match event {
        RequestsEvent::Listed(listed) => {
            if let Overlay::Requests(open) = &mut model.overlay {
                open.listed = Some(listed);
            }
        }
        RequestsEvent::IsThere(name) => {
            if let Overlay::Requests(open) = &mut model.overlay {
                open.over = Some(name);
            }
        }
        RequestsEvent::Opened { name, named } => {
            let undo = model.keymap.key_for(&[Place::Text], Action::Undo);
            let undo = undo.map(|key| format!(" {key} puts the form back."));
            model.overlay = Overlay::None;
            model.say(format!(
                "Opened {}.{}",
                shown(&name),
                undo.unwrap_or_default()
            ));
            model.composer.open(name, *named);
            model.screen = Screen::Debug;
            go_to(model, Panel::Request);
            edited(model);
        }
        RequestsEvent::Saved { name, variables } => {
            model.overlay = Overlay::None;
            let name_shown = shown(&name);
            model.say(match variables.as_slice() {
                [] => format!("Saved as {name_shown}{SUFFIX}."),
                names => format!(
                    "Saved as {name_shown}{SUFFIX}, without its secrets. Set before you open it: {}.",
                    names.join(", ")
                ),
            });
            model.composer.name = Some(name);
        }
        RequestsEvent::Failed(why) => model.warn(sentence(&why)),
    }
}

/// The first line of what went wrong and the last: a parser draws the text between them.
fn sentence(why: &str) -> String {
    let mut lines = why.lines().filter(|line| !line.trim().is_empty());
    let first = lines.next().unwrap_or_default();
    match lines.next_back() {
        Some(last) => shown(&format!("{first}: {}", last.trim())),
        None => shown(first),
    }
}

/// Where the files stand.
fn list_area(model: &Model) -> Rect {
    let inner = inside(overlay(model, SIZE.0, SIZE.1));
    Rect {
        y: inner.y + 2.min(inner.height),
        height: inner.height.saturating_sub(AROUND),
        ..inner
    }
}

fn offset(open: &Requests, height: usize) -> usize {
    (open.selected + 1).saturating_sub(height)
}

/// Takes a click: it selects what is under it, and opens it where it is selected.
pub fn click(model: &mut Model, position: Position) -> Vec<Cmd> {
    let list = list_area(model);
    let Overlay::Requests(open) = &mut model.overlay else {
        return Vec::new();
    };
    if !list.contains(position) {
        return Vec::new();
    }
    let at = offset(open, usize::from(list.height)) + usize::from(position.y - list.y);
    let rows = open.rows();
    let Some(row) = rows.get(at) else {
        return Vec::new();
    };
    match open.purpose {
        Purpose::Save => {
            let name = row.file.name.clone();
            open.field.replace(&name);
            typed(open);
        }
        Purpose::Open if open.selected == at => return load(model),
        Purpose::Open => open.selected = at,
    }
    Vec::new()
}

/// Draws the list.
///
/// ```text
/// ╭▸ Saved requests ───────────────────────────────────────╮
/// │ > pri                                                  │
/// │                                                        │
/// │ prices           PUT ${API}/prices                     │
/// │ prices  staging  PUT ${API}/prices                     │
/// │                                                        │
/// │ Enter open   ↓ next   Esc close                        │
/// ╰────────────────────────────────────────────────────────╯
/// ```
pub fn draw(model: &Model, open: &Requests, frame: &mut Frame) {
    let theme = &model.theme;
    let area = overlay(model, SIZE.0, SIZE.1);
    let (inner, list) = (inside(area), list_area(model));
    let (width, height) = (usize::from(list.width), usize::from(list.height));
    let rows = open.rows();
    let offset = offset(open, height);
    let title = match open.purpose {
        Purpose::Open => "Saved requests",
        Purpose::Save => "Save the request",
    };
    frame.render_widget(Clear, area);
    let mut block = panel(theme, title, Focus::Here).style(theme[Meaning::Text]);
    if let Some(signs) = more(rows.len(), offset, height) {
        block = block.title_bottom(Line::styled(signs, theme[Meaning::Muted]).right_aligned());
    }
    frame.render_widget(block, area);
    draw_field(model, open, inner, frame);
    let lines = match &open.listed {
        None => Vec::new(),
        Some(_) if open.over.is_some() => wrap_plain(
            "There is a file of that name. The same key again writes over it; its profiles stay, its \
             variables become what they stand for now.",
            theme[Meaning::Warning],
            width,
        ),
        Some(_) if rows.is_empty() => empty(model, open, width),
        Some(_) => (rows.iter().enumerate())
            .skip(offset)
            .take(height)
            .map(|(at, row)| {
                let selected = at == open.selected && open.purpose == Purpose::Open;
                draw_row(model, row, selected, width)
            })
            .collect(),
    };
    frame.render_widget(Paragraph::new(lines), list);
    let keys = Rect {
        y: inner.bottom().saturating_sub(1),
        height: inner.height.min(1),
        ..inner
    };
    frame.render_widget(Paragraph::new(hint_line(model, width)), keys);
}

fn empty(model: &Model, open: &Requests, width: usize) -> Vec<Line<'static>> {
    let key = model.keymap.key_for(&[Place::Anywhere], Action::Save);
    let key = key.map(|key| key.to_string()).unwrap_or_default();
    let text = match (open.purpose, open.field.is_empty()) {
        (Purpose::Save, _) => format!(
            "It is written to NAME{SUFFIX} in this folder, to be kept with your code. Secrets are not: \
             variables take their place."
        ),
        (Purpose::Open, true) => {
            format!(
                "No NAME{SUFFIX} in this folder yet. {key} saves the request in the form as one."
            )
        }
        (Purpose::Open, false) => "No name holds this.".to_owned(),
    };
    wrap_plain(&text, model.theme[Meaning::Muted], width)
}

fn draw_field(model: &Model, open: &Requests, inner: Rect, frame: &mut Frame) {
    let theme = &model.theme;
    let width = usize::from(inner.width);
    let typed = open.field.rows(width.saturating_sub(3).max(1));
    let mut line = Line::from(vec![
        Span::styled("> ", theme[Meaning::Key]),
        Span::styled(
            typed.rows.first().cloned().unwrap_or_default(),
            theme[Meaning::Strong],
        ),
    ]);
    let behind = match (open.purpose, open.field.is_empty()) {
        (Purpose::Open, true) => "a part of the name",
        (Purpose::Save, true) => "its name; without its secrets it goes to NAME.corscope.toml here",
        (Purpose::Save, false) => SUFFIX,
        (Purpose::Open, false) => "",
    };
    line.push_span(Span::styled(behind, theme[Meaning::Placeholder]));
    let row = Rect {
        height: inner.height.min(1),
        ..inner
    };
    frame.render_widget(Paragraph::new(clip_line(line, width)), row);
    let column = u16::try_from(typed.cursor.1 + 2).unwrap_or(u16::MAX);
    let x = inner.x.saturating_add(column);
    if typed.cursor.0 == 0 && x < inner.right() && inner.height > 0 {
        frame.set_cursor_position(Position::new(x, inner.y));
    }
}

fn draw_row(model: &Model, row: &Row<'_>, selected: bool, width: usize) -> Line<'static> {
    let theme = &model.theme;
    let sign = if selected { "▸ " } else { "  " };
    let column = width / 3;
    let name = match row.profile {
        Some(profile) => format!("{}  {}", shown(&row.file.name), shown(profile)),
        None => shown(&row.file.name),
    };
    let name = clip(&name, column);
    let (text, meaning) = match &row.file.outline {
        Ok(outline) => (
            format!("{} {}", shown(&outline.method), shown(&outline.url)),
            Meaning::Muted,
        ),
        Err(why) => (format!("✗ {}", sentence(why)), Meaning::Mistake),
    };
    let text = clip(&text, width.saturating_sub(column + 4));
    let line = Line::from(vec![
        Span::styled(format!("{sign}{name:column$}  "), theme[Meaning::Value]),
        Span::styled(
            format!("{text:room$}", room = width - (column + 4).min(width)),
            theme[meaning],
        ),
    ]);
    match selected {
        true => Line::styled(line.to_string(), theme[Meaning::Selected]),
        false => line,
    }
}
