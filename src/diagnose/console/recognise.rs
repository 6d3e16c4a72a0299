//! What a pasted console says: every wording of every engine, found in text that is wrapped, prefixed
//! with files and times, quoted this way or that.
//!
//! Blanks do not count in the search, so that a line may be wrapped anywhere. Each wording is looked
//! for by its longest fixed piece; from there the other pieces follow within reach, without going back,
//! so that the time grows with the text.

use std::collections::HashMap;
use std::ops::Range;

use super::wording::{Piece, Wording, plain, wordings};
use crate::engine::Engine;

/// No hole holds more bytes: the longest URLs that browsers print are shorter.
const LONGEST_HOLE: usize = 4096;

/// The code of the lines that name a request and how it failed.
const NETWORK_LINE: &str = "network line";

/// A longer word before an address is no method.
const LONGEST_METHOD: usize = 20;

/// A console line that was found in a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recognised {
    /// Whose line it is.
    pub engine: Engine,
    /// The reasons that it is printed for; none where it names no cause.
    pub reasons: Vec<&'static str>,
    /// Whether today's version of the engine does not print it so.
    pub older: bool,
    /// The engine's own name for it; empty where it has none.
    pub code: &'static str,
    /// Which versions print it, as far as known; empty for what today's print.
    pub since: &'static str,
    /// The library whose message it is, in whatever browser; empty for a browser's own.
    pub library: &'static str,
    /// What it tells of the case: `url`, `origin`, `header`, `value`, `method`, `status` ...
    pub parameters: Vec<(&'static str, String)>,
    /// Where it stands in the text, in bytes.
    pub span: Range<usize>,
}

impl Recognised {
    /// The first parameter of a name.
    pub fn parameter(&self, name: &str) -> Option<&str> {
        let found = self.parameters.iter().find(|(known, _)| *known == name);
        found.map(|(_, value)| value.as_str())
    }
}

/// Every console line in a text, in its order. Where two wordings share bytes, the one with more fixed
/// text counts; two engines may share a line.
pub fn recognise(text: &str) -> Vec<Recognised> {
    let haystack = Haystack::new(text);
    let mut found: Vec<(usize, Recognised)> = Vec::new();
    let mut anchors: HashMap<&str, Vec<usize>> = HashMap::new();
    for wording in wordings() {
        let Some((at, anchor)) = wording.anchor() else {
            continue;
        };
        let starts = anchors.entry(anchor).or_insert_with(|| {
            let hits = haystack.plain.match_indices(anchor);
            hits.map(|(start, _)| start).collect()
        });
        for start in starts {
            if let Some(line) = haystack.line(wording, at, *start) {
                found.push((wording.weight(), line));
            }
        }
    }
    settle(found)
}

/// The heaviest lines that do not overlap.
fn settle(mut found: Vec<(usize, Recognised)>) -> Vec<Recognised> {
    found.sort_by_key(|(weight, line)| (std::cmp::Reverse(*weight), line.span.start));
    // Accepted lines by where they begin; they never overlap but where they are the same.
    let mut taken: std::collections::BTreeMap<usize, usize> = Default::default();
    let mut lines: Vec<Recognised> = Vec::new();
    for (_, line) in found {
        let before = taken.range(..line.span.end).next_back();
        match before {
            Some((start, end)) if *end > line.span.start => {
                let same = (*start..*end) == line.span;
                let known = |one: &Recognised| one.span == line.span && one.engine == line.engine;
                if !same || lines.iter().any(known) {
                    continue;
                }
            }
            _ => {
                taken.insert(line.span.start, line.span.end);
            }
        }
        lines.push(line);
    }
    lines.sort_by_key(|line| line.span.start);
    lines
}

/// A text without blanks, and the way back to it.
struct Haystack<'a> {
    text: &'a str,
    plain: String,
    /// For each byte of `plain` the byte of `text` that it comes from.
    origins: Vec<usize>,
}

impl<'a> Haystack<'a> {
    fn new(text: &'a str) -> Self {
        let mut plain_text = String::with_capacity(text.len());
        let mut origins = Vec::with_capacity(text.len() + 1);
        for (at, c) in text.char_indices() {
            if let Some(c) = plain(c) {
                plain_text.push(c);
                origins.resize(plain_text.len(), at);
            }
        }
        Self {
            text,
            plain: plain_text,
            origins,
        }
    }

    /// The line of a wording whose piece `at` begins at `start`.
    fn line(&self, wording: &'static Wording, at: usize, start: usize) -> Option<Recognised> {
        let mut holes = Vec::new();
        let begin = self.backwards(&wording.pieces[..at], start, &mut holes)?;
        holes.reverse();
        let end = self.forwards(&wording.pieces[at..], start, &mut holes)?;
        let mut parameters: Vec<_> = holes
            .into_iter()
            .map(|(name, hole)| (name, self.told(name, hole)))
            .collect();
        if wording.code == NETWORK_LINE {
            parameters.extend(self.around(self.back(begin), self.end(end)));
        }
        Some(Recognised {
            engine: wording.engine,
            reasons: wording.reasons.clone(),
            older: wording.older,
            code: wording.code,
            since: wording.since,
            library: wording.library,
            parameters,
            span: self.back(begin)..self.end(end),
        })
    }

    /// What Chromium prints before and behind a network line: the method, and the status of an answer that was
    /// withheld. `PUT https://… net::ERR_FAILED 403 (Forbidden)`.
    fn around(&self, begin: usize, end: usize) -> Vec<(&'static str, String)> {
        let before = self.text[..begin].split_whitespace().next_back();
        let is_method = |word: &&str| {
            let letters = word
                .bytes()
                .all(|byte| byte.is_ascii_uppercase() || byte == b'-');
            letters && (3..=LONGEST_METHOD).contains(&word.len())
        };
        let after = self.text[end..].split_whitespace().next();
        let is_status = |word: &&str| word.len() == 3 && word.parse::<u16>().is_ok();
        let method = before.filter(is_method).map(|word| ("method", word));
        let status = after.filter(is_status).map(|word| ("status", word));
        let found = method.into_iter().chain(status);
        found.map(|(name, word)| (name, word.to_owned())).collect()
    }

    /// Matches pieces that end at `end`; where they begin.
    fn backwards(
        &self,
        pieces: &'static [Piece],
        mut end: usize,
        holes: &mut Vec<(&'static str, Range<usize>)>,
    ) -> Option<usize> {
        let mut open: Option<&'static str> = None;
        for piece in pieces.iter().rev() {
            match piece {
                Piece::Hole(name) => open = Some(name),
                Piece::Text(text) => {
                    let start = match open.take() {
                        None => self.plain[..end]
                            .ends_with(text.as_str())
                            .then(|| end - text.len())?,
                        Some(name) => {
                            let from = self.boundary(end.saturating_sub(LONGEST_HOLE + text.len()));
                            let start = from + self.plain[from..end].rfind(text.as_str())?;
                            holes.push((name, start + text.len()..end));
                            start
                        }
                    };
                    end = start;
                }
            }
        }
        if let Some(name) = open {
            let start = self.word_before(end)?;
            holes.push((name, start..end));
            end = start;
        }
        Some(end)
    }

    /// Matches pieces that begin at `start`; where they end.
    fn forwards(
        &self,
        pieces: &'static [Piece],
        mut start: usize,
        holes: &mut Vec<(&'static str, Range<usize>)>,
    ) -> Option<usize> {
        let mut open: Option<&'static str> = None;
        for piece in pieces {
            match piece {
                Piece::Hole(name) => open = Some(name),
                Piece::Text(text) => {
                    let at = match open.take() {
                        None => self.plain[start..]
                            .starts_with(text.as_str())
                            .then_some(start)?,
                        Some(name) => {
                            let most = start + LONGEST_HOLE + text.len();
                            let to = self.boundary(most.min(self.plain.len()));
                            let at = start + self.plain[start..to].find(text.as_str())?;
                            holes.push((name, start..at));
                            at
                        }
                    };
                    start = at + text.len();
                }
            }
        }
        if let Some(name) = open {
            let end = self.rest_of_line(name, start);
            holes.push((name, start..end));
            start = end;
        }
        Some(start)
    }

    /// Where the word begins that ends before `end`.
    fn word_before(&self, end: usize) -> Option<usize> {
        let mut start = end;
        while start > 0 && end - start < LONGEST_HOLE && (start == end || self.joined(start)) {
            start -= 1;
        }
        let start = self.boundary(start);
        (start < end).then_some(start)
    }

    /// Where a last hole ends: with the word for an address, else with the line.
    fn rest_of_line(&self, name: &str, start: usize) -> usize {
        let from = self.back(start);
        let rest = &self.text[from..];
        let ends = |c: char| match name {
            "url" | "page" | "link" | "status" => c.is_whitespace(),
            _ => matches!(c, '\n' | '\r'),
        };
        let length = rest.find(ends).unwrap_or(rest.len()).min(LONGEST_HOLE);
        start + self.origins[start..].partition_point(|origin| *origin < from + length)
    }

    /// Whether the character at `at` stands right after the one before it.
    fn joined(&self, at: usize) -> bool {
        match (self.origins.get(at), self.origins.get(at - 1)) {
            (Some(here), Some(before)) => !self.text[*before..*here].contains(char::is_whitespace),
            _ => true,
        }
    }

    /// The nearest place at or before `at` that does not cut a character.
    fn boundary(&self, mut at: usize) -> usize {
        while !self.plain.is_char_boundary(at) {
            at -= 1;
        }
        at
    }

    /// The byte of the text that a place in the search comes from.
    fn back(&self, at: usize) -> usize {
        self.origins.get(at).copied().unwrap_or(self.text.len())
    }

    /// The byte of the text after the last character before a place.
    fn end(&self, at: usize) -> usize {
        let last = at.checked_sub(1).and_then(|last| self.origins.get(last));
        last.map_or(0, |last| {
            let width = self.text[*last..].chars().next().map_or(0, char::len_utf8);
            last + width
        })
    }

    /// What a hole holds: an address without the breaks of a wrapped line, other text with single
    /// blanks.
    fn told(&self, name: &str, hole: Range<usize>) -> String {
        if hole.is_empty() {
            return String::new();
        }
        let words = self.text[self.back(hole.start)..self.end(hole.end)].split_whitespace();
        let words: Vec<_> = words.collect();
        match name {
            "url" | "first_url" | "origin" | "page" | "location" => words.concat(),
            _ => words.join(" "),
        }
    }
}

#[cfg(test)]
mod tests;
