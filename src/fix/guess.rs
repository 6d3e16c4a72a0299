//! Which stack answered: a guess from what it left in its responses, with the evidence named.

use crate::assets::{Signature, recipes};
use crate::diagnose::shown;
use crate::session::Session;
use crate::wire::{Reply, latin1};

/// A stack that may have answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Guess {
    /// The id of its recipe.
    pub id: &'static str,
    /// What suggests it, safe to show.
    pub evidence: Vec<String>,
    /// The sum of what the evidence tells.
    weight: u32,
}

/// The stacks that the replies of a session suggest, the likeliest first.
pub fn guess(session: &Session) -> Vec<Guess> {
    let answers = session.exchanges.iter().map(|exchange| &exchange.answer);
    let replies: Vec<_> = answers.filter_map(|answer| answer.as_ref().ok()).collect();
    guess_from(&replies)
}

/// As [`guess`], from the replies alone.
pub fn guess_from(replies: &[&Reply]) -> Vec<Guess> {
    let mut guesses: Vec<_> = recipes()
        .filter_map(|recipe| {
            let (mut evidence, mut weight) = (Vec::new(), 0);
            for signature in &recipe.signatures {
                let seen = replies.iter().find_map(|reply| seen(signature, reply));
                if let Some(seen) = seen {
                    weight += u32::from(signature.weight);
                    evidence.push(seen);
                }
            }
            (!evidence.is_empty()).then_some(Guess {
                id: &recipe.id,
                evidence,
                weight,
            })
        })
        .collect();
    guesses.sort_by_key(|guess| std::cmp::Reverse(guess.weight));
    guesses
}

/// What of a signature a reply shows, if all of it.
fn seen(signature: &Signature, reply: &Reply) -> Option<String> {
    let mut parts = Vec::new();
    if let Some(status) = signature.status {
        (reply.status == status).then(|| parts.push(format!("status {status}")))?;
    }
    if let Some(name) = &signature.header {
        let value = reply.headers.get_text(name)?;
        let wanted = signature.contains.as_deref().unwrap_or_default();
        let found = value
            .to_ascii_lowercase()
            .contains(&wanted.to_ascii_lowercase());
        found.then(|| parts.push(format!("{name}: {}", shown(&value))))?;
    }
    if let Some(text) = &signature.body {
        let body = latin1(reply.body.readable());
        body.contains(text.as_str())
            .then(|| parts.push(format!("`{text}` in the body")))?;
    }
    (!parts.is_empty()).then(|| parts.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::Body;

    fn reply(headers: &[(&str, &str)], status: u16, body: &str) -> Reply {
        Reply {
            status,
            headers: headers.iter().copied().collect(),
            body: Body::plain(body),
            ..Reply::default()
        }
    }

    #[test]
    fn the_part_that_decides_comes_before_the_proxy_in_front() {
        let headers = [("Server", "nginx/1.22.1"), ("X-Powered-By", "Express")];
        let guesses = guess_from(&[&reply(&headers, 200, "")]);
        let ids: Vec<_> = guesses.iter().map(|guess| guess.id).collect();
        assert_eq!(ids[..2], ["express", "nginx"]);
        assert_eq!(guesses[0].evidence, ["x-powered-by: Express"]);
        assert_eq!(guesses[1].evidence, ["server: nginx/1.22.1"]);
    }

    #[test]
    fn a_body_that_only_one_stack_writes_tells_most() {
        let refused = reply(&[("server", "uvicorn")], 400, "Disallowed CORS origin");
        let guesses = guess_from(&[&refused]);
        assert_eq!(guesses[0].id, "fastapi");
        assert_eq!(guesses[0].evidence.len(), 2);
        // The status is part of the signature.
        let page = reply(&[], 200, "Disallowed CORS origin");
        assert!(guess_from(&[&page]).is_empty());
    }

    #[test]
    fn evidence_is_safe_to_show() {
        let guesses = guess_from(&[&reply(&[("Server", "nginx\u{1b}[31m")], 200, "")]);
        assert_eq!(guesses[0].evidence, [r"server: nginx\u{1b}[31m"]);
    }

    #[test]
    fn no_evidence_no_guess() {
        assert!(guess_from(&[&reply(&[("server", "Apollo 13")], 200, "hello")]).is_empty());
        assert!(guess_from(&[]).is_empty());
    }
}
