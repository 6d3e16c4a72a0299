//! A request as it stands on the wire, in a file of requests, or behind the signs of `curl -v`.
//!
//! <https://httpwg.org/specs/rfc9112.html#message.format>

use super::ImportError;
use super::address::{METHODS, scheme_note, scheme_of};
use super::draft::Draft;
use super::place::Place;

/// Lines before the request that are looked over.
const MOST_LINES: usize = 40;

/// The line of the request: where it begins, and its parts.
struct RequestLine<'t> {
    at: usize,
    method: &'t str,
    target: &'t str,
    /// The number of the line.
    line: usize,
}

/// Whether a text is such a request.
pub(super) fn is_raw(text: &str) -> bool {
    request_line(text).is_some()
}

/// A line of what `curl -v` prints, without its sign; `None` for one that is not of the request.
fn of_request(line: &str) -> Option<&str> {
    match line.strip_prefix("> ") {
        Some(rest) => Some(rest),
        None if line.trim_end() == ">" => Some(""),
        None if line.starts_with(['*', '<']) => None,
        None => Some(line),
    }
}

fn request_line(text: &str) -> Option<RequestLine<'_>> {
    let mut at = 0;
    let mut lines = text.split_inclusive('\n').take(MOST_LINES).enumerate();
    let (line, found) = lines.find_map(|(number, line)| {
        let start = at;
        at += line.len();
        let words = of_request(line)?.trim_start_matches('\u{feff}').trim();
        // What stands before a request in a file of them.
        let remark = words.is_empty() || words.starts_with('#') || words.starts_with("//");
        (!remark).then_some((number, (start, words)))
    })?;
    let (at, words) = found;
    let mut words = words.split_whitespace();
    let (method, target) = (words.next()?, words.next()?);
    let version = words.next();
    let versioned = version.is_some_and(|version| version.starts_with("HTTP/"));
    // Without a version, a header on the next line shows what it is.
    let next = text[at..].lines().nth(1).and_then(of_request);
    let header = next
        .and_then(|line| line.split_once(':'))
        .is_some_and(|(name, value)| {
            let part = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
            !name.is_empty() && name.chars().all(part) && !value.starts_with("//")
        });
    let absolute = target.contains("://") || target.starts_with("{{");
    let method_known = METHODS.contains(&method);
    let known = match version {
        Some(_) => versioned && method.chars().all(|c| c.is_ascii_uppercase() || c == '-'),
        None => method_known && header && (absolute || target.starts_with('/')),
    };
    (known && words.next().is_none()).then_some(RequestLine {
        at,
        method,
        target,
        line,
    })
}

/// Reads the request.
pub(super) fn read(text: &str) -> Result<Draft, ImportError> {
    let Some(request) = request_line(text) else {
        return Err(ImportError::new("unknown-format", Place::of(text, 0)));
    };
    let mut draft = Draft {
        method: Some(request.method.to_owned()),
        ..Draft::default()
    };
    let mut lines = text.lines().skip(request.line + 1).filter_map(of_request);
    for line in lines.by_ref() {
        if line.trim().is_empty() {
            break;
        }
        // A name of HTTP/2 begins with a colon.
        let colon = line.char_indices().skip(1).find(|(_, c)| *c == ':');
        if let Some((at, _)) = colon
            && !line.starts_with('#')
        {
            let (name, value) = (line[..at].trim(), line[at + 1..].trim());
            draft.headers.push((name.to_owned(), value.to_owned()));
        }
    }
    // The next request of a file begins behind `###`.
    let body: Vec<_> = lines.take_while(|line| !line.starts_with("###")).collect();
    let body = body.join("\n");
    let body = body.trim_end();
    draft.body = (!body.is_empty()).then(|| body.to_owned());
    if request.target.contains("://") || request.target.starts_with("{{") {
        draft.url = request.target.to_owned();
        return Ok(draft);
    }
    let Some(host) = draft.header("host").or(draft.header(":authority")) else {
        return Err(ImportError::new("no-host", Place::of(text, request.at)));
    };
    let scheme = scheme_of(host);
    draft.url = format!("{scheme}://{host}{}", request.target);
    draft.notes.push(scheme_note(scheme));
    Ok(draft)
}
