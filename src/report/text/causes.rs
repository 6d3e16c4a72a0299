//! What typically is behind it, and what the follow-up requests showed, in the text of a case.

use std::io::{self, Write};

use super::{Verbosity, Writer};
use crate::case::Case;
use crate::diagnose::{Investigation, Likelihood, RankedCause, shown};
use crate::engine::Verdict;

/// Causes that are told; the rest is in the JSON.
const MOST_TOLD: usize = 3;

impl<W: Write> Writer<'_, W> {
    pub(super) fn causes(&mut self, case: &Case) -> io::Result<()> {
        let causes = case.causes();
        if let Some((first, rest)) = causes.split_first() {
            self.first_cause(first, case)?;
            let told = match self.verbosity {
                Verbosity::Normal => rest.len().min(MOST_TOLD - 1),
                Verbosity::Verbose => rest.len(),
            };
            for cause in &rest[..told] {
                let told = format!("Also {}: {}.", cause.likelihood.as_str(), cause.because());
                self.quiet(&told)?;
            }
        }
        match &case.investigation {
            Some(investigation) => self.investigation(investigation),
            None => Ok(()),
        }
    }

    fn first_cause(&mut self, cause: &RankedCause, case: &Case) -> io::Result<()> {
        let strong = self.palette.strong;
        let word = match cause.likelihood {
            // Nothing was blocked, so nothing has to be behind it.
            _ if !hides(&case.finished.verdict) => "Worth knowing",
            Likelihood::Likely => "Most likely",
            Likelihood::Possible => "Possibly",
        };
        writeln!(self.out)?;
        for (number, part) in self
            .wrapped(&format!("{word}: {}.", cause.because()), "")
            .iter()
            .enumerate()
        {
            match part.strip_prefix(word) {
                Some(part) if number == 0 => writeln!(self.out, "{strong}{word}{strong:#}{part}")?,
                _ => writeln!(self.out, "{part}")?,
            }
        }
        let Some(text) = cause.text(&case.session, &case.finished) else {
            return Ok(());
        };
        let texts = match self.verbosity {
            Verbosity::Normal => vec![&text.remedy],
            Verbosity::Verbose => vec![&text.plain, &text.technical, &text.remedy],
        };
        for text in texts {
            for part in self.wrapped(text, "  ") {
                writeln!(self.out, "{part}")?;
            }
        }
        Ok(())
    }

    fn investigation(&mut self, investigation: &Investigation) -> io::Result<()> {
        let strong = self.palette.strong;
        let probed = &investigation.probed;
        let told = match probed.len() {
            0 => "No follow-up request would tell more".to_owned(),
            1 => "Investigated with 1 follow-up request, which no browser sends".to_owned(),
            count => {
                format!("Investigated with {count} follow-up requests, which no browser sends")
            }
        };
        writeln!(self.out, "\n{strong}{told}{strong:#}")?;
        for probed in probed {
            let request = &probed.probe.request;
            writeln!(
                self.out,
                "  {} {}  ({})",
                shown(&request.method),
                shown(request.url.as_str()),
                probed.probe.id.id()
            )?;
            for part in self.wrapped(&probed.shows, "    ") {
                let quiet = self.palette.quiet;
                writeln!(self.out, "{quiet}{part}{quiet:#}")?;
            }
        }
        Ok(())
    }

    fn quiet(&mut self, text: &str) -> io::Result<()> {
        let quiet = self.palette.quiet;
        for part in self.wrapped(text, "") {
            writeln!(self.out, "{quiet}{part}{quiet:#}")?;
        }
        Ok(())
    }
}

/// Whether the page gets nothing to read.
fn hides(verdict: &Verdict) -> bool {
    matches!(verdict, Verdict::Blocked(_) | Verdict::Failed(_))
}
