//! A theme file: `palette` names colours, `styles` gives each meaning its looks, `sixteen` says which of the
//! terminal's own colours stand for those of the palette where there are no others. What a file does not say,
//! its `base` says.

use std::collections::BTreeMap;

use ratatui::style::{Color, Modifier, Style};
use toml::de::DeValue;

use super::colours::{Colours, Paint};
use super::{Ground, Meaning, Theme};
use crate::config::{Document, Entry, Mistake, Mistakes, nearest};

/// A theme as it is written, the base not yet put under it.
#[derive(Clone, Debug, Default)]
pub(super) struct ThemeFile {
    pub(super) base: Option<String>,
    ground: Option<Ground>,
    palette: BTreeMap<String, Paint>,
    sixteen: BTreeMap<String, Paint>,
    styles: BTreeMap<Meaning, Look>,
}

#[derive(Clone, Debug, Default)]
struct Look {
    fg: Option<String>,
    bg: Option<String>,
    modifiers: Modifier,
    place: String,
}

/// The keys of a file.
const KEYS: [&str; 5] = ["base", "for", "palette", "sixteen", "styles"];

/// The keys of a look that are switched on or off.
const MODIFIERS: [(&str, Modifier); 5] = [
    ("bold", Modifier::BOLD),
    ("dim", Modifier::DIM),
    ("italic", Modifier::ITALIC),
    ("underlined", Modifier::UNDERLINED),
    ("reversed", Modifier::REVERSED),
];

impl ThemeFile {
    /// Reads a file; `name` is what its mistakes are told with.
    pub(super) fn read(name: &str, text: &str) -> Result<Self, Mistakes> {
        let document = Document::new(name, text);
        let (entries, mistakes) = document.entries();
        if !mistakes.is_empty() {
            return Err(Mistakes(mistakes));
        }
        let (mut file, mut mistakes) = (Self::default(), Vec::new());
        for entry in &entries {
            match (entry.key.as_str(), &entry.value) {
                ("base", DeValue::String(base)) => file.base = Some(base.to_string()),
                ("for", DeValue::String(ground)) => match ground.as_ref() {
                    "dark" => file.ground = Some(Ground::Dark),
                    "light" => file.ground = Some(Ground::Light),
                    "any" => file.ground = Some(Ground::Any),
                    other => mistakes.push(
                        entry.mistake(format!("for: `{other}` is not one of dark, light, any")),
                    ),
                },
                (key @ ("palette" | "sixteen"), DeValue::Table(table)) => {
                    let colours = match key {
                        "palette" => &mut file.palette,
                        _ => &mut file.sixteen,
                    };
                    for entry in document.table(table) {
                        match entry.value.as_str().and_then(Paint::parse) {
                            Some(paint) => {
                                colours.insert(entry.key, paint);
                            }
                            None => mistakes.push(entry.mistake(format!(
                                "{}: no colour; as in \"#7cb4ff\", \"bright-blue\" or \"default\"",
                                entry.key
                            ))),
                        }
                    }
                }
                ("styles", DeValue::Table(table)) => {
                    for entry in document.table(table) {
                        file.style(&document, &entry, &mut mistakes);
                    }
                }
                (key, _) if KEYS.contains(&key) => {
                    let wanted = match key {
                        "base" | "for" => "a text",
                        _ => "a table",
                    };
                    mistakes.push(entry.mistake(format!("{key}: {wanted} is wanted")));
                }
                _ => mistakes.push(unknown(entry, "key", KEYS.into_iter())),
            }
        }
        match mistakes.is_empty() {
            true => Ok(file),
            false => Err(Mistakes(mistakes)),
        }
    }

    fn style(&mut self, document: &Document<'_>, entry: &Entry<'_>, mistakes: &mut Vec<Mistake>) {
        let names = Meaning::ALL.iter().map(|meaning| meaning.name());
        let Some(meaning) = Meaning::of(&entry.key) else {
            return mistakes.push(unknown(entry, "style", names));
        };
        let DeValue::Table(table) = &entry.value else {
            let message = format!("{}: as in {{ fg = \"blue\", bold = true }}", entry.key);
            return mistakes.push(entry.mistake(message));
        };
        let mut look = Look {
            place: entry.place.clone(),
            ..Look::default()
        };
        for part in document.table(table) {
            let modifier = MODIFIERS.iter().find(|(name, _)| *name == part.key);
            match (part.key.as_str(), &part.value, modifier) {
                ("fg", DeValue::String(colour), _) => look.fg = Some(colour.to_string()),
                ("bg", DeValue::String(colour), _) => look.bg = Some(colour.to_string()),
                (_, DeValue::Boolean(on), Some((_, modifier))) => look.modifiers.set(*modifier, *on),
                _ => mistakes.push(part.mistake(format!(
                    "{}: {}: a look has fg and bg, colours of the palette, and bold, dim, italic, underlined, reversed, true or false",
                    entry.key, part.key
                ))),
            }
        }
        self.styles.insert(meaning, look);
    }

    /// Puts `base` under what this file says.
    pub(super) fn over(mut self, base: Self) -> Self {
        self.ground = self.ground.or(base.ground);
        // A colour that is changed here is no longer what the base has chosen for it among the 16.
        let mut sixteen = base.sixteen;
        sixteen.retain(|name, _| !self.palette.contains_key(name));
        sixteen.append(&mut self.sixteen);
        self.sixteen = sixteen;
        let mut palette = base.palette;
        palette.append(&mut self.palette);
        self.palette = palette;
        let mut styles = base.styles;
        styles.append(&mut self.styles);
        self.styles = styles;
        self
    }

    /// The theme for a terminal of so many colours.
    pub(super) fn theme(&self, name: &str, colours: Colours) -> Result<Theme, Mistakes> {
        let mut mistakes = Vec::new();
        let mut styles = Vec::new();
        for meaning in Meaning::ALL {
            let Some(look) = self.styles.get(meaning) else {
                mistakes.push(Mistake {
                    place: name.to_owned(),
                    message: format!("{}: no style", meaning.name()),
                });
                continue;
            };
            match self.style_of(look, colours) {
                Ok(style) => styles.push(style),
                Err(colour) => mistakes.push(Mistake {
                    place: look.place.clone(),
                    message: format!("{}: `{colour}` is not in the palette", meaning.name()),
                }),
            }
        }
        match mistakes.is_empty() {
            true => Ok(Theme {
                name: name.to_owned(),
                ground: self.ground.unwrap_or_default(),
                styles,
            }),
            false => Err(Mistakes(mistakes)),
        }
    }

    fn style_of<'a>(&self, look: &'a Look, colours: Colours) -> Result<Style, &'a str> {
        let colour = |name: &'a Option<String>| -> Result<Option<Color>, &'a str> {
            let Some(name) = name.as_deref() else {
                return Ok(None);
            };
            let own = match colours {
                Colours::Sixteen => self.sixteen.get(name),
                _ => None,
            };
            let paint = own.or_else(|| self.palette.get(name)).ok_or(name)?;
            Ok(paint.fitted(colours))
        };
        let mut style = Style::new().add_modifier(look.modifiers);
        style.fg = colour(&look.fg)?;
        style.bg = colour(&look.bg)?;
        Ok(style)
    }
}

fn unknown(entry: &Entry<'_>, what: &str, known: impl Iterator<Item = &'static str>) -> Mistake {
    let meant = nearest(&entry.key, known).map(|known| format!("; did you mean `{known}`?"));
    entry.mistake(format!(
        "there is no {what} `{}`{}",
        entry.key,
        meant.as_deref().unwrap_or_default()
    ))
}
