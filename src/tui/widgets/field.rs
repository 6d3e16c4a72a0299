//! A text field: real editing (cursor, words, undo, paste) over [`TextArea`], drawn by ourselves.
//!
//! `TextArea` draws with a viewport that it remembers; here drawing must not change anything, and text
//! wraps instead of scrolling, so only its editing is used.

use crossterm::event::KeyEvent;
use ratatui_textarea::{CursorMove, Input, Key, TextArea};

use super::text::{drawn, graphemes, is_plain};
use crate::tui::action::Action;

/// Whether a field takes line breaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lines {
    /// One line.
    One,
    /// Any number.
    Many,
}

/// A field of text.
#[derive(Clone, Debug)]
pub struct TextField {
    area: TextArea<'static>,
    lines: Lines,
}

/// A field's text cut into rows, and the cursor in them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rows {
    /// The rows; at least one.
    pub rows: Vec<String>,
    /// Row and column of the cursor.
    pub cursor: (usize, usize),
}

impl TextField {
    /// A field that holds `text`, the cursor at its end.
    pub fn new(text: &str, lines: Lines) -> Self {
        let content = match lines {
            Lines::One => vec![one_line(text)],
            Lines::Many => text.split('\n').map(str::to_owned).collect(),
        };
        let mut area = TextArea::new(content);
        area.move_cursor(CursorMove::Bottom);
        area.move_cursor(CursorMove::End);
        Self { area, lines }
    }

    /// What it holds.
    pub fn text(&self) -> String {
        self.area.lines().join("\n")
    }

    /// Whether it holds nothing.
    pub fn is_empty(&self) -> bool {
        self.area.is_empty()
    }

    /// Puts another text in its place; can be undone.
    pub fn replace(&mut self, text: &str) {
        self.area.select_all();
        self.paste(text);
    }

    /// Inserts at the cursor, instead of what is selected.
    pub fn paste(&mut self, text: &str) {
        match self.lines {
            Lines::One => self.area.insert_str(one_line(text)),
            Lines::Many => self
                .area
                .insert_str(text.replace("\r\n", "\n").replace('\r', "\n")),
        };
    }

    /// Takes a key that the key table has no row for.
    pub fn input(&mut self, event: KeyEvent) {
        let input = Input::from(event);
        match input.key {
            Key::Enter if self.lines == Lines::One => {}
            Key::Char('m') if input.ctrl && self.lines == Lines::One => {}
            // These use a viewport, which this field does not have.
            Key::PageUp | Key::PageDown => {}
            Key::Char('v') if input.ctrl || input.alt => {}
            _ => {
                self.area.input(input);
            }
        }
    }

    /// Does what an editing action says; false if it is none.
    pub fn edit(&mut self, action: Action) -> bool {
        match action {
            Action::Undo => self.area.undo(),
            Action::Redo => self.area.redo(),
            Action::EraseWord => self.area.delete_word(),
            Action::EraseToStart => self.area.delete_line_by_head(),
            Action::EraseToEnd => self.area.delete_line_by_end(),
            Action::WordLeft => {
                self.area.cancel_selection();
                self.area.move_cursor(CursorMove::WordBack);
                true
            }
            Action::WordRight => {
                self.area.cancel_selection();
                self.area.move_cursor(CursorMove::WordForward);
                true
            }
            _ => return false,
        };
        true
    }

    /// Moves the cursor one line, if there is one in that direction.
    pub fn move_line(&mut self, action: Action) -> bool {
        let row = self.area.cursor().0;
        let direction = match action {
            Action::PreviousField if row > 0 => CursorMove::Up,
            Action::NextField if row + 1 < self.area.lines().len() => CursorMove::Down,
            _ => return false,
        };
        self.area.move_cursor(direction);
        true
    }

    /// Whether the cursor stands behind the last character.
    pub fn at_end(&self) -> bool {
        let cursor = self.area.cursor();
        let lines = self.area.lines();
        cursor.0 + 1 == lines.len() && cursor.1 == lines[cursor.0].chars().count()
    }

    /// The text in rows of at most `width` columns, cut behind signs that part words where there are any.
    pub fn rows(&self, width: usize) -> Rows {
        let width = width.max(1);
        let position = self.area.cursor();
        let mut rows = Vec::new();
        let mut cursor = (0, 0);
        for (number, line) in self.area.lines().iter().enumerate() {
            let here = number == position.0;
            if line.len() < width && is_plain(line) {
                rows.push(line.clone());
                if here {
                    cursor = (rows.len() - 1, position.1);
                }
                continue;
            }
            let glyphs: Vec<Glyph> = glyphs(line);
            let mut start = 0;
            loop {
                let end = row_end(&glyphs, start, width);
                let row = &glyphs[start..end];
                rows.push(row.iter().map(|glyph| glyph.sign.as_str()).collect());
                let at = row
                    .iter()
                    .position(|glyph| here && glyph.chars.contains(&position.1));
                if let Some(at) = at {
                    cursor = (rows.len() - 1, row[..at].iter().map(|g| g.columns).sum());
                }
                start = end;
                if start >= glyphs.len() {
                    let used: usize = row.iter().map(|glyph| glyph.columns).sum();
                    let chars = glyphs.last().map_or(0, |glyph| glyph.chars.end);
                    if here && position.1 >= chars {
                        if used >= width {
                            rows.push(String::new());
                        }
                        cursor = (rows.len() - 1, if used >= width { 0 } else { used });
                    }
                    break;
                }
            }
        }
        Rows { rows, cursor }
    }
}

/// One grapheme of a line: how it is drawn, and which characters it stands for.
struct Glyph {
    sign: String,
    columns: usize,
    chars: std::ops::Range<usize>,
}

fn glyphs(line: &str) -> Vec<Glyph> {
    let mut at = 0;
    graphemes(line)
        .map(|grapheme| {
            let (sign, columns) = drawn(grapheme);
            let start = at;
            at += grapheme.chars().count();
            Glyph {
                sign: sign.into_owned(),
                columns,
                chars: start..at,
            }
        })
        .collect()
}

/// Where the row that begins at `start` ends: where it is full, or behind the last parting sign of its
/// second half.
fn row_end(glyphs: &[Glyph], start: usize, width: usize) -> usize {
    let mut used = 0;
    let mut parting = None;
    for (at, glyph) in glyphs.iter().enumerate().skip(start) {
        if used + glyph.columns > width && at > start {
            return parting.unwrap_or(at);
        }
        used += glyph.columns;
        if used * 2 > width && [" ", "/", ".", "?", "&", ",", ";"].contains(&glyph.sign.as_str()) {
            parting = Some(at + 1);
        }
    }
    glyphs.len()
}

/// Line breaks at the ends go, those inside become blanks.
fn one_line(text: &str) -> String {
    text.trim_matches(['\r', '\n'])
        .replace("\r\n", " ")
        .replace(['\r', '\n'], " ")
}

#[cfg(test)]
mod tests {
    use crossterm::event::{KeyCode, KeyModifiers};

    use super::*;

    fn key(code: KeyCode) -> KeyEvent {
        KeyEvent::new(code, KeyModifiers::NONE)
    }

    #[test]
    fn typing_words_undo_and_paste() {
        let mut field = TextField::new("http://a", Lines::One);
        field.input(key(KeyCode::Char('b')));
        assert_eq!(field.text(), "http://ab");
        field.edit(Action::Undo);
        assert_eq!(field.text(), "http://a");
        field.paste("\nx\r\ny\n");
        assert_eq!(field.text(), "http://ax y");
        field.edit(Action::EraseToStart);
        assert_eq!(field.text(), "");
        field.edit(Action::Undo);
        field.replace("other");
        assert_eq!(field.text(), "other");
        field.input(key(KeyCode::Enter));
        assert_eq!(field.text(), "other");
    }

    #[test]
    fn rows_hold_the_cursor() {
        let mut field = TextField::new("abcdef", Lines::One);
        assert_eq!(field.rows(4).rows, ["abcd", "ef"]);
        assert_eq!(field.rows(4).cursor, (1, 2));
        assert_eq!(field.rows(3).rows, ["abc", "def", ""]);
        assert_eq!(field.rows(3).cursor, (2, 0));
        field.input(key(KeyCode::Home));
        assert_eq!(field.rows(3).cursor, (0, 0));
        let field = TextField::new("http://api.example/prices", Lines::One);
        assert_eq!(field.rows(20).rows, ["http://api.example/", "prices"]);
        assert_eq!(field.rows(20).cursor, (1, 6));
        assert_eq!(TextField::new("", Lines::Many).rows(3).cursor, (0, 0));
        assert_eq!(
            TextField::new("日本\nx", Lines::Many).rows(2).rows,
            ["日", "本", "x"]
        );
    }

    #[test]
    fn lines_of_a_body() {
        let mut field = TextField::new("a\nb", Lines::Many);
        assert!(field.move_line(Action::PreviousField));
        assert!(!field.move_line(Action::PreviousField));
        assert!(!field.at_end());
        assert!(field.move_line(Action::NextField));
        assert!(!field.move_line(Action::NextField));
    }
}
