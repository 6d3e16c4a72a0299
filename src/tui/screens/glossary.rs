//! The glossary: the words of the page in view first, then all, found by typing; each word a page that
//! leads on to others.

use ratatui::Frame;
use ratatui::layout::{Position, Rect};
use ratatui::text::{Line, Span};
use ratatui::widgets::{Clear, Paragraph};

use super::bars::hint_line;
use super::debug::panel_inside;
use super::detail;
use crate::assets::{Term, glossary, term, terms_in};
use crate::tui::action::{Action, Place};
use crate::tui::layout::overlay;
use crate::tui::model::{Model, Overlay, Panel};
use crate::tui::theme::{Meaning, Theme};
use crate::tui::widgets::field::{Lines, TextField};
use crate::tui::widgets::panel::{Focus, inside, more, panel};
use crate::tui::widgets::prompt;
use crate::tui::widgets::text::{Piece, clip_line, columns, wrap, wrap_plain};

/// The glossary, open.
#[derive(Clone, Debug)]
pub struct Glossary {
    /// What is typed.
    pub field: TextField,
    /// The chosen word of those that fit.
    pub chosen: usize,
    /// How many of the words stand on the page in view; they come first.
    here: usize,
    words: Vec<&'static Term>,
    /// The pages that are open, each behind the one before.
    pages: Vec<Page>,
}

#[derive(Clone, Debug)]
struct Page {
    term: &'static Term,
    chosen: usize,
    offset: usize,
}

impl Page {
    fn of(term: &'static Term) -> Self {
        Self {
            term,
            chosen: 0,
            offset: 0,
        }
    }
}

impl Glossary {
    /// The places of the key table that count.
    pub fn places(&self) -> Vec<Place> {
        match self.pages.is_empty() {
            true => vec![Place::Glossary, Place::Text, Place::Always],
            false => vec![Place::Term, Place::Always],
        }
    }

    /// Whether what is typed goes into the field.
    pub fn takes_text(&self) -> bool {
        self.pages.is_empty()
    }

    /// The words that what is typed is a part of; those whose name begins with it first.
    fn fitting(&self) -> Vec<&'static Term> {
        let typed = self.field.text().trim().to_lowercase();
        if typed.is_empty() {
            return self.words.clone();
        }
        let rank = |term: &&'static Term| {
            let named = |fits: &dyn Fn(&str) -> bool| {
                let mut names = term.names().map(str::to_lowercase);
                names.any(|name| fits(&name))
            };
            if named(&|name| name.starts_with(&typed)) {
                0
            } else if named(&|name| name.contains(&typed)) {
                1
            } else if term.short.to_lowercase().contains(&typed) {
                2
            } else {
                3
            }
        };
        let mut fitting = self.words.clone();
        fitting.retain(|term| rank(term) < 3);
        fitting.sort_by_key(rank);
        fitting
    }
}

/// Opens the glossary on the words of the detail in view.
pub fn open(model: &mut Model) {
    let width = usize::from(panel_inside(model, Panel::Detail).width).max(20);
    let text = detail::content(model, width).texts().join(" ");
    let mut words: Vec<&'static Term> = Vec::new();
    for (_, term) in terms_in(&text) {
        if !words.contains(&term) {
            words.push(term);
        }
    }
    let here = words.len();
    let all = glossary().iter().flat_map(|group| &group.terms);
    let others: Vec<_> = all.filter(|term| !words.contains(term)).collect();
    words.extend(others);
    model.overlay = Overlay::Glossary(Box::new(Glossary {
        field: TextField::new("", Lines::One),
        chosen: 0,
        here,
        words,
        pages: Vec::new(),
    }));
}

/// Opens the page on the word of the detail that stands at a row and a column of its inside, if one does.
pub fn open_at(model: &mut Model, row: usize, column: usize) {
    let width = usize::from(panel_inside(model, Panel::Detail).width);
    let texts = detail::content(model, width).texts();
    let Some(text) = texts.get(model.detail.offset + row) else {
        return;
    };
    let under = |start: usize, end: usize| {
        let before = columns(&text[..start]);
        (before..before + columns(&text[start..end])).contains(&column)
    };
    let found = terms_in(text).into_iter();
    let Some((_, term)) = found.into_iter().find(|(at, _)| under(at.start, at.end)) else {
        return;
    };
    open(model);
    if let Overlay::Glossary(glossary) = &mut model.overlay {
        glossary.pages.push(Page::of(term));
    }
}

/// Does what an action says.
pub fn act(model: &mut Model, action: Action) {
    let height = usize::from(inside(area(model)).height).saturating_sub(3);
    let Overlay::Glossary(glossary) = &mut model.overlay else {
        return;
    };
    if action == Action::Dismiss {
        model.overlay = Overlay::None;
        return;
    }
    if glossary.pages.is_empty() {
        return act_on_list(glossary, action, height);
    }
    let total = page_lines(model, usize::from(inside(area(model)).width)).len();
    let Overlay::Glossary(glossary) = &mut model.overlay else {
        return;
    };
    act_on_page(glossary, action, total.saturating_sub(height + 1));
}

fn act_on_list(glossary: &mut Glossary, action: Action, page: usize) {
    let fitting = glossary.fitting();
    let last = fitting.len().saturating_sub(1);
    let now = glossary.chosen.min(last);
    glossary.chosen = match action {
        Action::Down => (now + 1).min(last),
        Action::Up => now.saturating_sub(1),
        Action::PageDown => (now + page).min(last),
        Action::PageUp => now.saturating_sub(page),
        Action::Accept => {
            glossary
                .pages
                .extend(fitting.get(now).copied().map(Page::of));
            now
        }
        _ => {
            glossary.field.edit(action);
            0
        }
    };
}

fn act_on_page(glossary: &mut Glossary, action: Action, limit: usize) {
    let Some(page) = glossary.pages.last_mut() else {
        return;
    };
    let count = page.term.see.len().max(1);
    match action {
        // The words to see also stand at the end.
        Action::Down => (page.chosen, page.offset) = ((page.chosen + 1) % count, limit),
        Action::Up => (page.chosen, page.offset) = ((page.chosen + count - 1) % count, limit),
        Action::PageDown => page.offset = (page.offset + 1).min(limit),
        Action::PageUp => page.offset = page.offset.min(limit).saturating_sub(1),
        Action::Accept => {
            let next = page.term.see.get(page.chosen).and_then(|id| term(id));
            glossary.pages.extend(next.map(Page::of));
        }
        // Back.
        Action::FocusTrace => {
            glossary.pages.pop();
        }
        _ => {}
    }
}

/// Takes a notch of the wheel: the list goes on, the page scrolls.
pub fn scroll(model: &mut Model, down: bool) {
    let on_page = matches!(&model.overlay, Overlay::Glossary(open) if !open.takes_text());
    act(
        model,
        match (on_page, down) {
            (true, true) => Action::PageDown,
            (true, false) => Action::PageUp,
            (false, true) => Action::Down,
            (false, false) => Action::Up,
        },
    );
}

/// Takes a click: on a word of the list or of the page it opens it, outside it closes the glossary.
pub fn click(model: &mut Model, position: Position) {
    let area = area(model);
    let inner = inside(area);
    if !area.contains(position) {
        model.overlay = Overlay::None;
        return;
    }
    if !inner.contains(position) {
        return;
    }
    let row = usize::from(position.y - inner.y);
    let width = usize::from(inner.width);
    let Overlay::Glossary(glossary) = &mut model.overlay else {
        return;
    };
    match glossary.pages.last_mut() {
        None => {
            let height = usize::from(inner.height).saturating_sub(HINTS + 1);
            let offset = (glossary.chosen + 1).saturating_sub(height);
            let at = offset + row.saturating_sub(1);
            if row == 0 || row > height || at >= glossary.fitting().len() {
                return;
            }
            glossary.chosen = at;
        }
        Some(page) => {
            let column = usize::from(position.x - inner.x);
            let lines = lines_of(page, &model.theme, width);
            let Some(at) = word_at(page, &lines, page.offset + row, column) else {
                return;
            };
            page.chosen = at;
        }
    }
    act(model, Action::Accept);
}

/// Which of the words to see also stands there.
fn word_at(page: &Page, lines: &[Line<'_>], row: usize, column: usize) -> Option<usize> {
    let spans = &lines.get(row)?.spans;
    let mut end = 0;
    let span = spans.iter().find(|span| {
        end += columns(&span.content);
        column < end
    })?;
    let names = see_also(page.term);
    names.into_iter().position(|name| name == span.content)
}

/// Rows below the words: the keys.
const HINTS: usize = 2;

/// The names of the words to see also.
fn see_also(of: &Term) -> Vec<&str> {
    let name = |id: &'_ String| term(id).map(|term| term.term.as_str());
    let names = of.see.iter().map(|id| name(id).unwrap_or(id));
    names.collect()
}

fn area(model: &Model) -> Rect {
    overlay(model, 92, 30)
}

fn page_lines(model: &Model, width: usize) -> Vec<Line<'static>> {
    match &model.overlay {
        Overlay::Glossary(glossary) => match glossary.pages.last() {
            Some(page) => lines_of(page, &model.theme, width),
            None => Vec::new(),
        },
        _ => Vec::new(),
    }
}

fn lines_of(page: &Page, theme: &Theme, width: usize) -> Vec<Line<'static>> {
    let term = page.term;
    let mut lines = wrap_plain(&term.short, theme[Meaning::Strong], width);
    let mut section = |heading: &str, text: &str| {
        lines.push(Line::default());
        if !heading.is_empty() {
            lines.extend(wrap_plain(heading, theme[Meaning::Heading], width));
        }
        lines.extend(wrap_plain(text, theme[Meaning::Value], width));
    };
    section("", &term.long);
    section("In the standard's terms", &term.technical);
    lines.push(Line::default());
    lines.push(Line::styled("See also", theme[Meaning::Heading]));
    let mut pieces = Vec::new();
    for (at, name) in see_also(term).into_iter().enumerate() {
        let (sign, style) = match at == page.chosen {
            true => ("▸", theme[Meaning::Selected]),
            false => (" ", theme[Meaning::Link]),
        };
        pieces.push(Piece::new(sign, theme[Meaning::LabelFocused]));
        pieces.push(Piece::new(name, style));
        pieces.push(Piece::new("  ", theme[Meaning::Value]));
    }
    lines.extend(wrap(&pieces, width, 0, theme[Meaning::Value]));
    lines.push(Line::default());
    lines.extend(wrap_plain(&term.link, theme[Meaning::Link], width));
    lines
}

/// Draws the list of words, or the page on one.
///
/// ```text
/// ╭▸ Glossary ─────────────────────────────────────────────╮
/// │ > pre                                                  │
/// │ Preflight   A question that the browser asks before …  │
/// │                                                        │
/// │ Enter open   Down next   Esc close                     │
/// ╰────────────────────────────────────────────────────────╯
/// ```
pub fn draw(model: &Model, glossary: &Glossary, frame: &mut Frame) {
    let theme = &model.theme;
    let area = area(model);
    let inner = inside(area);
    let width = usize::from(inner.width);
    frame.render_widget(Clear, area);
    let (title, lines, head, offset) = match glossary.pages.last() {
        Some(page) => {
            let title = format!("Glossary: {}", page.term.term);
            (title, lines_of(page, theme, width), 0, page.offset)
        }
        None => {
            let height = usize::from(inner.height).saturating_sub(HINTS + 1);
            let offset = (glossary.chosen + 1).saturating_sub(height);
            (
                "Glossary".to_owned(),
                list_lines(glossary, theme, width),
                1,
                offset,
            )
        }
    };
    let height = usize::from(inner.height).saturating_sub(HINTS + head);
    let offset = offset.min(lines.len().saturating_sub(height));
    let mut block = panel(theme, &title, Focus::Here).style(theme[Meaning::Text]);
    if let Some(signs) = more(lines.len(), offset, height) {
        let signs = Line::styled(signs, theme[Meaning::Muted]);
        block = block.title_bottom(signs.right_aligned());
    }
    frame.render_widget(block, area);
    let mut all = vec![Line::default(); head];
    all.extend(lines.into_iter().skip(offset).take(height));
    frame.render_widget(Paragraph::new(all), inner);
    if head > 0 {
        prompt::draw(&glossary.field, "a part of the word", theme, inner, frame);
    }
    let keys = Rect {
        y: inner.bottom().saturating_sub(1),
        height: inner.height.min(1),
        ..inner
    };
    frame.render_widget(Paragraph::new(hint_line(model, width)), keys);
}

fn list_lines(glossary: &Glossary, theme: &Theme, width: usize) -> Vec<Line<'static>> {
    let fitting = glossary.fitting();
    if fitting.is_empty() {
        return vec![Line::styled("No word fits.", theme[Meaning::Muted])];
    }
    let lines = fitting.iter().enumerate().map(|(at, term)| {
        let here = glossary.words[..glossary.here].contains(term);
        let sign = if here { "· " } else { "  " };
        let line = Line::from(vec![
            Span::styled(sign, theme[Meaning::Info]),
            Span::styled(term.term.clone(), theme[Meaning::Strong]),
            Span::styled(format!("  {}", term.short), theme[Meaning::Muted]),
        ]);
        let line = clip_line(line, width);
        match at == glossary.chosen {
            true => theme.selected(line, Meaning::Selected),
            false => line,
        }
    });
    lines.collect()
}
