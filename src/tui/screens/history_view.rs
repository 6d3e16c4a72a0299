//! How the runs that were kept look: the list, and what is known of the selected one.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::Paragraph;

use crate::assets::finding;
use crate::diagnose::shown;
use crate::history::Entry;
use crate::tui::layout::regions;
use crate::tui::model::Model;
use crate::tui::theme::Meaning;
use crate::tui::widgets::panel::{Focus, inside, more, panel};
use crate::tui::widgets::text::{clip, columns, wrap_plain};

/// From this height on the selected run is told below the list.
const TOLD_FROM: u16 = 16;

/// Rows of what is told of it, the line above it included.
const TOLD: u16 = 7;

/// Columns of the labels there.
const LABEL: usize = 9;

/// Where the runs stand: under the filter, where there is one.
pub fn list_area(model: &Model) -> Rect {
    let mut area = inside(regions(model).body);
    if area.height >= TOLD_FROM {
        area.height -= TOLD;
    }
    let runs = &model.history;
    if runs.typing || runs.naming.is_some() || !runs.filter.is_empty() {
        area.y += 1.min(area.height);
        area.height = area.height.saturating_sub(1);
    }
    area
}

/// Draws the list.
///
/// ```text
/// ╭▸ History: 123 runs ─────────────────────────────────────────────────────────╮
/// │ Filter  blocked api▏                                                        │
/// │ ▸ ● 2026-11-22 18:41  ✗ blocked  PUT https://api.example/prices             │
/// │   ○ 2026-11-22 18:40  ✓ allowed  GET https://api.example/prices             │
/// ╰─────────────────────────────────────────────────────────────────────────────╯
/// ```
pub fn draw(model: &Model, area: Rect, frame: &mut Frame) {
    let (theme, runs) = (&model.theme, &model.history);
    let list = list_area(model);
    let height = usize::from(list.height);
    let title = match runs.total {
        None => "History".to_owned(),
        Some(1) => "History: 1 run".to_owned(),
        Some(total) => format!("History: {total} runs"),
    };
    let mut block = panel(theme, &title, Focus::Here);
    if let Some(signs) = more(runs.total.unwrap_or_default(), runs.offset, height) {
        block = block.title_bottom(Line::styled(signs, theme[Meaning::Muted]).right_aligned());
    }
    frame.render_widget(block, area);
    if list.y > inside(area).y {
        draw_field(
            model,
            Rect {
                height: 1,
                y: list.y - 1,
                ..list
            },
            frame,
        );
    }
    let width = usize::from(list.width);
    let lines = match runs.total {
        None => Vec::new(),
        Some(0) if runs.filter.is_empty() => wrap_plain(
            "No runs yet. Every request that is sent is kept here, without its secrets.",
            theme[Meaning::Muted],
            width,
        ),
        Some(0) => wrap_plain("No run holds these words.", theme[Meaning::Muted], width),
        Some(total) => (runs.offset..(runs.offset + height).min(total))
            .map(|place| row(model, place, width))
            .collect(),
    };
    frame.render_widget(Paragraph::new(lines), list);
    let below = inside(area);
    if let Some(entry) = runs.entry().filter(|_| below.height >= TOLD_FROM) {
        let told = Rect {
            y: below.bottom() - TOLD,
            height: TOLD,
            ..below
        };
        frame.render_widget(Paragraph::new(told_of(model, entry, width)), told);
    }
}

/// What is known of a run without deciding it again.
fn told_of(model: &Model, entry: &Entry, width: usize) -> Vec<Line<'static>> {
    let (theme, record) = (&model.theme, &entry.record);
    let mut verdict = record.verdict.clone();
    if let Some(id) = &record.reason {
        let title = finding(id).map(|page| page.title.as_str());
        verdict += &match title {
            Some(title) => format!(": {title} ({id})"),
            None => format!(": {}", shown(id)),
        };
    }
    let took = record.took.map(|took| format!(", took {took} ms"));
    let secrets = match record.redacted {
        true => ", kept without its secrets",
        false => "",
    };
    let of = match (&record.name, &record.lab) {
        (Some(name), _) => format!("run {}, {}", entry.id, shown(name)),
        (None, Some(lab)) => format!("run {}, lab: {}", entry.id, shown(lab)),
        (None, None) => format!("run {}", entry.id),
    };
    let rows = [
        ("Page", shown(&record.page)),
        (
            "Asks",
            format!(
                "{} {}  by {}, {}",
                shown(&record.method),
                shown(&record.target),
                shown(&record.api),
                shown(&record.engine)
            ),
        ),
        ("Verdict", verdict),
        (
            "When",
            format!("{}{}{secrets}", entry.when, took.unwrap_or_default()),
        ),
        ("Kept as", of),
    ];
    let mut lines = vec![Line::styled("─".repeat(width), theme[Meaning::Border])];
    for (label, text) in rows {
        let text = clip(&text, width.saturating_sub(LABEL));
        lines.push(Line::from(vec![
            Span::styled(format!("{label:LABEL$}"), theme[Meaning::Label]),
            Span::styled(text, theme[Meaning::Value]),
        ]));
    }
    lines
}

/// The line above the runs: the name that is typed, else the filter.
fn draw_field(model: &Model, area: Rect, frame: &mut Frame) {
    let (theme, runs) = (&model.theme, &model.history);
    let (title, field, typing) = match &runs.naming {
        Some(naming) => ("Name    ", &naming.field, true),
        None => ("Filter  ", &runs.filter, runs.typing),
    };
    let (label, value) = match typing {
        true => (Meaning::LabelFocused, Meaning::ValueFocused),
        false => (Meaning::Label, Meaning::Value),
    };
    // Of a text that is too long, the part with the cursor.
    let room = usize::from(area.width).saturating_sub(columns(title) + 1);
    let typed = field.rows(room);
    let text = typed.rows.get(typed.cursor.0).cloned().unwrap_or_default();
    let line = Line::from(vec![
        Span::styled(title, theme[label]),
        Span::styled(text, theme[value]),
    ]);
    frame.render_widget(Paragraph::new(line), area);
    let column = u16::try_from(columns(title) + typed.cursor.1).unwrap_or(u16::MAX);
    if typing && column < area.width {
        frame.set_cursor_position((area.x + column, area.y));
    }
}

/// From this width on there is room for the time.
const TIME_FROM: usize = 64;

/// From this width on there is room for a run's name.
const NAME_FROM: usize = 56;

fn row(model: &Model, place: usize, width: usize) -> Line<'static> {
    let (theme, runs) = (&model.theme, &model.history);
    let chosen = place == runs.selected;
    let Some(entry) = runs.at(place) else {
        return Line::styled("  …", theme[Meaning::Muted]);
    };
    let record = &entry.record;
    let (sign, meaning) = match record.verdict.as_str() {
        "allowed" => ("✓", Meaning::Pass),
        "opaque" => ("◐", Meaning::Pass),
        _ => ("✗", Meaning::Fail),
    };
    let marked = runs.marked.contains(&entry.id);
    let mut line = Line::default();
    let mut left = width;
    let mut put = |text: String, meaning: Meaning, most: usize| {
        let text = clip(&text, most.min(left));
        left -= columns(&text).min(left);
        let style = match chosen {
            true => theme[meaning].patch(theme[Meaning::Selected]),
            false => theme[meaning],
        };
        line.push_span(Span::styled(text, style));
    };
    put(
        format!(
            "{} {} ",
            if chosen { "▸" } else { " " },
            if marked { "●" } else { " " }
        ),
        Meaning::Value,
        width,
    );
    if width >= TIME_FROM {
        put(format!("{}  ", entry.when), Meaning::Muted, width);
    }
    put(format!("{sign} {:<7}  ", record.verdict), meaning, width);
    let reason = record.reason.as_deref().unwrap_or_default();
    let reason_width = if width >= 110 { 26 } else { 0 };
    let name = record
        .name
        .as_deref()
        .or(record.lab.as_deref())
        .unwrap_or_default();
    let name_width = match (&record.name, name) {
        (_, "") => 0,
        (Some(_), name) if width >= NAME_FROM => (columns(&shown(name)) + 2).min(width / 3),
        (None, lab) if width >= 140 => columns(&shown(lab)) + 2,
        _ => 0,
    };
    let page = shown(record.page.trim_end_matches('/'));
    let page_width = if width >= 150 {
        (columns(&page) + 8).min(width / 4)
    } else {
        0
    };
    let target = format!("{} {}", shown(&record.method), shown(&record.target));
    let fixed = 4 + 11 + if width >= TIME_FROM { 18 } else { 0 };
    let room = width.saturating_sub(fixed + reason_width + name_width + page_width);
    let target = clip(&target, room);
    put(format!("{target:room$}"), Meaning::Value, width);
    if page_width > 0 {
        let text = clip(&format!("  from {page}"), page_width);
        put(format!("{text:page_width$}"), Meaning::Muted, width);
    }
    if reason_width > 0 {
        put(format!("  {reason:<24}"), Meaning::Muted, reason_width);
    }
    if name_width > 0 {
        put(format!("  {}", shown(name)), Meaning::Strong, name_width);
    }
    put(" ".repeat(width), Meaning::Value, width);
    line
}
