//! The bars: who asks whom on top, and the keys at the bottom.

use ratatui::Frame;
use ratatui::layout::{Position, Rect};
use ratatui::text::{Line, Span};
use ratatui::widgets::Paragraph;
use unicode_width::UnicodeWidthStr;

use super::{Screen, search};
use crate::diagnose::{Label, shown};
use crate::tui::action::{Action, Place};
use crate::tui::layout::{is_wide, shows_all};
use crate::tui::model::{Model, Panel, Run};
use crate::tui::theme::Meaning;
use crate::tui::widgets::text::{clip_line, columns};

/// The panels and their names on the tabs.
const TABS: [(Panel, &str); 3] = [
    (Panel::Request, " 1 Request "),
    (Panel::Trace, " 2 Trace "),
    (Panel::Detail, " 3 Detail "),
];

/// The program's name on a small screen stays away: the tabs need the room.
const BRAND: &str = " corscope ";

fn brand(model: &Model) -> &'static str {
    if model.size.width >= 60 { BRAND } else { "" }
}

/// Draws the line on top.
pub fn draw_top(model: &Model, area: Rect, frame: &mut Frame) {
    let theme = &model.theme;
    let width = usize::from(area.width);
    let mut left = Line::from(vec![Span::styled(brand(model), theme[Meaning::Brand])]);
    if model.screen != Screen::Debug {
        let title = format!(" {} ", model.screen.title());
        left.push_span(Span::styled(title, theme[Meaning::TabChosen]));
    } else if shows_all(model) {
        left.push_span(Span::raw("  "));
        for span in route(model) {
            left.push_span(span);
        }
    } else {
        for (panel, name) in TABS {
            let style = match panel == model.panel {
                true => Meaning::TabChosen,
                false => Meaning::Tab,
            };
            left.push_span(Span::styled(name, theme[style]));
        }
    }
    let engines = engines(model);
    let with = |commands: bool| {
        let mut right = engines.clone();
        right.spans.extend(help_hint(model, commands).spans);
        right
    };
    let wanted = line_width(&with(true));
    let roomy = line_width(&left) + wanted + 2 <= width && wanted <= width * 2 / 3;
    let line = ends(left, with(roomy), width);
    frame.render_widget(Paragraph::new(line).style(theme[Meaning::Bar]), area);
}

/// The panel whose tab is under a position of the debug screen.
pub fn tab_at(model: &Model, area: Rect, position: Position) -> Option<Panel> {
    if model.screen != Screen::Debug || shows_all(model) || !area.contains(position) {
        return None;
    }
    let mut x = area.x + u16::try_from(brand(model).len()).ok()?;
    for (panel, name) in TABS {
        let width = u16::try_from(name.len()).ok()?;
        if (x..x + width).contains(&position.x) {
            return Some(panel);
        }
        x += width;
    }
    None
}

/// Who asks whom, and the lesson.
fn route(model: &Model) -> Vec<Span<'static>> {
    let theme = &model.theme;
    let host = |text: &str| {
        url::Url::parse(text.trim())
            .ok()
            .and_then(|url| url.host_str().map(shown))
            .unwrap_or_else(|| "?".to_owned())
    };
    let mut spans = vec![
        Span::styled(host(&model.composer.page.text()), theme[Meaning::Strong]),
        Span::styled(" → ", theme[Meaning::Muted]),
        Span::styled(host(&model.composer.url.text()), theme[Meaning::Strong]),
    ];
    if let Some((lesson, server)) = model.lesson() {
        let text = format!("   lab: {} · {}", lesson.title, server.id);
        spans.push(Span::styled(text, theme[Meaning::Muted]));
    }
    spans
}

/// From this width on there is room for the verdicts beside the tabs.
const ENGINES_FROM: u16 = 80;

/// The verdict of every browser, as a sign before its name.
fn engines(model: &Model) -> Line<'static> {
    let mut line = Line::default();
    let Some(outcome) = model
        .outcome
        .as_ref()
        .filter(|_| model.size.width >= ENGINES_FROM && matches!(model.run, Run::Idle))
    else {
        return line;
    };
    let theme = &model.theme;
    for (engine, label) in outcome.labels() {
        let (sign, meaning) = label_sign(label);
        line.push_span(Span::styled(sign, theme[meaning]));
        let gap = if is_wide(model.size) { "  " } else { " " };
        let name = format!(" {}{gap}", engine.title());
        line.push_span(Span::styled(name, theme[Meaning::Strong]));
    }
    line
}

/// How a verdict is drawn where there is room for one sign.
pub fn label_sign(label: Label) -> (&'static str, Meaning) {
    match label {
        Label::Allowed => ("✓", Meaning::Pass),
        Label::Opaque => ("◐", Meaning::Pass),
        Label::Blocked | Label::Failed => ("✗", Meaning::Fail),
        Label::Depends => ("?", Meaning::Warning),
        Label::AsksElse => ("…", Meaning::Warning),
    }
}

/// Where all commands are, if there is room, and all keys.
fn help_hint(model: &Model, roomy: bool) -> Line<'static> {
    let theme = &model.theme;
    let mut line = Line::default();
    for (action, word) in [(Action::Palette, " commands  "), (Action::Help, " keys ")] {
        let key = model.keymap.key_for(&[Place::Anywhere], action);
        if let Some(key) = key.filter(|_| roomy || action == Action::Help) {
            line.push_span(Span::styled(key.to_string(), theme[Meaning::Key]));
            line.push_span(Span::styled(word, theme[Meaning::Muted]));
        }
    }
    line
}

/// A line with something at both ends. The right end has up to two thirds; the left end gets the rest.
pub fn ends(left: Line<'static>, right: Line<'static>, width: usize) -> Line<'static> {
    if line_width(&right) == 0 {
        return clip_line(left, width);
    }
    let right = clip_line(right, width * 2 / 3);
    let wanted = line_width(&right);
    let mut line = clip_line(left, width.saturating_sub(wanted + 2));
    line.push_span(" ".repeat(width.saturating_sub(line_width(&line) + wanted)));
    line.spans.extend(right.spans);
    line
}

fn line_width(line: &Line<'_>) -> usize {
    line.spans.iter().map(|span| columns(&span.content)).sum()
}

/// Whether there is something for the action to do: what cannot be done leaves its room to what can.
fn is_offered(model: &Model, action: Action) -> bool {
    let outcome = model.outcome.as_ref();
    let fixes = outcome.map_or(0, |outcome| outcome.case.fixes.len());
    match action {
        Action::SwitchServer => model.lesson().is_some(),
        Action::Cause => outcome.is_some_and(|outcome| outcome.cause().is_some()),
        Action::NextProblem if model.screen == Screen::Debug => {
            outcome.is_some_and(|outcome| outcome.problem_rows().count() > 1)
        }
        Action::ApplyFix => fixes > 0,
        Action::OtherFix => fixes > 1,
        Action::WhatIf | Action::Sequence => outcome.is_some(),
        _ => true,
    }
}

/// The keys that count here, as many as there is room for.
pub fn hint_line(model: &Model, width: usize) -> Line<'static> {
    let theme = &model.theme;
    let mut line = Line::default();
    let mut used = 0;
    let mut places = model.places();
    if model.screen != Screen::Debug {
        // What counts everywhere leads away from here; the help has it.
        places.retain(|place| *place != Place::Anywhere);
    }
    for (row, key) in model.keymap.hints(&places) {
        let Some(hint) = &row.hint else { continue };
        if !is_offered(model, row.action) {
            continue;
        }
        let key = key.to_string();
        let gap = if used == 0 { "" } else { "   " };
        let wanted = gap.len() + key.width() + 1 + hint.width();
        if used + wanted > width {
            break;
        }
        used += wanted;
        line.push_span(Span::raw(gap));
        line.push_span(Span::styled(key, theme[Meaning::Key]));
        line.push_span(Span::styled(format!(" {hint}"), theme[Meaning::Muted]));
    }
    line
}

/// Draws the keys, or the search in their place.
pub fn draw_footer(model: &Model, area: Rect, frame: &mut Frame) {
    let search = model.search.as_ref();
    let here = model.screen == Screen::Debug && model.panel != Panel::Request;
    if let Some(search) = search.filter(|_| here && !area.is_empty()) {
        return search::draw(model, search, area, frame);
    }
    let width = usize::from(area.width).saturating_sub(2);
    let mut line = hint_line(model, width);
    line.spans.insert(0, Span::raw(" "));
    frame.render_widget(Paragraph::new(line), area);
}
