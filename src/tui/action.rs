//! What a key can do, and where: the words of `assets/keymap.toml`.

use serde::Deserialize;

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

impl Action {
    /// The name in the table: `next-tab`.
    pub fn name(self) -> String {
        kebab(&format!("{self:?}"))
    }
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
    pub(super) fn takes_text(self) -> bool {
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
