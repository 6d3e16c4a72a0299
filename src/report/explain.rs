//! A word, a reason, a cause or a step explained, without a case: as text and as JSON.

use std::io::{self, Write};

use serde::Serialize;

use super::Palette;
use crate::assets::{Cause, Finding, FindingParams, Term, cause, findings, glossary, term};
use crate::diagnose::{Entry, Words, entries, rule_words};
use crate::engine::Rule;

/// Writes the explanation of one entry; paragraphs are broken at `width` columns, if given.
pub fn write_entry(out: &mut impl Write, entry: Entry, width: Option<usize>) -> io::Result<()> {
    let mut writer = Writer {
        out,
        width,
        palette: Palette::default(),
    };
    match entry {
        Entry::Term(term) => writer.term(term),
        Entry::Reason(finding) => writer.reason(finding),
        Entry::Cause(cause) => writer.cause(cause),
        Entry::Rule(rule) => writer.rule(rule),
    }
}

/// Writes the list of everything that can be explained, in groups.
pub fn write_entries(out: &mut impl Write, width: Option<usize>) -> io::Result<()> {
    let mut writer = Writer {
        out,
        width,
        palette: Palette::default(),
    };
    for group in glossary() {
        writer.heading(&group.title)?;
        for term in &group.terms {
            writer.item(&term.term, &term.short)?;
        }
        writeln!(writer.out)?;
    }
    for (title, kind) in [
        ("Reasons for a block or a failure", "reason"),
        ("Typical causes", "cause"),
    ] {
        writer.heading(title)?;
        for entry in entries().filter(|entry| entry.kind() == kind) {
            writer.item(entry.id(), entry.title())?;
        }
        writeln!(writer.out)?;
    }
    writer.heading("Steps of the trace")?;
    let steps: Vec<_> = Rule::ALL.iter().map(|rule| rule.id()).collect();
    writer.paragraph(&steps.join(", "), "  ")
}

struct Writer<'a, W> {
    out: &'a mut W,
    palette: Palette,
    width: Option<usize>,
}

impl<W: Write> Writer<'_, W> {
    fn term(&mut self, term: &Term) -> io::Result<()> {
        self.title(&term.term, "a word of the glossary")?;
        self.paragraph(&term.short, "")?;
        writeln!(self.out)?;
        self.paragraph(&term.long, "")?;
        self.section("In the standard's terms", &term.technical)?;
        if !term.aliases.is_empty() {
            self.section("Also called", &term.aliases.join(", "))?;
        }
        let see: Vec<_> = term.see.iter().map(|id| name_of(id)).collect();
        self.section("See also", &see.join(", "))?;
        self.link(&term.link)
    }

    fn reason(&mut self, finding: &Finding) -> io::Result<()> {
        self.title(&finding.title, &format!("the reason {}", finding.id))?;
        let text = finding.render(&FindingParams::default());
        let text = text.map_err(io::Error::other)?;
        self.paragraph(&text.plain, "")?;
        self.section("What to change", &text.remedy)?;
        self.section("In the standard's terms", &text.technical)?;
        if !finding.causes.is_empty() {
            self.section("What typically is behind it", "")?;
            for cause in finding.causes.iter().filter_map(|id| cause(id)) {
                self.item(&cause.id, &cause.title)?;
            }
        }
        writeln!(self.out)?;
        self.link(&finding.spec)?;
        finding.mdn.iter().try_for_each(|link| self.link(link))
    }

    fn cause(&mut self, cause: &Cause) -> io::Result<()> {
        self.title(&cause.title, &format!("the cause {}", cause.id))?;
        let text = cause.render(&FindingParams::default());
        let text = text.map_err(io::Error::other)?;
        self.paragraph(&text.plain, "")?;
        self.section("What to do", &text.remedy)?;
        self.section("In technical terms", &text.technical)?;
        let reasons = reasons_of(cause);
        if !reasons.is_empty() {
            self.section("May be behind", &reasons.join(", "))?;
        }
        Ok(())
    }

    fn rule(&mut self, rule: Rule) -> io::Result<()> {
        self.title(rule.id(), "a step of the trace")?;
        for Words { title, why } in rule_words(rule) {
            self.paragraph(&title, "  ")?;
            let quiet = self.palette.quiet;
            for line in super::text::wrapped(&why, self.width, "    ") {
                writeln!(self.out, "{quiet}{line}{quiet:#}")?;
            }
        }
        self.link(rule.spec())
    }

    fn title(&mut self, title: &str, what: &str) -> io::Result<()> {
        let (strong, quiet) = (self.palette.strong, self.palette.quiet);
        writeln!(
            self.out,
            "{strong}{title}{strong:#}  {quiet}{what}{quiet:#}\n"
        )
    }

    fn heading(&mut self, title: &str) -> io::Result<()> {
        let strong = self.palette.strong;
        writeln!(self.out, "{strong}{title}{strong:#}")
    }

    fn section(&mut self, title: &str, text: &str) -> io::Result<()> {
        writeln!(self.out)?;
        self.heading(title)?;
        match text {
            "" => Ok(()),
            text => self.paragraph(text, ""),
        }
    }

    /// A name, and what it is in a line of its own where both do not fit.
    fn item(&mut self, name: &str, what: &str) -> io::Result<()> {
        let (strong, quiet) = (self.palette.strong, self.palette.quiet);
        writeln!(self.out, "  {strong}{name}{strong:#}")?;
        for line in super::text::wrapped(what, self.width, "    ") {
            writeln!(self.out, "{quiet}{line}{quiet:#}")?;
        }
        Ok(())
    }

    fn paragraph(&mut self, text: &str, indent: &str) -> io::Result<()> {
        for line in super::text::wrapped(text, self.width, indent) {
            writeln!(self.out, "{line}")?;
        }
        Ok(())
    }

    fn link(&mut self, link: &str) -> io::Result<()> {
        let quiet = self.palette.quiet;
        writeln!(self.out, "{quiet}{link}{quiet:#}")
    }
}

fn name_of(id: &str) -> &str {
    term(id).map_or(id, |term| &term.term)
}

fn reasons_of(cause: &Cause) -> Vec<&'static str> {
    let lists = |finding: &&Finding| finding.causes.contains(&cause.id);
    findings()
        .filter(lists)
        .map(|finding| finding.id.as_str())
        .collect()
}

/// One entry as JSON: what it is, and its texts by name.
#[derive(Serialize)]
pub struct EntryJson {
    kind: &'static str,
    id: &'static str,
    title: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    short: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    plain: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    technical: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    remedy: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    cases: Vec<CaseOfRule>,
    /// Related entries: terms of a term, causes of a reason, reasons of a cause.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    see: Vec<&'static str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    links: Vec<&'static str>,
}

#[derive(Serialize)]
struct CaseOfRule {
    title: String,
    why: String,
}

impl EntryJson {
    /// The whole entry.
    ///
    /// # Errors
    ///
    /// Only on a template that the tests did not see.
    pub fn new(entry: Entry) -> io::Result<Self> {
        let mut json = Self::heading(entry);
        let params = FindingParams::default();
        let rendered = match entry {
            Entry::Reason(finding) => Some(finding.render(&params)),
            Entry::Cause(cause) => Some(cause.render(&params)),
            _ => None,
        };
        if let Some(text) = rendered.transpose().map_err(io::Error::other)? {
            json.plain = Some(text.plain);
            json.technical = Some(text.technical);
            json.remedy = Some(text.remedy);
        }
        match entry {
            Entry::Term(term) => {
                json.plain = Some(term.long.clone());
                json.technical = Some(term.technical.clone());
                json.see = term.see.iter().map(String::as_str).collect();
                json.links = vec![&term.link];
            }
            Entry::Reason(finding) => {
                json.see = finding.causes.iter().map(String::as_str).collect();
                json.links = [Some(finding.spec.as_str()), finding.mdn.as_deref()]
                    .into_iter()
                    .flatten()
                    .collect();
            }
            Entry::Cause(cause) => json.see = reasons_of(cause),
            Entry::Rule(rule) => {
                let case = |Words { title, why }| CaseOfRule { title, why };
                json.cases = rule_words(rule).into_iter().map(case).collect();
                json.links = vec![rule.spec()];
            }
        }
        Ok(json)
    }

    /// What it is and how it is called, without its texts.
    pub fn heading(entry: Entry) -> Self {
        Self {
            kind: entry.kind(),
            id: entry.id(),
            title: entry.title(),
            short: match entry {
                Entry::Term(term) => Some(&term.short),
                _ => None,
            },
            plain: None,
            technical: None,
            remedy: None,
            cases: Vec::new(),
            see: Vec::new(),
            links: Vec::new(),
        }
    }
}
