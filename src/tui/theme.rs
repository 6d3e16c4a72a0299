//! How things look, by what they mean. The looks stand in `assets/themes/`; code names meanings only.
//!
//! No meaning is told by a style alone: wherever one of these is used, a word or a sign says the same.

use std::collections::BTreeMap;
use std::ops::Index;

use ratatui::style::{Color, Modifier, Style};
use serde::Deserialize;

/// Declares [`Meaning`] with the names that theme files use.
macro_rules! meanings {
    ($($(#[doc = $doc:literal])* $variant:ident => $name:literal,)*) => {
        /// What a piece of the screen means.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Meaning { $($(#[doc = $doc])* $variant,)* }

        impl Meaning {
            /// Every meaning.
            pub const ALL: &[Self] = &[$(Self::$variant,)*];

            /// The name in theme files.
            pub fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }
        }
    };
}

meanings! {
    /// The ground of the screen and plain text on it.
    Text => "text",
    /// Text of less weight.
    Muted => "muted",
    /// Text of more weight.
    Strong => "strong",
    /// The program's name.
    Brand => "brand",
    /// The bars on top and at the bottom.
    Bar => "bar",
    /// A panel's border.
    Border => "border",
    /// The border of the panel that takes the keys.
    BorderFocused => "border-focused",
    /// A panel's title.
    Title => "title",
    /// The title of the panel that takes the keys.
    TitleFocused => "title-focused",
    /// A tab.
    Tab => "tab",
    /// The tab that is open.
    TabChosen => "tab-chosen",
    /// A key to press.
    Key => "key",
    /// A field's name.
    Label => "label",
    /// The name of the field that takes the keys.
    LabelFocused => "label-focused",
    /// A field's value.
    Value => "value",
    /// The value of the field that takes the keys.
    ValueFocused => "value-focused",
    /// What stands in an empty field.
    Placeholder => "placeholder",
    /// A heading inside a panel.
    Heading => "heading",
    /// The selected row.
    Selected => "selected",
    /// The selected row of a panel that does not take the keys.
    SelectedUnfocused => "selected-unfocused",
    /// The line of an exchange.
    Exchange => "exchange",
    /// A header's name.
    HeaderName => "header-name",
    /// An address to look up.
    Link => "link",
    /// A check that passed.
    Pass => "pass",
    /// A check that failed.
    Fail => "fail",
    /// Something worth knowing.
    Info => "info",
    /// Something that corscope does not decide.
    NotModelled => "not-modelled",
    /// The sign at the step that blocked.
    Cause => "cause",
    /// The bytes at fault.
    Mark => "mark",
    /// What was searched for.
    Found => "found",
    /// A mistake in the form.
    Mistake => "mistake",
    /// Something to look out for.
    Warning => "warning",
    /// Nothing sent yet.
    BadgeReady => "badge-ready",
    /// A request is under way.
    BadgeWaiting => "badge-waiting",
    /// Verdict allowed.
    BadgeAllowed => "badge-allowed",
    /// Verdict blocked.
    BadgeBlocked => "badge-blocked",
    /// Verdict opaque.
    BadgeOpaque => "badge-opaque",
    /// The network failed.
    BadgeFailed => "badge-failed",
}

/// A theme that ships with the program.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ThemeName {
    /// Dark.
    #[default]
    Night,
    /// Light.
    Day,
    /// Without colour.
    Plain,
}

/// How many colours the terminal has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Colours {
    /// 24 bits.
    #[default]
    True,
    /// The 256 of xterm.
    Indexed,
}

/// The looks of every meaning.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Theme {
    /// Which one it is.
    pub name: ThemeName,
    styles: Vec<Style>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    palette: BTreeMap<String, String>,
    styles: BTreeMap<String, Look>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Look {
    fg: Option<String>,
    bg: Option<String>,
    bold: bool,
    dim: bool,
    italic: bool,
    underlined: bool,
    reversed: bool,
}

impl ThemeName {
    fn source(self) -> &'static str {
        match self {
            Self::Night => include_str!("../../assets/themes/night.toml"),
            Self::Day => include_str!("../../assets/themes/day.toml"),
            Self::Plain => include_str!("../../assets/themes/plain.toml"),
        }
    }
}

impl Theme {
    /// Reads a theme that ships with the program.
    ///
    /// # Panics
    ///
    /// If its file is broken; a test reads every one.
    pub fn new(name: ThemeName, colours: Colours) -> Self {
        let file: File = toml::from_str(name.source())
            .unwrap_or_else(|error| panic!("the theme {name:?} is whole, held by a test: {error}"));
        let styles = Meaning::ALL
            .iter()
            .map(|meaning| match file.styles.get(meaning.name()) {
                Some(look) => look.style(&file.palette, colours),
                None => Style::new(),
            })
            .collect();
        Self { name, styles }
    }
}

impl Index<Meaning> for Theme {
    type Output = Style;

    fn index(&self, meaning: Meaning) -> &Style {
        &self.styles[meaning as usize]
    }
}

impl Look {
    fn style(&self, palette: &BTreeMap<String, String>, colours: Colours) -> Style {
        let colour = |name: &Option<String>| {
            let hex = palette.get(name.as_deref()?)?;
            Some(colour(hex)?.fitted(colours))
        };
        let mut style = Style::new();
        style.fg = colour(&self.fg);
        style.bg = colour(&self.bg);
        for (wanted, modifier) in [
            (self.bold, Modifier::BOLD),
            (self.dim, Modifier::DIM),
            (self.italic, Modifier::ITALIC),
            (self.underlined, Modifier::UNDERLINED),
            (self.reversed, Modifier::REVERSED),
        ] {
            if wanted {
                style = style.add_modifier(modifier);
            }
        }
        style
    }
}

/// Red, green and blue.
#[derive(Clone, Copy)]
struct Rgb(u8, u8, u8);

fn colour(hex: &str) -> Option<Rgb> {
    let value = u32::from_str_radix(hex.strip_prefix('#')?, 16).ok()?;
    let [_, red, green, blue] = value.to_be_bytes();
    Some(Rgb(red, green, blue))
}

impl Rgb {
    fn fitted(self, colours: Colours) -> Color {
        match colours {
            Colours::True => Color::Rgb(self.0, self.1, self.2),
            Colours::Indexed => Color::Indexed(self.nearest()),
        }
    }

    /// The nearest of xterm's colour cube and grey ramp.
    fn nearest(self) -> u8 {
        const STEPS: [u8; 6] = [0, 95, 135, 175, 215, 255];
        let level = |value: u8| {
            (0..6u8)
                .min_by_key(|step| STEPS[usize::from(*step)].abs_diff(value))
                .unwrap_or_default()
        };
        let (r, g, b) = (level(self.0), level(self.1), level(self.2));
        let cube = Rgb(
            STEPS[usize::from(r)],
            STEPS[usize::from(g)],
            STEPS[usize::from(b)],
        );
        let mean = (u16::from(self.0) + u16::from(self.1) + u16::from(self.2)) / 3;
        let step = u8::try_from(mean.saturating_sub(3) / 10)
            .unwrap_or(23)
            .min(23);
        let grey = 8 + 10 * step;
        if self.distance(Rgb(grey, grey, grey)) < self.distance(cube) {
            232 + step
        } else {
            16 + 36 * r + 6 * g + b
        }
    }

    fn distance(self, other: Self) -> u32 {
        [(self.0, other.0), (self.1, other.1), (self.2, other.2)]
            .iter()
            .map(|(a, b)| u32::from(a.abs_diff(*b)).pow(2))
            .sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NAMES: [ThemeName; 3] = [ThemeName::Night, ThemeName::Day, ThemeName::Plain];

    #[test]
    fn every_theme_knows_every_meaning_and_no_other() {
        for name in NAMES {
            let file: File = toml::from_str(name.source()).unwrap();
            for meaning in Meaning::ALL {
                assert!(
                    file.styles.contains_key(meaning.name()),
                    "{name:?} lacks {}",
                    meaning.name()
                );
            }
            assert_eq!(file.styles.len(), Meaning::ALL.len(), "{name:?}");
            for (style, look) in &file.styles {
                for colour in [&look.fg, &look.bg].into_iter().flatten() {
                    let hex = file.palette.get(colour);
                    assert!(
                        hex.is_some_and(|hex| super::colour(hex).is_some()),
                        "{name:?}: {style} uses {colour}"
                    );
                }
            }
        }
    }

    #[test]
    fn the_plain_theme_has_no_colour() {
        let theme = Theme::new(ThemeName::Plain, Colours::True);
        for meaning in Meaning::ALL {
            assert_eq!((theme[*meaning].fg, theme[*meaning].bg), (None, None));
        }
    }

    #[test]
    fn colours_fit_the_256_of_xterm() {
        for (hex, index) in [
            ("#000000", 16),
            ("#ffffff", 231),
            ("#ff0000", 196),
            ("#808080", 244),
        ] {
            assert_eq!(colour(hex).unwrap().nearest(), index, "{hex}");
        }
    }
}
