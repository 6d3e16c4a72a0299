//! Whether one colour can be read on another, and what is done where it cannot.

use ratatui::style::{Color, Style};
use ratatui::text::Line;

use super::{Meaning, Theme};

/// What large or bold text needs at least: <https://www.w3.org/TR/WCAG22/#contrast-minimum>.
const LEAST: f64 = 3.0;

/// How far two colours stand apart, from 1 to 21; `None` where the terminal chooses one of them.
///
/// <https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio>
pub fn contrast(one: Color, other: Color) -> Option<f64> {
    let (one, other) = (luminance(one)?, luminance(other)?);
    Some((one.max(other) + 0.05) / (one.min(other) + 0.05))
}

fn luminance(colour: Color) -> Option<f64> {
    let Color::Rgb(red, green, blue) = colour else {
        return None;
    };
    let linear = |part: u8| {
        let part = f64::from(part) / 255.0;
        match part <= 0.04045 {
            true => part / 12.92,
            false => ((part + 0.055) / 1.055).powf(2.4),
        }
    };
    Some(0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue))
}

impl Theme {
    /// A line on the ground of a selection. What could not be read there takes the colour of the selection;
    /// what has a ground of its own keeps it.
    pub fn selected(&self, mut line: Line<'static>, meaning: Meaning) -> Line<'static> {
        let style = self[meaning];
        for span in &mut line.spans {
            let readable = match (span.style.fg, style.bg) {
                (Some(fg), Some(bg)) => contrast(fg, bg).is_some_and(|ratio| ratio >= LEAST),
                _ => true,
            };
            if span.style.bg.is_none() && !readable {
                let fg = style.fg.or(self[Meaning::Text].fg);
                span.style = span.style.patch(Style { fg, ..style });
            }
        }
        line.style(style)
    }
}
