//! The key table: `assets/keymap.toml` as typed rows. Dispatch, footer and help read it.

use crossterm::event::KeyEvent;
use serde::Deserialize;
use serde::de::value::{Error as NameError, StrDeserializer};
use thiserror::Error;

use super::action::{Action, Place};
use super::key::Key;

const SOURCE: &str = include_str!("../../assets/keymap.toml");

/// A name of the table as the value that it stands for.
fn named<T: for<'de> Deserialize<'de>>(name: &str) -> Option<T> {
    T::deserialize(StrDeserializer::<NameError>::new(name)).ok()
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
