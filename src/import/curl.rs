//! A cURL command as browsers copy it and as people write it.

use base64::Engine as _;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use url::Url;

use super::curl_options::{Effect, long, short};
use super::draft::Draft;
use super::multipart::{Form, Part};
use super::note::{Note, NoteKind};
use super::place::Place;
use super::shell::{Split, Word};
use super::{ImportError, cmd, command, glob, shell};

/// What `--data-urlencode` leaves as it is.
const URLENCODED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// Reads the first command of a text.
pub(super) fn read(text: &str) -> Result<Draft, ImportError> {
    let bare = command::bare(text);
    read_bare(&bare).map_err(|error| ImportError {
        place: error.place.map(|place| place.moved(&bare, text)),
        ..error
    })
}

fn read_bare(text: &str) -> Result<Draft, ImportError> {
    let Split {
        commands,
        notes,
        input,
    } = match cmd::is_cmd(text) {
        true => cmd::split(text)?,
        false => shell::split(text)?,
    };
    let mut curls = commands.iter().filter(is_curl);
    let Some(words) = curls.next() else {
        return Err(ImportError::new("no-curl", Place::of(text, 0)));
    };
    let mut command = Command {
        text,
        requests: 1 + curls.count(),
        input,
        ..Command::default()
    };
    command.draft.notes = notes;
    // A prompt may stand before the name.
    let name = words.iter().position(is_name).unwrap_or_default();
    command.read(&words[name + 1..])?;
    command.finish()
}

fn is_curl(words: &&Vec<Word>) -> bool {
    words.iter().take(2).any(is_name)
}

fn is_name(word: &Word) -> bool {
    command::is_curl(&word.text)
}

#[derive(Default)]
struct Command<'a> {
    text: &'a str,
    draft: Draft,
    urls: Vec<Word>,
    data: Vec<String>,
    form: Form,
    /// Words that follow an unknown option: its value, or an address.
    doubtful: Vec<Word>,
    get: bool,
    head: bool,
    glob_off: bool,
    /// A file to upload, whose contents are the body.
    upload: bool,
    json: bool,
    requests: usize,
    /// What stands in the text for standard input.
    input: Option<String>,
    over: bool,
}

impl Command<'_> {
    fn read(&mut self, words: &[Word]) -> Result<(), ImportError> {
        let mut words = words.iter();
        let mut after_unknown = false;
        while let Some(word) = words.next() {
            if self.over {
                break;
            }
            // Chat programs make a dash of two hyphens.
            let text = match word.text.strip_prefix(['—', '–']) {
                Some(rest) if rest.len() > 1 => format!("--{rest}"),
                Some(rest) => format!("-{rest}"),
                None => word.text.clone(),
            };
            if let Some(name) = text.strip_prefix("--").filter(|name| !name.is_empty()) {
                after_unknown = self.long(name, word, &mut words)?;
            } else if let Some(signs) = text.strip_prefix('-').filter(|signs| !signs.is_empty()) {
                after_unknown = self.short(signs, word, &mut words)?;
            } else if after_unknown && !word.text.contains("://") {
                self.doubtful.push(word.clone());
                after_unknown = false;
            } else {
                self.urls.push(word.clone());
                after_unknown = false;
            }
        }
        Ok(())
    }

    /// Takes a long option; whether it is unknown.
    fn long<'w>(
        &mut self,
        name: &str,
        word: &'w Word,
        words: &mut impl Iterator<Item = &'w Word>,
    ) -> Result<bool, ImportError> {
        // Not curl's syntax, but people write it.
        let (plain, glued) = match name.split_once('=') {
            Some((plain, value)) if long(name).is_none() => (plain, Some(value)),
            _ => (name, None),
        };
        let Some(effect) = long(plain) else {
            self.note(
                NoteKind::Unknown,
                "option-unknown",
                "name",
                format!("--{plain}"),
                word,
            );
            return Ok(true);
        };
        let shown = format!("--{plain}");
        let value = match (effect.takes_value(), glued) {
            (false, _) => None,
            (true, Some(value)) => Some(Word {
                text: value.to_owned(),
                ..word.clone()
            }),
            (true, None) => Some(self.value_of(&shown, word, words.next())?),
        };
        self.apply(effect, &shown, value.as_ref().unwrap_or(word));
        Ok(false)
    }

    /// Takes one word of short options; whether the last is unknown.
    fn short<'w>(
        &mut self,
        signs: &str,
        word: &'w Word,
        words: &mut impl Iterator<Item = &'w Word>,
    ) -> Result<bool, ImportError> {
        for (at, sign) in signs.char_indices() {
            let shown = format!("-{sign}");
            let Some(effect) = short(sign) else {
                self.note(NoteKind::Unknown, "option-unknown", "name", shown, word);
                // What follows may be its value.
                return Ok(true);
            };
            if effect.takes_value() {
                let glued = &signs[at + sign.len_utf8()..];
                let value = match glued {
                    "" => self.value_of(&shown, word, words.next())?,
                    glued => Word {
                        text: glued.to_owned(),
                        ..word.clone()
                    },
                };
                self.apply(effect, &shown, &value);
                return Ok(false);
            }
            self.apply(effect, &shown, word);
        }
        Ok(false)
    }

    fn value_of(
        &self,
        name: &str,
        option: &Word,
        value: Option<&Word>,
    ) -> Result<Word, ImportError> {
        let place = Place::of(self.text, option.start);
        value
            .cloned()
            .ok_or_else(|| ImportError::new("no-value", place).with("name", name))
    }

    fn note(
        &mut self,
        kind: NoteKind,
        key: &'static str,
        name: &'static str,
        value: impl Into<String>,
        word: &Word,
    ) {
        let note = Note::new(kind, key).with(name, value).at(word.start);
        self.draft.notes.push(note);
    }

    fn apply(&mut self, effect: Effect, name: &str, word: &Word) {
        let value = &word.text;
        match effect {
            Effect::Method => self.draft.method = Some(value.clone()),
            Effect::Url => self.urls.push(word.clone()),
            Effect::Get => self.get = true,
            Effect::Head => self.head = true,
            Effect::Data | Effect::DataBinary | Effect::Json => {
                self.json |= effect == Effect::Json;
                let part = match (value.strip_prefix('@'), &self.input) {
                    (Some("-"), Some(input)) if effect == Effect::Data => {
                        input.replace(['\r', '\n'], "")
                    }
                    (Some("-"), Some(input)) => input.clone(),
                    (Some(file), _) => self.file(file, word),
                    (None, _) => self.mended(word),
                };
                // --json joins nothing in between.
                match self.data.last_mut().filter(|_| effect == Effect::Json) {
                    Some(last) => last.push_str(&part),
                    None => self.data.push(part),
                }
            }
            Effect::DataRaw => {
                let part = self.mended(word);
                self.data.push(part);
            }
            Effect::DataUrlencode => {
                let part = self.urlencoded(word);
                self.data.push(part);
            }
            Effect::Form | Effect::FormString => self.part(effect, word),
            Effect::UploadFile => {
                self.upload = true;
                let part = self.file(value, word);
                self.data.push(part);
            }
            Effect::Header => self.header(word),
            Effect::UserAgent => self.push("User-Agent", value),
            Effect::Referer => {
                let url = value.split(';').next().unwrap_or_default();
                self.push("Referer", url);
            }
            Effect::Cookie => match value.contains('=') {
                true => self.draft.cookies.push(value.clone()),
                false => self.note(NoteKind::NotEvaluated, "cookie-file", "name", value, word),
            },
            Effect::User => self.basic(value, name, word),
            Effect::Bearer => {
                self.push("Authorization", &format!("Bearer {value}"));
                let note = Note::new(NoteKind::Derived, "bearer").at(word.start);
                self.draft.notes.push(note);
            }
            Effect::Insecure => {
                self.draft.network.insecure = true;
                let note = Note::new(NoteKind::Given, "insecure").at(word.start);
                self.draft.notes.push(note);
            }
            Effect::Resolve => {
                self.draft.network.resolve.push(value.clone());
                self.note(NoteKind::Given, "resolve", "value", value, word);
            }
            Effect::ConnectTo => {
                self.draft.network.connect_to.push(value.clone());
                self.note(NoteKind::Given, "connect-to", "value", value, word);
            }
            Effect::Proxy => {
                self.draft.network.proxy = Some(value.clone());
                self.note(NoteKind::Given, "proxy", "value", value, word);
            }
            Effect::GlobOff => self.glob_off = true,
            // Before any address it ends nothing.
            Effect::Next if self.urls.is_empty() && self.data.is_empty() => {}
            Effect::Next => {
                self.requests += 1;
                self.over = true;
            }
            Effect::UnusedValue | Effect::Unused => {
                self.note(NoteKind::Dropped, "option-unused", "name", name, word);
            }
            Effect::IgnoredValue | Effect::Ignored => {}
        }
    }

    fn push(&mut self, name: &str, value: &str) {
        self.draft.headers.push((name.to_owned(), value.to_owned()));
    }

    /// Some versions of Firefox write `^&` for `&` in `$'…'`.
    fn mended(&mut self, word: &Word) -> String {
        let firefox = self
            .draft
            .header("user-agent")
            .is_none_or(|agent| agent.contains("Firefox/"));
        if !(word.ansi_c && firefox && word.text.contains("^&")) {
            return word.text.clone();
        }
        let note = Note::new(NoteKind::Derived, "caret-mended").at(word.start);
        self.draft.notes.push(note);
        word.text.replace("^&", "&")
    }

    fn file(&mut self, name: &str, word: &Word) -> String {
        self.note(NoteKind::NotEvaluated, "file-not-read", "name", name, word);
        format!("<{name}>")
    }

    /// `content`, `=content`, `name=content`, `@file`, `name@file`.
    fn urlencoded(&mut self, word: &Word) -> String {
        let text = &word.text;
        let encode = |text: &str| utf8_percent_encode(text, URLENCODED).to_string();
        let at = text.find(['=', '@']);
        match at.map(|at| (&text[..at], &text[at..=at], &text[at + 1..])) {
            None => encode(text),
            Some(("", "=", content)) => encode(content),
            Some((name, "=", content)) => format!("{name}={}", encode(content)),
            Some((name, _, file)) => {
                let contents = self.file(file, word);
                match name {
                    "" => contents,
                    name => format!("{name}={contents}"),
                }
            }
        }
    }

    fn part(&mut self, effect: Effect, word: &Word) {
        let (name, value) = word.text.split_once('=').unwrap_or((&word.text, ""));
        let from_file = match effect {
            Effect::Form => value
                .chars()
                .next()
                .filter(|sign| matches!(sign, '@' | '<')),
            _ => None,
        };
        let mut parameters = match effect {
            Effect::Form => value.split(';').skip(1).collect(),
            _ => Vec::new(),
        };
        // Only these end a value; any other semicolon is part of it.
        parameters.retain(|text: &&str| text.starts_with("type=") || text.starts_with("filename="));
        let content = match (parameters.first(), value) {
            (Some(first), value) => value.split(&format!(";{first}")).next().unwrap_or(value),
            (None, value) => value,
        };
        let given = |name: &str| {
            let found = parameters.iter().find_map(|text| text.strip_prefix(name));
            found.map(|text| text.trim_matches('"').to_owned())
        };
        let mut part = Part {
            name: name.to_owned(),
            content: content.to_owned(),
            file_name: given("filename="),
            media_type: given("type="),
        };
        if let Some(sign) = from_file {
            let file = content[1..].trim_matches('"').to_owned();
            part.content = self.file(&file, word);
            if sign == '@' {
                let base = file.rsplit(['/', '\\']).next().unwrap_or_default();
                part.file_name.get_or_insert_with(|| base.to_owned());
                part.media_type
                    .get_or_insert_with(|| "application/octet-stream".to_owned());
            }
        }
        self.form.parts.push(part);
    }

    /// `Name: value`; `Name:` takes a header of curl's away, `Name;` sends an empty one.
    fn header(&mut self, word: &Word) {
        let line = &word.text;
        if let Some(file) = line.strip_prefix('@') {
            self.note(
                NoteKind::NotEvaluated,
                "header-from-file",
                "name",
                file,
                word,
            );
            return;
        }
        // An HTTP/2 name begins with a colon.
        let colon = line.char_indices().skip(1).find(|(_, c)| *c == ':');
        match colon {
            Some((at, _)) => {
                let (name, value) = (line[..at].trim(), line[at + 1..].trim());
                if !value.is_empty() {
                    self.push(name, value);
                }
            }
            None => match line.trim_end().strip_suffix(';') {
                Some(name) => self.push(name.trim(), ""),
                None => self.note(
                    NoteKind::Dropped,
                    "option-unused",
                    "name",
                    format!("-H {line}"),
                    word,
                ),
            },
        }
    }

    fn basic(&mut self, login: &str, source: &str, word: &Word) {
        let encoded = base64::engine::general_purpose::STANDARD.encode(login);
        self.push("Authorization", &format!("Basic {encoded}"));
        self.note(NoteKind::Derived, "basic", "source", source, word);
    }

    fn finish(mut self) -> Result<Draft, ImportError> {
        let mut urls = std::mem::take(&mut self.urls);
        if urls.is_empty() {
            urls = std::mem::take(&mut self.doubtful);
        }
        if urls.is_empty() {
            return Err(ImportError::new(
                "no-url",
                Place::of(self.text, self.text.len()),
            ));
        }
        let word = urls.swap_remove(0);
        self.requests += urls.len();
        self.address(&word);
        self.body();
        if self.requests > 1 {
            let note = Note::new(NoteKind::Dropped, "more-requests");
            let count = self.requests.to_string();
            self.draft.notes.push(note.with("count", count));
        }
        Ok(self.draft)
    }

    /// The URL without the backslashes that curl's globbing needs, and without a login.
    fn address(&mut self, word: &Word) {
        let mut text = self.mended(word);
        if !self.glob_off {
            let (first, several) = glob::first(&text);
            if several {
                self.note(NoteKind::Dropped, "glob", "source", text, word);
            }
            text = first;
            for sign in ["[", "]", "{", "}"] {
                text = text.replace(&format!("\\{sign}"), sign);
            }
        }
        // What a variable stands for may begin with a scheme, be it the shell's or a template's.
        if !text.contains("://") && !text.starts_with('<') && !text.starts_with("{{") {
            text = format!("http://{text}");
            let note = Note::new(NoteKind::Assumed, "scheme").with("program", "curl");
            self.draft.notes.push(note.at(word.start));
        }
        if let Ok(mut url) = Url::parse(&text)
            && !url.username().is_empty()
        {
            let decoded = |text: &str| {
                let bytes = percent_encoding::percent_decode_str(text);
                bytes.decode_utf8_lossy().into_owned()
            };
            let password = decoded(url.password().unwrap_or_default());
            let login = format!("{}:{password}", decoded(url.username()));
            if self.draft.header("authorization").is_none() {
                self.basic(&login, "the URL", word);
            }
            let cleared = url.set_username("").and(url.set_password(None));
            if cleared.is_ok() {
                text = url.to_string();
            }
        }
        self.draft.url = text;
    }

    fn body(&mut self) {
        let data = self.data.join("&");
        let has_data = !self.data.is_empty();
        if self.get && has_data {
            let sign = if self.draft.url.contains('?') {
                '&'
            } else {
                '?'
            };
            let end = self.draft.url.find('#').unwrap_or(self.draft.url.len());
            self.draft.url.insert_str(end, &format!("{sign}{data}"));
        } else if !self.form.parts.is_empty() {
            let (media_type, body) = self.form.encoded();
            self.draft.take("content-type");
            self.push("Content-Type", &media_type);
            self.draft.body = Some(body);
            let note = Note::new(NoteKind::Derived, "multipart");
            self.draft.notes.push(note);
        } else if has_data {
            self.draft.body = Some(data);
        }
        let wanted = match (self.head, self.get, self.upload) {
            (true, ..) => Some("HEAD"),
            (_, true, _) => Some("GET"),
            (_, _, true) => Some("PUT"),
            _ => None,
        };
        if self.draft.method.is_none() {
            self.draft.method = wanted.map(str::to_owned);
        }
        if self.draft.body.is_none() || self.upload {
            return;
        }
        if self.json {
            let content = self.draft.set_default("Content-Type", "application/json");
            let accept = self.draft.set_default("Accept", "application/json");
            if content || accept {
                let note = Note::new(NoteKind::Given, "json-option");
                self.draft.notes.push(note);
            }
        } else if self
            .draft
            .set_default("Content-Type", "application/x-www-form-urlencoded")
        {
            let (kind, key) = form_type(self.draft.body.as_deref().unwrap_or_default());
            let note = Note::new(kind, key).with("program", "curl");
            self.draft.notes.push(note.with("option", "-d"));
        }
    }
}

/// What is told of a Content-Type that a program sends by itself with a body.
pub(super) fn form_type(body: &str) -> (NoteKind, &'static str) {
    let body = body.trim_start();
    let json =
        body.starts_with(['{', '[']) && serde_json::from_str::<serde::de::IgnoredAny>(body).is_ok();
    match json {
        true => (NoteKind::Assumed, "form-type-json"),
        false => (NoteKind::Derived, "form-type"),
    }
}
