//! What keys do to the request: moving, typing, choosing, headers.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use super::composer::{Composer, HeaderField, Stop};
use crate::engine::{
    AddressSpace, Api, Credentials, CrossOriginAttribute, Engine, LocalNetworkPermission, Mode,
    RedirectMode,
};
use crate::tui::action::Action;
use crate::tui::widgets::field::{Lines, TextField};

/// The methods that are suggested.
pub const METHODS: [&str; 7] = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"];

/// The modes that script can ask for.
const MODES: [Mode; 3] = [Mode::Cors, Mode::NoCors, Mode::SameOrigin];

/// What `withCredentials` can be.
const WITH_CREDENTIALS: [Credentials; 2] = [Credentials::SameOrigin, Credentials::Include];

/// Where a page can come from; first: wherever its host is.
const SPACES: [Option<AddressSpace>; 4] = [
    None,
    Some(AddressSpace::Public),
    Some(AddressSpace::Local),
    Some(AddressSpace::Loopback),
];

/// The states of the `crossorigin` attribute.
const CROSSORIGIN: [Option<CrossOriginAttribute>; 3] = [
    None,
    Some(CrossOriginAttribute::Anonymous),
    Some(CrossOriginAttribute::UseCredentials),
];

impl Composer {
    /// Does what an action says; false where the action means nothing here.
    pub fn act(&mut self, action: Action) -> bool {
        match action {
            Action::Undo if self.take_back() => {}
            Action::NextField | Action::PreviousField => {
                let inside = self.stop == Stop::Body
                    && self.field().is_some_and(|field| field.move_line(action));
                if !inside {
                    self.step(action == Action::NextField);
                }
            }
            Action::AddHeader => self.add_header(),
            Action::ToggleHeader => self.toggle_header(),
            Action::RemoveHeader => self.remove_header(),
            Action::Complete => return self.complete(),
            Action::NextChoice => self.choose(true),
            Action::PreviousChoice => self.choose(false),
            Action::PageUp => self.offset = self.offset.saturating_sub(8),
            Action::PageDown => self.offset += 8,
            _ => return self.field().is_some_and(|field| field.edit(action)),
        }
        true
    }

    /// Takes a key that the key table has no row for. Typing on “add a header” adds one.
    pub fn input(&mut self, key: KeyEvent) {
        let plain = !key
            .modifiers
            .intersects(KeyModifiers::CONTROL | KeyModifiers::ALT);
        if self.stop == Stop::AddHeader && plain && matches!(key.code, KeyCode::Char(_)) {
            self.add_header();
        }
        if let Some(field) = self.field() {
            field.input(key);
        }
    }

    /// Inserts at the cursor; on “add a header” into a new one.
    pub fn paste(&mut self, text: &str) {
        if self.stop == Stop::AddHeader {
            self.add_header();
        }
        if let Some(field) = self.field() {
            field.paste(text);
        }
    }

    fn add_header(&mut self) {
        let at = match self.stop {
            Stop::Header(index) => index + 1,
            _ => self.headers.len(),
        };
        let field = HeaderField {
            field: TextField::new("", Lines::One),
            enabled: true,
        };
        self.headers.insert(at, field);
        self.stop = Stop::Header(at);
    }

    /// Switches the header under the cursor on or off.
    pub fn toggle_header(&mut self) {
        if let Stop::Header(index) = self.stop
            && let Some(header) = self.headers.get_mut(index)
        {
            header.enabled = !header.enabled;
        }
    }

    fn remove_header(&mut self) {
        let Stop::Header(index) = self.stop else {
            return;
        };
        if index < self.headers.len() {
            self.headers.remove(index);
        }
        self.stop = match self.headers.len() {
            0 => Stop::AddHeader,
            len => Stop::Header(index.min(len - 1)),
        };
    }

    /// What the method could be completed to: the rest of the first suggestion that fits.
    pub fn completion(&self) -> Option<&'static str> {
        let typed = self.method.text();
        let fits = |method: &&&str| {
            method.len() > typed.len()
                && !typed.is_empty()
                && method.starts_with(&typed.to_ascii_uppercase())
        };
        METHODS.iter().find(fits).copied()
    }

    fn complete(&mut self) -> bool {
        match self.completion() {
            Some(method) if self.method.at_end() => self.method.replace(method),
            _ => return false,
        }
        true
    }

    fn choose(&mut self, forward: bool) {
        match self.stop {
            Stop::Sandboxed => self.sandboxed = !self.sandboxed,
            Stop::Api => self.way.api = next(Api::ALL, self.way.api, forward),
            Stop::CrossOrigin => {
                self.way.crossorigin = next(&CROSSORIGIN, self.way.crossorigin, forward);
            }
            // From another type it is one step to none.
            Stop::Module if self.way.script_type.take().is_some() => {}
            Stop::Module => self.way.module = !self.way.module,
            Stop::UploadListener => self.way.upload_listener = !self.way.upload_listener,
            Stop::Mode => self.mode = next(&MODES, self.mode, forward),
            Stop::Credentials => {
                let all = match self.way.api {
                    Api::Fetch => Credentials::ALL,
                    _ => &WITH_CREDENTIALS,
                };
                self.credentials = next(all, self.credentials, forward);
            }
            Stop::Redirect => self.redirect = next(RedirectMode::ALL, self.redirect, forward),
            Stop::Browser => self.engine = next(Engine::ALL, self.engine, forward),
            Stop::LocalNetwork => {
                self.permission = next(LocalNetworkPermission::ALL, self.permission, forward);
            }
            Stop::PageSpace => self.page_space = next(&SPACES, self.page_space, forward),
            Stop::Method => {
                let method = METHODS.iter().find(|method| **method == self.method.text());
                let next = match method {
                    Some(method) => next(&METHODS, method, forward),
                    None => METHODS[0],
                };
                self.method.replace(next);
            }
            _ => {}
        }
    }
}

/// The value after `value` or before it, round and round.
fn next<T: Copy + PartialEq>(all: &[T], value: T, forward: bool) -> T {
    let at = all
        .iter()
        .position(|known| *known == value)
        .unwrap_or_default();
    let step = if forward { 1 } else { all.len() - 1 };
    all[(at + step) % all.len()]
}
