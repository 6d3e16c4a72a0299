//! Extracting header list values: `#token` lists and single values, parsed line by line.
//!
//! Source: <https://fetch.spec.whatwg.org/#extract-header-list-values>.

use super::trace::Span;
use crate::wire::{HeaderList, is_token};

/// A list that does not parse.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct InvalidList {
    /// The line's raw value.
    pub(super) line: Vec<u8>,
    /// The item that is no token.
    pub(super) span: Span,
    /// The items before it.
    pub(super) before: Vec<String>,
}

/// The items of all lines of `name`: `None` if there is no line, an error if any item is no token.
pub(super) fn token_list(
    headers: &HeaderList,
    name: &str,
) -> Result<Option<Vec<String>>, InvalidList> {
    let mut items = None;
    for line in headers.lines(name) {
        let items: &mut Vec<String> = items.get_or_insert_default();
        let mut start = 0;
        for part in line.split(|&byte| byte == b',') {
            let end = start + part.len();
            let leading = part.iter().take_while(|byte| is_blank(byte)).count();
            let trailing = part.iter().rev().take_while(|byte| is_blank(byte)).count();
            let item = &part[leading..part.len().saturating_sub(trailing).max(leading)];
            if is_token(item) {
                items.push(String::from_utf8_lossy(item).into_owned());
            } else if !item.is_empty() {
                return Err(InvalidList {
                    line: line.to_vec(),
                    span: (start + leading, start + leading + item.len()),
                    before: std::mem::take(items),
                });
            }
            start = end + 1;
        }
    }
    Ok(items)
}

/// Optional white space, and the line breaks of a folded line.
fn is_blank(byte: &u8) -> bool {
    b" \t\r\n".contains(byte)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(lines: &[&str]) -> Result<Option<Vec<String>>, Span> {
        let headers: HeaderList = lines
            .iter()
            .map(|line| ("A", crate::wire::latin1_bytes(line).unwrap()))
            .collect();
        token_list(&headers, "a").map_err(|invalid| invalid.span)
    }

    #[test]
    fn lists() {
        let list = |items: &[&str]| Ok(Some(items.iter().map(|item| (*item).to_owned()).collect()));
        assert_eq!(parse(&[]), Ok(None));
        assert_eq!(parse(&[""]), list(&[]));
        assert_eq!(
            parse(&["GET,\tPUT ,, ", "x|y"]),
            list(&["GET", "PUT", "x|y"])
        );
        assert_eq!(parse(&["PUT, \"GET\""]), Err((5, 10)));
        assert_eq!(parse(&["a b"]), Err((0, 3)));
        assert_eq!(parse(&["a", "b;c"]), Err((0, 3)));
        assert_eq!(parse(&["\u{e9}"]), Err((0, 1)));
    }
}
