//! Subresource Integrity: does the content have the hash that the page gave?
//!
//! Source: <https://www.w3.org/TR/sri-2/#does-response-match-metadatalist>.

use base64::Engine as _;
use base64::alphabet;
use base64::engine::DecodePaddingMode;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig, STANDARD};
use ring::digest::{Algorithm, SHA256, SHA384, SHA512, digest};

use super::profile::HashEncoding;

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

/// What <https://infra.spec.whatwg.org/#forgiving-base64-decode> takes, and padding in part.
const FORGIVING: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true),
);

/// Whether `content` has one of the strongest hashes in `metadata`. Metadata without a usable item
/// asks for nothing.
pub(super) fn matches(metadata: &str, encoding: HashEncoding, content: &[u8]) -> bool {
    let hashes: Vec<Hash> = hashes(metadata, encoding).collect();
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
    let hashes = hashes(metadata, HashEncoding::Lenient);
    let strongest = hashes.map(|hash| hash.strength).max()?;
    let (name, algorithm) = ALGORITHMS[strongest];
    Some((name, STANDARD.encode(digest(algorithm, content))))
}

fn hashes(metadata: &str, encoding: HashEncoding) -> impl Iterator<Item = Hash> {
    let items = metadata.split_ascii_whitespace();
    items.filter_map(move |item| parse(item, encoding))
}

fn parse(item: &str, encoding: HashEncoding) -> Option<Hash> {
    let (name, rest) = item.split_once('-')?;
    let strength = ALGORITHMS
        .iter()
        .position(|(known, _)| known.eq_ignore_ascii_case(name))?;
    let encoded = rest.split('?').next().unwrap_or_default();
    has_form(encoded).then(|| Hash {
        strength,
        value: decode(encoded, encoding),
    })
}

/// <https://www.w3.org/TR/CSP3/#grammardef-base64-value>
fn has_form(encoded: &str) -> bool {
    let digits = encoded.trim_end_matches('=');
    let is_digit = |byte: u8| byte.is_ascii_alphanumeric() || b"+/-_".contains(&byte);
    !digits.is_empty() && digits.bytes().all(is_digit) && encoded.len() - digits.len() <= 2
}

fn decode(encoded: &str, encoding: HashEncoding) -> Option<Vec<u8>> {
    let mixed = encoded.contains(['+', '/']) && encoded.contains(['-', '_']);
    let partly_padded = encoded.ends_with('=') && !encoded.len().is_multiple_of(4);
    let refused = match encoding {
        HashEncoding::Lenient => false,
        HashEncoding::OneAlphabet => mixed,
        HashEncoding::Strict => mixed || partly_padded,
    };
    if refused {
        return None;
    }
    let standard = encoded.replace('-', "+").replace('_', "/");
    FORGIVING.decode(standard).ok()
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
            assert_eq!(
                matches(metadata, HashEncoding::Strict, b"hello"),
                expected,
                "{desc}"
            );
        }
    }

    #[test]
    fn encodings() {
        // Of "hello 1": the hash has characters of both alphabets.
        let hash = STANDARD.encode(digest(&SHA512, b"hello 1"));
        let digits = hash.trim_end_matches('=');
        let url_safe = digits.replace('+', "-").replace('/', "_");
        assert!(digits.contains('+') && digits.contains('/'), "{digits}");
        for (desc, encoded, expected) in [
            ("whole", hash.as_str(), [true, true, true]),
            ("no padding", digits, [true, true, true]),
            ("for URLs", &url_safe, [true, true, true]),
            (
                "padding in part",
                &format!("{digits}="),
                [true, true, false],
            ),
            ("mixed", &digits.replace('+', "-"), [true, false, false]),
            ("cut", &hash[..40], [false, false, false]),
        ] {
            let metadata = format!("sha512-{encoded}");
            let taken = [
                HashEncoding::Lenient,
                HashEncoding::OneAlphabet,
                HashEncoding::Strict,
            ]
            .map(|encoding| matches(&metadata, encoding, b"hello 1"));
            assert_eq!(taken, expected, "{desc}");
        }
    }
}
