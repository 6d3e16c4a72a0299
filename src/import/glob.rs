//! The globs of curl: `{a,b}` and `[1-3]` stand for several addresses.
//!
//! <https://curl.se/docs/manpage.html#URL>

/// The first address that a glob stands for, and whether there is more than one. What a template has in
/// double braces is none.
pub(super) fn first(text: &str) -> (String, bool) {
    let mut first = String::with_capacity(text.len());
    let mut several = false;
    let mut rest = text;
    while let Some(at) = rest.find(['{', '[', '\\']) {
        first.push_str(&rest[..at]);
        let sign = rest.as_bytes()[at];
        rest = &rest[at..];
        // An escaped sign is no glob; the backslash goes later.
        if sign == b'\\' {
            let length = rest.char_indices().nth(2).map_or(rest.len(), |(at, _)| at);
            first.push_str(&rest[..length]);
            rest = &rest[length..];
            continue;
        }
        let close = if sign == b'{' { '}' } else { ']' };
        let near = rest[1..].char_indices().take(LONGEST);
        let inside = match near.into_iter().find(|(_, c)| *c == close) {
            Some((end, _)) => &rest[1..1 + end],
            None => "",
        };
        let one = match sign {
            b'{' if rest.starts_with("{{") => None,
            b'{' => inside.split_once(',').map(|(one, _)| one),
            _ => range(inside),
        };
        match one {
            Some(one) => {
                first.push_str(one);
                several = true;
                rest = &rest[inside.len() + 2..];
            }
            None => {
                let length = if rest.starts_with("{{") { 2 } else { 1 };
                first.push_str(&rest[..length]);
                rest = &rest[length..];
            }
        }
    }
    first.push_str(rest);
    (first, several)
}

/// No set is longer, in characters.
const LONGEST: usize = 200;

/// The first of `1-3`, `001-100`, `a-z`, with a step behind a colon.
fn range(text: &str) -> Option<&str> {
    let (range, step) = text.split_once(':').unwrap_or((text, "1"));
    let (from, to) = range.split_once('-')?;
    let number = |text: &str| !text.is_empty() && text.chars().all(|c| c.is_ascii_digit());
    let letter = |text: &str| text.len() == 1 && text.chars().all(|c| c.is_ascii_alphabetic());
    let known = number(from) && number(to) || letter(from) && letter(to);
    (known && number(step)).then_some(from)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_of_a_glob() {
        for (text, expected, several) in [
            ("http://a/{x,y}/[1-3]", "http://a/x/1", true),
            ("http://a/[001-100:10]", "http://a/001", true),
            ("http://a/[a-z]?b[]=c", "http://a/a?b[]=c", true),
            ("http://a/{id}/{{b,c}}", "http://a/{id}/{{b,c}}", false),
            (
                r"http://a/\{x,y\}/\[1-3\]",
                r"http://a/\{x,y\}/\[1-3\]",
                false,
            ),
            ("http://[::1]/x", "http://[::1]/x", false),
            ("http://a/{x,y", "http://a/{x,y", false),
        ] {
            assert_eq!(first(text), (expected.to_owned(), several), "{text}");
        }
    }
}
