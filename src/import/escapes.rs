//! Escape sequences in strings of JavaScript, surrogates that are written apart among them.

/// <https://tc39.es/ecma262/#prod-EscapeSequence>. A surrogate becomes two private characters that
/// [`joined_surrogates`] joins.
pub(super) fn unescape(sequence: &str, text: &mut String) {
    let body = sequence.strip_prefix('\\').unwrap_or(sequence);
    let hexadecimal = |digits: &str| u32::from_str_radix(digits, 16).ok();
    let code = match body.chars().next() {
        Some('n') => Some(0x0a),
        Some('r') => Some(0x0d),
        Some('t') => Some(0x09),
        Some('b') => Some(0x08),
        Some('f') => Some(0x0c),
        Some('v') => Some(0x0b),
        Some('0') if body.len() == 1 => Some(0),
        Some('x') => hexadecimal(&body[1..]),
        Some('u') => hexadecimal(body[1..].trim_matches(['{', '}'])),
        Some('0'..='7') => u32::from_str_radix(body, 8).ok(),
        // A line break behind a backslash is none.
        Some('\r' | '\n' | '\u{2028}' | '\u{2029}') => return,
        Some(_) => {
            text.push_str(body);
            return;
        }
        None => return,
    };
    match code {
        Some(code @ 0xd800..=0xdfff) => text.extend(char::from_u32(code - 0xd800 + PRIVATE)),
        Some(code) => text.extend(char::from_u32(code)),
        None => text.push_str(body),
    }
}

/// Where surrogates wait for their other half: the last private plane, which nobody pastes.
const PRIVATE: u32 = 0x10_f000;

pub(super) fn joined_surrogates(text: String) -> String {
    let half = |c: char| {
        u32::from(c)
            .checked_sub(PRIVATE)
            .filter(|half| *half < 0x800)
    };
    if !text.chars().any(|c| half(c).is_some()) {
        return text;
    }
    let units = text.chars().flat_map(|c| {
        let mut buffer = [0; 2];
        let units: Vec<u16> = match half(c).and_then(|half| u16::try_from(half + 0xd800).ok()) {
            Some(unit) => vec![unit],
            None => c.encode_utf16(&mut buffer).to_vec(),
        };
        units
    });
    let decoded = char::decode_utf16(units);
    decoded
        .map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER))
        .collect()
}
