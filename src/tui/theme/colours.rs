//! Colours, and what is made of them where the terminal has fewer.

use ratatui::style::Color;

/// How many colours the terminal has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Colours {
    /// 24 bits.
    #[default]
    True,
    /// The 256 of xterm.
    Indexed,
    /// The 16 that the user has chosen for the terminal.
    Sixteen,
    /// None.
    None,
}

/// Terminals that have 24 bits of colour and say so by their name alone.
const TRUE_TERMINALS: [&str; 7] = [
    "direct",
    "kitty",
    "alacritty",
    "ghostty",
    "foot",
    "wezterm",
    "contour",
];

/// How terminfo names terminals without colours: `xterm-mono`, `vt100`, `screen-m`.
const MONOCHROME: [&str; 7] = ["-mono", "-m", "vt52", "vt100", "vt102", "vt220", "vt320"];

impl Colours {
    /// What the environment says about the terminal: `COLORTERM`, then `TERM`.
    pub fn of(environment: &dyn Fn(&str) -> Option<String>) -> Self {
        let value = |name| environment(name).unwrap_or_default();
        let (term, depth) = (value("TERM"), value("COLORTERM"));
        let has = |text: &str, words: &[&str]| words.iter().any(|word| text.contains(word));
        if term == "dumb" || MONOCHROME.iter().any(|end| term.ends_with(end)) {
            Self::None
        } else if has(&depth, &["truecolor", "24bit"])
            || has(&term, &TRUE_TERMINALS)
            || has(
                &value("TERM_PROGRAM"),
                &["iTerm", "WezTerm", "vscode", "ghostty"],
            )
            || !value("WT_SESSION").is_empty()
        {
            Self::True
        } else if term.contains("256color") {
            Self::Indexed
        } else {
            Self::Sixteen
        }
    }
}

/// Red, green and blue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rgb(pub u8, pub u8, pub u8);

/// A colour of a theme.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Paint {
    Rgb(Rgb),
    /// One of the terminal's 16, or its default.
    Own(Color),
}

/// The terminal's own colours, their names in theme files, and what xterm shows for them.
const OWN: [(&str, Color, Rgb); 16] = [
    ("black", Color::Black, Rgb(0, 0, 0)),
    ("red", Color::Red, Rgb(205, 0, 0)),
    ("green", Color::Green, Rgb(0, 205, 0)),
    ("yellow", Color::Yellow, Rgb(205, 205, 0)),
    ("blue", Color::Blue, Rgb(0, 0, 238)),
    ("magenta", Color::Magenta, Rgb(205, 0, 205)),
    ("cyan", Color::Cyan, Rgb(0, 205, 205)),
    ("white", Color::Gray, Rgb(229, 229, 229)),
    ("bright-black", Color::DarkGray, Rgb(127, 127, 127)),
    ("bright-red", Color::LightRed, Rgb(255, 0, 0)),
    ("bright-green", Color::LightGreen, Rgb(0, 255, 0)),
    ("bright-yellow", Color::LightYellow, Rgb(255, 255, 0)),
    ("bright-blue", Color::LightBlue, Rgb(92, 92, 255)),
    ("bright-magenta", Color::LightMagenta, Rgb(255, 0, 255)),
    ("bright-cyan", Color::LightCyan, Rgb(0, 255, 255)),
    ("bright-white", Color::White, Rgb(255, 255, 255)),
];

impl Paint {
    /// `#7cb4ff`, the name of one of the terminal's own colours, or `default`.
    pub(super) fn parse(text: &str) -> Option<Self> {
        if text == "default" {
            return Some(Self::Own(Color::Reset));
        }
        if let Some((_, colour, _)) = OWN.iter().find(|(name, ..)| *name == text) {
            return Some(Self::Own(*colour));
        }
        let digits = text.strip_prefix('#')?;
        let six = digits.len() == 6 && digits.bytes().all(|digit| digit.is_ascii_hexdigit());
        let value = u32::from_str_radix(digits, 16).ok().filter(|_| six)?;
        let [_, red, green, blue] = value.to_be_bytes();
        Some(Self::Rgb(Rgb(red, green, blue)))
    }

    pub(super) fn fitted(self, colours: Colours) -> Option<Color> {
        match (self, colours) {
            (_, Colours::None) => None,
            (Self::Own(colour), _) => Some(colour),
            (Self::Rgb(Rgb(red, green, blue)), Colours::True) => Some(Color::Rgb(red, green, blue)),
            (Self::Rgb(rgb), Colours::Indexed) => Some(Color::Indexed(rgb.nearest())),
            (Self::Rgb(rgb), Colours::Sixteen) => OWN
                .iter()
                .min_by_key(|(_, _, shown)| rgb.distance(*shown))
                .map(|(_, colour, _)| *colour),
        }
    }
}

impl Rgb {
    /// Whether dark text is easier to read on it than light text.
    pub fn is_light(self) -> bool {
        let [red, green, blue] = [self.0, self.1, self.2].map(u32::from);
        // The weights of ITU-R BT.601.
        299 * red + 587 * green + 114 * blue > 127_500
    }

    /// The nearest of xterm's colour cube and grey ramp.
    pub(super) fn nearest(self) -> u8 {
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

    fn rgb(text: &str) -> Rgb {
        match Paint::parse(text) {
            Some(Paint::Rgb(rgb)) => rgb,
            other => panic!("{text}: {other:?}"),
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
            assert_eq!(rgb(hex).nearest(), index, "{hex}");
        }
    }

    #[test]
    fn colours_fit_the_16_of_the_terminal() {
        let fitted = |text| Paint::parse(text).unwrap().fitted(Colours::Sixteen);
        assert_eq!(fitted("#fe0101"), Some(Color::LightRed));
        assert_eq!(fitted("#000010"), Some(Color::Black));
        assert_eq!(fitted("bright-blue"), Some(Color::LightBlue));
        assert_eq!(fitted("default"), Some(Color::Reset));
    }

    #[test]
    fn what_is_no_colour_is_refused() {
        for text in ["", "#12", "#1234567", "#+12345", "reddish", "Red"] {
            assert_eq!(Paint::parse(text), None, "{text}");
        }
    }

    #[test]
    fn the_environment_tells_how_many_there_are() {
        for (variables, expected) in [
            (
                &[("TERM", "xterm-256color"), ("COLORTERM", "truecolor")][..],
                Colours::True,
            ),
            (&[("TERM", "xterm-kitty")], Colours::True),
            (
                &[("TERM", "xterm-256color"), ("TERM_PROGRAM", "iTerm.app")],
                Colours::True,
            ),
            (&[("TERM", "tmux-256color")], Colours::Indexed),
            (&[("TERM", "linux")], Colours::Sixteen),
            (&[("TERM", "xterm")], Colours::Sixteen),
            (&[("TERM", "xterm-mono")], Colours::None),
            (&[("TERM", "vt220")], Colours::None),
            (&[], Colours::Sixteen),
            (
                &[("TERM", "dumb"), ("COLORTERM", "truecolor")],
                Colours::None,
            ),
        ] {
            let environment = |name: &str| {
                let row = variables.iter().find(|(known, _)| *known == name);
                row.map(|(_, value)| (*value).to_owned())
            };
            assert_eq!(Colours::of(&environment), expected, "{variables:?}");
        }
    }

    #[test]
    fn a_ground_is_light_by_what_the_eye_sees() {
        for (hex, light) in [
            ("#ffffff", true),
            ("#fdf6e3", true),
            ("#002b36", false),
            ("#0000ff", false),
        ] {
            assert_eq!(rgb(hex).is_light(), light, "{hex}");
        }
    }
}
