//! Where the command stands in a text that people paste: behind comments, prompts, `sudo` and variables, in
//! the fences of Markdown.

use std::ops::Range;

/// What a file may begin with that says nothing.
const BYTE_ORDER_MARK: char = '\u{feff}';

/// Where the first command of curl begins.
pub(super) fn find_curl(text: &str) -> Option<usize> {
    let mut lines = lines(text).filter(|(_, line)| !is_remark(line));
    lines.find_map(|(start, line)| {
        let mut words = words(line).filter(|(_, word)| is_curl(word));
        let (word, _) = words.find(|(word, _)| is_argument(line[word.end..].trim_start()))?;
        Some(start + word.start)
    })
}

/// Whether a word names curl, by a path if need be.
pub(super) fn is_curl(word: &str) -> bool {
    let name = word.rsplit(['/', '\\']).next().unwrap_or_default();
    let known = ["curl", "curl.exe"];
    // An address may end in `curl`; a command is not an address.
    !word.contains("://") && known.iter().any(|known| name.eq_ignore_ascii_case(known))
}

/// The text with blanks where no command is: every byte stays where it was.
pub(super) fn bare(text: &str) -> String {
    let begin = find_curl(text).map_or(0, |curl| piped(text, curl));
    let mut bare = " ".repeat(begin);
    // Line breaks before it count.
    let breaks: Vec<_> = text[..begin].match_indices('\n').collect();
    for (at, _) in breaks {
        bare.replace_range(at..=at, "\n");
    }
    let mut goes_on = false;
    for (start, line) in lines(&text[begin..]) {
        let trimmed = line.trim_start();
        let blanks = line.len() - trimmed.len();
        let sign = trimmed.len() - trimmed.trim_start_matches('>').len();
        let hidden = match trimmed {
            fence if fence.starts_with("```") => line.trim_end().len(),
            // What a shell shows before a line that goes on.
            _ if goes_on && sign > 0 && trimmed[sign..].starts_with(' ') => blanks + sign,
            _ => 0,
        };
        let start = begin + start;
        bare.push_str(&" ".repeat(hidden));
        bare.push_str(&text[start + hidden..start + line.len()]);
        goes_on = line.trim_end().ends_with(['\\', '`', '^']);
    }
    bare
}

/// Where the command begins that writes what curl reads; where curl is if none does.
fn piped(text: &str, curl: usize) -> usize {
    let before = &text[..curl];
    let known = ["echo ", "printf ", "cat <<"];
    let writes = |name: &&str| {
        let at = before.rfind(*name)?;
        let alone = text[..at]
            .chars()
            .next_back()
            .is_none_or(char::is_whitespace);
        alone.then_some(at)
    };
    match before.trim_end().ends_with('|') {
        true => known.iter().filter_map(writes).max().unwrap_or(curl),
        false => curl,
    }
}

/// A line that a shell reads over.
fn is_remark(line: &str) -> bool {
    let line = line.trim_start_matches(|c: char| c.is_whitespace() || c == BYTE_ORDER_MARK);
    let word = line.split_whitespace().next().unwrap_or_default();
    let prompt = line.starts_with("# ") && words(line).nth(1).is_some_and(|(_, w)| is_curl(w));
    (line.starts_with('#') && !prompt) || word.eq_ignore_ascii_case("rem") || word == "::"
}

/// Whether a text begins as what follows the name of a command, not as a sentence goes on.
fn is_argument(text: &str) -> bool {
    let word = text.split_whitespace().next().unwrap_or_default();
    let signs = ['-', '–', '—', '"', '\'', '“', '‘', '^', '$', '\\', '`', '{'];
    word.is_empty() || word.starts_with(signs) || word.contains([':', '/']) || {
        let host = word.trim_end_matches(['.', ',', '?', '!']);
        host.contains('.') || host == "localhost"
    }
}

/// Each line with its end, and where it begins.
fn lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut at = 0;
    text.split_inclusive('\n').map(move |line| {
        let start = at;
        at += line.len();
        (start, line)
    })
}

/// The words of a line, and where they stand. A caret or a bracket around a command is none of it.
fn words(line: &str) -> impl Iterator<Item = (Range<usize>, &str)> {
    let between = |c: char| c.is_whitespace() || matches!(c, '(' | '`' | '^' | BYTE_ORDER_MARK);
    let mut at = 0;
    line.split(between).map(move |word| {
        let start = at;
        at += word.len();
        let end = at;
        at += line[end..].chars().next().map_or(0, char::len_utf8);
        (start..end, word)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_is_found_behind_what_stands_before_it() {
        for (text, expected) in [
            ("curl https://a.test", Some(0)),
            ("\u{feff}curl https://a.test", Some(3)),
            ("$ curl -k x", Some(2)),
            ("user@host:~$ curl https://a.test", Some(13)),
            ("C:\\Users\\me> curl.exe https://a.test", Some(13)),
            ("root@box:/# curl https://a.test", Some(12)),
            ("# curl https://a.test", Some(2)),
            ("# why curl fails\n  curl https://a.test", Some(19)),
            ("REM curl https://b\ncurl https://a.test", Some(19)),
            ("A=1 sudo curl 'https://a.test'", Some(9)),
            ("```sh\ncurl a.test\n```", Some(6)),
            ("/usr/bin/curl -s a", Some(0)),
            ("curl ^\"https://a.test^\"", Some(0)),
            ("curl", Some(0)),
            ("to curl is human", None),
            ("a sentence about curling https://a.test", None),
            ("https://a.test/curl x.y", None),
        ] {
            assert_eq!(find_curl(text), expected, "{text}");
        }
    }

    #[test]
    fn what_is_hidden_moves_nothing() {
        for (text, expected) in [
            ("é$ curl a.b", "    curl a.b"),
            ("# é\n$ curl a.b \\\n> -k\n", "    \n  curl a.b \\\n  -k\n"),
            ("```\ncurl a.b\n```", "   \ncurl a.b\n   "),
            ("\u{feff}curl a.b", "   curl a.b"),
        ] {
            let bare = bare(text);
            assert_eq!(bare, expected, "{text}");
            assert_eq!(bare.len(), text.len());
        }
    }
}
