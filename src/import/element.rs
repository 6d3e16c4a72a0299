//! An element of HTML that loads something: `<script src=… crossorigin>`, `<link rel=stylesheet …>`, `<img …>`.

use html5gum::{StartTag, Token, Tokenizer};

use super::ImportError;
use super::address::{scheme_note, scheme_of};
use super::draft::{Draft, Headers};
use super::note::{Note, NoteKind};
use super::place::Place;
use crate::engine::{Api, CrossOriginAttribute};

/// Attributes that say nothing about the request, or are read.
const READ: &[&str] = &[
    "src",
    "href",
    "rel",
    "crossorigin",
    "type",
    "as",
    "action",
    "method",
];

/// Attributes that change the request, and have no place in the form yet.
const OF_THE_REQUEST: &[&str] = &[
    "integrity",
    "referrerpolicy",
    "srcset",
    "imagesrcset",
    "nomodule",
];

/// Elements that are read.
const NAMES: &[&str] = &[
    "script", "link", "img", "audio", "video", "source", "form", "a",
];

/// Whether a text begins with such an element, as far as its words tell.
pub(super) fn is_element(text: &str) -> bool {
    let text = text.trim_start_matches(|c: char| c.is_whitespace() || c == '\u{feff}');
    let Some(rest) = text.strip_prefix('<') else {
        return false;
    };
    let end = rest.find(|c: char| !c.is_ascii_alphanumeric());
    let (name, rest) = rest.split_at(end.unwrap_or(rest.len()));
    let tag = rest.find('>').map_or(rest, |end| &rest[..end]);
    let known = NAMES.iter().any(|known| name.eq_ignore_ascii_case(known));
    let loads = ["src", "href", "action"].iter().any(|attribute| {
        let tag = tag.as_bytes();
        tag.windows(attribute.len())
            .any(|word| word.eq_ignore_ascii_case(attribute.as_bytes()))
    });
    // A media element may name its file in another element.
    known && (loads || matches!(name.to_ascii_lowercase().as_str(), "audio" | "video"))
}

/// Whether a text is a page, or begins with an element around others.
pub(super) fn is_page(text: &str) -> bool {
    let text = text.trim_start_matches(|c: char| c.is_whitespace() || c == '\u{feff}');
    let Some(rest) = text.strip_prefix('<') else {
        return false;
    };
    rest.starts_with(|c: char| c == '!' || c.is_ascii_alphabetic()) && read(text).is_ok()
}

/// Reads the first element that loads something.
pub(super) fn read(text: &str) -> Result<Draft, ImportError> {
    let mut found: Option<Draft> = None;
    let (mut others, mut media) = (0_usize, None);
    for Ok(token) in Tokenizer::new(text) {
        let Token::StartTag(tag) = token else {
            continue;
        };
        let name = String::from_utf8_lossy(&tag.name).into_owned();
        if matches!(name.as_str(), "audio" | "video") {
            let api = if name == "audio" {
                Api::Audio
            } else {
                Api::Video
            };
            media = Some((api, attribute(&tag, "crossorigin")));
        }
        let draft = draft(&name, &tag, media.as_ref());
        match (&mut found, draft) {
            (Some(_), Some(_)) => others += 1,
            (found, draft) => *found = found.take().or(draft),
        }
    }
    let Some(mut draft) = found else {
        let at = text.find('<').unwrap_or_default();
        return Err(ImportError::new("element-without-url", Place::of(text, at)));
    };
    if others > 0 {
        let note = Note::new(NoteKind::Dropped, "more-requests");
        let count = (others + 1).to_string();
        draft.notes.push(note.with("count", count));
    }
    Ok(draft)
}

fn attribute(tag: &StartTag<()>, name: &str) -> Option<String> {
    let value = tag.attributes.get(name.as_bytes())?;
    Some(String::from_utf8_lossy(value).trim().to_owned())
}

/// The request of an element, if it makes one.
fn draft(name: &str, tag: &StartTag<()>, media: Option<&(Api, Option<String>)>) -> Option<Draft> {
    let is = |name: &str, value: &str| {
        let words = attribute(tag, name).unwrap_or_default();
        words
            .split_ascii_whitespace()
            .any(|word| word.eq_ignore_ascii_case(value))
    };
    let mut crossorigin = attribute(tag, "crossorigin");
    let (api, address) = match name {
        "script" => (Api::Script, attribute(tag, "src")?),
        "img" => (Api::Img, attribute(tag, "src")?),
        "audio" => (Api::Audio, attribute(tag, "src")?),
        "video" => (Api::Video, attribute(tag, "src")?),
        "source" => {
            let (api, of_media) = media?;
            crossorigin.clone_from(of_media);
            (*api, attribute(tag, "src")?)
        }
        "link" if is("rel", "stylesheet") => (Api::Stylesheet, attribute(tag, "href")?),
        "link" if is("rel", "modulepreload") => (Api::Script, attribute(tag, "href")?),
        "link" if is("rel", "preload") => {
            let api = match attribute(tag, "as")?.to_ascii_lowercase().as_str() {
                "script" => Api::Script,
                "style" => Api::Stylesheet,
                "image" => Api::Img,
                "font" => Api::Font,
                "fetch" => Api::Fetch,
                _ => return None,
            };
            (api, attribute(tag, "href")?)
        }
        "form" => (Api::Form, attribute(tag, "action")?),
        "a" => (Api::Navigation, attribute(tag, "href")?),
        _ => return None,
    };
    if address.is_empty() {
        return None;
    }
    let mut draft = Draft {
        headers_are: Headers::OfScript,
        api: Some(api),
        module: name == "script" && is("type", "module") || is("rel", "modulepreload"),
        ..Draft::of_url(&address)
    };
    if name == "script" && !draft.module {
        draft.script_type = attribute(tag, "type").filter(|kind| !kind.is_empty());
    }
    let elements = [
        Api::Script,
        Api::Img,
        Api::Audio,
        Api::Video,
        Api::Stylesheet,
    ];
    if elements.contains(&api) {
        let attribute = crossorigin.as_deref().map(CrossOriginAttribute::of);
        draft.crossorigin = attribute;
    }
    if api == Api::Form {
        let method = attribute(tag, "method").unwrap_or_default();
        let post = method.eq_ignore_ascii_case("post");
        draft.method = Some(if post { "POST" } else { "GET" }.to_owned());
    }
    if let Some(rest) = draft.url.strip_prefix("//") {
        let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
        let scheme = scheme_of(&rest[..end]);
        draft.url = format!("{scheme}://{rest}");
        draft.notes.push(scheme_note(scheme));
    }
    let left = OF_THE_REQUEST.iter().filter(|name| {
        let read = READ.contains(*name);
        !read && tag.attributes.contains_key(name.as_bytes())
    });
    for name in left {
        let note = Note::new(NoteKind::Dropped, "fetch-option-unused");
        draft.notes.push(note.with("name", *name));
    }
    Some(draft)
}
