//! Which settings there are: one row each. `assets/schema/config.schema.json` says the same, held by a
//! test.

use std::fmt;

use super::document::nearest;

/// A setting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the table says it for each row")]
pub enum Name {
    Theme,
    Mouse,
    Engine,
    MaxTime,
    MaxBody,
    Proxy,
    Clipboard,
    Editor,
    Pager,
    Opener,
    Log,
    History,
    HistoryRuns,
    HistoryBytes,
    HistorySecrets,
}

/// A row of the table.
#[derive(Clone, Copy, Debug)]
pub struct Setting {
    /// Its name in code.
    pub name: Name,
    /// Its name in the file.
    pub key: &'static str,
    /// What it does.
    pub about: &'static str,
    /// What may be said.
    pub(super) kind: Kind,
    /// What holds where nobody says otherwise.
    pub(super) default: Default,
    /// The variables of the environment that say it, the first that is set counts.
    pub(super) variables: &'static [&'static str],
}

/// What may be said.
#[derive(Clone, Copy, Debug)]
pub(super) enum Kind {
    /// Any text.
    Text,
    /// `auto` or the name of a theme.
    Theme,
    /// One of a few words.
    Word(&'static [&'static str]),
    /// Yes or no.
    Flag,
    /// A number of seconds, 0 for ever.
    Seconds,
    /// A whole number of bytes.
    Bytes,
    /// How many there may be, one or more.
    Count,
}

/// A value as a constant.
#[derive(Clone, Copy, Debug)]
pub(super) enum Default {
    Text(&'static str),
    Number(f64),
    Flag(bool),
}

/// A value.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// A text.
    Text(String),
    /// A number: of seconds, or of bytes.
    Number(f64),
    /// Yes or no.
    Flag(bool),
}

/// Every setting, in the order of [`Name`].
pub const SETTINGS: &[Setting] = &[
    Setting {
        name: Name::Theme,
        key: "theme",
        about: "the looks: auto, by the terminal's background, or the name of a theme",
        kind: Kind::Theme,
        default: Default::Text("auto"),
        variables: &["CORSCOPE_THEME"],
    },
    Setting {
        name: Name::Mouse,
        key: "mouse",
        about: "whether the mouse is the program's; without, the terminal selects text with it",
        kind: Kind::Flag,
        default: Default::Flag(true),
        variables: &["CORSCOPE_MOUSE"],
    },
    Setting {
        name: Name::Engine,
        key: "engine",
        about: "whose rules decide",
        kind: Kind::Word(&["chromium", "firefox", "webkit", "standard"]),
        default: Default::Text("chromium"),
        variables: &["CORSCOPE_ENGINE"],
    },
    Setting {
        name: Name::MaxTime,
        key: "max-time",
        about: "give up after this many seconds, redirects included; 0 waits for ever",
        kind: Kind::Seconds,
        default: Default::Number(30.0),
        variables: &["CORSCOPE_MAX_TIME"],
    },
    Setting {
        name: Name::MaxBody,
        key: "max-body",
        about: "read and keep at most this many bytes of a body",
        kind: Kind::Bytes,
        default: Default::Number(1_048_576.0),
        variables: &["CORSCOPE_MAX_BODY"],
    },
    Setting {
        name: Name::Proxy,
        key: "proxy",
        about: "the proxy; empty for the system's",
        kind: Kind::Text,
        default: Default::Text(""),
        variables: &["CORSCOPE_PROXY"],
    },
    Setting {
        name: Name::Clipboard,
        key: "clipboard",
        about: "how is copied: auto is both, the terminal (OSC 52) and the system's program",
        kind: Kind::Word(&["auto", "terminal", "program", "off"]),
        default: Default::Text("auto"),
        variables: &["CORSCOPE_CLIPBOARD"],
    },
    Setting {
        name: Name::Editor,
        key: "editor",
        about: "the command that opens a text for editing; empty for vi",
        kind: Kind::Text,
        default: Default::Text(""),
        variables: &["CORSCOPE_EDITOR", "VISUAL", "EDITOR"],
    },
    Setting {
        name: Name::Pager,
        key: "pager",
        about: "the command that shows a text; empty for less",
        kind: Kind::Text,
        default: Default::Text(""),
        variables: &["CORSCOPE_PAGER", "PAGER"],
    },
    Setting {
        name: Name::Opener,
        key: "opener",
        about: "the command that opens a web page; empty for the system's",
        kind: Kind::Text,
        default: Default::Text(""),
        variables: &["CORSCOPE_OPENER"],
    },
    Setting {
        name: Name::Log,
        key: "log",
        about: "the file that a debug log is appended to; empty for none",
        kind: Kind::Text,
        default: Default::Text(""),
        variables: &["CORSCOPE_LOG"],
    },
    Setting {
        name: Name::History,
        key: "history",
        about: "whether runs are kept",
        kind: Kind::Flag,
        default: Default::Flag(true),
        variables: &["CORSCOPE_HISTORY"],
    },
    Setting {
        name: Name::HistoryRuns,
        key: "history-runs",
        about: "keep at most this many runs; the oldest without a name go first",
        kind: Kind::Count,
        default: Default::Number(10_000.0),
        variables: &["CORSCOPE_HISTORY_RUNS"],
    },
    Setting {
        name: Name::HistoryBytes,
        key: "history-bytes",
        about: "keep at most this many bytes of runs",
        kind: Kind::Bytes,
        default: Default::Number(500_000_000.0),
        variables: &["CORSCOPE_HISTORY_BYTES"],
    },
    Setting {
        name: Name::HistorySecrets,
        key: "history-secrets",
        about: "credentials, cookies and keys in runs that are kept: redacted, or kept as they are",
        kind: Kind::Word(&["redacted", "kept"]),
        default: Default::Text("redacted"),
        variables: &["CORSCOPE_HISTORY_SECRETS"],
    },
];

impl Setting {
    /// The setting of that name.
    pub fn of(key: &str) -> Option<&'static Self> {
        SETTINGS.iter().find(|setting| setting.key == key)
    }

    pub(super) fn default(&self) -> Value {
        match self.default {
            Default::Text(text) => Value::Text(text.to_owned()),
            Default::Number(number) => Value::Number(number),
            Default::Flag(flag) => Value::Flag(flag),
        }
    }

    /// The value that a text of the environment or the command line stands for.
    pub(super) fn read(&self, text: &str) -> Result<Value, String> {
        let value = match self.kind {
            Kind::Text | Kind::Theme | Kind::Word(_) => Value::Text(text.to_owned()),
            Kind::Flag => match text {
                "true" | "on" | "yes" | "1" => Value::Flag(true),
                "false" | "off" | "no" | "0" => Value::Flag(false),
                _ => return Err(self.wanted(&format!("`{text}`"))),
            },
            Kind::Seconds | Kind::Bytes | Kind::Count => match text.parse() {
                Ok(number) => Value::Number(number),
                Err(_) => return Err(self.wanted(&format!("`{text}`"))),
            },
        };
        self.check(value)
    }

    /// A value of the right kind and within its bounds, or what is wrong with it.
    pub(super) fn check(&self, value: Value) -> Result<Value, String> {
        let fits = match (self.kind, &value) {
            (Kind::Text | Kind::Theme, Value::Text(_)) | (Kind::Flag, Value::Flag(_)) => true,
            (Kind::Word(words), Value::Text(text)) => words.contains(&text.as_str()),
            (Kind::Seconds, Value::Number(number)) => number.is_finite() && *number >= 0.0,
            (Kind::Bytes, Value::Number(number)) => {
                (0.0..9e15).contains(number) && number.fract() == 0.0
            }
            (Kind::Count, Value::Number(number)) => {
                (1.0..9e15).contains(number) && number.fract() == 0.0
            }
            _ => false,
        };
        match fits {
            true => Ok(value),
            false => Err(self.wanted(&format!("{value}"))),
        }
    }

    fn wanted(&self, given: &str) -> String {
        let wanted = match self.kind {
            Kind::Text => "a text".to_owned(),
            Kind::Theme => "auto or the name of a theme".to_owned(),
            Kind::Flag => "true or false".to_owned(),
            Kind::Seconds => "a number of seconds, 0 or more".to_owned(),
            Kind::Bytes => "a whole number of bytes, 0 or more".to_owned(),
            Kind::Count => "a whole number, 1 or more".to_owned(),
            Kind::Word(words) => {
                let meant = nearest(given.trim_matches(['"', '`']), words.iter().copied());
                let meant = meant.map(|word| format!("; did you mean {word}?"));
                format!(
                    "one of {}{}",
                    words.join(", "),
                    meant.as_deref().unwrap_or_default()
                )
            }
        };
        format!("{}: {given} is not {wanted}", self.key)
    }
}

/// As in TOML.
impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(number) => write!(f, "{number}"),
            Self::Flag(flag) => write!(f, "{flag}"),
            Self::Text(text) => {
                f.write_str("\"")?;
                for c in text.chars() {
                    match c {
                        '"' | '\\' => write!(f, "\\{c}")?,
                        c if c.is_control() => write!(f, "\\u{:04X}", u32::from(c))?,
                        c => write!(f, "{c}")?,
                    }
                }
                f.write_str("\"")
            }
        }
    }
}
