//! How an engine's HTTP parser takes odd header lines, before any rule looks at them.

use std::borrow::Cow;

use super::profile::{BareCarriageReturn, BlankBeforeColon, DifferingSingletons, Profile};
use super::redirect::is_redirect_status;
use crate::wire::{
    FailureKind, Header, HeaderList, NetworkFailure, Reply, is_token, latin1,
    normalize_header_value,
};

/// The header list as this engine sees it, or the failure that it makes of a line.
pub(super) fn headers(reply: &Reply, profile: &Profile) -> Result<HeaderList, NetworkFailure> {
    if reply.status == 407 && profile.proxy_challenge_fails {
        return Err(NetworkFailure::new(
            FailureKind::Other,
            "status 407, which only a proxy may send",
        ));
    }
    let seen = seen(reply, profile)?;
    let redirects = is_redirect_status(reply.status);
    let names = ["content-disposition", "location"];
    let mut names = names
        .iter()
        .filter(|name| !(redirects && **name == "location"));
    match names.find(|name| differ(&seen, name, profile.differing_singletons)) {
        Some(name) => Err(NetworkFailure::new(
            FailureKind::Other,
            format!("several {name} lines with different values"),
        )),
        None => Ok(seen),
    }
}

/// The lines that this engine makes of those that came.
fn seen(reply: &Reply, profile: &Profile) -> Result<HeaderList, NetworkFailure> {
    let odd = |byte: &u8| matches!(byte, 0 | b'\r');
    // A name with a carriage return before it or a blank behind it is none either.
    let as_received = |name: &str| is_token(name.as_bytes());
    if reply
        .headers
        .iter()
        .all(|header| !header.value.iter().any(odd) && as_received(&header.name))
    {
        return Ok(reply.headers.clone());
    }
    let mut seen = HeaderList::new();
    for header in &reply.headers {
        // All three engines drop the whole response (corpus: acao-0062).
        if header.value.contains(&0) {
            return Err(NetworkFailure::new(
                FailureKind::EmptyResponse,
                format!("the header {} holds a NUL byte", header.name),
            ));
        }
        for (name, value) in lines(header, profile.bare_carriage_return) {
            let bare = trimmed(&name);
            let dropped = bare.len() < name.len()
                && profile.blank_before_colon == BlankBeforeColon::LineDropped;
            if is_token(bare.as_bytes()) && !dropped {
                seen.append(bare, value);
            }
        }
    }
    Ok(seen)
}

fn differ(headers: &HeaderList, name: &str, singletons: DifferingSingletons) -> bool {
    fn any_other<T: PartialEq>(mut values: impl Iterator<Item = T>) -> bool {
        let first = values.next();
        values.any(|value| Some(value) != first)
    }
    match singletons {
        DifferingSingletons::Taken => false,
        DifferingSingletons::Members if name == "content-disposition" => {
            let members = headers.get_decode_and_split(name);
            any_other(members.unwrap_or_default().into_iter())
        }
        _ => any_other(headers.lines(name).map(normalize_header_value)),
    }
}

/// What becomes of one line where carriage returns are in it.
fn lines(header: &Header, taken: BareCarriageReturn) -> Vec<(Cow<'_, str>, Cow<'_, [u8]>)> {
    let name = header.name.strip_prefix('\r').unwrap_or(&header.name);
    let value = header.value.as_slice();
    let whole = name.len() == header.name.len() && !value.contains(&b'\r');
    match taken {
        _ if whole => vec![(name.into(), value.into())],
        BareCarriageReturn::LineDropped => Vec::new(),
        BareCarriageReturn::Blank => {
            let blank = |byte: &u8| if *byte == b'\r' { b' ' } else { *byte };
            let value: Vec<u8> = value.iter().map(blank).collect();
            vec![(name.into(), normalize_header_value(&value).to_vec().into())]
        }
        BareCarriageReturn::EndsLine => {
            let mut parts = value.split(|byte| *byte == b'\r');
            let first = normalize_header_value(parts.next().unwrap_or_default());
            let rest = parts.filter_map(|line| {
                let colon = line.iter().position(|byte| *byte == b':')?;
                let (name, value) = (&line[..colon], normalize_header_value(&line[colon + 1..]));
                is_token(name.trim_ascii_end()).then(|| (latin1(name).into(), value.into()))
            });
            [(name.into(), first.into())]
                .into_iter()
                .chain(rest)
                .collect()
        }
    }
}

fn trimmed(name: &str) -> &str {
    name.trim_end_matches([' ', '\t'])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::Engine;

    /// What each engine makes of these lines.
    fn seen(engine: Engine, lines: &[(&str, &str)]) -> Vec<(String, String)> {
        let reply = Reply {
            headers: lines.iter().copied().collect(),
            ..Reply::default()
        };
        let headers = headers(&reply, &engine.profile()).unwrap();
        let text = |header: &Header| (header.name.clone(), latin1(&header.value));
        headers.iter().map(text).collect()
    }

    #[test]
    fn dispositions_that_differ() {
        for (values, in_chromium, in_firefox) in [
            (&["a", "a"][..], false, false),
            (&["a", "A"], true, true),
            (&["a", ""], true, true),
            (&["a, b"], true, false),
            (&["a,"], true, false),
            (&["\"a, b\""], false, false),
            (&["a", "a, a"], false, true),
        ] {
            for (engine, fails) in [
                (Engine::Chromium, in_chromium),
                (Engine::Firefox, in_firefox),
                (Engine::WebKit, false),
                (Engine::Standard, false),
            ] {
                let lines = values.iter().map(|value| ("Content-Disposition", *value));
                let reply = Reply {
                    status: 200,
                    headers: lines.collect(),
                    ..Reply::default()
                };
                let read = headers(&reply, &engine.profile());
                assert_eq!(read.is_err(), fails, "{engine:?} {values:?}");
            }
        }
    }

    #[test]
    fn carriage_returns_within_a_line() {
        let lines = [("A", "1\rB: 2\rx\r"), ("\rC", "3"), ("D", "4")];
        let owned = |pairs: &[(&str, &str)]| -> Vec<(String, String)> {
            let owned = |(name, value): &(&str, &str)| (name.to_string(), value.to_string());
            pairs.iter().map(owned).collect()
        };
        for (engine, expected) in [
            (
                Engine::Chromium,
                &[("A", "1"), ("B", "2"), ("C", "3"), ("D", "4")][..],
            ),
            (Engine::Firefox, &[("D", "4")]),
            (Engine::WebKit, &[("A", "1 B: 2 x"), ("C", "3"), ("D", "4")]),
        ] {
            assert_eq!(seen(engine, &lines), owned(expected), "{engine:?}");
        }
    }

    #[test]
    fn a_line_whose_name_is_no_token_is_dropped() {
        for engine in [Engine::Chromium, Engine::Firefox, Engine::WebKit] {
            let lines = [("X-\u{e9}", "1"), ("X(a)", "2"), ("", "3"), ("X'a", "4")];
            assert_eq!(seen(engine, &lines), [("X'a".into(), "4".into())]);
        }
    }
}
