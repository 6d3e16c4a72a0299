//! The body of a reply: its head is read and kept, the rest is not waited for.

use reqwest::Response;

use super::coding::{self, Decoded};
use super::{Progress, failure};
use crate::wire::{Body, HeaderList};

/// How much of a body is kept.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limits {
    /// As it came.
    pub(super) body: usize,
    /// Unpacked.
    pub(super) decoded: usize,
}

/// Reads up to `limit` bytes and notes in `body` how that ended. What is in `bytes` already stays
/// when this is dropped halfway.
pub(super) async fn receive(
    response: &mut Response,
    bytes: &mut Vec<u8>,
    body: &mut Body,
    limit: usize,
    progress: &(dyn Fn(Progress) + Send + Sync),
) {
    let announced = response.content_length();
    let fits = announced.is_none_or(|length| length <= limit as u64);
    if let Some(length) = announced {
        let length = usize::try_from(length).unwrap_or(usize::MAX);
        bytes.reserve_exact(length.min(limit));
    }
    loop {
        match response.chunk().await {
            // To the end, even of an exact fit: only then the connection can be used again.
            Ok(None) => return,
            Ok(Some(chunk)) => {
                let room = limit - bytes.len();
                bytes.extend_from_slice(&chunk[..chunk.len().min(room)]);
                if chunk.len() > room || (chunk.len() == room && !fits) {
                    body.truncated = true;
                    return;
                }
                progress(Progress::Receiving { bytes: bytes.len() });
            }
            Err(error) => {
                body.error = Some(failure::describe_body(&error));
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
