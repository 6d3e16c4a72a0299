//! How things look, by what they mean. The looks stand in `assets/themes/`; code names meanings only.
//!
//! No meaning is told by a style alone: wherever one of these is used, a word or a sign says the same.
//!
//! | to change ... | open |
//! | --- | --- |
//! | a theme | `assets/themes/`, no Rust |
//! | which themes there are | `catalogue` |
//! | what a theme file may say | `file` |
//! | what is made of colours that the terminal lacks | `colours` |

mod catalogue;
mod colours;
mod file;
mod readable;

use std::ops::Index;

use ratatui::style::Style;

pub use catalogue::Themes;
pub use colours::{Colours, Rgb};

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

/// The ground that a theme is made for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Ground {
    /// A dark one.
    #[default]
    Dark,
    /// A light one.
    Light,
    /// Any.
    Any,
}

/// The looks of every meaning.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Theme {
    /// Its name: of its file, without the ending.
    pub name: String,
    /// The ground that it is made for.
    pub ground: Ground,
    styles: Vec<Style>,
}

impl Index<Meaning> for Theme {
    type Output = Style;

    fn index(&self, meaning: Meaning) -> &Style {
        &self.styles[meaning as usize]
    }
}

impl Meaning {
    /// The meaning of that name in theme files.
    fn of(name: &str) -> Option<Self> {
        Self::ALL
            .iter()
            .copied()
            .find(|meaning| meaning.name() == name)
    }
}

#[cfg(test)]
mod tests;
