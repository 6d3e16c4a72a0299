//! Errors of connections, of reqwest and of everything below them, told as a [`NetworkFailure`] in words for people.
//!
//! The texts say what happened and nothing that stands beside them anyway (the URL), in one line
//! without control characters, whatever a server or a certificate put in.

use std::error::Error;
use std::io;

use super::head::HeadError;
use super::resolver::LookupError;
use super::{Progress, tls_failure};
use crate::wire::{FailureKind, NetworkFailure};

/// The failure that `error` stands for, met in `phase`. Its timing is the caller's to fill in.
pub(super) fn describe(error: &(dyn Error + 'static), phase: Progress) -> NetworkFailure {
    let (kind, detail) = chain(error)
        .filter_map(|cause| classify(cause, phase))
        .last()
        .unwrap_or_else(|| (FailureKind::Other, innermost(error)));
    NetworkFailure::new(kind, clean(&detail))
}

/// The same for a request through a proxy.
pub(super) fn describe_proxied(error: &reqwest::Error, phase: Progress) -> NetworkFailure {
    let mut failure = describe(error, phase);
    // Until the connection stands, one deals with the proxy; TLS is with the server mostly.
    if error.is_connect() && failure.kind != FailureKind::Tls {
        failure.detail = match failure.detail.as_str() {
            "tunnel error: unsuccessful" => "the proxy refused the tunnel".to_owned(),
            "tunnel error: proxy authorization required" => {
                "the proxy wants credentials".to_owned()
            }
            detail => format!("at the proxy: {detail}"),
        };
    }
    failure
}

/// What broke a body off, for [`crate::wire::Body::error`].
pub(super) fn describe_body(error: &(dyn Error + 'static)) -> String {
    let closed = || "the connection was closed before the body was complete".to_owned();
    let told = chain(error)
        .filter_map(|cause| {
            if let Some(error) = cause.downcast_ref::<hyper::Error>() {
                return error.is_incomplete_message().then(closed);
            }
            if let Some(error) = cause.downcast_ref::<h2::Error>() {
                return (!error.is_io())
                    .then(|| format!("the HTTP/2 stream broke off: {}", h2_reason(error)));
            }
            let error = cause.downcast_ref::<io::Error>()?;
            Some(match error.kind() {
                io::ErrorKind::UnexpectedEof => closed(),
                io::ErrorKind::ConnectionReset | io::ErrorKind::BrokenPipe => {
                    "the connection was reset before the body was complete".to_owned()
                }
                _ => format!("the body is broken: {error}"),
            })
        })
        .last()
        .unwrap_or_else(|| format!("the body broke off: {}", innermost(error)));
    clean(&told)
}

/// The failure of a request whose time was up in `phase`.
pub(super) fn timed_out(phase: Progress) -> NetworkFailure {
    let waiting_for = waited_for(phase);
    let detail = format!("the time limit passed while waiting for {waiting_for}");
    NetworkFailure::new(FailureKind::Timeout, detail)
}

/// The failure of a request that the user stopped in `phase`.
pub(super) fn stopped(phase: Progress) -> NetworkFailure {
    let waiting_for = waited_for(phase);
    let detail = format!("stopped by the user while waiting for {waiting_for}");
    NetworkFailure::new(FailureKind::Aborted, detail)
}

fn waited_for(phase: Progress) -> &'static str {
    match phase {
        Progress::NameLookup => "the name look-up",
        Progress::Connecting => "the connection",
        Progress::TlsHandshake => "the TLS handshake",
        Progress::Waiting | Progress::Receiving { .. } => "the server's answer",
    }
}

/// Whether this is how a connection shows that the server had closed it before the request came.
pub(super) fn is_dead_connection(error: &(dyn Error + 'static)) -> bool {
    chain(error).any(|cause| {
        if let Some(error) = cause.downcast_ref::<HeadError>() {
            return *error == HeadError::Nothing;
        }
        if let Some(error) = cause.downcast_ref::<hyper::Error>() {
            return error.is_incomplete_message() || error.is_canceled() || error.is_closed();
        }
        cause.downcast_ref::<io::Error>().is_some_and(|error| {
            matches!(
                error.kind(),
                io::ErrorKind::ConnectionReset
                    | io::ErrorKind::ConnectionAborted
                    | io::ErrorKind::BrokenPipe
                    | io::ErrorKind::NotConnected
            )
        })
    })
}

/// Whether an HTTP/2 server said that it has not begun to work on the request.
pub(super) fn is_unprocessed(error: &(dyn Error + 'static)) -> bool {
    chain(error)
        .filter_map(|cause| cause.downcast_ref::<h2::Error>())
        .any(|error| {
            let reason = error.reason();
            error.is_remote()
                && (error.is_go_away() && reason == Some(h2::Reason::NO_ERROR)
                    || error.is_reset() && reason == Some(h2::Reason::REFUSED_STREAM))
        })
}

/// One line without control characters.
pub(super) fn clean(text: &str) -> String {
    text.chars()
        .map(|c| if c.is_control() { '\u{fffd}' } else { c })
        .collect()
}

fn classify(cause: &(dyn Error + 'static), phase: Progress) -> Option<(FailureKind, String)> {
    if let Some(error) = cause.downcast_ref::<LookupError>() {
        return Some((FailureKind::Dns, error.to_string()));
    }
    if let Some(error) = cause.downcast_ref::<rustls::Error>() {
        return Some((FailureKind::Tls, tls_failure::describe(error)));
    }
    if let Some(error) = cause.downcast_ref::<HeadError>() {
        let kind = match error {
            HeadError::TooLong => FailureKind::Other,
            _ => FailureKind::EmptyResponse,
        };
        return Some((kind, error.to_string()));
    }
    if let Some(error) = cause.downcast_ref::<h2::Error>() {
        return h2_failure(error);
    }
    if let Some(error) = cause.downcast_ref::<hyper::Error>() {
        return hyper_failure(error);
    }
    let error = cause.downcast_ref::<io::Error>()?;
    // A wrapper; what it holds comes next in the chain and says more.
    let wraps = error
        .get_ref()
        .is_some_and(|inner| inner.is::<rustls::Error>());
    (!wraps).then(|| io_failure(error, phase))
}

fn io_failure(error: &io::Error, phase: Progress) -> (FailureKind, String) {
    use io::ErrorKind as Io;
    let text = match error.kind() {
        Io::ConnectionRefused => "the connection was refused",
        Io::HostUnreachable => "the host cannot be reached",
        Io::NetworkUnreachable => "the network cannot be reached",
        Io::AddrNotAvailable => "the address cannot be reached from here",
        Io::TimedOut => match phase {
            Progress::Connecting => "the host does not answer",
            _ => "the connection went silent",
        },
        Io::ConnectionReset | Io::ConnectionAborted | Io::BrokenPipe | Io::NotConnected => {
            match phase {
                Progress::TlsHandshake => "the connection was reset in the TLS handshake",
                _ => "the connection was reset",
            }
        }
        Io::UnexpectedEof => match phase {
            Progress::TlsHandshake => "the server closed the connection in the TLS handshake",
            _ => "the connection was closed too early",
        },
        _ => return (FailureKind::Other, error.to_string()),
    };
    let kind = match (error.kind(), phase) {
        (Io::UnexpectedEof, Progress::TlsHandshake) => FailureKind::Tls,
        (Io::UnexpectedEof, _) => FailureKind::Reset,
        (Io::TimedOut, Progress::Connecting) => FailureKind::Refused,
        (Io::TimedOut, _) => FailureKind::Timeout,
        (Io::ConnectionReset | Io::ConnectionAborted | Io::BrokenPipe | Io::NotConnected, _) => {
            FailureKind::Reset
        }
        _ => FailureKind::Refused,
    };
    (kind, text.to_owned())
}

fn hyper_failure(error: &hyper::Error) -> Option<(FailureKind, String)> {
    let empty = |text: &str| Some((FailureKind::EmptyResponse, text.to_owned()));
    if error.is_parse_version_h2() {
        return empty("the server speaks HTTP/2 where HTTP/1.1 was expected");
    }
    if error.is_parse() {
        return empty(&format!("what came back is not valid HTTP: {error}"));
    }
    if error.is_incomplete_message() {
        return empty("the server closed the connection without a reply");
    }
    if error.is_closed() || error.is_canceled() {
        let text = "the connection was closed before the request was sent".to_owned();
        return Some((FailureKind::Reset, text));
    }
    None
}

fn h2_failure(error: &h2::Error) -> Option<(FailureKind, String)> {
    if error.is_io() {
        return error
            .get_io()
            .map(|error| io_failure(error, Progress::Waiting));
    }
    let why = h2_reason(error);
    Some(if error.is_remote() {
        let text = format!("the server ended the HTTP/2 stream without a reply: {why}");
        (FailureKind::Reset, text)
    } else {
        let text = format!("what came back is not valid HTTP/2: {why}");
        (FailureKind::EmptyResponse, text)
    })
}

fn h2_reason(error: &h2::Error) -> String {
    match error.reason() {
        Some(reason) => reason.description().to_owned(),
        None => error.to_string(),
    }
}

/// An error and what caused it, outermost first; also what an [`io::Error`] wraps, which its own
/// `source` passes over.
fn chain<'a>(
    error: &'a (dyn Error + 'static),
) -> impl Iterator<Item = &'a (dyn Error + 'static)> + 'a {
    std::iter::successors(Some(error), |&error| {
        match error.downcast_ref::<io::Error>() {
            Some(error) => error.get_ref().map(|inner| inner as &(dyn Error + 'static)),
            None => error.source(),
        }
    })
}

fn innermost(error: &(dyn Error + 'static)) -> String {
    chain(error)
        .last()
        .map(ToString::to_string)
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_control_character_gets_through() {
        let cleaned = clean("a\u{1b}[31m\r\nb\u{9b}\tc");
        assert_eq!(cleaned, "a\u{fffd}[31m\u{fffd}\u{fffd}b\u{fffd}\u{fffd}c");
    }

    #[test]
    fn what_an_io_error_wraps_is_found() {
        let inner = rustls::Error::NoCertificatesPresented;
        let error = io::Error::new(io::ErrorKind::InvalidData, inner);
        let told: Vec<_> = chain(&error)
            .filter_map(|cause| classify(cause, Progress::TlsHandshake))
            .collect();
        let expected = "the server presents no certificate".to_owned();
        assert_eq!(told, [(FailureKind::Tls, expected)]);
    }
}
