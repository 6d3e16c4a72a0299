//! Two cases side by side as text.

use std::io::{self, Write};

use unicode_width::UnicodeWidthStr as _;

use super::compare::{Comparison, Mark, Section};
use super::text::Palette;

/// The width where the output has none.
const WIDTH: usize = 120;

/// Writes two columns with a sign before each row: `~` changed, `-` only left, `+` only right. Sections
/// that are alike are one line.
pub fn write_comparison(
    out: &mut impl Write,
    titles: [&str; 2],
    comparison: &Comparison,
    width: Option<usize>,
) -> io::Result<()> {
    let column = (width.unwrap_or(WIDTH).max(40) - 5) / 2;
    let palette = Palette::default();
    row(out, ' ', titles[0], titles[1], column)?;
    for section in &comparison.sections {
        writeln!(out)?;
        write_section(out, section, column, &palette)?;
    }
    let number = comparison.differences();
    let told = match number {
        0 => "No difference.".to_owned(),
        1 => "1 difference.".to_owned(),
        _ => format!("{number} differences."),
    };
    writeln!(out, "\n{told}")
}

fn write_section(
    out: &mut impl Write,
    section: &Section,
    column: usize,
    palette: &Palette,
) -> io::Result<()> {
    let (strong, quiet) = (palette.strong, palette.quiet);
    let title = &section.title;
    if section.rows.iter().all(|row| row.mark == Mark::Same) {
        return writeln!(out, "{quiet}{title}: the same{quiet:#}");
    }
    writeln!(out, "{strong}{title}{strong:#}")?;
    for pair in &section.rows {
        row(out, pair.mark.sign(), &pair.left, &pair.right, column)?;
    }
    Ok(())
}

fn row(out: &mut impl Write, sign: char, left: &str, right: &str, column: usize) -> io::Result<()> {
    let wrap = |text: &str| -> Vec<String> {
        let lines = textwrap::wrap(text, column).into_iter();
        lines.map(|line| line.into_owned()).collect()
    };
    let (left, right) = (wrap(left), wrap(right));
    for at in 0..left.len().max(right.len()).max(1) {
        let left = left.get(at).map_or("", String::as_str);
        let right = right.get(at).map_or("", String::as_str);
        let sign = if at == 0 { sign } else { ' ' };
        let gap = " ".repeat(column.saturating_sub(left.width()));
        let line = format!("{sign} {left}{gap} │ {right}");
        writeln!(out, "{}", line.trim_end())?;
    }
    Ok(())
}
