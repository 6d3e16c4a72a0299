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
        Some(total) => {
            let places = runs.offset..(runs.offset + height).min(total);
            let shown = places.clone().filter_map(|place| runs.at(place));
            let table = Table::of(shown, width);
            places.map(|place| row(model, place, &table)).collect()
        }
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

/// From this width on there is room for the reason.
const REASON_FROM: usize = 110;

/// From this width on there is room for the lab's server.
const LAB_FROM: usize = 140;

/// From this width on there is room for the page.
const PAGE_FROM: usize = 150;

/// Columns between two columns of the table.
const BETWEEN: usize = 2;

/// Columns of the signs before a run.
const SIGNS: usize = 4;

/// Columns of the verdict, its sign included.
const VERDICT: usize = 9;

/// How wide the columns of the runs in view are; one that is 0 is left out.
struct Table {
    time: usize,
    target: usize,
    page: usize,
    reason: usize,
    name: usize,
    /// All of it.
    width: usize,
}

impl Table {
    /// Each column as wide as what stands in it; the target gives way where that is too much.
    fn of<'a>(entries: impl Iterator<Item = &'a Entry>, width: usize) -> Self {
        let [mut time, mut target, mut page, mut reason, mut name] = [0; 5];
        for entry in entries {
            let widest = |column: &mut usize, text: &str| *column = columns(text).max(*column);
            widest(&mut time, &entry.when);
            widest(&mut target, &target_of(entry));
            widest(&mut page, &page_of(entry));
            widest(&mut reason, &reason_of(entry));
            widest(&mut name, &name_of(entry, width));
        }
        let from = |least: usize, column: usize| if width >= least { column } else { 0 };
        let mut table = Self {
            time: from(TIME_FROM, time),
            target,
            page: from(PAGE_FROM, page).min(width / 4),
            reason: from(REASON_FROM, reason).min(width / 4),
            name: from(NAME_FROM, name).min(width / 3),
            width,
        };
        let others = [table.time, table.page, table.reason, table.name];
        let others = others.iter().filter(|column| **column > 0);
        let taken: usize = others.map(|column| column + BETWEEN).sum();
        let room = width.saturating_sub(SIGNS + VERDICT + BETWEEN + taken);
        table.target = table.target.min(room);
        table
    }
}

fn target_of(entry: &Entry) -> String {
    let record = &entry.record;
    format!("{} {}", shown(&record.method), shown(&record.target))
}

fn page_of(entry: &Entry) -> String {
    let page = entry.record.page.trim_end_matches('/');
    format!("from {}", shown(page))
}

fn reason_of(entry: &Entry) -> String {
    shown(entry.record.reason.as_deref().unwrap_or_default())
}

/// The name of a run; where it has none and there is room, the lab's server that answered.
fn name_of(entry: &Entry, width: usize) -> String {
    let record = &entry.record;
    let lab = record.lab.as_ref().filter(|_| width >= LAB_FROM);
    let name = record.name.as_ref().or(lab);
    name.map(|name| shown(name)).unwrap_or_default()
}

fn row(model: &Model, place: usize, table: &Table) -> Line<'static> {
    let (theme, runs) = (&model.theme, &model.history);
    let chosen = place == runs.selected;
    let Some(entry) = runs.at(place) else {
        return Line::styled("  …", theme[Meaning::Muted]);
    };
    let (sign, meaning) = match entry.record.verdict.as_str() {
        "allowed" => ("✓", Meaning::Pass),
        "opaque" => ("◐", Meaning::Pass),
        _ => ("✗", Meaning::Fail),
    };
    let mut line = Line::default();
    let mut left = table.width;
    let mut put = |text: String, meaning: Meaning, column: usize| {
        let column = column.min(left);
        if column == 0 {
            return;
        }
        let text = clip(&text, column);
        let blanks = (column - columns(&text).min(column) + BETWEEN).min(left - columns(&text));
        left -= columns(&text) + blanks;
        let style = match chosen {
            true => theme[meaning].patch(theme[Meaning::Selected]),
            false => theme[meaning],
        };
        line.push_span(Span::styled(format!("{text}{}", " ".repeat(blanks)), style));
    };
    let pointer = if chosen { "▸" } else { " " };
    let mark = match runs.marked.contains(&entry.id) {
        true => "●",
        false => " ",
    };
    put(format!("{pointer}{mark}"), Meaning::Value, SIGNS - BETWEEN);
    put(entry.when.clone(), Meaning::Muted, table.time);
    put(format!("{sign} {}", entry.record.verdict), meaning, VERDICT);
    put(target_of(entry), Meaning::Value, table.target);
    put(page_of(entry), Meaning::Muted, table.page);
    put(reason_of(entry), Meaning::Muted, table.reason);
    put(name_of(entry, table.width), Meaning::Strong, table.name);
    put(String::new(), Meaning::Value, usize::MAX);
    line
}
