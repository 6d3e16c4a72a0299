//! Content codings undone: gzip, deflate, br, zstd, also several in a row. Streamed and bounded, so
//! that a small body which unpacks to a huge one costs neither time nor memory.

use std::io::{self, BufRead, BufReader, Read};

use flate2::bufread::{DeflateDecoder, GzDecoder, ZlibDecoder};
use ruzstd::decoding::StreamingDecoder;

/// A row longer than this is nobody's honest reply.
const MAX_CODINGS: usize = 5;

/// The zstd window that browsers (and RFC 9659) allow.
const MAX_ZSTD_WINDOW: u64 = 8 * 1024 * 1024;

/// What came out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Decoded {
    /// The unpacked bytes; `None` where there was no coding or nothing could be unpacked.
    pub(super) bytes: Option<Vec<u8>>,
    /// Whether there was more than the limit.
    pub(super) truncated: bool,
    /// What is wrong with the coding.
    pub(super) error: Option<String>,
}

#[derive(Clone, Copy, Debug)]
enum Coding {
    Gzip,
    Deflate,
    Brotli,
    Zstd,
}

/// Undoes the codings of a `Content-Encoding` value, at most to `limit` bytes.
pub(super) fn decode(value: &str, bytes: &[u8], limit: usize) -> Decoded {
    let mut codings = Vec::new();
    for name in value.split([',', ' ', '\t']) {
        codings.push(match name.to_ascii_lowercase().as_str() {
            "gzip" | "x-gzip" => Coding::Gzip,
            "deflate" => Coding::Deflate,
            "br" => Coding::Brotli,
            "zstd" => Coding::Zstd,
            // Browsers hand over what they do not know as it is.
            _ => continue,
        });
    }
    if codings.is_empty() {
        return Decoded::default();
    }
    if codings.len() > MAX_CODINGS {
        return failed(format!("there are {} content codings", codings.len()));
    }

    let bound = limit as u64 + 1;
    let mut reader: Box<dyn BufRead + '_> = Box::new(bytes);
    // The last coding named was the last one applied.
    for &coding in codings.iter().rev() {
        let decoder = match undo(coding, reader) {
            Ok(decoder) => decoder,
            Err(error) => return failed(broken(&error)),
        };
        // Every stage is bounded: one could unpack for ever to what the next makes nothing of.
        reader = Box::new(BufReader::new(decoder.take(bound)));
    }
    let mut out = Vec::new();
    let error = read_some(&mut reader, &mut out).err();
    let error = error.filter(|error| !is_forgiven(error, &codings, bytes));
    let truncated = out.len() > limit;
    out.truncate(limit);
    if truncated {
        return Decoded {
            bytes: Some(out),
            truncated,
            error: None,
        };
    }
    Decoded {
        bytes: (error.is_none() || !out.is_empty()).then_some(out),
        truncated,
        error: error.map(|error| broken(&error)),
    }
}

fn undo<'a>(coding: Coding, mut reader: Box<dyn BufRead + 'a>) -> io::Result<Box<dyn Read + 'a>> {
    Ok(match coding {
        Coding::Gzip => Box::new(GzDecoder::new(reader)),
        // Meant is zlib, but many servers send it bare; browsers look at the first bytes.
        Coding::Deflate => match is_zlib(reader.fill_buf()?) {
            true => Box::new(ZlibDecoder::new(reader)),
            false => Box::new(DeflateDecoder::new(reader)),
        },
        Coding::Brotli => Box::new(brotli_decompressor::Decompressor::new(reader, 4096)),
        Coding::Zstd => {
            let decoder = StreamingDecoder::new_with_max_window_size(reader, MAX_ZSTD_WINDOW)
                .map_err(io::Error::other)?;
            Box::new(decoder)
        }
    })
}

/// Whether this is the two-byte head of zlib: method 8, and a multiple of 31.
fn is_zlib(start: &[u8]) -> bool {
    let &[first, second, ..] = start else {
        return true;
    };
    first & 0x0f == 8 && (u16::from(first) << 8 | u16::from(second)) % 31 == 0
}

/// As `read_to_end`, but what was read before an error stays.
fn read_some(reader: &mut impl BufRead, out: &mut Vec<u8>) -> io::Result<()> {
    loop {
        let chunk = match reader.fill_buf() {
            Ok([]) => return Ok(()),
            Ok(chunk) => chunk,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        out.extend_from_slice(chunk);
        let read = chunk.len();
        reader.consume(read);
    }
}

/// What browsers pass over: that gzip or deflate ends too early, and a checksum that does not fit. In a row of
/// codings a stage may have been stopped at our bound. A few bytes that are no gzip at all are no early end of it.
fn is_forgiven(error: &io::Error, codings: &[Coding], bytes: &[u8]) -> bool {
    const GZIP: &[u8] = &[0x1f, 0x8b];
    let ends_early = error.kind() == io::ErrorKind::UnexpectedEof;
    let checksum = error.to_string().contains("checksum");
    let begins = match codings {
        [Coding::Gzip] => bytes.starts_with(GZIP) || GZIP.starts_with(bytes),
        [Coding::Deflate] => true,
        _ => false,
    };
    begins && (ends_early || checksum)
}

fn broken(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::UnexpectedEof => "the content coding ends too early".to_owned(),
        _ => super::failure::clean(&format!("the content coding is broken: {error}")),
    }
}

fn failed(error: String) -> Decoded {
    Decoded {
        error: Some(error),
        ..Decoded::default()
    }
}
