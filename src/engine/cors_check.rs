//! The CORS check: may this response be shared with this origin?
//!
//! Source: <https://fetch.spec.whatwg.org/#concept-cors-check>.

use url::Url;

use super::block::{Block, BlockReason, Phase};
use super::request::Credentials;
use super::trace::{Evidence, Rule, Span, StepOutcome, Trace};
use crate::wire::HeaderList;

const ALLOW_ORIGIN: &str = "access-control-allow-origin";
const ALLOW_CREDENTIALS: &str = "access-control-allow-credentials";

/// What the check compares with.
pub(super) struct CorsCheck<'a> {
    /// The serialised request origin, `null` where tainted.
    pub(super) origin: &'a str,
    /// The credentials mode of the real request, also when a preflight is checked.
    pub(super) credentials: Credentials,
    /// The exchange that is checked.
    pub(super) exchange: usize,
    /// Whether empty lines of `Access-Control-Allow-Credentials` vanish.
    pub(super) empty_lines_vanish: bool,
    /// Preflight, redirect or actual.
    pub(super) phase: Phase,
    /// The status, told where the header is missing.
    pub(super) status: u16,
}

impl CorsCheck<'_> {
    /// Runs the check over the headers of a response.
    pub(super) fn run(&self, headers: &HeaderList, trace: &mut Trace) -> Result<(), Box<Block>> {
        self.allow_origin(headers, trace)?;
        if self.credentials == Credentials::Include {
            self.allow_credentials(headers, trace)?;
        }
        Ok(())
    }

    fn allow_origin(&self, headers: &HeaderList, trace: &mut Trace) -> Result<(), Box<Block>> {
        let value = headers.get(ALLOW_ORIGIN);
        let (case, reason, span) = match value.as_deref() {
            None => (
                "missing",
                Some(self.by_phase(BlockReason::AllowOriginMissing)),
                None,
            ),
            Some(b"*") if self.credentials != Credentials::Include => ("wildcard", None, None),
            Some(value) if value == self.origin.as_bytes() => ("match", None, None),
            Some(b"*") => (
                "wildcard-credentials",
                Some(self.by_phase(BlockReason::WildcardWithCredentials)),
                Some((0, 1)),
            ),
            Some(value) => {
                let (case, reason, span) = mismatch(headers, value, self.origin);
                (case, Some(self.by_phase(reason)), Some(span))
            }
        };
        let outcome = StepOutcome::passed(reason.is_none());
        let lines = headers.lines(ALLOW_ORIGIN).count();
        let step = trace
            .push(Rule::AllowOrigin, outcome, Some(self.exchange))
            .with("case", case)
            .with("origin", self.origin.to_owned())
            .with("expected", self.origin.to_owned())
            .with("credentials", self.credentials.as_str())
            .with("status", self.status.to_string())
            .with("lines", lines.to_string())
            .evidence(Evidence::response(ALLOW_ORIGIN, value).at(span));
        match reason {
            Some(reason) => Err(step.block(reason, self.phase)),
            None => Ok(()),
        }
    }

    fn allow_credentials(&self, headers: &HeaderList, trace: &mut Trace) -> Result<(), Box<Block>> {
        let value = if self.empty_lines_vanish {
            headers.get_filled(ALLOW_CREDENTIALS)
        } else {
            headers.get(ALLOW_CREDENTIALS)
        };
        let passed = value.as_deref() == Some(b"true");
        let span = value.as_ref().map(|value| (0, value.len()));
        let step = trace
            .push(
                Rule::AllowCredentials,
                StepOutcome::passed(passed),
                Some(self.exchange),
            )
            .with(
                "case",
                if passed {
                    "match"
                } else if value.is_some() {
                    "other"
                } else {
                    "missing"
                },
            )
            .with("expected", "true")
            .evidence(Evidence::response(ALLOW_CREDENTIALS, value).at(span));
        if passed {
            return Ok(());
        }
        Err(step.block(
            self.by_phase(BlockReason::AllowCredentialsNotTrue),
            self.phase,
        ))
    }

    /// The reason's twin for preflights.
    fn by_phase(&self, reason: BlockReason) -> BlockReason {
        if self.phase != Phase::Preflight {
            return reason;
        }
        match reason {
            BlockReason::AllowOriginMissing => BlockReason::PreflightAllowOriginMissing,
            BlockReason::AllowOriginMismatch => BlockReason::PreflightAllowOriginMismatch,
            BlockReason::AllowOriginMultiple => BlockReason::PreflightAllowOriginMultiple,
            BlockReason::AllowOriginInvalid => BlockReason::PreflightAllowOriginInvalid,
            BlockReason::WildcardWithCredentials => BlockReason::PreflightWildcardWithCredentials,
            BlockReason::AllowCredentialsNotTrue => BlockReason::PreflightAllowCredentialsNotTrue,
            other => other,
        }
    }
}

/// Which kind of mismatch it is, and the bytes at fault. The Standard only compares; the kinds are
/// those that Chromium words apart (`services/network/public/cpp/cors/cors.cc`).
fn mismatch(headers: &HeaderList, value: &[u8], origin: &str) -> (&'static str, BlockReason, Span) {
    let several = value.iter().position(|byte| b", ".contains(byte));
    if headers.lines(ALLOW_ORIGIN).count() > 1 || several.is_some() {
        return (
            "multiple",
            BlockReason::AllowOriginMultiple,
            (several.unwrap_or(0), value.len()),
        );
    }
    let text = std::str::from_utf8(value).ok();
    if text.is_none_or(|text| text != "null" && Url::parse(text).is_err()) {
        return ("invalid", BlockReason::AllowOriginInvalid, (0, value.len()));
    }
    (
        "mismatch",
        BlockReason::AllowOriginMismatch,
        differing(value, origin.as_bytes()),
    )
}

/// The part of `value` that is not in `expected`: between the common head and the common tail.
fn differing(value: &[u8], expected: &[u8]) -> Span {
    let head = value
        .iter()
        .zip(expected)
        .take_while(|(a, b)| a == b)
        .count();
    let room = value.len().min(expected.len()) - head;
    let tail = value
        .iter()
        .rev()
        .zip(expected.iter().rev())
        .take(room)
        .take_while(|(a, b)| a == b)
        .count();
    let end = value.len() - tail;
    if head < end {
        (head, end)
    } else {
        (head.saturating_sub(1), (head + 1).min(value.len()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ORIGIN: &str = "https://app.example";

    fn check(
        lines: &[(&str, &str)],
        credentials: Credentials,
    ) -> Result<(), (&'static str, Option<Span>)> {
        let headers: HeaderList = lines
            .iter()
            .map(|(name, value)| (*name, crate::wire::latin1_bytes(value).unwrap()))
            .collect();
        CorsCheck {
            origin: ORIGIN,
            credentials,
            empty_lines_vanish: false,
            exchange: 0,
            phase: Phase::Actual,
            status: 200,
        }
        .run(&headers, &mut Trace::default())
        .map_err(|block| (block.reason.id(), block.span))
    }

    #[test]
    fn allow_origin() {
        let acao = "Access-Control-Allow-Origin";
        let cases: &[(&[&str], Result<(), &str>)] = &[
            (&[], Err("allow-origin-missing")),
            (&["*"], Ok(())),
            (&[" \thttps://app.example "], Ok(())),
            (&["https://APP.example"], Err("allow-origin-mismatch")),
            (&["https://app.example/"], Err("allow-origin-mismatch")),
            (&["https://app.example:443"], Err("allow-origin-mismatch")),
            (&["null"], Err("allow-origin-mismatch")),
            (&["Null"], Err("allow-origin-invalid")),
            (&[""], Err("allow-origin-invalid")),
            (&["*.example"], Err("allow-origin-invalid")),
            (
                &["https://app.example", "https://app.example"],
                Err("allow-origin-multiple"),
            ),
            (&["*", ""], Err("allow-origin-multiple")),
            (
                &["https://a.example https://app.example"],
                Err("allow-origin-multiple"),
            ),
            (&["\u{a0}https://app.example"], Err("allow-origin-invalid")),
        ];
        for (values, expected) in cases {
            let lines: Vec<_> = values.iter().map(|value| (acao, *value)).collect();
            assert_eq!(
                check(&lines, Credentials::SameOrigin).map_err(|(id, _)| id),
                *expected,
                "{values:?}"
            );
        }
    }

    #[test]
    fn credentials() {
        let acao = ("access-control-allow-origin", ORIGIN);
        for (value, expected) in [
            (None, Err("allow-credentials-not-true")),
            (Some("true"), Ok(())),
            (Some(" true "), Ok(())),
            (Some("True"), Err("allow-credentials-not-true")),
            (Some("true, true"), Err("allow-credentials-not-true")),
            (Some(""), Err("allow-credentials-not-true")),
        ] {
            let mut lines = vec![acao];
            lines.extend(value.map(|value| ("access-control-allow-credentials", value)));
            assert_eq!(
                check(&lines, Credentials::Include).map_err(|(id, _)| id),
                expected,
                "{value:?}"
            );
            assert_eq!(check(&lines, Credentials::SameOrigin), Ok(()));
        }
        let wildcard = [
            ("access-control-allow-origin", "*"),
            ("access-control-allow-credentials", "true"),
        ];
        assert_eq!(
            check(&wildcard, Credentials::Include).map_err(|(id, _)| id),
            Err("wildcard-with-credentials")
        );
    }

    #[test]
    fn the_differing_bytes_are_marked() {
        for (value, span) in [
            ("https://app.example/", (19, 20)),
            ("https://apq.example", (10, 11)),
            ("https://www.app.example", (8, 12)),
            ("https://ap.example", (9, 11)),
        ] {
            assert_eq!(
                differing(value.as_bytes(), ORIGIN.as_bytes()),
                span,
                "{value}"
            );
        }
    }
}
