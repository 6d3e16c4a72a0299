//! How the bytes of an answer are read and which answers are used, where engines differ.

/// Which elements use answers with a status of 300 to 399.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorFrom400 {
    /// None.
    Nowhere,
    /// Scripts, modules too, and fonts.
    Scripts,
    /// Classic scripts, style sheets and fonts.
    ScriptsAndStyles,
}

/// When metadata of an integrity that is none is told of, beside the check of the answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IntegrityTold {
    /// Not at all.
    WithCheck,
    /// Of scripts, before anything is decided: Blink parses the attribute when it prepares the script.
    BeforeScripts,
    /// Of scripts and style sheets that failed, once something was sent: Gecko's `SRICheckDataVerifier`.
    AfterElements,
}

/// What of several `Content-Disposition` or `Location` lines with different values is a failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DifferingSingletons {
    /// Nothing.
    Taken,
    /// Lines that differ.
    Lines,
    /// Lines of `Location` that differ, and members of `Content-Disposition` between commas.
    Members,
}

/// Which opaque answers integrity metadata without a usable hash stops.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UnusableIntegrity {
    /// All.
    Refused,
    /// Those of `fetch()`, blank metadata included.
    RefusedByFetch,
}

/// Where integrity metadata of blanks alone is metadata.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BlankIntegrity {
    /// Everywhere.
    Counts,
    /// With `fetch()`.
    NoneOfElements,
    /// Nowhere.
    Nowhere,
}

/// With which answers sound and films play.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MediaAnswers {
    /// Any 2xx.
    AnySuccess,
    /// 200, or a 206 whose `Content-Range` begins at 0.
    FromTheStart,
    /// The same, for opaque answers; else any 2xx but a part that begins later.
    FromTheStartIfOpaque,
}

/// Which opaque responses an engine refuses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OpaqueResponseBlocking {
    /// None.
    None,
    /// HTML, JSON and XML, for pictures and media.
    Types,
    /// For every element: types that only data has, and what begins as HTML, XML or JSON does.
    TypesAndBytes,
}

/// What becomes of a `Set-Cookie` line with control characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ControlInCookie {
    /// It counts.
    Kept,
    /// It counts if the only ones are tabs.
    TabKept,
    /// It does not count; a tab around a name or value is a blank.
    Rejected,
}

/// How a status line is read that has not the form `HTTP/1.1 200 OK`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OddStatusLine {
    /// Whatever begins as `http` in any letter case counts, with 200 for a status that is missing. Anything else
    /// is a network error.
    Lenient,
    /// The same, but `ICY ` and what comes from a scheme's default port is HTTP/0.9: a 200 without headers.
    LenientOrNoHead,
    /// What does not begin as `HTTP/1.`, `HTTP/2`, `HTTP/3` or `ICY ` is HTTP/0.9; after these, a status that is
    /// not one to three digits is a network error.
    DigitsOrNoHead,
}

/// How a blank before a header's colon is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BlankBeforeColon {
    /// The blank is stripped and the line counts.
    Stripped,
    /// The line is dropped.
    LineDropped,
}

/// How a carriage return in a response header, without a line feed behind it, is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BareCarriageReturn {
    /// As a line break.
    EndsLine,
    /// As a blank.
    Blank,
    /// The line is dropped.
    LineDropped,
}

/// How the hashes of integrity metadata may be written. All engines take both alphabets of Base64, and padding left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HashEncoding {
    /// In both alphabets at once, with one `=` or two.
    Lenient,
    /// In one alphabet, with one `=` or two.
    OneAlphabet,
    /// In one alphabet, with all of the padding or none.
    Strict,
}
