//! What the session's browser holds: cookies, caches and logins, each emptied by a key.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::{Clear, Paragraph};

use super::bars::hint_line;
use crate::engine::{Contents, Part};
use crate::report::{part_lines, part_title};
use crate::tui::action::Action;
use crate::tui::layout::overlay;
use crate::tui::model::Model;
use crate::tui::theme::Meaning;
use crate::tui::widgets::panel::{Focus, inside, more, panel};
use crate::tui::widgets::text::clip;

/// The screen, open.
#[derive(Clone, Copy, Debug, Default)]
pub struct Held {
    /// Which part is chosen.
    chosen: usize,
    /// How many lines are scrolled away.
    offset: usize,
}

impl Held {
    /// The part that is chosen.
    pub fn part(&self) -> Part {
        Part::ALL[self.chosen.min(Part::ALL.len() - 1)]
    }

    /// Moves; what empties is done by the caller.
    fn act(&mut self, action: Action, rows: &[Row], height: usize) {
        let last = Part::ALL.len() - 1;
        let page = height.saturating_sub(1).max(1);
        match action {
            Action::Up => self.chosen = self.chosen.saturating_sub(1),
            Action::Down => self.chosen = (self.chosen + 1).min(last),
            Action::Top => self.chosen = 0,
            Action::Bottom => self.chosen = last,
            Action::PageUp => self.offset = self.offset.saturating_sub(page),
            Action::PageDown => self.offset += page,
            _ => {}
        }
        self.offset = self.offset.min(rows.len().saturating_sub(height));
        if matches!(action, Action::PageUp | Action::PageDown) {
            return;
        }
        let part = self.part();
        let heading = rows.iter().position(|row| row.heading == Some(part));
        let heading = heading.unwrap_or_default();
        if heading < self.offset {
            self.offset = heading;
        } else if heading >= self.offset + height {
            self.offset = heading + 1 - height.max(1);
        }
    }
}

/// Does what an action says.
pub fn act(model: &mut Model, mut held: Held, action: Action) -> Held {
    match action {
        Action::EmptyPart => model.composer.empty_browser(&[held.part()], model.now),
        Action::EmptyBrowser => model.composer.empty_browser(Part::ALL, model.now),
        _ => {}
    }
    if matches!(action, Action::EmptyPart | Action::EmptyBrowser) {
        model.predict();
    }
    let rows = rows(model);
    let height = usize::from(list(area(model, rows.len())).height);
    held.act(action, &rows, height);
    held
}

/// A line of the list; a heading names its part.
struct Row {
    heading: Option<Part>,
    text: String,
}

fn rows(model: &Model) -> Vec<Row> {
    let browser = model.composer.browser(model.now);
    let contents = browser.contents(model.now);
    let parts = Part::ALL.iter();
    parts.flat_map(|part| part_rows(&contents, *part)).collect()
}

fn part_rows(contents: &Contents<'_>, part: Part) -> Vec<Row> {
    let count = match contents.count(part) {
        0 => "nothing".to_owned(),
        count => count.to_string(),
    };
    let heading = Row {
        heading: Some(part),
        text: format!("{}: {count}", part_title(part)),
    };
    let lines = part_lines(contents, part).into_iter();
    let lines = lines.map(|text| Row {
        heading: None,
        text,
    });
    std::iter::once(heading).chain(lines).collect()
}

fn area(model: &Model, rows: usize) -> Rect {
    let height = u16::try_from(rows + 4).unwrap_or(u16::MAX);
    overlay(model, 100, height)
}

/// Where the list is: all but the keys and the line above them.
fn list(area: Rect) -> Rect {
    let inner = inside(area);
    Rect {
        height: inner.height.saturating_sub(2),
        ..inner
    }
}

/// Draws the screen.
///
/// ```text
/// ╭▸ Chromium holds ──────────────────────────────────────────────╮
/// │ ▸ Cookies: 1                                                  │
/// │     sid of api.example/; HttpOnly, until the session ends     │
/// │   Preflight cache: nothing                                    │
/// │   …                                                           │
/// │                                                               │
/// │ x empty   X empty all   Esc close                             │
/// ╰───────────────────────────────────────────────────────────────╯
/// ```
pub fn draw(model: &Model, held: &Held, frame: &mut Frame) {
    let theme = &model.theme;
    let rows = rows(model);
    let area = area(model, rows.len());
    let list = list(area);
    let (width, height) = (usize::from(list.width), usize::from(list.height));
    let offset = held.offset.min(rows.len().saturating_sub(height));
    let lines: Vec<_> = rows
        .iter()
        .skip(offset)
        .take(height)
        .map(|row| {
            let (sign, meaning) = match row.heading {
                Some(part) if part == held.part() => ("▸ ", Meaning::LabelFocused),
                Some(_) => ("  ", Meaning::Label),
                None => ("    ", Meaning::Value),
            };
            let text = clip(&row.text, width.saturating_sub(sign.chars().count()));
            Line::from(vec![
                Span::styled(sign, theme[meaning]),
                Span::styled(text, theme[meaning]),
            ])
        })
        .collect();
    frame.render_widget(Clear, area);
    let title = format!("{} holds", model.composer.engine.title());
    let mut block = panel(theme, &title, Focus::Here).style(theme[Meaning::Text]);
    if let Some(signs) = more(rows.len(), offset, height) {
        let signs = Line::styled(signs, theme[Meaning::Muted]);
        block = block.title_bottom(signs.right_aligned());
    }
    frame.render_widget(block, area);
    frame.render_widget(Paragraph::new(lines), list);
    let inner = inside(area);
    let keys = Rect {
        y: inner.bottom().saturating_sub(1),
        height: inner.height.min(1),
        ..inner
    };
    frame.render_widget(Paragraph::new(hint_line(model, width)), keys);
}
