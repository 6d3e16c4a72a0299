//! Lines of a browser's console: which request they are about, and what they say about it.

use super::draft::{Draft, Headers};
use super::note::{Note, NoteKind};
use super::place::Place;
use super::{ImportError, note};
use crate::assets::finding;
use crate::diagnose::{Recognised, recognise};
use crate::engine::{Api, BlockReason, Credentials, Verdict};

/// How consoles call the ways in which a page asks.
const KINDS: &[(&str, Api)] = &[
    ("XMLHttpRequest", Api::Xhr),
    ("script", Api::Script),
    ("image", Api::Img),
    ("font", Api::Font),
    ("CSS stylesheet", Api::Stylesheet),
    ("stylesheet", Api::Stylesheet),
    ("audio", Api::Audio),
    ("video", Api::Video),
];

/// Whether a line names the request that it is about.
pub(super) fn names_request(line: &Recognised) -> bool {
    address(line).is_some()
}

/// Reads the lines of the request that is told of most.
pub(super) fn read(text: &str) -> Result<Draft, ImportError> {
    let lines = recognise(text);
    let about = lines.iter().find(|line| names_request(line));
    let Some(about) = about else {
        let start = lines.first().map_or(0, |line| line.span.start);
        return Err(ImportError::new(
            "console-without-url",
            Place::of(text, start),
        ));
    };
    // A line that names the cause counts more than one that only names the address.
    let url = address(about).unwrap_or_default();
    let same = |line: &&Recognised| address(line).is_none_or(|other| other == url);
    let told = lines.iter().filter(same);
    let main = told.clone().find(|line| !line.reasons.is_empty());
    let main = main.unwrap_or(about);
    let mut draft = Draft {
        url: url.to_owned(),
        headers_are: Headers::OfScript,
        console: Some(main.clone()),
        ..Draft::default()
    };
    let page = |line: &Recognised| {
        let page = line
            .parameter("origin")
            .or_else(|| line.parameter("page"))?;
        (page == "null" || page.contains("://")).then(|| page.to_owned())
    };
    let origin = told.clone().find_map(page);
    match origin.as_deref() {
        Some("null") => draft.headers.push(("Origin".to_owned(), "null".to_owned())),
        Some(page) => draft.page = Some(page.to_owned()),
        None => {}
    }
    let method = main.parameter("method");
    if let Some(method) = method.or_else(|| told.clone().find_map(|line| line.parameter("method")))
    {
        draft.method = Some(method.to_owned());
        let note = Note::new(NoteKind::Given, "console-method");
        draft.notes.push(note.with("method", method));
    }
    let of_request = |reason: &&str| {
        reason.starts_with("allow-headers") || *reason == "header-name-or-value-invalid"
    };
    if let Some(header) = main
        .parameter("header")
        .filter(|_| main.reasons.iter().any(of_request))
    {
        let value = match header.eq_ignore_ascii_case("content-type") {
            true => "application/json",
            false => "<value>",
        };
        draft.headers.push((header.to_owned(), value.to_owned()));
        let note = Note::new(NoteKind::Derived, "console-header");
        draft.notes.push(note.with("header", header));
    }
    if main.reasons.iter().any(|reason| needs_credentials(reason)) {
        draft.credentials = Some(Credentials::Include);
        draft
            .notes
            .push(Note::new(NoteKind::Derived, "console-credentials"));
    }
    let kind = told.clone().find_map(|line| line.parameter("kind"));
    let api = KINDS.iter().find(|(name, _)| kind == Some(name));
    if let Some((_, api)) = api {
        draft.api = Some(*api);
        let note = Note::new(NoteKind::Given, "console-kind");
        draft.notes.push(note.with("api", api.as_str()));
    }
    draft
        .notes
        .push(Note::new(NoteKind::Unknown, "console-partial"));
    let others = lines.len() - told.count();
    if others > 0 {
        let note = Note::new(NoteKind::Dropped, "console-unread");
        draft.notes.push(note.with("count", others.to_string()));
    }
    Ok(draft)
}

/// Whether a server still does what a console said, after a run: a sentence.
pub fn since_then(line: &Recognised, verdict: &Verdict) -> String {
    let title = |id: &str| finding(id).map_or_else(|| id.to_owned(), |page| page.title.clone());
    let Some(first) = line.reasons.first() else {
        return note::since_sentence("no-cause", &[]);
    };
    let now = match verdict {
        Verdict::Blocked(block) => block.reason.id(),
        Verdict::Failed(failure) => failure.kind.id(),
        Verdict::Allowed | Verdict::Opaque => "",
    };
    let key = match verdict {
        _ if line.reasons.contains(&now) => "still",
        Verdict::Blocked(_) => "other",
        Verdict::Failed(_) => "failed",
        Verdict::Allowed | Verdict::Opaque => "gone",
    };
    // One text may stand for several reasons; the one that came true is meant.
    let said = if key == "still" {
        title(now)
    } else {
        title(first)
    };
    note::since_sentence(key, &[("said", said), ("now", title(now))])
}

/// The URL that a line is about: that of the page's request, before any redirect.
fn address(line: &Recognised) -> Option<&str> {
    let url = line
        .parameter("first_url")
        .or_else(|| line.parameter("url"));
    url.filter(|url| url.contains("://"))
}

/// Whether a reason exists only where credentials are included.
fn needs_credentials(reason: &str) -> bool {
    let known = BlockReason::ALL.iter().any(|known| known.id() == reason);
    known
        && (reason.ends_with("with-credentials") || reason.ends_with("allow-credentials-not-true"))
}
