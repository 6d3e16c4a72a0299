//! Errors of TLS in words for people.

use rustls::{AlertDescription, CertificateError, Error, InvalidMessage};

/// What is wrong, in one line.
pub(super) fn describe(error: &Error) -> String {
    match error {
        Error::InvalidCertificate(error) => certificate(error),
        Error::NoCertificatesPresented => "the server presents no certificate".to_owned(),
        Error::InvalidMessage(InvalidMessage::InvalidContentType) => {
            "the server does not speak TLS on this port".to_owned()
        }
        Error::AlertReceived(alert) => match alert {
            AlertDescription::HandshakeFailure | AlertDescription::InsufficientSecurity => {
                "the server refused the TLS handshake: no cipher or key in common".to_owned()
            }
            AlertDescription::ProtocolVersion => {
                "the server refused the TLS handshake: no TLS version in common".to_owned()
            }
            AlertDescription::UnrecognisedName => {
                "the server refused the TLS handshake: it does not know this host name".to_owned()
            }
            AlertDescription::CertificateRequired => {
                "the server wants a client certificate".to_owned()
            }
            alert => format!(
                "the server refused the TLS handshake: {}",
                words(&format!("{alert:?}"))
            ),
        },
        Error::PeerIncompatible(reason) => format!(
            "the server's TLS is not compatible: {}",
            words(&format!("{reason:?}"))
        ),
        Error::General(text) => text.clone(),
        other => format!("the TLS handshake failed: {other}"),
    }
}

fn certificate(error: &CertificateError) -> String {
    match error {
        CertificateError::Expired => "the certificate has expired".to_owned(),
        CertificateError::ExpiredContext { not_after, .. } => format!(
            "the certificate has expired: it was valid until {}",
            date(not_after.as_secs())
        ),
        CertificateError::NotValidYet => "the certificate is not valid yet".to_owned(),
        CertificateError::NotValidYetContext { not_before, .. } => format!(
            "the certificate is not valid yet: it will be from {}",
            date(not_before.as_secs())
        ),
        CertificateError::UnknownIssuer => {
            "the certificate is self-signed or its issuer is unknown".to_owned()
        }
        CertificateError::NotValidForName => "the certificate is for another host name".to_owned(),
        CertificateError::NotValidForNameContext { presented, .. } => {
            let names: Vec<&str> = presented.iter().map(|name| bare(name)).collect();
            match names.as_slice() {
                [] => "name mismatch: the certificate names no host".to_owned(),
                names => format!("name mismatch: the certificate is for {}", names.join(", ")),
            }
        }
        CertificateError::Revoked => "the certificate was revoked".to_owned(),
        CertificateError::BadSignature => {
            "the certificate was not signed by the issuer that it names".to_owned()
        }
        CertificateError::BadEncoding => "the certificate cannot be read".to_owned(),
        CertificateError::InvalidPurpose | CertificateError::InvalidPurposeContext { .. } => {
            "the certificate is not meant for servers".to_owned()
        }
        // A certificate that may sign others, presented by the server itself: mostly made in a
        // hurry, with one command, and self-signed.
        CertificateError::Other(other) if other.to_string().contains("CaUsedAsEndEntity") => {
            "the certificate is an authority's own (self-signed), not one for a server".to_owned()
        }
        other => format!("the certificate is not accepted: {other}"),
    }
}

/// A name as rustls presents it (`DnsName("a.test")`), without the wrapping.
fn bare(name: &str) -> &str {
    let inner = name.split_once('(').map_or(name, |(_, inner)| inner);
    inner.trim_end_matches(')').trim_matches('"')
}

/// `BadCertificateStatus` as `bad certificate status`.
fn words(camel: &str) -> String {
    let mut words = String::new();
    for c in camel.chars() {
        if c.is_ascii_uppercase() && !words.is_empty() {
            words.push(' ');
        }
        words.push(c.to_ascii_lowercase());
    }
    words
}

fn date(seconds: u64) -> String {
    i64::try_from(seconds)
        .ok()
        .and_then(|seconds| time::OffsetDateTime::from_unix_timestamp(seconds).ok())
        .map(|moment| moment.date().to_string())
        .unwrap_or_else(|| "another time".to_owned())
}
