//! A case as text for a person at a terminal.

mod causes;

use std::io::{self, Write};

use anstyle::{AnsiColor, Style};

use super::page::page_line;
use crate::case::Case;
use crate::diagnose::{
    Explanation, Label, NOT_MODELLED, agreement, among, console, explain, parting_told, shown,
    title, words,
};
use crate::engine::{Api, Exchange, ExchangeKind, FetchRequest, StepOutcome, TraceStep};
use crate::session::{Edit, Missing};
use crate::wire::{HeaderList, HttpRequest, Reply, Timing, latin1};

mod fixes;
mod hidden;

/// Styles by meaning. Plain text where the output takes no colour: whoever writes strips them.
#[derive(Clone, Copy, Debug)]
pub struct Palette {
    blocked: Style,
    allowed: Style,
    pub(super) quiet: Style,
    pub(super) strong: Style,
}

impl Default for Palette {
    fn default() -> Self {
        let bold = Style::new().bold();
        Self {
            blocked: bold.fg_color(Some(AnsiColor::Red.into())),
            allowed: bold.fg_color(Some(AnsiColor::Green.into())),
            quiet: Style::new().dimmed(),
            strong: bold,
        }
    }
}

/// How much is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verbosity {
    /// Verdict, steps, the cause explained.
    Normal,
    /// Also the reasons of every step and the raw head of every exchange.
    Verbose,
}

/// Writes the trace of a case; paragraphs are broken at `width` columns, if given.
pub fn write_text(
    out: &mut impl Write,
    case: &Case,
    verbosity: Verbosity,
    width: Option<usize>,
) -> io::Result<()> {
    Writer {
        out,
        width,
        palette: Palette::default(),
        verbosity,
    }
    .case(case)
}

/// Writes what edits have made of a case: what changed, then the edited case as [`write_text`] does.
pub fn write_what_if(
    out: &mut impl Write,
    before: &Case,
    after: &Case,
    edits: &[Edit],
    verbosity: Verbosity,
    width: Option<usize>,
) -> io::Result<()> {
    let mut writer = Writer {
        out,
        width,
        palette: Palette::default(),
        verbosity,
    };
    writer.before(before, after, edits)?;
    writer.case(after)
}

/// Writes that edits carry a fetch on to a request that was never sent.
pub fn write_undecided(
    out: &mut impl Write,
    edits: &[Edit],
    asks: &HttpRequest,
    width: Option<usize>,
) -> io::Result<()> {
    Writer {
        out,
        width,
        palette: Palette::default(),
        verbosity: Verbosity::Normal,
    }
    .undecided(edits, asks)
}

struct Writer<'a, W> {
    out: &'a mut W,
    palette: Palette,
    verbosity: Verbosity,
    width: Option<usize>,
}

/// What the page asks, and how, if not by fetch(); the method where it had one to choose.
pub(super) fn asked(request: &FetchRequest) -> String {
    let (method, url, api) = (shown(&request.method), shown(&request.url), request.api);
    match api {
        Api::Fetch => format!("{method} {url}"),
        Api::Xhr | Api::Form => format!("{method} {url} ({})", api.as_str()),
        _ => format!("{url} ({})", api.as_str()),
    }
}

impl<W: Write> Writer<'_, W> {
    fn case(&mut self, case: &Case) -> io::Result<()> {
        let explanation = explain(&case.session, &case.finished);
        self.verdict(case, explanation.as_ref())?;
        self.steps(case)?;
        self.look_behind(case)?;
        if let Some(explanation) = &explanation {
            self.explanation(case, explanation)?;
        }
        self.problems(case)?;
        self.fixes(case)?;
        self.causes(case)?;
        self.console(case)?;
        self.other_engines(case)?;
        self.not_modelled()
    }

    fn verdict(&mut self, case: &Case, explanation: Option<&Explanation>) -> io::Result<()> {
        let session = &case.session;
        let groups = agreement(session.engine(), &case.finished, &case.others);
        for (index, (label, engines)) in groups.iter().enumerate() {
            let style = self.style(*label);
            let (word, engines) = (label.as_str(), among(engines));
            if index > 0 {
                writeln!(self.out)?;
            }
            write!(self.out, "{style}{word}{style:#} {engines}")?;
            if let (0, Some(explanation)) = (index, explanation) {
                write!(self.out, ": {} ({})", explanation.title, explanation.id)?;
            }
        }
        let quiet = self.palette.quiet;
        writeln!(
            self.out,
            "\n{quiet}page {} asks {}{quiet:#}",
            session.page.origin,
            asked(&session.request),
        )?;
        if let Some(line) = page_line(session) {
            writeln!(self.out, "{quiet}{line}{quiet:#}")?;
        }
        writeln!(self.out)
    }

    fn steps(&mut self, case: &Case) -> io::Result<()> {
        let cause = case.cause().map(|(index, _)| index);
        let mut told = 0;
        for (index, step) in case.finished.trace.steps.iter().enumerate() {
            if let Some(exchange) = step.exchange {
                while told <= exchange && told < case.finished.exchanges.len() {
                    self.exchange(told, &case.finished.exchanges[told])?;
                    told += 1;
                }
            }
            self.step(step, cause == Some(index))?;
        }
        let preflight_only = case
            .finished
            .exchanges
            .last()
            .is_some_and(|last| last.kind == ExchangeKind::Preflight);
        if preflight_only && cause.is_some() {
            let quiet = self.palette.quiet;
            writeln!(
                self.out,
                "{quiet}{} never sent{quiet:#}",
                shown(&case.session.request.method)
            )?;
        }
        Ok(())
    }

    fn exchange(&mut self, number: usize, exchange: &Exchange) -> io::Result<()> {
        let strong = self.palette.strong;
        let request = &exchange.request;
        if number > 0 || self.verbosity == Verbosity::Verbose {
            writeln!(self.out)?;
        }
        write!(
            self.out,
            "{strong}{} {}://{}{}{strong:#}",
            request.method,
            request.url.scheme(),
            request.authority(),
            request.target(),
        )?;
        match &exchange.answer {
            Ok(reply) => {
                let total = reply
                    .timing
                    .total
                    .map(|ms| format!("  {ms:.1} ms"))
                    .unwrap_or_default();
                let source = if exchange.from_cache {
                    "  from the HTTP cache"
                } else {
                    ""
                };
                writeln!(self.out, "  {}{source}{total}", reply.status)?;
            }
            Err(failure) => writeln!(self.out, "  {}", failure.kind.id())?,
        }
        self.provenance(exchange.provenance)?;
        if self.verbosity == Verbosity::Verbose {
            self.heads(exchange)?;
        }
        match &exchange.answer {
            Ok(reply) => self.body(reply),
            Err(_) => Ok(()),
        }
    }

    fn heads(&mut self, exchange: &Exchange) -> io::Result<()> {
        let quiet = self.palette.quiet;
        let authority = exchange.request.authority();
        writeln!(self.out, "  {quiet}>{quiet:#} Host: {authority}")?;
        self.lines(">", &exchange.request.headers)?;
        let Ok(reply) = &exchange.answer else {
            return Ok(());
        };
        let reason = shown(&latin1(&reply.reason));
        writeln!(
            self.out,
            "  {quiet}<{quiet:#} HTTP/{} {} {reason}",
            reply.version.as_str(),
            reply.status
        )?;
        self.lines("<", &reply.headers)?;
        self.timing(reply.timing)
    }

    /// Where the body was not read to its end, that is always said.
    fn body(&mut self, reply: &Reply) -> io::Result<()> {
        let cut = reply.body.truncated || reply.body.error.is_some();
        if !cut && self.verbosity == Verbosity::Normal {
            return Ok(());
        }
        let quiet = self.palette.quiet;
        let size = reply.body.bytes.len();
        let why = match &reply.body.error {
            Some(error) => format!("; {}", shown(error)),
            None if reply.body.truncated => " and more, not read".to_owned(),
            None => String::new(),
        };
        writeln!(self.out, "  {quiet}body: {size} bytes{why}{quiet:#}")
    }

    fn timing(&mut self, timing: Timing) -> io::Result<()> {
        let phases: Vec<String> = [
            ("name look-up", timing.name_lookup),
            ("connect", timing.connect),
            ("TLS", timing.tls),
            ("first byte", timing.first_byte),
            ("total", timing.total),
        ]
        .into_iter()
        .filter_map(|(name, ms)| ms.map(|ms| format!("{name} {ms:.1} ms")))
        .collect();
        let quiet = self.palette.quiet;
        writeln!(self.out, "  {quiet}{}{quiet:#}", phases.join(", "))
    }

    fn lines(&mut self, sign: &str, headers: &HeaderList) -> io::Result<()> {
        let quiet = self.palette.quiet;
        for header in headers {
            let (name, value) = (shown(&header.name), shown(&latin1(&header.value)));
            writeln!(self.out, "  {quiet}{sign}{quiet:#} {name}: {value}")?;
        }
        Ok(())
    }

    fn step(&mut self, step: &TraceStep, cause: bool) -> io::Result<()> {
        let (style, sign) = match step.outcome {
            StepOutcome::Pass => (self.palette.allowed, "✓"),
            StepOutcome::Fail => (self.palette.blocked, "✗"),
            StepOutcome::Info => (self.palette.quiet, "·"),
            StepOutcome::NotModelled => (self.palette.strong, "?"),
        };
        write!(self.out, "  {style}{sign}{style:#} {}", title(step))?;
        if cause {
            let blocked = self.palette.blocked;
            write!(self.out, "  {blocked}◀ the cause{blocked:#}")?;
        }
        writeln!(self.out)?;
        if cause || self.verbosity == Verbosity::Verbose {
            let quiet = self.palette.quiet;
            for line in self.wrapped(&words(step).why, "    ") {
                writeln!(self.out, "{quiet}{line}{quiet:#}")?;
            }
        }
        Ok(())
    }

    fn explanation(&mut self, case: &Case, explanation: &Explanation) -> io::Result<()> {
        let strong = self.palette.strong;
        let text = &explanation.text;
        writeln!(self.out)?;
        for line in self.wrapped(&text.plain, "") {
            writeln!(self.out, "{line}")?;
        }
        self.hidden_error(case)?;
        writeln!(self.out, "\n{strong}What to change{strong:#}")?;
        for line in self.wrapped(&text.remedy, "") {
            writeln!(self.out, "{line}")?;
        }
        let quiet = self.palette.quiet;
        writeln!(self.out, "{quiet}{}{quiet:#}", explanation.spec)
    }

    /// The browser's own lines, so that whoever has seen them recognises the case.
    fn console(&mut self, case: &Case) -> io::Result<()> {
        let engine = case.session.engine();
        let lines = console(engine, &case.session, &case.finished);
        if lines.is_empty() {
            return Ok(());
        }
        let strong = self.palette.strong;
        writeln!(
            self.out,
            "\n{strong}What the console of {} says{strong:#}",
            engine.title()
        )?;
        for line in lines {
            for part in self.wrapped(&shown_with_quotes(line.text.trim_end()), "  ") {
                writeln!(self.out, "{part}")?;
            }
        }
        Ok(())
    }

    fn indented(&mut self, paragraph: &str, indent: &str) -> io::Result<()> {
        for line in self.wrapped(paragraph, indent) {
            writeln!(self.out, "{line}")?;
        }
        Ok(())
    }

    /// What no step speaks of, because corscope never looks at it.
    fn not_modelled(&mut self) -> io::Result<()> {
        if self.verbosity == Verbosity::Normal {
            return Ok(());
        }
        let strong = self.palette.strong;
        writeln!(self.out, "\n{strong}What is not looked at{strong:#}")?;
        for line in self.wrapped(NOT_MODELLED, "") {
            writeln!(self.out, "{line}")?;
        }
        Ok(())
    }

    fn wrapped(&self, paragraph: &str, indent: &str) -> Vec<String> {
        wrapped(paragraph, self.width, indent)
    }

    fn style(&self, label: Label) -> Style {
        match label {
            Label::Allowed | Label::Opaque => self.palette.allowed,
            Label::Blocked | Label::Failed => self.palette.blocked,
            Label::Depends | Label::AsksElse => self.palette.strong,
        }
    }

    /// Who parts from the engine of the live run, and by which rule.
    fn other_engines(&mut self, case: &Case) -> io::Result<()> {
        let parting = || case.others.iter().filter(|opinion| opinion.parts);
        if parting().next().is_none() {
            return Ok(());
        }
        let strong = self.palette.strong;
        writeln!(self.out, "\n{strong}Where engines part{strong:#}")?;
        for told in parting_told(&case.session, &case.finished, &case.others) {
            self.indented(&told.end, "  ")?;
            for (sentence, source) in told.rules {
                self.indented(&sentence, "    ")?;
                if let Some(source) = source {
                    let quiet = self.palette.quiet;
                    writeln!(self.out, "    {quiet}{source}{quiet:#}")?;
                }
            }
            for sentence in told.rests_on {
                self.indented(&sentence, "    ")?;
            }
        }
        if parting().any(|opinion| matches!(opinion.missing, Some(Missing::Answer(..)))) {
            let quiet = self.palette.quiet;
            let hint = "With --engine all, each engine asks the network what it would ask.";
            writeln!(self.out, "{quiet}{hint}{quiet:#}")?;
        }
        Ok(())
    }
}

/// A paragraph in lines of `width` columns, or in one.
pub(super) fn wrapped(paragraph: &str, width: Option<usize>, indent: &str) -> Vec<String> {
    match width {
        None => vec![format!("{indent}{paragraph}")],
        Some(width) => {
            let options = textwrap::Options::new(width.max(20))
                .initial_indent(indent)
                .subsequent_indent(indent)
                .break_words(false);
            textwrap::wrap(paragraph, options)
                .into_iter()
                .map(|line| line.into_owned())
                .collect()
        }
    }
}

/// As [`shown`], with the quotation marks of Firefox kept.
pub(super) fn shown_with_quotes(text: &str) -> String {
    text.chars()
        .map(|c| match c {
            '‘' | '’' | '“' | '”' => c.to_string(),
            c => shown(c.encode_utf8(&mut [0; 4])),
        })
        .collect()
}
