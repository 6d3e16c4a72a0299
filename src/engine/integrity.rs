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
    /// Base64, without its padding.
    digits: String,
    /// Whether its padding is neither whole nor left out.
    partly_padded: bool,
}

impl Hash {
    /// `None` where it has the form of a hash, but is none: nothing has it (measured: `sha256-x`).
    fn value(&self, encoding: HashEncoding) -> Option<Vec<u8>> {
        let mixed = self.digits.contains(['+', '/']) && self.digits.contains(['-', '_']);
        let refused = match encoding {
            HashEncoding::Lenient => false,
            HashEncoding::OneAlphabet => mixed,
            HashEncoding::Strict => mixed || self.partly_padded,
        };
        if refused {
            return None;
        }
        let standard = self.digits.replace('-', "+").replace('_', "/");
        FORGIVING.decode(standard).ok()
    }
}

/// Why an item of the metadata asks for nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unusable {
    /// It has no algorithm and hash with a `-` between them.
    Form,
    /// There is no such algorithm.
    Algorithm,
    /// What follows is no base64.
    Digest,
}

impl Unusable {
    /// The id under which `assets/trace.toml` words it.
    pub(super) fn id(self) -> &'static str {
        match self {
            Self::Form => "form",
            Self::Algorithm => "algorithm",
            Self::Digest => "digest",
        }
    }
}

/// What an item of the metadata may look like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HashSyntax {
    /// A hash of the CSP grammar: base64 digits, then at most two `=`.
    Grammar,
    /// Algorithms in any case; base64 digits, which may lack, then at most two `=`, however many there should be.
    AnyCase,
    /// Base64 digits and `=` in any order, more `=` than there should be, and `sha-256` for `sha256`.
    Lenient,
}

/// What <https://infra.spec.whatwg.org/#forgiving-base64-decode> takes, without padding.
const FORGIVING: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true),
);

const ALGORITHMS: [(&str, &Algorithm); 3] = [
    ("sha256", &SHA256),
    ("sha384", &SHA384),
    ("sha512", &SHA512),
];

/// Whether `content` has one of the strongest hashes in `metadata`. Metadata without a usable item
/// asks for nothing.
pub(super) fn matches(
    metadata: &str,
    content: &[u8],
    syntax: HashSyntax,
    encoding: HashEncoding,
) -> bool {
    let hashes: Vec<Hash> = hashes(metadata, syntax).collect();
    let Some(strongest) = hashes.iter().map(|hash| hash.strength).max() else {
        return true;
    };
    let actual = digest(ALGORITHMS[strongest].1, content);
    let mut strongest = hashes.iter().filter(|hash| hash.strength == strongest);
    strongest.any(|hash| hash.value(encoding).as_deref() == Some(actual.as_ref()))
}

/// The hash that `content` has by the strongest algorithm in `metadata`, and that algorithm's name.
pub(super) fn actual(
    metadata: &str,
    content: &[u8],
    syntax: HashSyntax,
) -> Option<(&'static str, String)> {
    let strongest = hashes(metadata, syntax).map(|hash| hash.strength).max()?;
    let (name, algorithm) = ALGORITHMS[strongest];
    Some((name, STANDARD.encode(digest(algorithm, content))))
}

/// Whether anything in `metadata` asks for a hash.
pub(super) fn is_usable(metadata: &str, syntax: HashSyntax) -> bool {
    hashes(metadata, syntax).next().is_some()
}

/// The items of `metadata` that ask for nothing, and why.
pub(super) fn unusable(metadata: &str, syntax: HashSyntax) -> Vec<(&str, Unusable)> {
    let items = metadata.split_ascii_whitespace();
    items
        .filter_map(|item| Some((item, parse(item, syntax).err()?)))
        .collect()
}

/// What stands behind a `?` in the usable items of `metadata`: no option has a meaning yet. What is no
/// option by its grammar either is passed over in silence.
pub(super) fn options(metadata: &str, syntax: HashSyntax) -> impl Iterator<Item = (&str, &str)> {
    let items = metadata.split_ascii_whitespace();
    let usable = items.filter(move |item| parse(item, syntax).is_ok());
    usable.filter_map(|item| {
        let (_, option) = item.split_once('?')?;
        let visible = option.bytes().all(|byte| byte.is_ascii_graphic());
        (visible && !option.is_empty()).then_some((item, option))
    })
}

fn hashes(metadata: &str, syntax: HashSyntax) -> impl Iterator<Item = Hash> {
    let items = metadata.split_ascii_whitespace();
    items.filter_map(move |item| parse(item, syntax).ok())
}

/// The names of the algorithms are compared as they stand, but in WebKit: `SHA256` is none (measured).
fn parse(item: &str, syntax: HashSyntax) -> Result<Hash, Unusable> {
    let lenient = syntax == HashSyntax::Lenient;
    let any_case = syntax == HashSyntax::AnyCase;
    let (start, rest) = match item.strip_prefix("sha-") {
        Some(rest) if lenient => ("sha", rest),
        _ => ("", item),
    };
    let (name, rest) = rest.split_once('-').ok_or(Unusable::Form)?;
    let is_name = |known: &str| known == name || any_case && known.eq_ignore_ascii_case(name);
    let known = |(known, _): &(&str, _)| known.strip_prefix(start).is_some_and(is_name);
    let strength = ALGORITHMS.iter().position(known);
    let strength = match strength {
        Some(strength) => strength,
        None if name.is_empty() && !lenient => return Err(Unusable::Form),
        None => return Err(Unusable::Algorithm),
    };
    let encoded = rest.split('?').next().unwrap_or_default();
    let digits = encoded.trim_end_matches('=');
    let is_digit = |byte: u8| byte.is_ascii_alphanumeric() || b"+/-_".contains(&byte);
    let well_formed = match syntax {
        // <https://www.w3.org/TR/CSP3/#grammardef-base64-value>
        HashSyntax::Grammar => {
            !digits.is_empty() && digits.bytes().all(is_digit) && encoded.len() - digits.len() <= 2
        }
        HashSyntax::AnyCase => {
            !encoded.is_empty() && digits.bytes().all(is_digit) && encoded.len() - digits.len() <= 2
        }
        HashSyntax::Lenient => {
            !encoded.is_empty() && encoded.bytes().all(|byte| is_digit(byte) || byte == b'=')
        }
    };
    if !well_formed {
        return Err(Unusable::Digest);
    }
    Ok(Hash {
        strength,
        digits: digits.to_owned(),
        partly_padded: digits != encoded && !encoded.len().is_multiple_of(4),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHA256: &str = "sha256-LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ=";

    #[test]
    fn metadata() {
        let digits = SHA256.trim_end_matches('=');
        for (desc, metadata, grammar, lenient) in [
            ("none", "", true, true),
            ("unknown algorithm", "md5-AAAA", true, true),
            ("right", SHA256, true, true),
            ("an algorithm in capitals", "SHA256-AAAA", true, true),
            (
                "one of two right",
                &format!("sha256-AAAA {SHA256}"),
                true,
                true,
            ),
            ("wrong", "sha256-AAAA", false, false),
            ("of a length that no hash has", "sha256-x", false, false),
            ("no hash at all", "sha256-!", true, true),
            ("only padding", "sha256-=", true, false),
            ("padding in between", "sha256-A=AA", true, false),
            ("an older name", "sha-256-AAAA", true, false),
            ("without padding", digits, true, true),
            ("too much padding", &format!("{SHA256}="), false, true),
            (
                "only the strongest counts",
                &format!("{SHA256} sha512-AAAA"),
                false,
                false,
            ),
            (
                "options are ignored",
                &format!("{SHA256}?ct=text/plain"),
                true,
                true,
            ),
        ] {
            for (syntax, encoding, expected) in [
                (HashSyntax::Grammar, HashEncoding::Strict, grammar),
                (HashSyntax::Lenient, HashEncoding::Lenient, lenient),
            ] {
                assert_eq!(
                    matches(metadata, b"hello", syntax, encoding),
                    expected,
                    "{desc}, {syntax:?}"
                );
            }
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
            .map(|encoding| matches(&metadata, b"hello 1", HashSyntax::Grammar, encoding));
            assert_eq!(taken, expected, "{desc}");
        }
    }

    #[test]
    fn items_that_ask_for_nothing() {
        let metadata = format!("none {SHA256} SHA384-AAAA sha256-\u{e9} -x");
        assert_eq!(
            unusable(&metadata, HashSyntax::Grammar),
            [
                ("none", Unusable::Form),
                ("SHA384-AAAA", Unusable::Algorithm),
                ("sha256-\u{e9}", Unusable::Digest),
                ("-x", Unusable::Form),
            ]
        );
        assert!(unusable("SHA256-AAAA sha512-=", HashSyntax::AnyCase).is_empty());
        assert!(is_usable(&metadata, HashSyntax::Grammar));
        assert!(!is_usable("SHA384-AAAA", HashSyntax::Grammar));
    }

    #[test]
    fn options_of_usable_items() {
        let metadata = "sha256-AAAA?a=b sha256-AAAA md5-x?c sha384-AAAA? sha512-AAAA?\u{e9}";
        let told: Vec<_> = options(metadata, HashSyntax::Grammar).collect();
        assert_eq!(told, [("sha256-AAAA?a=b", "a=b")]);
    }
}
