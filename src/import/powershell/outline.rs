//! Where strings, comments and commands are in a text for PowerShell, before any of it is read.
//!
//! Quotation marks and dashes of word processors are those of the keyboard to PowerShell:
//! <https://learn.microsoft.com/powershell/module/microsoft.powershell.core/about/about_quoting_rules>.

use std::borrow::Cow;

/// The commands, and the names that they are called by in short.
const NAMES: &[&str] = &["invoke-webrequest", "invoke-restmethod"];
const SHORT_NAMES: &[&str] = &["irm", "iwr"];
/// In Windows PowerShell these are names of `Invoke-WebRequest` too; what follows tells which is meant.
const NAMES_OF_OTHERS: &[&str] = &["curl", "wget"];

/// Parameters that those others do not have.
const ONLY_HERE: &[&str] = &[
    "-uri",
    "-headers",
    "-method",
    "-body",
    "-contenttype",
    "-usebasicparsing",
    "-websession",
    "-sessionvariable",
    "-infile",
    "-outfile",
    "-useragent",
    "-timeoutsec",
    "-skipcertificatecheck",
];

/// How far from a name its parameters are looked for, in bytes.
const LOOKED_AT: usize = 4096;
/// How many names of others are looked behind.
const MOST_LOOKED_AT: usize = 1000;
/// Strings in strings.
const DEEPEST: usize = 50;
/// Quotes without an end that are looked behind.
pub(super) const MOST_OPEN: usize = 16;

pub(super) fn is_double(c: char) -> bool {
    matches!(c, '"' | '“' | '”' | '„')
}

pub(super) fn is_single(c: char) -> bool {
    matches!(c, '\'' | '‘' | '’' | '‚' | '‛')
}

pub(super) fn is_dash(c: char) -> bool {
    matches!(c, '-' | '–' | '—' | '―')
}

/// The text with blanks for prompts and the fences of Markdown: every byte stays where it was.
pub(super) fn bare(text: &str) -> Cow<'_, str> {
    let mut bare = String::new();
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let hidden = hidden(line);
        if hidden > 0 {
            bare.push_str(&text[bare.len()..at]);
            bare.push_str(&" ".repeat(hidden));
        }
        at += line.len();
    }
    if bare.is_empty() {
        return Cow::Borrowed(text);
    }
    bare.push_str(&text[bare.len()..]);
    Cow::Owned(bare)
}

/// How many bytes of a line are no part of what was typed.
fn hidden(line: &str) -> usize {
    let trimmed = line.trim_start_matches(['\u{feff}', ' ', '\t']);
    let blanks = line.len() - trimmed.len();
    if trimmed.starts_with("```") {
        return line.trim_end().len();
    }
    if trimmed.starts_with(">> ") {
        return blanks + 2;
    }
    let prompt = trimmed.strip_prefix("PS").and_then(|rest| {
        let end = rest.find('>')?;
        let path = &rest[..end];
        (path.is_empty() || path.starts_with(' ') && !path.contains(['"', '\'', '$', '`']))
            .then_some(blanks + 2 + end + 1)
    });
    // A byte order mark is none of it either.
    prompt.unwrap_or(line.len() - line.trim_start_matches('\u{feff}').len())
}

/// What stands where.
#[derive(Debug, Default)]
pub(super) struct Outline {
    /// The bytes at which the commands begin that send a request.
    pub calls: Vec<usize>,
    /// Brackets, and where the bracket behind each one is.
    pub closed: std::collections::HashMap<usize, usize>,
}

/// Whether a word could be the name of a command that sends a request.
pub(super) fn may_have_call(text: &str) -> bool {
    let lists = [NAMES, SHORT_NAMES, NAMES_OF_OTHERS];
    let first = |c: char| matches!(c, 'i' | 'I' | 'c' | 'C' | 'w' | 'W');
    text.match_indices(first).any(|(at, _)| {
        let known = |name: &&str| begins(&text[at..], name);
        lists
            .iter()
            .any(|names| names.iter().any(|name| known(name)))
    })
}

fn begins(text: &str, name: &str) -> bool {
    let start = text.get(..name.len());
    start.is_some_and(|start| start.eq_ignore_ascii_case(name))
}

impl Outline {
    pub(super) fn of(text: &str) -> Self {
        let mut outline = Self::default();
        let mut open: Vec<(char, usize)> = Vec::new();
        let (mut unclosed, mut looked_at) = (0, 0);
        // Whether a command may begin here, and the character before.
        let (mut command, mut before) = (true, '\n');
        let mut at = 0;
        while let Some(c) = text[at..].chars().next() {
            let mut next = at + c.len_utf8();
            let apostrophe =
                before.is_alphanumeric() && text[next..].starts_with(|c: char| c.is_alphanumeric());
            let quote =
                (is_double(c) || is_single(c)) && !apostrophe || here(&text[at..]).is_some();
            if quote && unclosed < MOST_OPEN {
                match string_end(text, at, 0) {
                    Some(end) => next = end,
                    None => unclosed += 1,
                }
                command = false;
            } else if let Some(end) = comment_end(text, at, before) {
                next = end;
            } else {
                match c {
                    '`' => next += text[next..].chars().next().map_or(0, char::len_utf8),
                    '(' | '{' | '[' => {
                        open.push((c, at));
                        command = c != '[';
                    }
                    ')' | '}' | ']' => {
                        let opens = match c {
                            ')' => '(',
                            '}' => '{',
                            _ => '[',
                        };
                        if open.last().is_some_and(|(c, _)| *c == opens)
                            && let Some((_, start)) = open.pop()
                        {
                            outline.closed.insert(start, at);
                        }
                        command = c == '}';
                    }
                    '\n' | ';' | '|' | '=' | '&' | ':' => command = true,
                    c if c.is_whitespace() => {}
                    c if c.is_alphabetic() && !before.is_alphanumeric() && before != '$' => {
                        let word = word(&text[at..]);
                        next = at + word.len();
                        let name = word.rsplit('\\').next().unwrap_or_default();
                        let known = |names: &[&str]| {
                            names.iter().any(|known| known.eq_ignore_ascii_case(name))
                        };
                        let behind = &text[next..];
                        let called = known(NAMES) && before != '-'
                            || command && known(SHORT_NAMES) && has_argument(behind)
                            || command && known(NAMES_OF_OTHERS) && looked_at < MOST_LOOKED_AT && {
                                looked_at += 1;
                                is_meant(behind, name)
                            };
                        if called {
                            outline.calls.push(at);
                        }
                        command = word.eq_ignore_ascii_case("return");
                    }
                    _ => command = false,
                }
            }
            before = text[..next].chars().next_back().unwrap_or('\n');
            at = next;
        }
        outline
    }
}

fn word(text: &str) -> &str {
    let part = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '.' | '\\');
    &text[..text.find(|c: char| !part(c)).unwrap_or(text.len())]
}

/// Whether what stands behind a short name can be an argument.
fn has_argument(behind: &str) -> bool {
    let argument = behind.trim_start_matches([' ', '\t']);
    let blanks = behind.len() - argument.len();
    let word = argument.split_whitespace().next().unwrap_or_default();
    let dashed = |word: &str| {
        let mut chars = word.chars();
        chars.next().is_some_and(is_dash) && chars.next().is_some_and(char::is_alphabetic)
    };
    let sign = |c: char| is_double(c) || is_single(c) || matches!(c, '$' | '@' | '(');
    blanks > 0
        && (dashed(word)
            || word.starts_with(sign)
            || word == "`"
            || word.contains(['/', '.', ':']) && word.starts_with(char::is_alphanumeric))
}

/// Whether `curl` or `wget` is PowerShell's here.
fn is_meant(behind: &str, name: &str) -> bool {
    let mut end = behind.len().min(LOOKED_AT);
    while !behind.is_char_boundary(end) {
        end -= 1;
    }
    let behind = &behind[..end];
    let (mut quote, mut before, mut escaped) = (None, '\n', false);
    let mut only_addresses = true;
    // Within a table the end of a line ends nothing.
    let mut tables = 0_usize;
    for (at, c) in behind.char_indices() {
        // To other shells, which this may be written for.
        let plain = escaped;
        escaped = c == '\\' && !plain;
        if plain {
            before = c;
            continue;
        }
        match (quote, c) {
            (Some(open), c) if c == open => quote = None,
            (Some(_), _) => {}
            (None, '"' | '\'') => quote = Some(c),
            (None, ';' | '|') => break,
            (None, '{') => tables += 1,
            (None, '}') => tables = tables.saturating_sub(1),
            (None, '\n') if before != '`' && tables == 0 => break,
            (None, '@') if before.is_whitespace() && behind[at..].starts_with("@{") => return true,
            (None, c) if is_dash(c) && before.is_whitespace() => {
                only_addresses = false;
                let word = behind[at + c.len_utf8()..]
                    .split([' ', '\t', '\r', '\n', ':'])
                    .next();
                let word = format!("-{}", word.unwrap_or_default().to_ascii_lowercase());
                if ONLY_HERE.contains(&word.as_str()) {
                    return true;
                }
            }
            _ => {}
        }
        if c != '\r' && (c != ' ' || before != '`') {
            before = c;
        }
    }
    name.eq_ignore_ascii_case("wget") && only_addresses && has_argument(behind)
}

fn comment_end(text: &str, at: usize, before: char) -> Option<usize> {
    let rest = &text[at..];
    if rest.starts_with("<#") {
        return Some(rest.find("#>").map_or(text.len(), |end| at + end + 2));
    }
    let begins = before.is_whitespace() || matches!(before, ';' | '{' | '}' | '(' | ')');
    (rest.starts_with('#') && begins).then(|| rest.find('\n').map_or(text.len(), |end| at + end))
}

/// The length of the line that opens a here-string, with its break.
pub(super) fn here(text: &str) -> Option<usize> {
    let rest = text.strip_prefix('@')?;
    let quote = rest
        .chars()
        .next()
        .filter(|c| is_double(*c) || is_single(*c))?;
    let behind = &rest[quote.len_utf8()..];
    let blanks = behind.len() - behind.trim_start_matches([' ', '\t', '\r']).len();
    behind[blanks..]
        .starts_with('\n')
        .then_some(1 + quote.len_utf8() + blanks + 1)
}

/// Where the text of a here-string ends, and what follows it, for a text that begins behind its first line.
///
/// Only at the beginning of a line the sign is one; what was pasted from a list or a chat stands further in.
pub(super) fn here_end(text: &str, double: bool) -> Option<(usize, usize)> {
    let is_quote = if double { is_double } else { is_single };
    let closes = |line: &str| {
        let mut chars = line.chars();
        (chars.next().is_some_and(is_quote) && chars.next() == Some('@'))
            .then(|| line.chars().take(2).map(char::len_utf8).sum::<usize>())
    };
    let (mut at, mut indented) = (0, None);
    for line in text.split_inclusive('\n') {
        let before = text[..at].strip_suffix('\n').unwrap_or("");
        let end = before.strip_suffix('\r').unwrap_or(before).len();
        if let Some(length) = closes(line) {
            return Some((end, at + length));
        }
        let trimmed = line.trim_start();
        // The next one begins: a sign further in it is, then.
        if indented.is_some() && line.trim_end().ends_with(['"', '\'']) && line.contains('@') {
            break;
        }
        if indented.is_none()
            && let Some(length) = closes(trimmed)
            && !trimmed[length..].starts_with(|c: char| c.is_alphanumeric())
        {
            indented = Some((end, at + line.len() - trimmed.len() + length));
        }
        at += line.len();
    }
    indented
}

/// Where the string that begins at a byte ends; `None` where nothing closes it.
pub(super) fn string_end(text: &str, at: usize, depth: usize) -> Option<usize> {
    if depth > DEEPEST {
        return None;
    }
    let first = text[at..].chars().next()?;
    if let Some(line) = here(&text[at..]) {
        let quote = text[at + 1..].chars().next()?;
        let begin = at + line;
        return here_end(&text[begin..], is_double(quote)).map(|(_, end)| begin + end);
    }
    let double = is_double(first);
    let is_quote = if double { is_double } else { is_single };
    let mut at = at + first.len_utf8();
    while let Some(c) = text[at..].chars().next() {
        let next = at + c.len_utf8();
        let following = text[next..].chars().next();
        at = match c {
            c if is_quote(c) => match following {
                Some(c) if is_quote(c) => next + c.len_utf8(),
                _ => return Some(next),
            },
            '`' if double => next + following.map_or(0, char::len_utf8),
            '$' if double && following == Some('(') => parentheses_end(text, next, depth + 1)?,
            _ => next,
        };
    }
    None
}

/// Where the bracket that begins at a byte is closed.
fn parentheses_end(text: &str, at: usize, depth: usize) -> Option<usize> {
    let (mut at, mut open) = (at, 0_usize);
    while let Some(c) = text[at..].chars().next() {
        let mut next = at + c.len_utf8();
        match c {
            '(' => open += 1,
            ')' => {
                open -= 1;
                if open == 0 {
                    return Some(next);
                }
            }
            '`' => next += text[next..].chars().next().map_or(0, char::len_utf8),
            c if is_double(c) || is_single(c) => next = string_end(text, at, depth)?,
            _ => {}
        }
        at = next;
    }
    None
}
