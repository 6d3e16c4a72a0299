//! The key table: `assets/keymap.toml` as typed rows. Dispatch, footer and help read it.

use crossterm::event::KeyEvent;
use serde::Deserialize;
use serde::de::value::{Error as NameError, StrDeserializer};
use thiserror::Error;

use super::key::Key;

const SOURCE: &str = include_str!("../../assets/keymap.toml");

/// What a key does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[expect(missing_docs, reason = "the table's help says it for each row")]
pub enum Action {
    Quit,
    Suspend,
    Send,
    Escape,
    SwitchServer,
    AskOthers,
    Lessons,
    History,
    Help,
    Browser,
    EmptyPart,
    EmptyBrowser,
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
    Palette,
    Zoom,
    RequestNarrower,
    RequestWider,
    TraceSmaller,
    TraceLarger,
    Sequence,
    Search,
    NextMatch,
    PreviousMatch,
    Mark,
    NameRun,
    Compare,
    Delete,
    OnlyDifferences,
    Copy,
    OpenStandard,
    OpenMdn,
    View,
    Edit,
    ApplyFix,
    OtherFix,
    NextStack,
    PreviousStack,
    CopyRecipe,
    ChooseStack,
    WriteMarkdown,
    WriteHtml,
    WhatIf,
    UndoEdit,
    RedoEdit,
    ResetEdits,
    AssumeAnswer,
    LookBehind,
    Investigate,
    Glossary,
    Requests,
    Save,
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
    /// The tab that says how to fix it.
    Fix,
    /// The detail.
    Detail,
    /// Trace and detail: panels that take no text.
    Panel,
    /// Trace and detail while a search is active.
    Found,
    /// The line that takes what is searched for.
    Search,
    /// The list of commands.
    Palette,
    /// The answer that is changed.
    WhatIf,
    /// The words of the glossary.
    Glossary,
    /// The page on a word.
    Term,
    /// The screen of lessons.
    Lessons,
    /// The runs that were kept.
    History,
    /// The line that takes what they are filtered by.
    Filter,
    /// The line that takes the name of one.
    RunName,
    /// Two runs side by side.
    Compare,
    /// The question before a request that may change something.
    Confirm,
    /// The list of named requests.
    Requests,
    /// The same, while the request gets a name.
    Name,
    /// The list of themes.
    Themes,
    /// The list of what can be copied.
    Copy,
    /// The list of stacks.
    Stacks,
    /// The question what to do with a file that is there already.
    Export,
    /// The list of what the browser holds.
    Browser,
    /// The help screen.
    Help,
    /// Everywhere but in questions.
    Anywhere,
    /// Everywhere.
    Always,
}

impl Place {
    /// The name in the table: `add-header`.
    pub fn name(self) -> String {
        kebab(&format!("{self:?}"))
    }

    /// Whether characters are text there.
    fn takes_text(self) -> bool {
        matches!(
            self,
            Self::Url
                | Self::Method
                | Self::Header
                | Self::Text
                | Self::Composer
                | Self::Search
                | Self::Filter
                | Self::RunName
                | Self::Palette
                | Self::WhatIf
                | Self::Glossary
                | Self::Requests
                | Self::Name
                | Self::Stacks
                | Self::Export
                | Self::Anywhere
                | Self::Always
        )
    }

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
            Self::Fix => "On the fix",
            Self::Detail => "In the detail",
            Self::Panel => "In trace and detail",
            Self::Found => "While a search is active",
            Self::Search => "While typing what to search for",
            Self::Palette => "In the list of commands",
            Self::WhatIf => "While changing an answer",
            Self::Glossary => "In the glossary",
            Self::Term => "On a word's page",
            Self::Lessons => "On the lessons",
            Self::History => "On the history",
            Self::Filter => "While typing a filter",
            Self::RunName => "While naming a run",
            Self::Compare => "On two runs side by side",
            Self::Confirm => "Before a request that may change something",
            Self::Requests => "In the list of saved requests",
            Self::Name => "While naming a request to save",
            Self::Themes => "In the list of themes",
            Self::Copy => "In the list of what can be copied",
            Self::Stacks => "In the list of stacks",
            Self::Export => "Where a file is there already",
            Self::Browser => "In the list of what the browser holds",
            Self::Help => "On the keys",
            Self::Anywhere => "Everywhere",
            Self::Always => "Always",
        }
    }
}

/// A name of the table as the value that it stands for.
fn named<T: for<'de> Deserialize<'de>>(name: &str) -> Option<T> {
    T::deserialize(StrDeserializer::<NameError>::new(name)).ok()
}

/// `NextTab` as `next-tab`, the spelling of the table.
fn kebab(name: &str) -> String {
    let mut kebab = String::new();
    for c in name.chars() {
        if c.is_ascii_uppercase() && !kebab.is_empty() {
            kebab.push('-');
        }
        kebab.push(c.to_ascii_lowercase());
    }
    kebab
}

impl Action {
    /// The name in the table: `next-tab`.
    pub fn name(self) -> String {
        kebab(&format!("{self:?}"))
    }
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

/// A mistake in what the user says about keys.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum KeyMistake {
    /// There is no such action.
    #[error("`{0}` is no action")]
    Action(String),
    /// There is no such place, or the action means nothing there.
    #[error("`{0}` means nothing in `{1}`")]
    Place(String, String),
    /// There is no such key.
    #[error("`{0}` is no key; keys are written as in `ctrl-c`, `f5`, `shift-tab`, `N`")]
    Key(String),
    /// No key at all would do it.
    #[error("`{0}` has no key left")]
    None(String),
    /// The key does something else there.
    #[error("{0} cannot do `{1}` in `{2}`: it does `{3}` there")]
    Taken(String, String, String, String),
    /// The key is a character, and text is typed there.
    #[error(
        "{0} cannot do `{1}`: it would be missing while typing; take one with ctrl or alt, or a function key"
    )]
    Typed(String, String),
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

    /// The table with other keys for some actions. An action is named as in the table, and then counts
    /// for all its rows; or with the place before it, as in `url.send`, and then for that row alone.
    ///
    /// # Errors
    ///
    /// Every mistake there is: an unknown name, a key that is none, a key that does two things.
    pub fn with_overrides<A, K>(overrides: &[(A, Vec<K>)]) -> Result<Self, Vec<KeyMistake>>
    where
        A: AsRef<str>,
        K: AsRef<str>,
    {
        let mut keymap = Self::default();
        let mut mistakes = Vec::new();
        for (name, keys) in overrides {
            let keys: Vec<&str> = keys.iter().map(AsRef::as_ref).collect();
            if let Err(found) = keymap.put(name.as_ref(), &keys) {
                mistakes.extend(found);
            }
        }
        mistakes.extend(keymap.collisions());
        match mistakes.is_empty() {
            true => Ok(keymap),
            false => Err(mistakes),
        }
    }

    fn put(&mut self, name: &str, keys: &[&str]) -> Result<(), Vec<KeyMistake>> {
        let (place, action) = match name.split_once('.') {
            Some((place, action)) => (Some(place), action),
            None => (None, name),
        };
        let Some(wanted) = named::<Action>(action) else {
            return Err(vec![KeyMistake::Action(action.to_owned())]);
        };
        if keys.is_empty() {
            return Err(vec![KeyMistake::None(name.to_owned())]);
        }
        let wrong = keys.iter().filter(|key| Key::parse(key).is_none());
        let wrong: Vec<_> = wrong
            .map(|key| KeyMistake::Key((*key).to_owned()))
            .collect();
        if !wrong.is_empty() {
            return Err(wrong);
        }
        let keys: Vec<Key> = keys.iter().filter_map(|key| Key::parse(key)).collect();
        let mut found = false;
        for row in &mut self.rows {
            let here = place.is_none_or(|place| named(place) == Some(row.place));
            if row.action == wanted && here {
                row.keys.clone_from(&keys);
                found = true;
            }
        }
        match found {
            true => Ok(()),
            false => Err(vec![KeyMistake::Place(
                action.to_owned(),
                place.unwrap_or_default().to_owned(),
            )]),
        }
    }

    /// Keys that do two things in one place, and characters that could no longer be typed.
    fn collisions(&self) -> Vec<KeyMistake> {
        let mut mistakes = Vec::new();
        for (at, row) in self.rows.iter().enumerate() {
            for key in &row.keys {
                let other = self.rows[..at]
                    .iter()
                    .find(|other| other.place == row.place && other.keys.contains(key));
                if let Some(other) = other {
                    mistakes.push(KeyMistake::Taken(
                        key.to_string(),
                        row.action.name(),
                        row.place.name(),
                        other.action.name(),
                    ));
                }
                if key.is_text() && row.place.takes_text() {
                    mistakes.push(KeyMistake::Typed(key.to_string(), row.action.name()));
                }
            }
        }
        mistakes
    }

    /// The rows of one place, in the order of the table.
    pub fn rows_in(&self, place: Place) -> impl Iterator<Item = &Binding> {
        self.rows.iter().filter(move |row| row.place == place)
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

    /// The footer's rows for a chain of places, the narrowest first, each action once; each with the first
    /// of its keys that does nothing else in a narrower place.
    pub fn hints(&self, places: &[Place]) -> Vec<(&Binding, Key)> {
        let mut hints: Vec<(&Binding, Key)> = Vec::new();
        for (at, place) in places.iter().enumerate() {
            let taken = |key: &&Key| {
                let mut narrower = places[..at].iter().flat_map(|place| self.rows_in(*place));
                narrower.any(|row| row.keys.contains(key))
            };
            for row in self.rows_in(*place).filter(|row| row.hint.is_some()) {
                let known = |(hint, _): &(&Binding, Key)| hint.action == row.action;
                if let Some(key) = row.keys.iter().find(|key| !taken(key))
                    && !hints.iter().any(known)
                {
                    hints.push((row, *key));
                }
            }
        }
        hints
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use crossterm::event::{KeyCode, KeyModifiers};

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
    fn other_keys_take_the_place_of_those_of_the_table() {
        let keymap = Keymap::with_overrides(&[
            ("cause", vec!["x", "ctrl-x"]),
            ("url.send", vec!["alt-enter"]),
        ])
        .unwrap();
        let shown = |place, action| keymap.key_for(&[place], action).unwrap().to_string();
        assert_eq!(shown(Place::Trace, Action::Cause), "x");
        assert_eq!(shown(Place::Detail, Action::Cause), "x");
        assert_eq!(shown(Place::Url, Action::Send), "Alt-Enter");
        assert_eq!(shown(Place::Anywhere, Action::Send), "F5");
        let old = KeyEvent::new(KeyCode::Char('c'), KeyModifiers::NONE);
        assert_eq!(keymap.action(&[Place::Trace], &old), None);
    }

    #[test]
    fn every_mistake_about_keys_is_told() {
        let mistakes = Keymap::with_overrides(&[
            ("fly", vec!["f"]),
            ("help.send", vec!["f4"]),
            ("zoom", vec!["hyper-z"]),
            ("top", vec![]),
            ("cause", vec!["n"]),
            ("send", vec!["s"]),
        ])
        .unwrap_err();
        let told: Vec<String> = mistakes.iter().map(ToString::to_string).collect();
        let expected = [
            "`fly` is no action",
            "`send` means nothing in `help`",
            "`hyper-z` is no key",
            "`top` has no key left",
            "n cannot do `next-problem` in `trace`: it does `cause` there",
            "s cannot do `send`: it would be missing while typing",
        ];
        for part in expected {
            assert!(
                told.iter().any(|told| told.starts_with(part)),
                "{part}: {told:#?}"
            );
        }
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
