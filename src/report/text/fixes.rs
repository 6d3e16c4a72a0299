//! The way to green, as text: problems behind the first, the fix as a diff, what the page can do instead.

use std::io::{self, Write};

use super::Writer;
use crate::case::Case;
use crate::diagnose::{shown, title};
use crate::engine::{Engine, Provenance, Verdict};
use crate::fix::{
    Fix, FixSide, Problem, describe_problem, diff, fix_words, next_behind, no_fix_words,
};
use crate::session::Edit;
use crate::wire::HttpRequest;

impl<W: Write> Writer<'_, W> {
    /// What a browser would not have sent, after the trace of what it did.
    pub(super) fn look_behind(&mut self, case: &Case) -> io::Result<()> {
        let behind = case.exchanges().skip(case.finished.exchanges.len());
        for (number, exchange) in behind.enumerate() {
            self.exchange(case.finished.exchanges.len() + number, exchange)?;
        }
        Ok(())
    }

    /// How an exchange came about, where it is none of a browser's.
    pub(super) fn provenance(&mut self, provenance: Provenance) -> io::Result<()> {
        let note = match provenance {
            Provenance::Browser => return Ok(()),
            Provenance::Background => "asked in the background, for the next time",
            Provenance::LookBehind => "a browser would not have sent this",
            Provenance::Assumed => "nothing was sent: the answer is assumed",
        };
        let strong = self.palette.strong;
        writeln!(self.out, "  {strong}!{strong:#} {note}")
    }

    /// The problems behind the first.
    pub(super) fn problems(&mut self, case: &Case) -> io::Result<()> {
        let Some((_, behind)) = case.problems.split_first() else {
            return Ok(());
        };
        let strong = self.palette.strong;
        let (unknown, certain): (Vec<_>, Vec<_>) = behind
            .iter()
            .partition(|problem| matches!(problem, Problem::Unasked { .. }));
        match certain.len() {
            0 => {}
            1 => writeln!(self.out, "\n{strong}1 more problem behind it{strong:#}")?,
            more => writeln!(
                self.out,
                "\n{strong}{more} more problems behind it{strong:#}"
            )?,
        }
        for problem in certain {
            let blocked = self.palette.blocked;
            write!(self.out, "  {blocked}✗{blocked:#} ")?;
            let exchange = problem.block().and_then(|block| block.exchange);
            let exchange = exchange.and_then(|at| case.session.exchanges.get(at));
            if let Some(exchange) = exchange {
                let request = &exchange.request;
                write!(
                    self.out,
                    "{} {}: ",
                    request.method,
                    shown(&request.target())
                )?;
            }
            let words = describe_problem(&case.session, problem);
            let id = problem.reason().map(|id| format!(" ({id})"));
            writeln!(self.out, "{words}{}", id.unwrap_or_default())?;
        }
        if !unknown.is_empty() {
            writeln!(self.out)?;
        }
        for problem in unknown {
            let words = describe_problem(&case.session, problem);
            let offer = match next_behind(&case.session) {
                Some(_) => "; --look-behind sends it anyway",
                None => "",
            };
            writeln!(self.out, "{strong}?{strong:#} {words}{offer}")?;
        }
        Ok(())
    }

    /// The fixes, in their order.
    pub(super) fn fixes(&mut self, case: &Case) -> io::Result<()> {
        let strong = self.palette.strong;
        if let Some(id) = case.no_fix {
            writeln!(self.out, "\n{strong}On the server{strong:#}")?;
            self.paragraph(&no_fix_words(&case.session, id))?;
        }
        for fix in &case.fixes {
            let side = match fix.side {
                FixSide::Server => "On the server",
                FixSide::Page => "On the page",
            };
            writeln!(self.out, "\n{strong}{side}{strong:#}")?;
            self.fix(case, fix)?;
        }
        Ok(())
    }

    fn paragraph(&mut self, text: &str) -> io::Result<()> {
        for line in self.wrapped(text, "  ") {
            writeln!(self.out, "{line}")?;
        }
        Ok(())
    }

    fn fix(&mut self, case: &Case, fix: &Fix) -> io::Result<()> {
        let words = fix_words(&case.session, fix);
        self.paragraph(&format!("{}.", words.title))?;
        if !words.detail.is_empty() {
            self.paragraph(&words.detail)?;
        }
        self.diff(case, fix)?;
        if let Some(danger) = &words.dangerous {
            let blocked = self.palette.blocked;
            writeln!(self.out, "  {blocked}DANGEROUS{blocked:#}")?;
            self.paragraph(danger)?;
        }
        self.paragraph(&words.opens)?;
        self.proof(fix)?;
        match &words.then {
            Some(then) => self.paragraph(then),
            None => Ok(()),
        }
    }

    fn diff(&mut self, case: &Case, fix: &Fix) -> io::Result<()> {
        let quiet = self.palette.quiet;
        for answer in diff(&case.session, fix) {
            let never = if answer.assumed {
                ", which was never sent: as far as it does not say so already"
            } else {
                ""
            };
            let (method, url) = (shown(&answer.method), shown(&answer.url));
            writeln!(
                self.out,
                "  {quiet}in the answer to {method} {url}{never}{quiet:#}"
            )?;
            for line in answer.lines {
                let (style, sign) = if line.added {
                    (self.palette.allowed, '+')
                } else {
                    (self.palette.blocked, '-')
                };
                writeln!(self.out, "  {style}{sign} {}{style:#}", shown(&line.text))?;
            }
        }
        Ok(())
    }

    /// What the replay has shown.
    fn proof(&mut self, fix: &Fix) -> io::Result<()> {
        let allowed = self.palette.allowed;
        let engines: Vec<_> = fix.proven_in.iter().copied().map(Engine::title).collect();
        let engines = if fix.is_proven_everywhere() {
            "all three browsers".to_owned()
        } else {
            engines.join(" and ")
        };
        let on_condition = if fix.assumed.is_empty() {
            ""
        } else {
            ", if what was never asked answers so"
        };
        writeln!(
            self.out,
            "  {allowed}✓{allowed:#} with this, replayed: allowed in {engines}{on_condition}"
        )?;
        for (engine, reason) in &fix.still_blocked {
            let blocked = self.palette.blocked;
            let (engine, id) = (engine.title(), reason.id());
            writeln!(
                self.out,
                "  {blocked}✗{blocked:#} {engine} still blocks it by {id}"
            )?;
        }
        Ok(())
    }

    /// What edits have made of a case, before the edited case itself is told.
    pub(super) fn before(&mut self, before: &Case, after: &Case, edits: &[Edit]) -> io::Result<()> {
        self.edits(edits)?;
        let verdict = |case: &Case| {
            let verdict = case.finished.verdict.as_str();
            match &case.finished.verdict {
                Verdict::Blocked(block) => format!("{verdict} by {}", block.reason.id()),
                Verdict::Failed(failure) => format!("{verdict}: {}", failure.kind.id()),
                _ => verdict.to_owned(),
            }
        };
        writeln!(self.out, "  before: {}", verdict(before))?;
        writeln!(self.out, "  after:  {}", verdict(after))?;
        let titles =
            |case: &Case| -> Vec<String> { case.finished.trace.steps.iter().map(title).collect() };
        let (old, new) = (titles(before), titles(after));
        for line in old.iter().filter(|line| !new.contains(line)) {
            let blocked = self.palette.blocked;
            writeln!(self.out, "  {blocked}- {line}{blocked:#}")?;
        }
        for line in new.iter().filter(|line| !old.contains(line)) {
            let allowed = self.palette.allowed;
            writeln!(self.out, "  {allowed}+ {line}{allowed:#}")?;
        }
        writeln!(self.out)
    }

    fn edits(&mut self, edits: &[Edit]) -> io::Result<()> {
        let strong = self.palette.strong;
        writeln!(self.out, "{strong}What if{strong:#}")?;
        for edit in edits {
            writeln!(self.out, "  {}", shown(&edit.to_string()))?;
        }
        writeln!(self.out)
    }

    /// Where edits carry a fetch past what was sent.
    pub(super) fn undecided(&mut self, edits: &[Edit], asks: &HttpRequest) -> io::Result<()> {
        self.edits(edits)?;
        let (method, url) = (shown(&asks.method), shown(asks.url.as_str()));
        self.paragraph(&format!(
            "Not decided: with this the browser would send {method} {url}, which was never sent."
        ))?;
        self.paragraph(
            "Say what it would answer, as in --what-if 'actual: Access-Control-Allow-Origin: *', \
             or send it with --look-behind.",
        )
    }
}
