//! What became of a pasted command, call or console error: the form filled, and a word on each part.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::Line;
use ratatui::widgets::{Clear, Paragraph};
use url::Url;

use super::Screen;
use super::bars::hint_line;
use super::composer::Stop;
use super::debug::go_to;
use super::history;
use super::lessons::is_lab;
use crate::diagnose::shown;
use crate::import::{Format, Imported, format, read_as};
use crate::tui::action::{Action, Place};
use crate::tui::layout::overlay;
use crate::tui::model::{Model, Overlay, Panel};
use crate::tui::outcome::Outcome;
use crate::tui::theme::Meaning;
use crate::tui::widgets::panel::{Focus, inside, more, panel};
use crate::tui::widgets::text::{Piece, columns, wrap};

/// Columns of the list.
const WIDTH: u16 = 84;

/// The notes of an import, open.
#[derive(Clone, Debug)]
pub struct Notes {
    /// What was read.
    title: String,
    /// How sure each part is, and the sentence about it.
    notes: Vec<(&'static str, String)>,
    /// How many lines are scrolled away.
    offset: usize,
}

impl Notes {
    /// The notes of what was imported.
    pub fn of(imported: &Imported) -> Self {
        let told = |note: &crate::import::Note| {
            let place = note.place.map(|place| format!(" ({place})"));
            let text = note.sentence() + &place.unwrap_or_default();
            (note.kind.as_str(), shown(&text))
        };
        Self {
            title: format!("Read from {}", name(imported.format)),
            notes: imported.notes.iter().map(told).collect(),
            offset: 0,
        }
    }

    /// Does what an action says.
    pub fn act(&mut self, action: Action, (total, height): (usize, usize)) {
        let limit = total.saturating_sub(height);
        let page = height.saturating_sub(1).max(1);
        self.offset = match action {
            Action::Up => self.offset.saturating_sub(1),
            Action::Down => self.offset + 1,
            Action::PageUp => self.offset.saturating_sub(page),
            Action::PageDown => self.offset + page,
            Action::Top => 0,
            Action::Bottom => limit,
            _ => self.offset,
        }
        .min(limit);
    }
}

fn name(format: Format) -> &'static str {
    match format {
        Format::Url => "an address",
        Format::Http => "an HTTP request",
        Format::Element => "an element of HTML",
        Format::Curl => "a curl command",
        Format::PowerShell => "a PowerShell command",
        Format::Fetch => "JavaScript",
        Format::Console => "a console error",
    }
}

/// Fills the form with a pasted request; false where the text is none, so that it is plain text. One that
/// cannot be read is told, and plain text too.
pub fn paste(model: &mut Model, text: &str) -> bool {
    let filtering = history::takes_text(model);
    if filtering || model.is_searching() || !matches!(model.overlay, Overlay::None) {
        return false;
    }
    let typing = model.screen == Screen::Debug && model.panel == Panel::Request;
    let Some(format) = format(text) else {
        return false;
    };
    if format == Format::Url && typing && !takes_the_place_of_the_url(model) {
        return false;
    }
    match read_as(format, text) {
        Ok(imported) => {
            model.screen = Screen::Debug;
            go_to(model, Panel::Request);
            match format {
                Format::Url => fill_url(model, &imported.form.url),
                _ => fill(model, imported.without_network()),
            }
            true
        }
        Err(error) => {
            model.warn(format!("Pasted as it is. {}", shown(&error.to_string())));
            false
        }
    }
}

/// Whether a URL that is pasted into the URL field stands for the one that is there: the lab's, or one that
/// was sent as it is. Any other is being written.
fn takes_the_place_of_the_url(model: &Model) -> bool {
    let text = model.composer.url.text();
    let sent = |outcome: &Outcome| outcome.form.url == text;
    let done = model.outcome.as_deref().is_some_and(sent);
    model.composer.stop == Stop::Url && (done || Url::parse(&text).is_ok_and(|url| is_lab(&url)))
}

fn fill_url(model: &mut Model, url: &str) {
    let undo = model.keymap.key_for(&[Place::Text], Action::Undo);
    let undo = undo.map(|key| format!(" {key} puts the one before back."));
    model.say(format!("A new URL.{}", undo.unwrap_or_default()));
    model.composer.replace_url(url);
}

/// Fills the form, and shows what is to be known about it.
fn fill(model: &mut Model, imported: Imported) {
    let undo = model.keymap.key_for(&[Place::Text], Action::Undo);
    let undo = undo.map(|key| format!(" {key} puts the form back."));
    let read = name(imported.format);
    model.say(format!(
        "Filled in from {read}.{}",
        undo.unwrap_or_default()
    ));
    show(model, &imported);
    model.composer.import(imported);
}

/// Shows what is to be known about a form that was filled.
pub fn show(model: &mut Model, imported: &Imported) {
    model.composer.console.clone_from(&imported.console);
    let notes = Notes::of(imported);
    if !notes.notes.is_empty() {
        model.overlay = Overlay::Imported(notes);
    }
}

fn lines(model: &Model, notes: &Notes, width: usize) -> Vec<Line<'static>> {
    let theme = &model.theme;
    let column = 15.min(width * 2 / 5);
    let mut lines = Vec::new();
    for (kind, sentence) in &notes.notes {
        let gap = column.saturating_sub(columns(kind)).max(1);
        let pieces = [
            Piece::new(kind.replace(' ', "\u{a0}"), theme[Meaning::Key]),
            // A blank that is no place to break.
            Piece::new("\u{a0}".repeat(gap), theme[Meaning::Value]),
            Piece::new(sentence, theme[Meaning::Value]),
        ];
        lines.extend(wrap(&pieces, width, column, theme[Meaning::Value]));
    }
    lines
}

/// The box, its lines, and how many of them fit beside the hints.
fn laid_out(model: &Model, notes: &Notes) -> (Rect, Vec<Line<'static>>, usize) {
    let width = model.size.width.min(WIDTH);
    let room = usize::from(inside(Rect::new(0, 0, width, 3)).width);
    let lines = lines(model, notes, room);
    let height = u16::try_from(lines.len() + 4).unwrap_or(u16::MAX);
    let area = overlay(model, width, height);
    let fit = usize::from(inside(area).height).saturating_sub(2);
    (area, lines, fit)
}

/// How many lines there are, and how many are in view.
pub fn extent(model: &Model) -> (usize, usize) {
    match &model.overlay {
        Overlay::Imported(notes) => {
            let (_, lines, fit) = laid_out(model, notes);
            (lines.len(), fit)
        }
        _ => (0, 0),
    }
}

/// Draws the notes.
///
/// ```text
/// ╭▸ Read from a curl command ─────────────────────────────────╮
/// │ given          The page is https://app.example: …          │
/// │ dropped        user-agent, sec-fetch-mode: set by the …    │
/// │                                                            │
/// │ Esc close                                                  │
/// ╰────────────────────────────────────────────────────────────╯
/// ```
pub fn draw(model: &Model, notes: &Notes, frame: &mut Frame) {
    let theme = &model.theme;
    let (area, lines, fit) = laid_out(model, notes);
    let inner = inside(area);
    let offset = notes.offset.min(lines.len().saturating_sub(fit));
    frame.render_widget(Clear, area);
    let mut block = panel(theme, &notes.title, Focus::Here).style(theme[Meaning::Text]);
    if let Some(signs) = more(lines.len(), offset, fit) {
        let signs = Line::styled(signs, theme[Meaning::Muted]);
        block = block.title_bottom(signs.right_aligned());
    }
    frame.render_widget(block, area);
    let mut shown: Vec<_> = lines.into_iter().skip(offset).take(fit).collect();
    shown.push(Line::default());
    shown.push(hint_line(model, usize::from(inner.width)));
    frame.render_widget(Paragraph::new(shown), inner);
}
