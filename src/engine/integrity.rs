//! Subresource Integrity: does the content have the hash that the page gave?
//!
//! Source: <https://www.w3.org/TR/sri-2/#does-response-match-metadatalist>.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};
use ring::digest::{Algorithm, SHA256, SHA384, SHA512, digest};

/// One usable item of the metadata, strength by position in [`ALGORITHMS`].
struct Hash {
    strength: usize,
    /// `None` where it has the form of a hash, but is none: nothing has it (measured: `sha256-x`).
    value: Option<Vec<u8>>,
}

const ALGORITHMS: [(&str, &Algorithm); 3] = [
    ("sha256", &SHA256),
    ("sha384", &SHA384),
    ("sha512", &SHA512),
];

/// Whether `content` has one of the strongest hashes in `metadata`. Metadata without a usable item
/// asks for nothing.
pub(super) fn matches(metadata: &str, content: &[u8]) -> bool {
    let hashes: Vec<Hash> = hashes(metadata).collect();
    let Some(strongest) = hashes.iter().map(|hash| hash.strength).max() else {
        return true;
    };
    let actual = digest(ALGORITHMS[strongest].1, content);
    hashes
        .iter()
        .any(|hash| hash.strength == strongest && hash.value.as_deref() == Some(actual.as_ref()))
}

/// The hash that `content` has by the strongest algorithm in `metadata`, and that algorithm's name.
pub(super) fn actual(metadata: &str, content: &[u8]) -> Option<(&'static str, String)> {
    let strongest = hashes(metadata).map(|hash| hash.strength).max()?;
    let (name, algorithm) = ALGORITHMS[strongest];
    Some((name, STANDARD.encode(digest(algorithm, content))))
}

fn hashes(metadata: &str) -> impl Iterator<Item = Hash> {
    metadata.split_ascii_whitespace().filter_map(parse)
}

fn parse(item: &str) -> Option<Hash> {
    let (name, rest) = item.split_once('-')?;
    let strength = ALGORITHMS
        .iter()
        .position(|(known, _)| known.eq_ignore_ascii_case(name))?;
    let encoded = rest.split('?').next().unwrap_or_default();
    let decoded = STANDARD
        .decode(encoded)
        .or_else(|_| URL_SAFE.decode(encoded));
    has_form(encoded).then_some(Hash {
        strength,
        value: decoded.ok(),
    })
}

/// <https://www.w3.org/TR/CSP3/#grammardef-base64-value>
fn has_form(encoded: &str) -> bool {
    let digits = encoded.trim_end_matches('=');
    let is_digit = |byte: u8| byte.is_ascii_alphanumeric() || b"+/-_".contains(&byte);
    !digits.is_empty() && digits.bytes().all(is_digit) && encoded.len() - digits.len() <= 2
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn metadata() {
        let sha256 = "sha256-LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ=";
        for (desc, metadata, expected) in [
            ("none", "", true),
            ("unknown algorithm", "md5-AAAA", true),
            ("right", sha256, true),
            ("one of two right", &format!("sha256-AAAA {sha256}"), true),
            ("wrong", "sha256-AAAA", false),
            ("of a length that no hash has", "sha256-x", false),
            ("no hash at all", "sha256-!", true),
            (
                "only the strongest counts",
                &format!("{sha256} sha512-AAAA"),
                false,
            ),
            (
                "options are ignored",
                &format!("{sha256}?ct=text/plain"),
                true,
            ),
        ] {
            assert_eq!(matches(metadata, b"hello"), expected, "{desc}");
        }
    }
}
