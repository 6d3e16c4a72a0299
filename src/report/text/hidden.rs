//! What an error says that the browser hides: mostly it is the real trouble.

use std::io::{self, Write};

use super::Writer;
use crate::case::Case;
use crate::diagnose::shown;

/// Bytes of a body that are looked at.
const READ: usize = 4096;

/// Characters that are told.
const TOLD: usize = 200;

impl<W: Write> Writer<'_, W> {
    /// The words of an error that was blocked, if it has any.
    pub(super) fn hidden_error(&mut self, case: &Case) -> io::Result<()> {
        let Some(words) = hidden_error(case) else {
            return Ok(());
        };
        let quiet = self.palette.quiet;
        for line in self.wrapped(&format!("The hidden answer says: {words}"), "  ") {
            writeln!(self.out, "{quiet}{line}{quiet:#}")?;
        }
        Ok(())
    }
}

fn hidden_error(case: &Case) -> Option<String> {
    let exchange = case.finished.exchanges.get(case.block()?.exchange?)?;
    let reply = exchange.answer.as_ref().ok()?;
    if reply.status < 400 {
        return None;
    }
    let bytes = reply.body.readable();
    let head = &bytes[..bytes.len().min(READ)];
    let text = match std::str::from_utf8(head) {
        Ok(text) => text,
        // Cut within a character.
        Err(error) if error.error_len().is_none() => {
            std::str::from_utf8(&head[..error.valid_up_to()]).ok()?
        }
        Err(_) => return None,
    };
    let words = words_of(text);
    (!words.is_empty()).then_some(words)
}

/// A text in one line, without the tags of HTML, safe to show.
fn words_of(text: &str) -> String {
    let mut bare = String::new();
    let mut in_tag = false;
    let is_markup = text.trim_start().starts_with('<');
    for c in text.chars() {
        match c {
            '<' if is_markup => {
                in_tag = true;
                bare.push(' ');
            }
            '>' if in_tag => in_tag = false,
            _ if !in_tag => bare.push(c),
            _ => {}
        }
    }
    let words: Vec<_> = bare.split_whitespace().collect();
    let words = words.join(" ");
    match words.char_indices().nth(TOLD) {
        Some((end, _)) => format!("{} …", shown(&words[..end])),
        None => shown(&words),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_is_told_in_one_line() {
        let page =
            "<html>\r\n<head><title>404 Not Found</title></head>\r\n<hr><center>nginx</center>";
        assert_eq!(words_of(page), "404 Not Found nginx");
        assert_eq!(
            words_of("{\"detail\":\n  \"1 < 2\"}"),
            "{\"detail\": \"1 < 2\"}"
        );
        assert_eq!(words_of("a\u{1b}[2J"), "a\\u{1b}[2J");
        assert!(words_of(&"x".repeat(500)).ends_with("x …"));
        assert_eq!(words_of("<p></p>"), "");
    }
}
