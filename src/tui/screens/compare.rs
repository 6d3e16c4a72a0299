//! Two runs side by side: what was asked, exchanged and decided, differences marked.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::Paragraph;

use super::Screen;
use crate::report::{Comparison, Mark, Pair};
use crate::tui::action::Action;
use crate::tui::layout::regions;
use crate::tui::message::Cmd;
use crate::tui::model::Model;
use crate::tui::theme::{Meaning, Theme};
use crate::tui::widgets::panel::{Focus, inside, more, panel};
use crate::tui::widgets::text::{Piece, clip, columns, wrap};

/// Columns between the two sides.
const GAP: usize = 3;

/// Columns by which a line that goes on is moved to the right.
const HANGING: usize = 2;

/// The screen.
#[derive(Clone, Debug)]
pub struct Compared {
    /// What stands over each side.
    pub titles: [String; 2],
    /// The two runs.
    pub comparison: Comparison,
    /// Whether only what differs is shown.
    pub only_differences: bool,
    /// How many lines are scrolled away.
    pub offset: usize,
}

/// Opens the screen on two runs.
pub fn open(model: &mut Model, titles: [String; 2], comparison: Comparison) {
    model.comparison = Some(Box::new(Compared {
        titles,
        comparison,
        only_differences: false,
        offset: 0,
    }));
    model.screen = Screen::Compare;
}

/// Does what an action says; `None` where it means nothing here.
pub fn act(model: &mut Model, action: Action) -> Option<Vec<Cmd>> {
    if action == Action::Dismiss {
        model.screen = Screen::History;
        return Some(Vec::new());
    }
    let body = body_area(model);
    let (width, height) = (usize::from(body.width), usize::from(body.height));
    let theme = model.theme.clone();
    let open = model.comparison.as_mut()?;
    if action == Action::OnlyDifferences {
        open.only_differences = !open.only_differences;
        open.offset = 0;
        return Some(Vec::new());
    }
    let rows = rows(open, &theme, width);
    let limit = rows.len().saturating_sub(height);
    let page = height.saturating_sub(1).max(1);
    let differs = |at: &usize| rows[*at].differs && (*at == 0 || !rows[*at - 1].differs);
    let offset = open.offset.min(limit);
    open.offset = match action {
        Action::Up => offset.saturating_sub(1),
        Action::Down => offset + 1,
        Action::PageUp => offset.saturating_sub(page),
        Action::PageDown => offset + page,
        Action::Top => 0,
        Action::Bottom => limit,
        Action::NextProblem => (offset + 1..rows.len()).find(differs).unwrap_or(offset),
        Action::PreviousProblem => (0..offset).rev().find(differs).unwrap_or(offset),
        _ => return None,
    }
    .min(limit);
    Some(Vec::new())
}

/// A line of the screen.
struct Row {
    line: Line<'static>,
    differs: bool,
}

fn rows(open: &Compared, theme: &Theme, width: usize) -> Vec<Row> {
    let mut rows = Vec::new();
    let plain = |line: Line<'static>| Row {
        line,
        differs: false,
    };
    for section in &open.comparison.sections {
        let alike = section.rows.iter().all(|row| row.mark == Mark::Same);
        if alike && open.only_differences {
            continue;
        }
        if !rows.is_empty() {
            rows.push(plain(Line::default()));
        }
        rows.push(plain(Line::styled(
            clip(&section.title, width),
            theme[Meaning::Heading],
        )));
        for pair in &section.rows {
            if pair.mark != Mark::Same || !open.only_differences {
                pair_rows(pair, theme, width, &mut rows);
            }
        }
    }
    if rows.is_empty() {
        let text = "The two runs are alike.";
        rows.push(plain(Line::styled(text, theme[Meaning::Muted])));
    }
    rows
}

/// Columns of one side: a sign and a blank stand before both.
fn side(width: usize) -> usize {
    width.saturating_sub(2 + GAP) / 2
}

fn pair_rows(pair: &Pair, theme: &Theme, width: usize, rows: &mut Vec<Row>) {
    let side = side(width);
    let (left, right, sign) = match pair.mark {
        Mark::Same => (Meaning::Muted, Meaning::Muted, Meaning::Muted),
        Mark::Changed => (Meaning::Value, Meaning::Strong, Meaning::Warning),
        Mark::Left => (Meaning::Fail, Meaning::Value, Meaning::Fail),
        Mark::Right => (Meaning::Value, Meaning::Pass, Meaning::Pass),
    };
    let [lefts, rights] = [(&pair.left, left), (&pair.right, right)].map(|(text, meaning)| {
        let style = theme[meaning];
        let wrapped = |part| wrap(&[Piece::new(part, style)], side, HANGING, style);
        text.split('\n').flat_map(wrapped).collect::<Vec<_>>()
    });
    for at in 0..lefts.len().max(rights.len()).max(1) {
        let shown = if at == 0 { pair.mark.sign() } else { ' ' };
        let mut line = Line::from(Span::styled(format!("{shown} "), theme[sign]));
        let mut used = 0;
        for span in lefts.get(at).into_iter().flat_map(|line| &line.spans) {
            used += columns(&span.content);
            line.push_span(span.clone());
        }
        line.push_span(Span::raw(" ".repeat(side.saturating_sub(used))));
        line.push_span(Span::styled(" │ ", theme[Meaning::Border]));
        line.spans.extend(
            rights
                .get(at)
                .into_iter()
                .flat_map(|line| line.spans.clone()),
        );
        rows.push(Row {
            line,
            differs: pair.mark != Mark::Same,
        });
    }
}

/// Under the titles of the two sides.
fn body_area(model: &Model) -> Rect {
    let area = inside(regions(model).body);
    Rect {
        y: area.y + 2.min(area.height),
        height: area.height.saturating_sub(2),
        ..area
    }
}

/// Draws the two runs.
///
/// ```text
/// ╭▸ Compare: 3 differences ──────────────────────────────────────╮
/// │   run 1  2026-11-22 18:40      │ run 2  2026-11-22 18:41      │
/// │                                                               │
/// │ Verdict                                                       │
/// │ ~ verdict: blocked             │ verdict: allowed             │
/// ╰───────────────────────────────────────────────────────────────╯
/// ```
pub fn draw(model: &Model, area: Rect, frame: &mut Frame) {
    let theme = &model.theme;
    let Some(open) = &model.comparison else {
        return;
    };
    let body = body_area(model);
    let (width, height) = (usize::from(body.width), usize::from(body.height));
    let rows = rows(open, theme, width);
    let title = match open.comparison.differences() {
        0 => "Compare: no difference".to_owned(),
        1 => "Compare: 1 difference".to_owned(),
        count => format!("Compare: {count} differences"),
    };
    let mut block = panel(theme, &title, Focus::Here);
    if let Some(signs) = more(rows.len(), open.offset, height) {
        block = block.title_bottom(Line::styled(signs, theme[Meaning::Muted]).right_aligned());
    }
    frame.render_widget(block, area);
    let side = side(width);
    let [left, right] = open.titles.each_ref().map(|title| clip(title, side));
    let gap = " ".repeat(side.saturating_sub(columns(&left)));
    let head = Line::from(vec![
        Span::styled(format!("  {left}{gap}"), theme[Meaning::Strong]),
        Span::styled(" │ ", theme[Meaning::Border]),
        Span::styled(right, theme[Meaning::Strong]),
    ]);
    frame.render_widget(
        Paragraph::new(head),
        Rect {
            height: 1.min(inside(area).height),
            ..inside(area)
        },
    );
    let lines: Vec<_> = rows
        .into_iter()
        .skip(open.offset)
        .take(height)
        .map(|row| row.line)
        .collect();
    frame.render_widget(Paragraph::new(lines), body);
}
