//! Which part of the screen is where; shared by drawing, scrolling and the mouse.

use ratatui::layout::{Constraint, Layout, Rect, Size};

use super::model::{Model, Panel};

/// From this size on all panels are in view at once.
const WIDE: Size = Size {
    width: 100,
    height: 22,
};

/// From this height on a narrow screen shows the beginning of the detail under the trace.
const STACKED: u16 = 20;

/// Where everything is. A part without room is empty.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Regions {
    /// The line on top: who asks whom, or the tabs.
    pub top: Rect,
    /// Everything between the bars.
    pub body: Rect,
    /// The request; empty where another panel has its place.
    pub request: Rect,
    /// The trace.
    pub trace: Rect,
    /// The detail.
    pub detail: Rect,
    /// The verdict.
    pub verdict: Rect,
    /// The keys.
    pub footer: Rect,
}

impl Regions {
    /// The area of a panel.
    pub fn panel(&self, panel: Panel) -> Rect {
        match panel {
            Panel::Request => self.request,
            Panel::Trace => self.trace,
            Panel::Detail => self.detail,
        }
    }
}

/// Whether all panels are in view at once.
pub fn is_wide(size: Size) -> bool {
    size.width >= WIDE.width && size.height >= WIDE.height
}

/// Where everything is.
pub fn regions(model: &Model) -> Regions {
    let screen = Rect::new(0, 0, model.size.width, model.size.height);
    // The verdict is the last thing to go when room gets scarce.
    let verdict = match screen.height {
        0 => 0,
        1..12 => 1,
        _ => 2,
    };
    let [top, body, verdict, footer] = Layout::vertical([
        Constraint::Length(u16::from(screen.height >= 5)),
        Constraint::Fill(1),
        Constraint::Length(verdict),
        Constraint::Length(u16::from(screen.height >= 8)),
    ])
    .areas(screen);
    let mut regions = Regions {
        top,
        body,
        request: Rect::ZERO,
        trace: Rect::ZERO,
        detail: Rect::ZERO,
        verdict,
        footer,
    };
    if is_wide(model.size) {
        let left = (screen.width * 2 / 5).clamp(44, 72);
        let [request, right] =
            Layout::horizontal([Constraint::Length(left), Constraint::Fill(1)]).areas(body);
        let [trace, detail] = above_each_other(model, right);
        regions.request = request;
        regions.trace = trace;
        regions.detail = detail;
        return regions;
    }
    match model.panel {
        Panel::Request => regions.request = body,
        Panel::Trace if screen.height >= STACKED => {
            let [trace, detail] = above_each_other(model, body);
            regions.trace = trace;
            regions.detail = detail;
        }
        Panel::Trace => regions.trace = body,
        Panel::Detail => regions.detail = body,
    }
    regions
}

/// Trace and detail: the trace takes what its rows need, but neither too little nor more than half.
fn above_each_other(model: &Model, area: Rect) -> [Rect; 2] {
    let rows = model
        .outcome
        .as_ref()
        .map_or(0, |outcome| outcome.rows.len());
    let wanted = u16::try_from(rows + 3).unwrap_or(u16::MAX);
    let half = area.height / 2;
    let least = (area.height * 2 / 5).min(12);
    let height = wanted.clamp(least.min(half), half);
    Layout::vertical([Constraint::Length(height), Constraint::Fill(1)]).areas(area)
}

/// Where overlays go: between the bars, at most of that size.
pub fn overlay(model: &Model, width: u16, height: u16) -> Rect {
    let body = regions(model).body;
    body.centered(
        Constraint::Length(width.min(body.width)),
        Constraint::Length(height.min(body.height)),
    )
}
