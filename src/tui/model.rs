//! The state of the terminal UI. Nothing here waits, reads a clock or draws.

use std::collections::HashSet;
use std::time::Duration;

use ratatui::layout::Size;
use url::Url;

use super::action::Place;
use super::keymap::Keymap;
use super::layout::{Border, Split};
use super::message::FollowUp;
use super::outcome::Outcome;
use super::screens::Screen;
use super::screens::browser::Held;
use super::screens::compare::Compared;
use super::screens::composer::Composer;
use super::screens::confirm::Question;
use super::screens::copy::Menu;
use super::screens::detail::Detail;
use super::screens::editor::Editor;
use super::screens::export::Taken;
use super::screens::glossary::Glossary;
use super::screens::help::Help;
use super::screens::history::Runs;
use super::screens::imported::{self, Notes};
use super::screens::lessons::{LabChoice, LabId, Lessons, is_lab};
use super::screens::palette::Palette;
use super::screens::prediction::Prediction;
use super::screens::requests::Requests;
use super::screens::search::Search;
use super::screens::stacks::Stacks;
use super::screens::themes::Picker;
use super::screens::toasts::{Toasts, Tone};
use super::screens::trace::TracePanel;
use super::screens::what_if::Imagined;
use super::theme::{Colours, Ground, Theme, Themes};
use crate::assets::{Lesson, LessonServer};
use crate::engine::{
    AddressSpace, Engine, ExchangeKind, HstsStore, LocalNetworkPermission, PagePolicies, Timestamp,
};
use crate::import::Imported;
use crate::session::RequestForm;

/// The part of the debug screen that takes the keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Panel {
    /// The request.
    Request,
    /// The trace.
    Trace,
    /// The detail of a step.
    Detail,
}

/// What lies over the screen and takes all keys.
#[derive(Clone, Debug)]
pub enum Overlay {
    /// Nothing.
    None,
    /// The list of commands.
    Palette(Box<Palette>),
    /// What the browser holds.
    Browser(Held),
    /// The answer that is changed.
    WhatIf(Box<Editor>),
    /// The glossary.
    Glossary(Box<Glossary>),
    /// What became of a pasted request.
    Imported(Notes),
    /// The question before a request that may change something.
    Confirm(Box<Question>),
    /// The list of themes.
    Themes(Picker),
    /// The list of what can be copied.
    Copy(Menu),
    /// The list of named requests.
    Requests(Box<Requests>),
    /// The list of stacks.
    Stacks(Box<Stacks>),
    /// The question what to do with a file that is there already.
    Export(Box<Taken>),
}

/// What is under way.
#[derive(Clone, Debug)]
pub enum Run {
    /// Nothing.
    Idle,
    /// A run.
    Sending(Box<Sending>),
}

/// A run under way.
#[derive(Clone, Debug)]
pub struct Sending {
    /// Its id.
    pub id: u64,
    /// When it began.
    pub started: Timestamp,
    /// When it is given up, if ever.
    pub max_time: Option<Duration>,
    /// The form that it was made from.
    pub form: RequestForm,
    /// The lab's server that answers.
    pub lab: Option<LabId>,
    /// What is asked beyond the run before; `None` for a run of its own.
    pub follows: Option<FollowUp>,
    /// Whether the user has stopped it; what is known of it is on its way.
    pub stopping: bool,
    /// Its requests so far.
    pub requests: Vec<SentRequest>,
}

/// A request of a run under way.
#[derive(Clone, Debug)]
pub struct SentRequest {
    /// Preflight or actual.
    pub kind: ExchangeKind,
    /// Method and path.
    pub line: String,
    /// What it waits for; `None` once it is answered.
    pub waits_for: Option<&'static str>,
}

/// The whole state.
#[derive(Clone, Debug)]
pub struct Model {
    /// The size of the terminal.
    pub size: Size,
    /// The time, as far as it was told.
    pub now: Timestamp,
    /// The screen in view.
    pub screen: Screen,
    /// The panel of the debug screen that takes the keys.
    pub panel: Panel,
    /// Whether that panel has all the room.
    pub zoomed: bool,
    /// Where the user has put the borders.
    pub split: Split,
    /// The border that the mouse holds.
    pub held: Option<Border>,
    /// What is searched for in trace and detail.
    pub search: Option<Search>,
    /// What lies over the screen.
    pub overlay: Overlay,
    /// The request.
    pub composer: Composer,
    /// What the browser would do with it.
    pub prediction: Prediction,
    /// What the lab plays.
    pub lab: LabChoice,
    /// What is under way.
    pub run: Run,
    /// The last run that came to its end, or what it would be under edits.
    pub outcome: Option<Box<Outcome>>,
    /// The edits, and the run as it was; `None` where nothing was edited.
    pub what_if: Option<Box<Imagined>>,
    /// Words on what just happened, which go by themselves.
    pub toasts: Toasts,
    /// The trace panel.
    pub trace: TracePanel,
    /// The detail panel.
    pub detail: Detail,
    /// The screen of lessons.
    pub lessons: Lessons,
    /// The screen of runs that were kept.
    pub history: Runs,
    /// Two of them side by side.
    pub comparison: Option<Box<Compared>>,
    /// The help screen.
    pub help: Help,
    /// Requests that were agreed to: method and URL.
    pub agreed: HashSet<(String, Url)>,
    /// The id of the next run.
    pub next_run: u64,
    /// The key table.
    pub keymap: Keymap,
    /// The looks.
    pub theme: Theme,
    /// Whether the looks follow the terminal's background.
    pub auto_theme: bool,
    /// Whether the terminal's background is light, as far as is known.
    pub light: bool,
    /// The looks there are.
    pub themes: Themes,
    /// How many colours there are.
    pub colours: Colours,
}

/// What the program was asked to open.
#[derive(Clone, Debug, Default)]
pub struct Asked {
    /// The request; `None` for the first lesson.
    pub form: Option<RequestForm>,
    /// The browser that asks.
    pub browser: AskedBrowser,
    /// How long a run may take; `None` for ever.
    pub max_time: Option<Duration>,
    /// What was pasted on standard input; the form holds it already.
    pub imported: Option<Box<Imported>>,
}

/// The browser that the program was asked to play.
#[derive(Clone, Debug)]
pub struct AskedBrowser {
    /// Whose rules decide.
    pub engine: Engine,
    /// What the user says where the page asks a local network.
    pub permission: LocalNetworkPermission,
    /// Where the page came from, if that is known better than by its host.
    pub page_space: Option<AddressSpace>,
    /// What the page came with.
    pub policies: PagePolicies,
    /// The hosts that the browser asks over https only.
    pub hsts: HstsStore,
    /// Cookies from visits before: the URL visited and the `Set-Cookie` line.
    pub cookies: Vec<(Url, String)>,
}

impl Default for AskedBrowser {
    fn default() -> Self {
        Self {
            engine: Engine::Chromium,
            permission: LocalNetworkPermission::default(),
            page_space: None,
            policies: PagePolicies::default(),
            hsts: HstsStore::default(),
            cookies: Vec::new(),
        }
    }
}

/// How the terminal UI begins.
#[derive(Clone, Debug)]
pub struct Opening {
    /// The size of the terminal.
    pub size: Size,
    /// What to open.
    pub asked: Asked,
    /// The looks there are.
    pub themes: Themes,
    /// The looks.
    pub theme: Theme,
    /// Whether the looks follow the terminal's background.
    pub auto_theme: bool,
    /// How many colours there are.
    pub colours: Colours,
    /// The key table.
    pub keymap: Keymap,
    /// The time.
    pub now: Timestamp,
}

impl Model {
    /// The state at the start.
    pub fn new(opening: Opening) -> Self {
        let lab = match opening.asked.form {
            Some(_) => LabChoice::none(),
            None => LabChoice::first(),
        };
        let imported = opening.asked.imported.clone();
        let mut model = Self {
            size: opening.size,
            now: opening.now,
            screen: Screen::Debug,
            panel: Panel::Request,
            zoomed: false,
            split: Split::default(),
            held: None,
            search: None,
            overlay: Overlay::None,
            composer: Composer::new(opening.asked),
            prediction: Prediction::default(),
            run: Run::Idle,
            outcome: None,
            what_if: None,
            toasts: Toasts::default(),
            trace: TracePanel::default(),
            detail: Detail::default(),
            lessons: Lessons::new(lab),
            history: Runs::default(),
            comparison: None,
            help: Help::default(),
            agreed: HashSet::new(),
            next_run: 1,
            keymap: opening.keymap,
            light: opening.theme.ground == Ground::Light,
            theme: opening.theme,
            auto_theme: opening.auto_theme,
            themes: opening.themes,
            colours: opening.colours,
            lab,
        };
        if let Some(line) = model.lab.line() {
            model.composer.fill(&line);
        }
        if let Some(imported) = imported {
            imported::show(&mut model, &imported);
        }
        model.predict();
        model
    }

    /// Asks the engine again what the request would do; after every change of the form.
    pub fn predict(&mut self) {
        self.prediction = Prediction::of(&self.composer, self.now);
    }

    /// The places that a key is looked up in, the narrowest first.
    pub fn places(&self) -> Vec<Place> {
        let mut places = match &self.overlay {
            Overlay::Browser(_) => return vec![Place::Browser, Place::Always],
            Overlay::Palette(_) => return vec![Place::Palette, Place::Text, Place::Always],
            Overlay::WhatIf(_) => return vec![Place::WhatIf, Place::Text, Place::Always],
            Overlay::Glossary(glossary) => return glossary.places(),
            Overlay::Imported(_) => return vec![Place::Help, Place::Always],
            Overlay::Confirm(_) => return vec![Place::Confirm, Place::Always],
            Overlay::Themes(_) => return vec![Place::Themes, Place::Always],
            Overlay::Copy(_) => return vec![Place::Copy, Place::Always],
            Overlay::Requests(open) => return vec![open.place(), Place::Text, Place::Always],
            Overlay::Stacks(_) => return vec![Place::Stacks, Place::Text, Place::Always],
            Overlay::Export(_) => return vec![Place::Export, Place::Text, Place::Always],
            Overlay::None => self.screen.places(self),
        };
        places.extend(match self.is_searching() {
            true => vec![Place::Always],
            false => vec![Place::Anywhere, Place::Always],
        });
        places
    }

    /// Whether what is typed goes into a search.
    pub fn is_searching(&self) -> bool {
        self.screen == Screen::Debug && self.search.as_ref().is_some_and(|search| search.typing)
    }

    /// Says something that goes by itself.
    pub fn say(&mut self, text: impl Into<String>) {
        self.toasts.push(Tone::Plain, text.into());
    }

    /// Says that something did not work, or what to look out for; goes by itself.
    pub fn warn(&mut self, text: impl Into<String>) {
        self.toasts.push(Tone::Warning, text.into());
    }

    /// Whether the passing of time changes the picture. While it does not, nothing wakes the program.
    pub fn wants_ticks(&self) -> bool {
        matches!(self.run, Run::Sending(_)) || !self.toasts.is_empty()
    }

    /// The open lesson and its server, where the form still asks the lab.
    pub fn lesson(&self) -> Option<(&'static Lesson, &'static LessonServer)> {
        let url = Url::parse(self.composer.url.text().trim()).ok();
        let elsewhere = url.is_some_and(|url| !is_lab(&url));
        self.lab.parts().filter(|_| !elsewhere)
    }

    /// Whether the form is no longer the one that was sent.
    pub fn form_changed(&self) -> bool {
        match &self.outcome {
            Some(outcome) => {
                outcome.form != self.composer.form() || outcome.lab != self.lab.chosen()
            }
            None => false,
        }
    }
}
