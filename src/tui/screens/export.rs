//! The report of the run in view: for the clipboard, for the pager, and in a file beside the user, without
//! secrets, and over no file that the user has not given up.

use std::path::{Path, PathBuf};

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::Line;
use ratatui::widgets::{Clear, Paragraph};
use url::Url;

use super::bars::hint_line;
use crate::case::Case;
use crate::engine::Engine;
use crate::report::{ReportOptions, WhatIfReport, html, markdown};
use crate::session::{Edit, Redactor, Replay, WhatIf, replay};
use crate::tui::action::Action;
use crate::tui::layout::overlay;
use crate::tui::message::{Cmd, Export};
use crate::tui::model::{Model, Overlay};
use crate::tui::outcome::Outcome;
use crate::tui::screens::fix;
use crate::tui::theme::Meaning;
use crate::tui::widgets::field::{Lines, TextField};
use crate::tui::widgets::panel::{Focus, inside, panel};
use crate::tui::widgets::prompt;

/// Why there is no report, where its secrets cannot be taken out.
const UNREDACTED: &str = "Without its secrets this fetch would be decided otherwise: no report. \
                          corscope check --show-secrets writes one with them.";

/// The question that is asked where the file is there already.
#[derive(Clone, Debug)]
pub struct Taken {
    /// The name, to be typed over.
    pub field: TextField,
    export: Export,
}

/// The report in Markdown, without secrets.
///
/// # Errors
///
/// Why there is none.
pub fn text(model: &Model) -> Result<String, &'static str> {
    report(model, markdown)
}

fn report(
    model: &Model,
    write: fn(&Case, &ReportOptions<'_>) -> String,
) -> Result<String, &'static str> {
    let outcome = model.outcome.as_deref();
    let outcome = outcome.ok_or("Nothing was sent yet, so there is nothing to report.")?;
    let imagined = model.what_if.as_deref();
    let edits = imagined.map_or(&[][..], |imagined| &imagined.edits[..]);
    let real = fix::real_case(outcome);
    let mut redactor = Redactor::of(&real.session);
    let real = real.redacted_by(&mut redactor).ok_or(UNREDACTED)?;
    if edits.is_empty() {
        let recipe = recipe_of(model, outcome, &real);
        let recipe = recipe.as_ref();
        let options = ReportOptions {
            recipe,
            ..ReportOptions::default()
        };
        return Ok(write(&real, &options));
    }
    let edits: Vec<Edit> = edits.iter().map(|edit| redactor.edit(edit)).collect();
    let edited = WhatIf::new(&real.session, &edits).session(Engine::ALL);
    let replayed = replay(&edited, edited.engine());
    let (case, asks) = match &replayed {
        Replay::Decided(finished) => (Some(Case::new(edited, (**finished).clone())), None),
        Replay::NeedsAnswer(pending) => (None, Some(pending.request())),
    };
    let options = ReportOptions {
        what_if: Some(WhatIfReport {
            edits: &edits,
            before: &real,
            asks,
        }),
        ..ReportOptions::default()
    };
    Ok(write(case.as_ref().unwrap_or(&real), &options))
}

/// The recipe that the user sees, where there is something to fix and the stack is more than the first of a list.
fn recipe_of(
    model: &Model,
    outcome: &Outcome,
    redacted: &Case,
) -> Option<crate::fix::RenderedRecipe> {
    if redacted.fixes.is_empty() {
        return None;
    }
    fix::known_recipe(model, outcome)
}

/// Writes the report to a file: HTML if `as_html`, else Markdown.
pub fn begin(model: &mut Model, as_html: bool) -> Vec<Cmd> {
    let (ending, written) = match as_html {
        true => ("html", report(model, html)),
        false => ("md", report(model, markdown)),
    };
    match written {
        Ok(text) => vec![Cmd::Export(Export {
            path: PathBuf::from(format!("corscope-{}.{ending}", subject(model))),
            bytes: text.into_bytes(),
            over: false,
        })],
        Err(why) => {
            model.warn(why);
            Vec::new()
        }
    }
}

/// The host that was asked, as a part of a file's name.
fn subject(model: &Model) -> String {
    let session = model.outcome.as_ref().map(|outcome| &outcome.case.session);
    let url = session.and_then(|session| session.page.url.join(&session.request.url).ok());
    let host = url.as_ref().and_then(Url::host_str).unwrap_or("report");
    let safe = |c: char| match c {
        'a'..='z' | 'A'..='Z' | '0'..='9' | '.' | '-' => c,
        _ => '-',
    };
    host.chars().map(safe).take(100).collect()
}

/// The file is there already: asks what to do.
pub fn taken(model: &mut Model, export: Export) {
    let name = export.path.to_string_lossy();
    model.overlay = Overlay::Export(Box::new(Taken {
        field: TextField::new(&name, Lines::One),
        export,
    }));
}

/// Does what an action says.
pub fn act(model: &mut Model, action: Action) -> Vec<Cmd> {
    let Overlay::Export(taken) = &mut model.overlay else {
        return Vec::new();
    };
    match action {
        Action::Dismiss => {
            model.overlay = Overlay::None;
            model.say("Nothing was written.");
        }
        Action::Accept => {
            let typed = taken.field.text();
            let path = Path::new(typed.trim());
            if path.as_os_str().is_empty() {
                return Vec::new();
            }
            let mut export = taken.export.clone();
            // Only the name that was asked about is given up.
            export.over = path == export.path;
            export.path = path.to_owned();
            model.overlay = Overlay::None;
            return vec![Cmd::Export(export)];
        }
        _ => {
            taken.field.edit(action);
        }
    }
    Vec::new()
}

/// Draws the question.
///
/// ```text
/// ╭▸ There is a file of this name ─────────────────────────╮
/// │ > corscope-api.yourcompany.example.md                  │
/// │                                                        │
/// │ Enter replaces it. Another name writes another file.   │
/// │                                                        │
/// │ Enter write   Esc close                                │
/// ╰────────────────────────────────────────────────────────╯
/// ```
pub fn draw(model: &Model, taken: &Taken, frame: &mut Frame) {
    let theme = &model.theme;
    let area = overlay(model, 76, 7);
    let inner = inside(area);
    frame.render_widget(Clear, area);
    let title = "There is a file of this name";
    let block = panel(theme, title, Focus::Here).style(theme[Meaning::Text]);
    frame.render_widget(block, area);
    let below = Rect {
        y: inner.y.saturating_add(2).min(inner.bottom()),
        height: inner.height.saturating_sub(2),
        ..inner
    };
    let same = Path::new(taken.field.text().trim()) == taken.export.path;
    let told = match same {
        true => "Enter replaces it. Another name writes another file.",
        false => "Enter writes to this file.",
    };
    let lines = vec![
        Line::styled(told, theme[Meaning::Value]),
        Line::default(),
        hint_line(model, usize::from(below.width)),
    ];
    frame.render_widget(Paragraph::new(lines), below);
    prompt::draw(&taken.field, "a name", theme, inner, frame);
}
