//! Standard input, in blocks of whole lines.

use std::io::{self, BufRead, BufReader};

use tokio::sync::mpsc;

/// How much of standard input is read at once, in bytes.
const INPUT_BLOCK: usize = 64 * 1024;

/// What a file may begin with that says nothing but that it is UTF-8.
const BYTE_ORDER_MARK: &[u8] = "\u{feff}".as_bytes();

/// The lines of a block, without the byte order mark of a file that begins there.
pub(super) fn lines_of(block: &[u8]) -> impl Iterator<Item = &[u8]> {
    let lines = block.split(|&byte| byte == b'\n');
    lines.map(|line| line.strip_prefix(BYTE_ORDER_MARK).unwrap_or(line))
}

/// Standard input, whole lines at a time, read by a thread of its own since it cannot be awaited. What
/// is there is handed over in one piece: waking up for each line costs more than half a request.
pub(super) fn standard_input() -> mpsc::Receiver<io::Result<Vec<u8>>> {
    let (sender, receiver) = mpsc::channel(2);
    std::thread::spawn(move || {
        let mut input = BufReader::with_capacity(INPUT_BLOCK, io::stdin());
        loop {
            let lines = whole_lines(&mut input);
            let ended = matches!(&lines, Ok(lines) if lines.is_empty()) || lines.is_err();
            if sender.blocking_send(lines).is_err() || ended {
                break;
            }
        }
    });
    receiver
}

/// The lines that are there, the last one read to its end; nothing at the end of the input.
fn whole_lines(input: &mut impl BufRead) -> io::Result<Vec<u8>> {
    let mut lines = input.fill_buf()?.to_vec();
    input.consume(lines.len());
    if !lines.is_empty() && lines.last() != Some(&b'\n') {
        input.read_until(b'\n', &mut lines)?;
    }
    Ok(lines)
}
