//! What the console of each browser says about the run, in the browser's own words.

use ratatui::text::Line;

use crate::case::Case;
use crate::diagnose::{ConsoleLine, console};
use crate::engine::Engine;
use crate::session::{Replay, replay};
use crate::tui::theme::{Meaning, Theme};
use crate::tui::widgets::text::{Piece, wrap, wrap_plain};

/// The browsers that print, in the order of the tab.
const BROWSERS: [Engine; 3] = [Engine::Chromium, Engine::Firefox, Engine::WebKit];

/// The consoles of a case.
#[derive(Clone, Debug)]
pub struct Consoles(Vec<(Engine, Printed)>);

/// What one console holds.
#[derive(Clone, Debug)]
enum Printed {
    /// These lines.
    Lines(Vec<ConsoleLine>),
    /// Nobody knows: the browser asks what was not asked.
    AsksElse,
}

impl Consoles {
    /// Asks every browser's console.
    pub fn of(case: &Case) -> Self {
        let session = &case.session;
        let printed = |engine: &Engine| {
            let printed = if *engine == session.engine() {
                Printed::Lines(console(*engine, session, &case.finished))
            } else {
                match replay(session, *engine) {
                    Replay::Decided(finished) => {
                        Printed::Lines(console(*engine, session, &finished))
                    }
                    Replay::NeedsAnswer(_) => Printed::AsksElse,
                }
            };
            (*engine, printed)
        };
        Self(BROWSERS.iter().map(printed).collect())
    }
}

impl Consoles {
    /// The first line of each console that has one.
    pub fn first_lines(&self) -> impl Iterator<Item = (Engine, &str)> {
        self.0.iter().filter_map(|(engine, printed)| match printed {
            Printed::Lines(lines) => Some((*engine, lines.first()?.text.as_str())),
            Printed::AsksElse => None,
        })
    }
}

/// The tab.
///
/// ```text
/// Chromium
/// ✗ Access to fetch at 'http://api.example/' from origin 'http://app.example' has been blocked …
///
/// Firefox
/// …
/// ```
pub fn lines_of(consoles: &Consoles, theme: &Theme, width: usize) -> Vec<Line<'static>> {
    let mut lines = Vec::new();
    for (engine, printed) in &consoles.0 {
        if !lines.is_empty() {
            lines.push(Line::default());
        }
        lines.push(Line::styled(engine.title(), theme[Meaning::Heading]));
        match printed {
            Printed::Lines(printed) if printed.is_empty() => {
                lines.extend(wrap_plain("Prints nothing.", theme[Meaning::Muted], width));
            }
            Printed::Lines(printed) => {
                for line in printed {
                    lines.extend(line_of(line, theme, width));
                }
            }
            Printed::AsksElse => {
                let text = "Would send another request first, so what it prints is not known.";
                lines.extend(wrap_plain(text, theme[Meaning::Warning], width));
            }
        }
    }
    lines
}

fn line_of(line: &ConsoleLine, theme: &Theme, width: usize) -> Vec<Line<'static>> {
    let (sign, meaning) = match line.level {
        "error" => ("✗ ", Meaning::Fail),
        "warning" => ("! ", Meaning::Warning),
        _ => ("· ", Meaning::Info),
    };
    let pieces = [
        Piece::new(sign, theme[meaning]),
        Piece::new(&line.text, theme[Meaning::Value]),
    ];
    wrap(&pieces, width, 2, theme[Meaning::Value])
}
