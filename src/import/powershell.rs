//! `Invoke-WebRequest` and `Invoke-RestMethod`, as browsers copy them for PowerShell and as people write them,
//! with the variables that they are given.

mod evaluation;
mod lexer;
mod value;

use url::form_urlencoded;

use super::ImportError;
use super::draft::Draft;
use super::multipart::{Form, Part};
use super::note::{Note, NoteKind};
use super::place::Place;
use evaluation::Evaluation;
use lexer::{Kind, Token, tokens};
use value::Value;

/// Names of the two commands.
const COMMANDS: &[&str] = &["invoke-webrequest", "invoke-restmethod"];

/// Names that stand for them where a command stands; the last two are programs of their own elsewhere.
const ALIASES: &[&str] = &["irm", "iwr", "curl", "wget"];

/// Parameters that no program called curl or wget has.
const OWN_PARAMETERS: &[&str] = &[
    "-uri",
    "-headers",
    "-method",
    "-body",
    "-contenttype",
    "-usebasicparsing",
];

/// Every parameter, the common ones first: a beginning stands for the first that has it.
const PARAMETERS: &[&str] = &[
    "uri",
    "method",
    "custommethod",
    "headers",
    "body",
    "contenttype",
    "form",
    "infile",
    "useragent",
    "websession",
    "proxy",
    "authentication",
    "token",
    "credential",
    "sessionvariable",
    "outfile",
    "timeoutsec",
    "maximumredirection",
    "maximumretrycount",
    "retryintervalsec",
    "transferencoding",
    "errorvariable",
    "erroraction",
    "responseheadersvariable",
    "statuscodevariable",
    "sslprotocol",
    "httpversion",
    "certificate",
    "certificatethumbprint",
];

/// Parameters without a value.
const SWITCHES: &[&str] = &[
    "usebasicparsing",
    "skipcertificatecheck",
    "passthru",
    "disablekeepalive",
    "skipheadervalidation",
    "skiphttperrorcheck",
    "allowunencryptedauthentication",
    "usedefaultcredentials",
    "noproxy",
    "preserveauthorizationonredirect",
    "followrellink",
    "resume",
    "verbose",
    "debug",
];

/// Parameters that say nothing about what is sent.
const SILENT: &[&str] = &[
    "sessionvariable",
    "outfile",
    "timeoutsec",
    "maximumretrycount",
    "retryintervalsec",
    "errorvariable",
    "erroraction",
    "responseheadersvariable",
    "statuscodevariable",
    "sslprotocol",
    "httpversion",
    "usebasicparsing",
    "passthru",
    "disablekeepalive",
    "skipheadervalidation",
    "skiphttperrorcheck",
    "allowunencryptedauthentication",
    "preserveauthorizationonredirect",
    "followrellink",
    "resume",
    "verbose",
    "debug",
    "noproxy",
];

/// Whether a text is one for PowerShell.
pub(super) fn is_powershell(text: &str) -> bool {
    let begins = |at: usize, name: &str| {
        let word = text.get(at..at + name.len());
        word.is_some_and(|word| word.eq_ignore_ascii_case(name))
    };
    let mut tried = 0;
    // Names are found in any letter case.
    let mut starts = text.match_indices(['I', 'i', 'C', 'c', 'W', 'w']);
    starts.any(|(at, _)| {
        if COMMANDS.iter().any(|name| begins(at, name)) {
            return true;
        }
        let Some(alias) = ALIASES.iter().find(|name| begins(at, name)) else {
            return false;
        };
        let before = text[..at].trim_end_matches([' ', '\t', '\u{feff}']);
        let command = before.is_empty() || before.ends_with(['\n', '=', '(', '{', ';', '|', '>']);
        tried += usize::from(command);
        if !command || tried > MOST_TRIED {
            return false;
        }
        let rest = &text[at + alias.len()..];
        // As far as other arguments stand on the lines of the command.
        let line = rest.split_inclusive('\n');
        let mut goes_on = true;
        let lines = line.take(MOST_LINES).take_while(|line| {
            let ends = line.trim_end();
            std::mem::replace(
                &mut goes_on,
                ends.ends_with(['`', '{', ';']) || ends.ends_with('"'),
            )
        });
        let words: Vec<_> = lines
            .flat_map(str::split_whitespace)
            .take(MOST_WORDS)
            .collect();
        let first = words.first().copied().unwrap_or_default();
        let argument = first.starts_with(['-', '"', '\'', '$', '(', '@']) || first.contains('/');
        let own = |word: &&str| {
            OWN_PARAMETERS
                .iter()
                .any(|own| word.eq_ignore_ascii_case(own))
        };
        rest.starts_with([' ', '\t'])
            && argument
            && (matches!(*alias, "irm" | "iwr") || words.iter().any(own))
    })
}

/// How far a parameter of PowerShell's own is looked for behind `curl`.
const MOST_LINES: usize = 20;

/// The same in words.
const MOST_WORDS: usize = 60;

/// Commands of such names that are looked at.
const MOST_TRIED: usize = 100;

/// Reads the first call of a text.
pub(super) fn read(text: &str) -> Result<Draft, ImportError> {
    let tokens = tokens(text)?;
    let is_call = |token: &Token| match &token.kind {
        Kind::Word(word) => {
            let named = |name: &&str| word.eq_ignore_ascii_case(name);
            COMMANDS.iter().any(named) || ALIASES.iter().any(named)
        }
        _ => false,
    };
    let mut calls = (0..tokens.len()).filter(|at| is_call(&tokens[*at]));
    let Some(call) = calls.next() else {
        return Err(ImportError::new("no-request", Place::of(text, 0)));
    };
    let others = calls.count();
    let mut values = Evaluation::new(text, &tokens);
    values.run_to(call);
    let mut reader = Reader {
        tokens: &tokens,
        values,
        draft: Draft::default(),
        splat: false,
        basic: false,
    };
    reader.call(call);
    let key = if reader.splat { "splat" } else { "no-request" };
    let mut draft = reader.finish();
    if draft.url.is_empty() {
        return Err(ImportError::new(key, Place::of(text, tokens[call].at)));
    }
    if !draft.url.contains("://") && !draft.url.starts_with('<') {
        draft.url = format!("http://{}", draft.url);
        draft.notes.push(Note::new(NoteKind::Assumed, "scheme"));
    }
    if others > 0 {
        let note = Note::new(NoteKind::Dropped, "more-requests");
        let count = (others + 1).to_string();
        draft.notes.push(note.with("count", count));
    }
    Ok(draft)
}

struct Reader<'a> {
    tokens: &'a [Token],
    values: Evaluation<'a>,
    draft: Draft,
    /// Whether parameters come from a table that is not read.
    splat: bool,
    /// Whether the authentication is told to be another than a token.
    basic: bool,
}

impl Reader<'_> {
    fn call(&mut self, call: usize) {
        let end = self.end(call);
        let mut at = call + 1;
        let mut body = None;
        while at < end {
            let place = self.tokens[at].at;
            match &self.tokens[at].kind {
                Kind::Word(word) if word.starts_with('-') => {
                    // `-Uri:…` is another way to write it.
                    let (name, glued) = match word[1..].split_once(':') {
                        Some((name, rest)) => (name, Some(rest)),
                        None => (&word[1..], None),
                    };
                    let name = full(name);
                    at += 1;
                    let value = match glued {
                        Some(glued) if !glued.is_empty() => Value::Text(glued.to_owned()),
                        // `-UseBasicParsing:$false`
                        None if SWITCHES.contains(&name.as_str()) => Value::Bool(true),
                        _ => self.value(&mut at, end),
                    };
                    self.parameter(&name, value, place, &mut body);
                }
                Kind::Splat(name) => {
                    at += 1;
                    self.splat(name, place, &mut body);
                }
                Kind::Sign('\n' | ',') => at += 1,
                _ => {
                    let value = self.value(&mut at, end);
                    if self.draft.url.is_empty() {
                        self.draft.url = self.values.whole(value).text();
                    }
                }
            }
        }
        if let Some(body) = body {
            self.body(body);
        }
    }

    /// A call ends with its line, unless people lost the sign for a line that goes on.
    fn end(&self, call: usize) -> usize {
        let all = self.tokens.len();
        let mut end = call;
        loop {
            end = self.values.find(end, all, &['\n', ';', '|', ')', '}']);
            let parameter = |kind: &Kind| match kind {
                Kind::Word(word) => word.len() > 2 && word.starts_with('-'),
                _ => false,
            };
            let breaks = self.values.kind(end) == Some(&Kind::Sign('\n'));
            if !(breaks && self.values.kind(end + 1).is_some_and(parameter)) {
                return end;
            }
            end += 1;
        }
    }

    /// The value of the parameter before `at`, unless another one follows.
    fn value(&mut self, at: &mut usize, end: usize) -> Value {
        let another = match self.values.kind(*at) {
            Some(Kind::Word(word)) => {
                word.len() > 1 && word.starts_with('-') && word.parse::<f64>().is_err()
            }
            _ => false,
        };
        if *at >= end || another {
            return Value::Null;
        }
        let (value, behind) = self.values.argument(*at, end);
        *at = behind.max(*at + 1);
        value
    }

    /// `@params`: a table of parameters.
    fn splat(&mut self, name: &str, at: usize, body: &mut Option<Value>) {
        let told = self.values.notes.len();
        let value = self.values.variable(name, &[], at);
        match self.values.whole(value) {
            Value::Table(fields) => {
                for (name, value) in fields {
                    self.parameter(&full(&name), value, at, body);
                }
            }
            _ => {
                self.values.notes.truncate(told);
                let note = Note::new(NoteKind::NotEvaluated, "option-not-evaluated");
                let note = note.with("name", format!("@{name}")).at(at);
                self.draft.notes.push(note);
                self.splat = true;
            }
        }
    }

    fn parameter(&mut self, name: &str, value: Value, at: usize, body: &mut Option<Value>) {
        let value = self.values.whole(value);
        let text = || value.text();
        let push = |draft: &mut Draft, name: &str, value: String| {
            draft.headers.push((name.to_owned(), value));
        };
        match name {
            "uri" => self.draft.url = text(),
            // One of a list, which goes out in capitals; only a custom method is sent as it is written.
            "method" => self.draft.method = Some(text().to_ascii_uppercase()),
            "custommethod" => self.draft.method = Some(text()),
            "contenttype" => push(&mut self.draft, "Content-Type", text()),
            "useragent" => push(&mut self.draft, "User-Agent", text()),
            "body" | "form" => *body = Some(self.form_of(name, value)),
            "infile" => {
                let name = text();
                let note = Note::new(NoteKind::NotEvaluated, "file-not-read");
                let note = note.with("name", name.as_str()).at(at);
                self.draft.notes.push(note);
                *body = Some(Value::Hole(name));
            }
            "headers" | "websession" => match &value {
                Value::Hole(name) => {
                    let note = Note::new(NoteKind::NotEvaluated, "option-not-evaluated");
                    let note = note.with("name", name.as_str()).at(at);
                    self.values
                        .notes
                        .retain(|known| known.params != note.params);
                    self.draft.notes.push(note);
                }
                value if name == "websession" => self.session(value),
                value => self.draft.headers.extend(value.pairs()),
            },
            "authentication" => self.basic = !matches!(text().as_str(), "Bearer" | "OAuth"),
            "token" if !self.basic => {
                push(
                    &mut self.draft,
                    "Authorization",
                    format!("Bearer {}", text()),
                );
            }
            "skipcertificatecheck" if value == Value::Bool(true) => {
                self.draft.network.insecure = true;
                let note = Note::new(NoteKind::Given, "insecure").at(at);
                self.draft.notes.push(note);
            }
            "proxy" => {
                let note = Note::new(NoteKind::Given, "proxy").with("value", text());
                self.draft.notes.push(note.at(at));
                self.draft.network.proxy = Some(text());
            }
            name if SILENT.contains(&name) => {}
            name => {
                let known = PARAMETERS.contains(&name) || SWITCHES.contains(&name);
                let note = match known {
                    true => Note::new(NoteKind::Dropped, "option-unused"),
                    false => Note::new(NoteKind::Unknown, "option-unknown"),
                };
                let note = note.with("name", format!("-{name}"));
                self.draft.notes.push(note.at(at));
            }
        }
    }

    /// The parts of `-Form`; what `-Body` has as it is.
    fn form_of(&mut self, name: &str, value: Value) -> Value {
        match (name, value) {
            ("form", Value::Table(fields)) => {
                let part = |(name, value): (String, Value)| Part {
                    name,
                    content: value.text(),
                    file_name: None,
                    media_type: None,
                };
                let form = Form {
                    parts: fields.into_iter().map(part).collect(),
                };
                let (media_type, body) = form.encoded();
                self.draft.take("content-type");
                self.draft
                    .headers
                    .push(("Content-Type".to_owned(), media_type));
                let note = Note::new(NoteKind::Derived, "multipart");
                self.draft.notes.push(note);
                Value::Text(body)
            }
            (_, value) => value,
        }
    }

    /// What `$session` was given before the call: its agent, headers and cookies.
    fn session(&mut self, session: &Value) {
        if let Some(agent) = session.get("UserAgent") {
            let agent = agent.text();
            self.draft.headers.push(("User-Agent".to_owned(), agent));
        }
        if let Some(headers) = session.get("Headers") {
            self.draft.headers.extend(headers.pairs());
        }
        if let Some(Value::List(cookies)) = session.get("Cookies") {
            for cookie in cookies {
                let part = |name| cookie.get(name).map(Value::text).unwrap_or_default();
                let pair = format!("{}={}", part("Name"), part("Value"));
                self.draft.cookies.push(pair);
            }
        }
    }

    /// A table is a query of GET, and a form of the rest.
    fn body(&mut self, body: Value) {
        let method = self
            .draft
            .method
            .get_or_insert_with(|| "GET".to_owned())
            .clone();
        let Value::Table(_) = body else {
            if body != Value::Null {
                self.draft.body = Some(body.text());
                self.form_type(&method);
            }
            return;
        };
        let mut encoded = form_urlencoded::Serializer::new(String::new());
        let encoded = encoded.extend_pairs(body.pairs()).finish();
        if method != "GET" {
            self.draft.body = Some(encoded);
            self.form_type(&method);
        } else if !encoded.is_empty() {
            let sign = if self.draft.url.contains('?') {
                '&'
            } else {
                '?'
            };
            let end = self.draft.url.find('#').unwrap_or(self.draft.url.len());
            self.draft.url.insert_str(end, &format!("{sign}{encoded}"));
        }
    }

    /// What goes out where no type of the content is told.
    fn form_type(&mut self, method: &str) {
        let form = "application/x-www-form-urlencoded";
        if method == "POST" && self.draft.set_default("Content-Type", form) {
            let note = Note::new(NoteKind::Derived, "form-type-powershell");
            self.draft.notes.push(note);
        }
    }

    fn finish(self) -> Draft {
        let mut draft = self.draft;
        draft.notes.extend(self.values.notes);
        draft
    }
}

/// The whole name of a parameter.
fn full(name: &str) -> String {
    let name = name.to_ascii_lowercase();
    let all = || PARAMETERS.iter().chain(SWITCHES);
    let beginning = all().find(|known| known.starts_with(&name));
    match (all().any(|known| *known == name), beginning) {
        (false, Some(known)) => (*known).to_owned(),
        _ => name,
    }
}
