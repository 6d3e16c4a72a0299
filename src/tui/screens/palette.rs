//! The command palette: every action of the key table, found by typing a part of what it does.

use fuzzy_matcher::FuzzyMatcher as _;
use fuzzy_matcher::skim::SkimMatcherV2;
use ratatui::Frame;
use ratatui::layout::{Position, Rect};
use ratatui::text::{Line, Span};
use ratatui::widgets::{Clear, Paragraph};

use super::browser::Held;
use super::composer::Stop;
use super::debug::go_to;
use super::{Screen, help, history, lessons};
use crate::tui::action::{Action, Place};
use crate::tui::keymap::{Binding, Keymap};
use crate::tui::layout::overlay;
use crate::tui::message::Cmd;
use crate::tui::model::{Model, Overlay, Panel};
use crate::tui::theme::{Meaning, Theme};
use crate::tui::update::act as do_action;
use crate::tui::widgets::field::{Lines, TextField};
use crate::tui::widgets::panel::{Focus, inside, more, panel};
use crate::tui::widgets::text::{clip, clip_line, columns};

/// The palette, open.
#[derive(Clone, Debug)]
pub struct Palette {
    /// What is typed.
    pub field: TextField,
    /// The selected one of the commands that fit.
    pub selected: usize,
    /// Every command, those of where the focus was first.
    commands: Vec<Command>,
}

/// An action and where it counts.
#[derive(Clone, Debug)]
pub struct Command {
    /// What it does.
    pub action: Action,
    /// Where.
    place: Place,
    /// The key, as people write it.
    key: String,
    /// What it says.
    pub text: String,
}

impl Command {
    fn of(row: &Binding) -> Self {
        Self {
            action: row.action,
            place: row.place,
            key: row
                .keys
                .first()
                .map(ToString::to_string)
                .unwrap_or_default(),
            text: row.help.clone(),
        }
    }
}

impl Palette {
    /// Every action of the table once, as it counts nearest to `places`.
    pub fn new(keymap: &Keymap, places: &[Place]) -> Self {
        let near = places.iter().flat_map(|place| keymap.rows_in(*place));
        let mut commands: Vec<Command> = Vec::new();
        for row in near.chain(keymap.rows()) {
            let known = |command: &Command| command.action == row.action;
            if row.action != Action::Palette && !commands.iter().any(known) {
                commands.push(Command::of(row));
            }
        }
        Self {
            field: TextField::new("", Lines::One),
            selected: 0,
            commands,
        }
    }

    /// The commands whose words or name fit what is typed, those that begin with it first, then the best; all in their order where nothing is.
    pub fn fitting(&self) -> Vec<(&Command, Vec<usize>)> {
        let typed = self.field.text();
        if typed.trim().is_empty() {
            return self
                .commands
                .iter()
                .map(|command| (command, Vec::new()))
                .collect();
        }
        let matcher = SkimMatcherV2::default();
        let mut fitting: Vec<_> = self
            .commands
            .iter()
            .filter_map(|command| {
                let wanted = typed.trim();
                let name = matcher.fuzzy_match(&command.action.name(), wanted);
                match (matcher.fuzzy_indices(&command.text, wanted), name) {
                    (Some((score, at)), name) => {
                        Some((score.max(name.unwrap_or(score)), command, at))
                    }
                    (None, name) => Some((name?, command, Vec::new())),
                }
            })
            .collect();
        // The first word says what a command does.
        let begins = |at: &[usize]| at.iter().copied().eq(0..at.len().max(1));
        fitting.sort_by_key(|(score, _, at)| std::cmp::Reverse((begins(at), *score)));
        fitting
            .into_iter()
            .map(|(_, command, at)| (command, at))
            .collect()
    }

    fn select(&mut self, action: Action, page: usize) -> bool {
        let last = self.fitting().len().saturating_sub(1);
        self.selected = match action {
            Action::Down if self.selected >= last => 0,
            Action::Down => self.selected + 1,
            Action::Up => self.selected.checked_sub(1).unwrap_or(last),
            Action::PageDown => self.selected + page,
            Action::PageUp => self.selected.saturating_sub(page),
            _ => return false,
        }
        .min(last);
        true
    }
}

/// Opens the palette.
pub fn open(model: &mut Model) {
    let palette = Palette::new(&model.keymap, &model.places());
    model.overlay = Overlay::Palette(Box::new(palette));
}

/// Does what an action says.
pub fn act(model: &mut Model, action: Action) -> Vec<Cmd> {
    let (list, _) = parts(model);
    let Overlay::Palette(palette) = &mut model.overlay else {
        return Vec::new();
    };
    match action {
        Action::Accept => {
            let chosen = palette
                .fitting()
                .get(palette.selected)
                .map(|(command, _)| (*command).clone());
            return chosen.map_or_else(Vec::new, |command| run(model, &command));
        }
        Action::Dismiss => model.overlay = Overlay::None,
        _ => {
            if !palette.select(action, usize::from(list.height)) {
                palette.field.edit(action);
                palette.selected = 0;
            }
        }
    }
    Vec::new()
}

/// Does what a command says, after going where it counts.
fn run(model: &mut Model, command: &Command) -> Vec<Cmd> {
    model.overlay = Overlay::None;
    let mut commands = go_where_it_counts(model, command.place);
    match do_action(model, command.action) {
        Some(more) => {
            commands.extend(more);
            commands
        }
        None => {
            model.say(format!("“{}” means nothing here.", command.text));
            commands
        }
    }
}

fn go_where_it_counts(model: &mut Model, place: Place) -> Vec<Cmd> {
    let stop = match place {
        Place::Url => Some(Stop::Url),
        Place::Method => Some(Stop::Method),
        Place::AddHeader => Some(Stop::AddHeader),
        Place::Choice => Some(Stop::Api),
        Place::Header if !model.composer.headers.is_empty() => Some(Stop::Header(0)),
        Place::Text => Some(Stop::Url),
        _ => None,
    };
    if model.places().contains(&place) {
        return Vec::new();
    }
    match place {
        Place::Lessons => {
            lessons::open(model);
            return Vec::new();
        }
        Place::Help => {
            help::open(model);
            return Vec::new();
        }
        Place::History => return history::open(model),
        Place::Browser => {
            model.overlay = Overlay::Browser(Held::default());
            return Vec::new();
        }
        Place::Trace | Place::Panel | Place::Found => go_to(model, Panel::Trace),
        Place::Detail => go_to(model, Panel::Detail),
        Place::Composer => go_to(model, Panel::Request),
        _ => {}
    }
    if let Some(stop) = stop {
        model.composer.stop = stop;
        go_to(model, Panel::Request);
    }
    if !matches!(place, Place::Anywhere | Place::Always) {
        model.screen = Screen::Debug;
    }
    Vec::new()
}

/// Takes a click: on a command it does it, outside it closes the palette.
pub fn click(model: &mut Model, position: Position) -> Vec<Cmd> {
    let (list, area) = parts(model);
    let offset = offset(model, list);
    let Overlay::Palette(palette) = &mut model.overlay else {
        return Vec::new();
    };
    if list.contains(position) {
        let at = offset + usize::from(position.y - list.y);
        if at < palette.fitting().len() {
            palette.selected = at;
            return act(model, Action::Accept);
        }
    } else if !area.contains(position) {
        model.overlay = Overlay::None;
    }
    Vec::new()
}

/// The list, and the whole.
fn parts(model: &Model) -> (Rect, Rect) {
    let area = overlay(model, 76, 22);
    let inner = inside(area);
    let above = 2.min(inner.height);
    let list = Rect {
        y: inner.y + above,
        height: inner.height - above,
        ..inner
    };
    (list, area)
}

fn offset(model: &Model, list: Rect) -> usize {
    match &model.overlay {
        Overlay::Palette(palette) => {
            (palette.selected + 1).saturating_sub(usize::from(list.height))
        }
        _ => 0,
    }
}

/// Draws the palette.
///
/// ```text
/// ╭▸ Commands ─────────────────────────────────────────────╮
/// │ > zoo                                                  │
/// │                                                        │
/// │ Give this panel all the room, and back               z │
/// ╰────────────────────────────────────────────────────────╯
/// ```
pub fn draw(model: &Model, palette: &Palette, frame: &mut Frame) {
    let theme = &model.theme;
    let (list, area) = parts(model);
    let inner = inside(area);
    let fitting = palette.fitting();
    let height = usize::from(list.height);
    let offset = offset(model, list);
    frame.render_widget(Clear, area);
    let mut block = panel(theme, "Commands", Focus::Here).style(theme[Meaning::Text]);
    if let Some(signs) = more(fitting.len(), offset, height) {
        let signs = Line::styled(signs, theme[Meaning::Muted]);
        block = block.title_bottom(signs.right_aligned());
    }
    frame.render_widget(block, area);
    let width = usize::from(inner.width);
    let typed = palette.field.rows(width.saturating_sub(3).max(1));
    let text = typed.rows.first().cloned().unwrap_or_default();
    let mut input = Line::from(vec![
        Span::styled("> ", theme[Meaning::Key]),
        Span::styled(text, theme[Meaning::Strong]),
    ]);
    if palette.field.is_empty() {
        input.push_span(Span::styled(
            "a part of what it does",
            theme[Meaning::Placeholder],
        ));
    }
    frame.render_widget(
        Paragraph::new(clip_line(input, width)),
        Rect {
            height: inner.height.min(1),
            ..inner
        },
    );
    let mut lines: Vec<Line<'static>> = fitting
        .iter()
        .enumerate()
        .skip(offset)
        .take(height)
        .map(|(at, (command, found))| {
            let line = command_line(command, found, theme, width);
            match at == palette.selected {
                true => theme.selected(line, Meaning::Selected),
                false => line,
            }
        })
        .collect();
    if lines.is_empty() {
        lines.push(Line::styled("No command fits.", theme[Meaning::Muted]));
    }
    frame.render_widget(Paragraph::new(lines), list);
    let x = inner
        .x
        .saturating_add(u16::try_from(typed.cursor.1 + 2).unwrap_or(u16::MAX));
    if typed.cursor.0 == 0 && x < inner.right() && inner.height > 0 {
        frame.set_cursor_position(Position::new(x, inner.y));
    }
}

/// What it does at the left, where it counts and its key at the right.
fn command_line(command: &Command, found: &[usize], theme: &Theme, width: usize) -> Line<'static> {
    let key = clip(&command.key, width / 3);
    let room = width.saturating_sub(columns(&key) + 2);
    let text = clip(&command.text, room);
    let mut line = Line::default();
    for (at, c) in text.chars().enumerate() {
        let style = match found.contains(&at) {
            true => theme[Meaning::Key],
            false => theme[Meaning::Value],
        };
        line.push_span(Span::styled(c.to_string(), style));
    }
    let gap = width.saturating_sub(columns(&text) + columns(&key));
    line.push_span(Span::raw(" ".repeat(gap)));
    line.push_span(Span::styled(key, theme[Meaning::Key]));
    line
}
