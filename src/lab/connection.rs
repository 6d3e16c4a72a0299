//! One connection of the lab: requests in, replies out, as HTTP/1.1 has it.
//!
//! Reading is strict where a slip would let two requests run into each other, and bounded
//! everywhere. Writing adds nothing to the script but `Content-Length`; a script that brings its own
//! framing (`Content-Length` or `Transfer-Encoding`) is sent as it stands, and the connection is
//! closed after it, because the script may well lie.

use std::io;

use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;

use super::script::Stage;
use super::{Received, ScriptedAnswer, ScriptedReply};
use crate::wire::{HeaderList, latin1};

/// The longest request head that is read, request line and header lines together.
pub const HEAD_LIMIT: usize = 64 * 1024;

/// The longest request body that is read.
pub const BODY_LIMIT: usize = 1024 * 1024;

/// How much of a refused request is read and thrown away, so that the refusal arrives: closing a
/// socket with unread bytes resets the connection, and the client may lose the answer.
const DISCARD_LIMIT: u64 = 4 * 1024 * 1024;

type Reader = BufReader<TcpStream>;

/// Why a request was not read to its end.
enum Unread {
    /// The client closed or broke the connection: there is nobody to answer.
    Gone,
    /// It is not acceptable; the answer is this status.
    Refused(u16, &'static str),
}

impl From<io::Error> for Unread {
    fn from(_: io::Error) -> Self {
        Self::Gone
    }
}

/// Serves requests until the client goes, the script closes, or a request is refused.
pub(super) async fn serve(stream: TcpStream, stage: &Stage) {
    // Replies are written in one go; waiting to fill a segment would only delay them.
    let _ = stream.set_nodelay(true);
    let mut reader = BufReader::new(stream);
    loop {
        let (request, mut persistent) = match read_request(&mut reader).await {
            Ok(read) => read,
            Err(Unread::Gone) => return,
            Err(Unread::Refused(status, reason)) => return refuse(reader, status, reason).await,
        };
        let head_only = request.method == "HEAD";
        let ScriptedReply::Answer(answer) = stage.answer(request) else {
            return;
        };
        persistent &= !brings_own_framing(&answer) && !closes(&answer);
        let bytes = encode(&answer, head_only);
        let sent = reader.get_mut().write_all(&bytes).await;
        if sent.is_err() || !persistent {
            let _ = reader.get_mut().shutdown().await;
            return;
        }
    }
}

/// Reads one request, and whether the connection may be used again after it.
async fn read_request(reader: &mut Reader) -> Result<(Received, bool), Unread> {
    let mut budget = HEAD_LIMIT;
    let mut first = read_line(reader, &mut budget).await?;
    // An empty line before a request is to be ignored: RFC 9112, 2.2.
    while first.is_empty() {
        first = read_line(reader, &mut budget).await?;
    }
    let malformed = Unread::Refused(400, "Bad Request");
    let [method, target, version] = first.splitn(3, |&b| b == b' ').collect::<Vec<_>>()[..] else {
        return Err(malformed);
    };
    if !version.starts_with(b"HTTP/1.") || method.is_empty() || target.is_empty() {
        return Err(malformed);
    }
    let headers = read_fields(reader, &mut budget).await?;
    let persistent = version != b"HTTP/1.0" && !has_token(&headers, "Connection", "close");
    if has_token(&headers, "Expect", "100-continue") {
        let go_on = b"HTTP/1.1 100 Continue\r\n\r\n";
        reader.get_mut().write_all(go_on).await?;
    }
    let host = headers.lines("Host").next().map(latin1);
    let request = Received {
        method: latin1(method),
        target: latin1(target),
        host: host.unwrap_or_default(),
        body: read_body(reader, &headers).await?,
        headers,
    };
    Ok((request, persistent))
}

async fn read_fields(reader: &mut Reader, budget: &mut usize) -> Result<HeaderList, Unread> {
    let mut headers = HeaderList::new();
    loop {
        let line = read_line(reader, budget).await?;
        if line.is_empty() {
            return Ok(headers);
        }
        let colon = line.iter().position(|&byte| byte == b':');
        let name = colon.map(|colon| latin1(&line[..colon]));
        match (name, colon) {
            (Some(name), Some(colon)) if !name.is_empty() && !name.contains([' ', '\t']) => {
                headers.append(name, line[colon + 1..].trim_ascii());
            }
            _ => return Err(Unread::Refused(400, "Bad Request")),
        }
    }
}

async fn read_body(reader: &mut Reader, headers: &HeaderList) -> Result<Vec<u8>, Unread> {
    if headers.contains("Transfer-Encoding") {
        if has_token(headers, "Transfer-Encoding", "chunked") {
            return read_chunks(reader).await;
        }
        return Err(Unread::Refused(501, "Not Implemented"));
    }
    let Some(length) = headers.get_text("Content-Length") else {
        return Ok(Vec::new());
    };
    if length.is_empty() || !length.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(Unread::Refused(400, "Bad Request"));
    }
    let mut body = Vec::new();
    read_exactly(reader, length.parse().unwrap_or(usize::MAX), &mut body).await?;
    Ok(body)
}

async fn read_chunks(reader: &mut Reader) -> Result<Vec<u8>, Unread> {
    let mut body = Vec::new();
    let mut budget = HEAD_LIMIT;
    loop {
        let line = read_line(reader, &mut budget).await?;
        let size = latin1(&line);
        let size = size.split(';').next().unwrap_or_default().trim();
        let Ok(size) = usize::from_str_radix(size, 16) else {
            return Err(Unread::Refused(400, "Bad Request"));
        };
        if size == 0 {
            read_fields(reader, &mut budget).await?;
            return Ok(body);
        }
        read_exactly(reader, size, &mut body).await?;
        if !read_line(reader, &mut budget).await?.is_empty() {
            return Err(Unread::Refused(400, "Bad Request"));
        }
    }
}

/// Appends `length` bytes, unless the body would outgrow its limit.
async fn read_exactly(
    reader: &mut Reader,
    length: usize,
    body: &mut Vec<u8>,
) -> Result<(), Unread> {
    if length > BODY_LIMIT - body.len() {
        return Err(Unread::Refused(413, "Content Too Large"));
    }
    let start = body.len();
    body.resize(start + length, 0);
    reader.read_exact(&mut body[start..]).await?;
    Ok(())
}

/// Reads one line without its end, CRLF or LF, paying for it from `budget`.
async fn read_line(reader: &mut Reader, budget: &mut usize) -> Result<Vec<u8>, Unread> {
    let mut line = Vec::new();
    let mut limited = reader.take(*budget as u64);
    *budget -= limited.read_until(b'\n', &mut line).await?;
    if line.pop_if(|byte| *byte == b'\n').is_none() {
        return Err(match *budget {
            0 => Unread::Refused(431, "Request Header Fields Too Large"),
            _ => Unread::Gone,
        });
    }
    line.pop_if(|byte| *byte == b'\r');
    Ok(line)
}

/// Whether a comma-separated header has `token`, ignoring case.
fn has_token(headers: &HeaderList, name: &str, token: &str) -> bool {
    headers
        .get_decode_and_split(name)
        .is_some_and(|items| items.iter().any(|item| item.eq_ignore_ascii_case(token)))
}

/// Says why a request is not accepted, and closes so that the client can read it.
async fn refuse(mut reader: Reader, status: u16, reason: &str) {
    let answer = ScriptedAnswer {
        status,
        reason: reason.as_bytes().to_vec(),
        headers: vec![(b"Connection".to_vec(), b"close".to_vec())],
        body: Vec::new(),
    };
    if reader
        .get_mut()
        .write_all(&encode(&answer, false))
        .await
        .is_err()
    {
        return;
    }
    let _ = reader.get_mut().shutdown().await;
    let mut rest = reader.take(DISCARD_LIMIT);
    let _ = tokio::io::copy_buf(&mut rest, &mut tokio::io::sink()).await;
}

/// The bytes of a reply.
fn encode(answer: &ScriptedAnswer, head_only: bool) -> Vec<u8> {
    let bodiless = matches!(answer.status, 204 | 304);
    let mut bytes = format!("HTTP/1.1 {} ", answer.status).into_bytes();
    bytes.extend_from_slice(&answer.reason);
    bytes.extend_from_slice(b"\r\n");
    for (name, value) in &answer.headers {
        bytes.extend_from_slice(name);
        bytes.extend_from_slice(b": ");
        bytes.extend_from_slice(value);
        bytes.extend_from_slice(b"\r\n");
    }
    if !bodiless && !brings_own_framing(answer) {
        let length = format!("Content-Length: {}\r\n", answer.body.len());
        bytes.extend_from_slice(length.as_bytes());
    }
    bytes.extend_from_slice(b"\r\n");
    if !bodiless && !head_only {
        bytes.extend_from_slice(&answer.body);
    }
    bytes
}

fn brings_own_framing(answer: &ScriptedAnswer) -> bool {
    answer.headers.iter().any(|(name, _)| {
        name.eq_ignore_ascii_case(b"Content-Length")
            || name.eq_ignore_ascii_case(b"Transfer-Encoding")
    })
}

fn closes(answer: &ScriptedAnswer) -> bool {
    answer.headers.iter().any(|(name, value)| {
        name.eq_ignore_ascii_case(b"Connection")
            && value.trim_ascii().eq_ignore_ascii_case(b"close")
    })
}
