//! A run as it is kept, and as it is listed.

use std::borrow::Cow;

use crate::engine::{Finished, Verdict};
use crate::session::{SavedError, Session, redacted, write_saved};
use crate::wire::Body;

/// What becomes of credentials and other secrets.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Secrets {
    /// They are not written.
    #[default]
    Redacted,
    /// They are written as they are.
    Kept,
}

/// A run to be kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// When it began, in milliseconds since the Unix epoch.
    pub at: u64,
    /// The name that the user gave it.
    pub name: Option<String>,
    /// The lab's server that answered, as `lesson/server`.
    pub lab: Option<String>,
    /// Whose rules decided.
    pub engine: String,
    /// In which way the page asked.
    pub api: String,
    /// The method.
    pub method: String,
    /// The URL that was asked for.
    pub target: String,
    /// The page that asked.
    pub page: String,
    /// `allowed`, `opaque`, `blocked` or `failed`.
    pub verdict: String,
    /// The reason of a block or a failure.
    pub reason: Option<String>,
    /// How long it took, in milliseconds.
    pub took: Option<u64>,
    /// Whether it had secrets, and they were taken out.
    pub redacted: bool,
    /// The session, as it is saved.
    pub session: String,
}

/// A run in the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its number.
    pub id: i64,
    /// When it began, in this machine's time: `2026-11-22 18:41`.
    pub when: String,
    /// All but the session, which is empty.
    pub record: Record,
}

impl Record {
    /// What is kept of a run: of each response body at most `body` bytes, unless a hash was made of it.
    ///
    /// # Errors
    ///
    /// Those of [`write_saved`].
    pub fn of(
        session: &Session,
        finished: &Finished,
        secrets: Secrets,
        body: usize,
    ) -> Result<Self, SavedError> {
        let hidden = match secrets {
            Secrets::Redacted => Cow::Owned(redacted(session)),
            Secrets::Kept => Cow::Borrowed(session),
        };
        let redacted = *hidden != *session;
        let session = bounded(hidden, body);
        let request = &session.request;
        let target = (session.page.url.join(&request.url))
            .map_or_else(|_| request.url.clone(), |url| url.to_string());
        let reason = match &finished.verdict {
            Verdict::Blocked(block) => Some(block.reason.id()),
            Verdict::Failed(failure) => Some(failure.kind.id()),
            Verdict::Allowed | Verdict::Opaque => None,
        };
        let ended = session.exchanges.iter().map(|exchange| exchange.answered.0);
        Ok(Self {
            at: session.started.0,
            name: None,
            lab: None,
            engine: session.engine().as_str().to_owned(),
            api: request.api.as_str().to_owned(),
            method: request.method.clone(),
            target,
            page: session.page.url.to_string(),
            verdict: finished.verdict.as_str().to_owned(),
            reason: reason.map(str::to_owned),
            took: ended.max().map(|end| end.saturating_sub(session.started.0)),
            redacted,
            session: write_saved(&session)?,
        })
    }

    /// What a filter looks through, in lower case.
    pub(super) fn searched(&self) -> String {
        let mut text = format!(
            "{} {} {} {} {} {}",
            self.verdict, self.method, self.target, self.page, self.engine, self.api
        );
        for more in [&self.reason, &self.name, &self.lab].into_iter().flatten() {
            text.push(' ');
            text.push_str(more);
        }
        text.to_lowercase()
    }
}

fn bounded(session: Cow<'_, Session>, most: usize) -> Cow<'_, Session> {
    let fits = |body: &Body| body.readable().len() <= most;
    let whole = session.exchanges.iter();
    let mut replies = whole.filter_map(|exchange| exchange.answer.as_ref().ok());
    if !session.request.integrity.is_empty() || replies.all(|reply| fits(&reply.body)) {
        return session;
    }
    let mut session = session.into_owned();
    for exchange in &mut session.exchanges {
        if let Ok(reply) = &mut exchange.answer
            && !fits(&reply.body)
        {
            let head = reply.body.readable().slice(..most);
            reply.body = Body {
                decoded: reply.body.decoded.as_ref().map(|_| head.clone()),
                bytes: head,
                truncated: true,
                error: reply.body.error.take(),
            };
        }
    }
    Cow::Owned(session)
}
