//! The body of a reply: its head is read and kept, the rest is not waited for.

use reqwest::Response;

use super::coding::{self, Decoded};
use super::{Progress, failure, pool};
use crate::wire::{Body, HeaderList};

/// How much of a body is kept.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limits {
    /// As it came.
    pub(super) body: usize,
    /// Unpacked.
    pub(super) decoded: usize,
}

/// A body that is coming in.
#[derive(Debug)]
pub(super) enum Incoming {
    /// On a connection of our own.
    Direct(pool::Incoming),
    /// From reqwest.
    Proxied(Box<Response>),
}

impl Incoming {
    fn length(&self) -> Option<u64> {
        match self {
            Self::Direct(pool::Incoming::Http1(incoming, _)) => incoming.length(),
            Self::Direct(pool::Incoming::Http2(incoming)) => incoming.length(),
            Self::Proxied(response) => response.content_length(),
        }
    }

    /// Appends what came, at most `most` bytes; how many, 0 at the end. An error is told in words.
    async fn next(&mut self, into: &mut Vec<u8>, most: usize) -> Result<usize, String> {
        match self {
            Self::Direct(pool::Incoming::Http1(incoming, _)) => {
                let next = incoming.next(into, most).await;
                next.map_err(|error| failure::describe_body(&error))
            }
            Self::Direct(pool::Incoming::Http2(incoming)) => {
                let next = incoming.next(into, most).await;
                next.map_err(|error| failure::describe_body(&*error))
            }
            Self::Proxied(response) => match Box::pin(response.chunk()).await {
                Ok(chunk) => {
                    let chunk = chunk.unwrap_or_default();
                    let count = chunk.len().min(most);
                    into.extend_from_slice(&chunk[..count]);
                    Ok(count)
                }
                Err(error) => Err(failure::describe_body(&error)),
            },
        }
    }
}

/// Reads up to `limit` bytes and notes in `body` how that ended. What is in `bytes` already stays
/// when this is dropped halfway.
pub(super) async fn receive(
    incoming: &mut Incoming,
    bytes: &mut Vec<u8>,
    body: &mut Body,
    limit: usize,
    progress: &(dyn Fn(Progress) + Send + Sync),
) {
    let announced = incoming.length();
    if let Some(length) = announced {
        let length = usize::try_from(length).unwrap_or(usize::MAX);
        bytes.reserve_exact(length.min(limit));
    }
    // To the end, even of an exact fit: only then the connection can be used again. What is announced as
    // longer is not waited for.
    let fits = announced.is_none_or(|length| length <= limit as u64);
    loop {
        let room = limit - bytes.len();
        if room == 0 && !fits {
            body.truncated = true;
            return;
        }
        match incoming.next(bytes, room + usize::from(fits)).await {
            Ok(0) => return,
            Ok(count) if count > room => {
                bytes.truncate(limit);
                body.truncated = true;
                return;
            }
            Ok(_) => progress(Progress::Receiving { bytes: bytes.len() }),
            Err(error) => {
                body.error = Some(error);
                return;
            }
        }
    }
}

/// Undoes the content codings that `headers` name, for display and for script.
pub(super) fn decode(body: &mut Body, headers: &HeaderList, limit: usize) {
    if body.bytes.is_empty() {
        return;
    }
    let Some(value) = headers.get_text("content-encoding") else {
        return;
    };
    let whole = !body.truncated && body.error.is_none();
    let Decoded {
        bytes,
        truncated,
        error,
    } = coding::decode(&value, &body.bytes, limit);
    body.decoded = bytes.map(Into::into);
    body.truncated |= truncated;
    // Of a body that was cut it is no news that its coding ends too early.
    if whole {
        body.error = error;
    }
}
