//! From the file, the environment and the command line to what holds.

use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};

use toml::de::DeValue;

use super::document::{Document, Entry, Mistake, Mistakes, nearest};
use super::settings::{SETTINGS, Setting, Value};
use super::{Config, KeyOverride, Origin, themes_folder};

/// Where settings come from.
#[derive(Clone, Copy)]
pub struct Sources<'a> {
    /// The environment.
    pub environment: &'a dyn Fn(&str) -> Option<OsString>,
    /// A file that the command line names instead of the usual one.
    pub file: Option<&'a Path>,
    /// `KEY=VALUE` of the command line.
    pub set: &'a [String],
}

/// What only the terminal UI knows.
#[derive(Clone, Copy)]
pub struct Rules {
    /// The actions that keys can be given to.
    pub actions: fn() -> Vec<String>,
    /// The mistakes in other keys for actions, which are there.
    pub keys: fn(&[KeyOverride]) -> Vec<String>,
    /// The themes there are, those in the user's folder included.
    pub themes: fn(Option<&Path>) -> Vec<String>,
}

/// Reads all sources.
///
/// # Errors
///
/// Every mistake in any of them.
pub fn load(sources: Sources<'_>, rules: Rules) -> Result<Config, Mistakes> {
    let mut loading = Loading {
        values: SETTINGS
            .iter()
            .map(|setting| (setting.default(), Origin::Default))
            .collect(),
        keys: Vec::new(),
        mistakes: Vec::new(),
        rules,
    };
    let named = sources.file.map(Path::to_owned).or_else(|| {
        let path = (sources.environment)("CORSCOPE_CONFIG")?;
        (!path.is_empty()).then(|| path.into())
    });
    let file = named.clone().or_else(|| usual_file(sources.environment));
    let found = file
        .as_deref()
        .is_some_and(|file| loading.file(file, named.is_some()));
    loading.environment(sources.environment);
    loading.command_line(sources.set);
    loading.theme(file.as_deref());
    match loading.mistakes.is_empty() {
        false => Err(Mistakes(loading.mistakes)),
        true => Ok(Config {
            file,
            found,
            values: loading.values,
            keys: loading.keys,
        }),
    }
}

/// `config.toml` in the user's configuration folder.
///
/// <https://specifications.freedesktop.org/basedir-spec/latest/>: a relative `$XDG_CONFIG_HOME` does not
/// count.
fn usual_file(environment: &dyn Fn(&str) -> Option<OsString>) -> Option<PathBuf> {
    let absolute = |name| {
        environment(name)
            .map(PathBuf::from)
            .filter(|path| path.is_absolute())
    };
    let folder = absolute("XDG_CONFIG_HOME").or_else(|| Some(absolute("HOME")?.join(".config")))?;
    Some(folder.join("corscope").join("config.toml"))
}

struct Loading {
    values: Vec<(Value, Origin)>,
    keys: Vec<KeyOverride>,
    mistakes: Vec<Mistake>,
    rules: Rules,
}

impl Loading {
    /// Whether the file is there. One that was asked for has to be.
    fn file(&mut self, path: &Path, wanted: bool) -> bool {
        let name = path.display().to_string();
        let text = match std::fs::read_to_string(path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound && !wanted => return false,
            Err(error) => {
                self.mistake(name, format!("cannot be read: {error}"));
                return false;
            }
        };
        let document = Document::new(&name, &text);
        let (entries, mistakes) = document.entries();
        if !mistakes.is_empty() {
            // What was read around a mistake in the notation may not be what was meant.
            self.mistakes.extend(mistakes);
            return true;
        }
        for entry in entries {
            match (&entry.value, Setting::of(&entry.key)) {
                (DeValue::Table(table), None) if entry.key == "keys" => {
                    for entry in document.table(table) {
                        self.keys_of(&entry);
                    }
                }
                (_, Some(setting)) => {
                    let read = typed(&entry.value)
                        .ok_or_else(|| format!("{}: one value is wanted", setting.key))
                        .and_then(|value| setting.check(value));
                    let origin = Origin::File(entry.place.clone());
                    self.put(setting, read, origin, entry.place);
                }
                (_, None) => {
                    let known = SETTINGS.iter().map(|setting| setting.key).chain(["keys"]);
                    self.unknown(&entry, "setting", known);
                }
            }
        }
        if !self.keys.is_empty() {
            self.judge_keys(&name);
        }
        true
    }

    fn keys_of(&mut self, entry: &Entry<'_>) {
        let actions = (self.rules.actions)();
        // As in `send`, or for one place of the table alone, as in `url.send`.
        let action = entry.key.rsplit('.').next().unwrap_or_default();
        if !actions.iter().any(|known| known == action) {
            return self.unknown(entry, "action", actions.iter().map(String::as_str));
        }
        let DeValue::Array(list) = &entry.value else {
            self.mistakes.push(entry.mistake(format!(
                "{}: a list of keys is wanted, as in [\"f5\", \"ctrl-s\"]",
                entry.key
            )));
            return;
        };
        let keys: Option<Vec<_>> = list
            .iter()
            .map(|value| value.get_ref().as_str().map(str::to_owned))
            .collect();
        match keys {
            Some(keys) => self.keys.push(KeyOverride {
                action: entry.key.clone(),
                keys,
                origin: entry.place.clone(),
            }),
            None => {
                let message = format!("{}: the names of keys are texts", entry.key);
                self.mistakes.push(entry.mistake(message));
            }
        }
    }

    /// Keys are judged together, since two actions may have changed theirs; a mistake is told where it
    /// is made alone.
    fn judge_keys(&mut self, file: &str) {
        for message in (self.rules.keys)(&self.keys) {
            let own = self
                .keys
                .iter()
                .find(|row| (self.rules.keys)(std::slice::from_ref(row)).contains(&message));
            let place = own.map_or_else(|| file.to_owned(), |row| row.origin.clone());
            self.mistake(place, message);
        }
    }

    fn environment(&mut self, environment: &dyn Fn(&str) -> Option<OsString>) {
        for setting in SETTINGS {
            for variable in setting.variables {
                let Some(text) = environment(variable).filter(|text| !text.is_empty()) else {
                    continue;
                };
                let read = match text.to_str() {
                    Some(text) => setting.read(text),
                    None => Err(format!("{}: not UTF-8", setting.key)),
                };
                // The variables that belong to everybody count less than the file.
                let own = variable.starts_with("CORSCOPE_");
                if own || self.values[setting.name as usize].1 == Origin::Default {
                    let origin = Origin::Environment(variable);
                    self.put(setting, read, origin, format!("${variable}"));
                }
                break;
            }
        }
    }

    fn command_line(&mut self, set: &[String]) {
        for text in set {
            let (key, value) = text.split_once('=').unwrap_or((text, ""));
            let place = "--set".to_owned();
            match Setting::of(key.trim()) {
                Some(_) if !text.contains('=') => {
                    self.mistake(place, format!("{key}: no value; as in --set {key}=VALUE"));
                }
                Some(setting) => {
                    self.put(setting, setting.read(value.trim()), Origin::Flag, place);
                }
                None => {
                    let known = SETTINGS.iter().map(|setting| setting.key);
                    let message = unknown(key.trim(), "setting", known);
                    self.mistake(place, message);
                }
            }
        }
    }

    /// The theme has to be there.
    fn theme(&mut self, file: Option<&Path>) {
        let at = super::Name::Theme as usize;
        let (Value::Text(name), origin) = &self.values[at] else {
            return;
        };
        if name == "auto" {
            return;
        }
        let themes = (self.rules.themes)(file.and_then(themes_folder).as_deref());
        if !themes.contains(name) {
            let place = match origin {
                Origin::Flag => "--set".to_owned(),
                origin => origin.to_string(),
            };
            let known = themes.iter().map(String::as_str).chain(["auto"]);
            let told = unknown(name, "theme", known);
            let stop = if told.ends_with('?') { "" } else { "." };
            let message = format!("{told}{stop} There are auto, {}", themes.join(", "));
            self.mistake(place, message);
        }
    }

    fn put(
        &mut self,
        setting: &Setting,
        read: Result<Value, String>,
        origin: Origin,
        place: String,
    ) {
        match read {
            Ok(value) => self.values[setting.name as usize] = (value, origin),
            Err(message) => self.mistake(place, message),
        }
    }

    fn unknown<'a>(&mut self, entry: &Entry<'_>, what: &str, known: impl Iterator<Item = &'a str>) {
        let message = unknown(&entry.key, what, known);
        self.mistakes.push(entry.mistake(message));
    }

    fn mistake(&mut self, place: String, message: String) {
        self.mistakes.push(Mistake { place, message });
    }
}

fn unknown<'a>(given: &str, what: &str, known: impl Iterator<Item = &'a str>) -> String {
    let meant = nearest(given, known).map(|known| format!("; did you mean `{known}`?"));
    format!(
        "there is no {what} `{given}`{}",
        meant.as_deref().unwrap_or_default()
    )
}

/// A value of the file, if it is of a kind that a setting can have.
fn typed(value: &DeValue<'_>) -> Option<Value> {
    Some(match value {
        DeValue::String(text) => Value::Text(text.to_string()),
        DeValue::Boolean(flag) => Value::Flag(*flag),
        DeValue::Float(float) => Value::Number(float.as_str().parse().ok()?),
        DeValue::Integer(integer) => {
            let number = i64::from_str_radix(integer.as_str(), integer.radix()).ok()?;
            Value::Number(number as f64)
        }
        _ => return None,
    })
}
