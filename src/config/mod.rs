//! The configuration: one effective value a setting, and where it came from.
//!
//! ```text
//!  default  <  config.toml  <  environment  <  --set KEY=VALUE and the flags of a command
//! ```
//!
//! Every mistake is told, each with its place; nothing is skipped silently. Which settings there are is
//! a table: `settings`. What only the terminal UI can judge, names of actions, keys and themes, is
//! asked of it through [`Rules`].

mod document;
mod load;
mod settings;

use std::fmt::{self, Write as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

pub use document::{Document, Entry, Mistake, Mistakes, nearest};
pub use load::{Rules, Sources, load};
pub use settings::{Name, SETTINGS, Setting, Value};

/// Where a value came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// Nobody said otherwise.
    Default,
    /// A line of the configuration file.
    File(String),
    /// A variable of the environment.
    Environment(&'static str),
    /// The command line.
    Flag,
}

/// Other keys for an action.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyOverride {
    /// The action, as the key table names it.
    pub action: String,
    /// The keys, as the key table spells them; none switches the action's keys off.
    pub keys: Vec<String>,
    /// The line of the configuration file.
    pub origin: String,
}

/// What holds.
#[derive(Clone, Debug, PartialEq)]
pub struct Config {
    file: Option<PathBuf>,
    found: bool,
    /// In the order of [`SETTINGS`].
    values: Vec<(Value, Origin)>,
    keys: Vec<KeyOverride>,
}

impl Config {
    /// The value of a setting and where it came from.
    pub fn get(&self, name: Name) -> (&Value, &Origin) {
        let (value, origin) = &self.values[name as usize];
        (value, origin)
    }

    /// The text of a setting; empty where it is not a text.
    pub fn text(&self, name: Name) -> &str {
        match self.get(name).0 {
            Value::Text(text) => text,
            _ => "",
        }
    }

    /// Whether a setting is on.
    pub fn is_on(&self, name: Name) -> bool {
        *self.get(name).0 == Value::Flag(true)
    }

    /// A setting in seconds; `None` where it says 0, for ever.
    pub fn seconds(&self, name: Name) -> Option<Duration> {
        let Value::Number(seconds) = self.get(name).0 else {
            return None;
        };
        Duration::try_from_secs_f64(*seconds)
            .ok()
            .filter(|duration| !duration.is_zero())
    }

    /// A setting as a whole number; 0 where it is none.
    pub fn whole(&self, name: Name) -> u64 {
        match self.get(name).0 {
            Value::Number(number) => *number as u64,
            _ => 0,
        }
    }

    /// Other keys for actions.
    pub fn keys(&self) -> &[KeyOverride] {
        &self.keys
    }

    /// Where the configuration file is, or would be. `None` where there is no home either.
    pub fn file(&self) -> Option<&Path> {
        self.file.as_deref()
    }

    /// Where the user's own themes are.
    pub fn themes_folder(&self) -> Option<PathBuf> {
        themes_folder(self.file()?)
    }
}

/// The folder of the user's own themes beside a configuration file.
fn themes_folder(file: &Path) -> Option<PathBuf> {
    Some(file.parent()?.join("themes"))
}

/// As a configuration file that says all of it, with the origin behind each value.
impl fmt::Display for Config {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.file, self.found) {
            (Some(file), true) => writeln!(f, "# {}", file.display())?,
            (Some(file), false) => writeln!(f, "# {} is not there", file.display())?,
            (None, _) => writeln!(f, "# no home, so no file")?,
        }
        for setting in SETTINGS {
            let (value, origin) = self.get(setting.name);
            let line = format!("{} = {value}", setting.key);
            writeln!(f, "{line:<28}  # {origin}")?;
        }
        if self.keys.is_empty() {
            return Ok(());
        }
        f.write_str("\n[keys]\n")?;
        for row in &self.keys {
            let mut line = format!("{} = [", row.action);
            for (at, key) in row.keys.iter().enumerate() {
                let comma = if at == 0 { "" } else { ", " };
                write!(line, "{comma}{}", Value::Text(key.clone()))?;
            }
            line.push(']');
            writeln!(f, "{line:<28}  # {}", row.origin)?;
        }
        Ok(())
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("default"),
            Self::File(place) => f.write_str(place),
            Self::Environment(variable) => write!(f, "${variable}"),
            Self::Flag => f.write_str("command line"),
        }
    }
}

#[cfg(test)]
mod tests;
