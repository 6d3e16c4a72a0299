//! The key table: `assets/keymap.toml` as typed rows. Dispatch, footer and help read it.

use std::fmt;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use serde::{Deserialize, Deserializer, de};

const SOURCE: &str = include_str!("../../assets/keymap.toml");

/// What a key does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[expect(missing_docs, reason = "the table's help says it for each row")]
pub enum Action {
    Quit,
    Send,
    Escape,
    SwitchServer,
    AskOthers,
    Lessons,
    Help,
    Theme,
    NextStop,
    PreviousStop,
    FocusRequest,
    FocusTrace,
    FocusDetail,
    NextField,
    PreviousField,
    AddHeader,
    ToggleHeader,
    RemoveHeader,
    Complete,
    NextChoice,
    PreviousChoice,
    Undo,
    Redo,
    WordLeft,
    WordRight,
    EraseWord,
    EraseToStart,
    EraseToEnd,
    Cause,
    NextProblem,
    PreviousProblem,
    NextTab,
    PreviousTab,
    Up,
    Down,
    PageUp,
    PageDown,
    Top,
    Bottom,
    Accept,
    Dismiss,
}

/// Where a row counts. The focus names a chain of these, the narrowest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Place {
    /// The URL field.
    Url,
    /// The method field.
    Method,
    /// A field with a few fixed values.
    Choice,
    /// A header row.
    Header,
    /// The row that adds a header.
    AddHeader,
    /// A field that takes text.
    Text,
    /// The request.
    Composer,
    /// The trace.
    Trace,
    /// The detail.
    Detail,
    /// Trace and detail: panels that take no text.
    Panel,
    /// The list of lessons.
    Lessons,
    /// The question before a request that may change something.
    Confirm,
    /// The help screen.
    Help,
    /// Everywhere but in overlays.
    Anywhere,
    /// Everywhere.
    Always,
}

impl Place {
    /// The heading on the help screen.
    pub fn title(self) -> &'static str {
        match self {
            Self::Url => "In the URL",
            Self::Method => "In the method",
            Self::Choice => "On a choice",
            Self::Header => "On a header",
            Self::AddHeader => "On “add a header”",
            Self::Text => "While typing",
            Self::Composer => "In the request",
            Self::Trace => "In the trace",
            Self::Detail => "In the detail",
            Self::Panel => "In trace and detail",
            Self::Lessons => "In the list of lessons",
            Self::Confirm => "Before a request that may change something",
            Self::Help => "On this screen",
            Self::Anywhere => "Everywhere",
            Self::Always => "Always",
        }
    }
}

/// A key with its modifiers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Key {
    code: KeyCode,
    modifiers: KeyModifiers,
}

/// One row of the table.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Binding {
    /// Where it counts.
    #[serde(rename = "in")]
    pub place: Place,
    /// What it does.
    pub action: Action,
    /// Which keys do it; the first is the one that is shown.
    pub keys: Vec<Key>,
    /// The word in the footer.
    pub hint: Option<String>,
    /// The line on the help screen.
    pub help: String,
}

/// All rows.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Keymap {
    #[serde(rename = "keys")]
    rows: Vec<Binding>,
}

impl Default for Keymap {
    /// The table that ships with the program.
    fn default() -> Self {
        toml::from_str(SOURCE)
            .unwrap_or_else(|error| panic!("assets/keymap.toml is whole, held by a test: {error}"))
    }
}

impl Keymap {
    /// Every row, in the order of the table.
    pub fn rows(&self) -> &[Binding] {
        &self.rows
    }

    /// What `key` does in the first of `places` that knows it.
    pub fn action(&self, places: &[Place], key: &KeyEvent) -> Option<Action> {
        let key = Key::of(key);
        places.iter().find_map(|place| {
            self.rows
                .iter()
                .find(|row| row.place == *place && row.keys.contains(&key))
                .map(|row| row.action)
        })
    }

    /// The key to show for an action, if any place of the chain has it.
    pub fn key_for(&self, places: &[Place], action: Action) -> Option<Key> {
        places.iter().find_map(|place| {
            self.rows
                .iter()
                .find(|row| row.place == *place && row.action == action)
                .and_then(|row| row.keys.first().copied())
        })
    }

    /// The footer's rows for a chain of places, the narrowest first, each action once.
    pub fn hints(&self, places: &[Place]) -> Vec<&Binding> {
        let mut hints: Vec<&Binding> = Vec::new();
        for place in places {
            for row in self.rows.iter().filter(|row| row.place == *place) {
                if row.hint.is_some() && !hints.iter().any(|known| known.action == row.action) {
                    hints.push(row);
                }
            }
        }
        hints
    }
}

impl Key {
    fn of(event: &KeyEvent) -> Self {
        let (code, modifiers) = match event.code {
            // The character itself tells whether shift was held.
            KeyCode::Char(_) => (event.code, event.modifiers - KeyModifiers::SHIFT),
            KeyCode::BackTab => (KeyCode::Tab, event.modifiers | KeyModifiers::SHIFT),
            code => (code, event.modifiers),
        };
        let known = KeyModifiers::SHIFT | KeyModifiers::CONTROL | KeyModifiers::ALT;
        Self {
            code,
            modifiers: modifiers & known,
        }
    }

    fn parse(text: &str) -> Option<Self> {
        let mut modifiers = KeyModifiers::empty();
        let mut rest = text;
        loop {
            let (modifier, after) = match rest.split_once('-') {
                Some(("ctrl", after)) => (KeyModifiers::CONTROL, after),
                Some(("alt", after)) => (KeyModifiers::ALT, after),
                Some(("shift", after)) => (KeyModifiers::SHIFT, after),
                _ => break,
            };
            modifiers |= modifier;
            rest = after;
        }
        let mut chars = rest.chars();
        let code = match (chars.next(), chars.next()) {
            (Some(c), None) => KeyCode::Char(c),
            _ => named(rest)?,
        };
        Some(Self { code, modifiers })
    }
}

fn named(name: &str) -> Option<KeyCode> {
    if let Some(number) = name.strip_prefix('f').and_then(|n| n.parse().ok()) {
        return Some(KeyCode::F(number));
    }
    Some(match name {
        "enter" => KeyCode::Enter,
        "esc" => KeyCode::Esc,
        "tab" => KeyCode::Tab,
        "space" => KeyCode::Char(' '),
        "backspace" => KeyCode::Backspace,
        "delete" => KeyCode::Delete,
        "up" => KeyCode::Up,
        "down" => KeyCode::Down,
        "left" => KeyCode::Left,
        "right" => KeyCode::Right,
        "home" => KeyCode::Home,
        "end" => KeyCode::End,
        "pageup" => KeyCode::PageUp,
        "pagedown" => KeyCode::PageDown,
        _ => return None,
    })
}

/// As people write it: `Ctrl-C`, `F5`, `↑`.
impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (modifier, name) in [
            (KeyModifiers::CONTROL, "Ctrl-"),
            (KeyModifiers::ALT, "Alt-"),
            (KeyModifiers::SHIFT, "Shift-"),
        ] {
            if self.modifiers.contains(modifier) {
                f.write_str(name)?;
            }
        }
        let name = match self.code {
            KeyCode::F(number) => return write!(f, "F{number}"),
            KeyCode::Char(' ') => "Space",
            KeyCode::Char(c) if self.modifiers.contains(KeyModifiers::CONTROL) => {
                return write!(f, "{}", c.to_ascii_uppercase());
            }
            KeyCode::Char(c) => return write!(f, "{c}"),
            KeyCode::Enter => "Enter",
            KeyCode::Esc => "Esc",
            KeyCode::Tab => "Tab",
            KeyCode::Backspace => "Backspace",
            KeyCode::Delete => "Del",
            KeyCode::Up => "↑",
            KeyCode::Down => "↓",
            KeyCode::Left => "←",
            KeyCode::Right => "→",
            KeyCode::Home => "Home",
            KeyCode::End => "End",
            KeyCode::PageUp => "PgUp",
            KeyCode::PageDown => "PgDn",
            _ => "?",
        };
        f.write_str(name)
    }
}

impl<'de> Deserialize<'de> for Key {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| de::Error::custom(format!("`{text}` is no key")))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn no_key_does_two_things_in_one_place() {
        let mut seen = BTreeSet::new();
        for row in Keymap::default().rows() {
            assert!(!row.keys.is_empty() && !row.help.is_empty(), "{row:?}");
            for key in &row.keys {
                let fresh = seen.insert((row.place, key.to_string()));
                assert!(fresh, "{key} is there twice in {:?}", row.place);
            }
        }
    }

    #[test]
    fn keys_read_and_show() {
        for (text, shown) in [
            ("ctrl-c", "Ctrl-C"),
            ("shift-tab", "Shift-Tab"),
            ("f12", "F12"),
            ("f", "f"),
            ("N", "N"),
            ("space", "Space"),
            ("alt-1", "Alt-1"),
        ] {
            assert_eq!(Key::parse(text).unwrap().to_string(), shown);
        }
        assert_eq!(Key::parse("hyper-x"), None);
    }

    #[test]
    fn a_capital_letter_and_shift_tab_are_found_as_terminals_send_them() {
        let keymap = Keymap::default();
        let key = KeyEvent::new(KeyCode::Char('N'), KeyModifiers::SHIFT);
        assert_eq!(
            keymap.action(&[Place::Trace], &key),
            Some(Action::PreviousProblem)
        );
        let key = KeyEvent::new(KeyCode::BackTab, KeyModifiers::SHIFT);
        assert_eq!(
            keymap.action(&[Place::Anywhere], &key),
            Some(Action::PreviousStop)
        );
    }
}
