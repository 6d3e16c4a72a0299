//! Which part of the screen is where; shared by drawing, scrolling and the mouse.

use ratatui::layout::{Position, Rect, Size};

use super::model::{Model, Panel};

/// From this size on all panels are in view at once.
const WIDE: Size = Size {
    width: 100,
    height: 22,
};

/// From this height on a narrow screen shows the beginning of the detail under the trace.
const STACKED: u16 = 20;

/// From this width on trace and detail stand beside each other: lines stay short enough to read.
const SIDE_BY_SIDE: u16 = 180;

/// From this height on a narrow screen has room for all panels, one below the other.
const TALL: u16 = 46;

/// The least columns of a panel beside another, and the least rows of one above another.
const LEAST: Size = Size {
    width: 28,
    height: 4,
};

/// How many thousandths one key moves a border.
const STEP: u16 = 50;

/// Where the user has put the borders, in thousandths of the room; `None` where nobody has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Split {
    /// The request's share.
    pub request: Option<u16>,
    /// The trace's share of what trace and detail have together.
    pub trace: Option<u16>,
}

/// A border that can be moved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Border {
    /// Between the request and the rest.
    Request,
    /// Between trace and detail.
    Trace,
}

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

/// Whether a screen of that size has room for all panels.
pub fn is_wide(size: Size) -> bool {
    size.width >= WIDE.width && size.height >= WIDE.height
}

/// Whether all panels are in view at once, so that no tabs are needed to reach them.
pub fn shows_all(model: &Model) -> bool {
    !model.zoomed && (is_wide(model.size) || model.size.height >= TALL)
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
    // By hand: this is asked many times a picture, and a solver takes longer than the picture.
    let [top, rest] = cut(screen, u16::from(screen.height >= 5));
    let footer = u16::from(screen.height >= 8);
    let [body, bars] = cut(rest, rest.height.saturating_sub(verdict + footer));
    let [verdict, footer] = cut(bars, verdict);
    let mut regions = Regions {
        top,
        body,
        request: Rect::ZERO,
        trace: Rect::ZERO,
        detail: Rect::ZERO,
        verdict,
        footer,
    };
    if shows_all(model) {
        let [request, rest] = match is_wide(model.size) {
            true => {
                let own = match side_by_side(model.size) {
                    true => (screen.width * 3 / 10).clamp(48, 64),
                    false => (screen.width * 2 / 5).clamp(44, 72),
                };
                beside(body, model.split.request, own)
            }
            false => above(body, model.split.request, body.height * 2 / 5),
        };
        regions.request = request;
        [regions.trace, regions.detail] = trace_and_detail(model, rest);
        return regions;
    }
    match model.panel {
        Panel::Request => regions.request = body,
        Panel::Trace if screen.height >= STACKED && !model.zoomed => {
            [regions.trace, regions.detail] = trace_and_detail(model, body);
        }
        Panel::Trace => regions.trace = body,
        Panel::Detail => regions.detail = body,
    }
    regions
}

fn side_by_side(size: Size) -> bool {
    is_wide(size) && size.width >= SIDE_BY_SIDE
}

/// Trace and detail: beside each other where the screen is very wide; else the trace above, with what its
/// rows need, but neither too little nor more than half.
fn trace_and_detail(model: &Model, area: Rect) -> [Rect; 2] {
    if side_by_side(model.size) {
        return beside(area, model.split.trace, area.width * 9 / 20);
    }
    let rows = model
        .outcome
        .as_ref()
        .map_or(0, |outcome| outcome.rows.len());
    let wanted = u16::try_from(rows + 3).unwrap_or(u16::MAX);
    let half = area.height / 2;
    let least = (area.height * 2 / 5).min(12);
    above(area, model.split.trace, wanted.clamp(least.min(half), half))
}

/// Two parts beside each other, the left one as the user wants it, else of its own width.
fn beside(area: Rect, wanted: Option<u16>, own: u16) -> [Rect; 2] {
    let width = share(area.width, wanted, LEAST.width).unwrap_or(own);
    let width = width.min(area.width);
    let right = Rect {
        x: area.x + width,
        width: area.width - width,
        ..area
    };
    [Rect { width, ..area }, right]
}

/// Two parts one above the other.
fn above(area: Rect, wanted: Option<u16>, own: u16) -> [Rect; 2] {
    let height = share(area.height, wanted, LEAST.height).unwrap_or(own);
    cut(area, height)
}

/// The first rows, and the others.
fn cut(area: Rect, height: u16) -> [Rect; 2] {
    let height = height.min(area.height);
    let below = Rect {
        y: area.y + height,
        height: area.height - height,
        ..area
    };
    [Rect { height, ..area }, below]
}

/// So many thousandths of the room; both parts keep the least that they need.
fn share(room: u16, wanted: Option<u16>, least: u16) -> Option<u16> {
    let wanted = u32::from(wanted?) * u32::from(room) / 1000;
    let wanted = u16::try_from(wanted).unwrap_or(room);
    Some(
        wanted
            .min(room.saturating_sub(least))
            .max(least.min(room / 2)),
    )
}

/// The room that a border divides, and where it is in it.
fn divided(model: &Model, border: Border) -> Option<(Rect, Rect, bool)> {
    let parts = regions(model);
    let (first, second) = match border {
        Border::Request => (parts.request, parts.trace.union(parts.detail)),
        Border::Trace => (parts.trace, parts.detail),
    };
    if first.is_empty() || second.is_empty() {
        return None;
    }
    Some((first.union(second), first, first.y == second.y))
}

/// Moves a border by one step.
pub fn move_border(model: &mut Model, border: Border, further: bool) {
    let Some((room, first, across)) = divided(model, border) else {
        return;
    };
    let (now, all) = match across {
        true => (first.width, room.width),
        false => (first.height, room.height),
    };
    let now = thousandths(now, all);
    let moved = match further {
        true => now + STEP,
        false => now.saturating_sub(STEP),
    };
    put_border(model, border, moved);
}

/// Moves a border to a position of the screen.
pub fn drag_border(model: &mut Model, border: Border, position: Position) {
    let Some((room, _, across)) = divided(model, border) else {
        return;
    };
    let (first, all) = match across {
        true => (position.x.saturating_sub(room.x), room.width),
        false => (position.y.saturating_sub(room.y), room.height),
    };
    put_border(model, border, thousandths(first + 1, all));
}

fn put_border(model: &mut Model, border: Border, share: u16) {
    let share = share.clamp(50, 950);
    match border {
        Border::Request => model.split.request = Some(share),
        Border::Trace => model.split.trace = Some(share),
    }
}

/// Rounded up, so that the share of what was asked for is never less.
fn thousandths(part: u16, whole: u16) -> u16 {
    let share = (u32::from(part) * 1000).div_ceil(u32::from(whole.max(1)));
    u16::try_from(share).unwrap_or(1000)
}

/// The border under a position of the screen: the two lines where panels meet. The upper line of the
/// detail has its tabs, and is none.
pub fn border_at(model: &Model, position: Position) -> Option<Border> {
    [Border::Trace, Border::Request].into_iter().find(|border| {
        divided(model, *border).is_some_and(|(room, first, across)| {
            room.contains(position)
                && match across {
                    true => position.x + 1 == first.right() || position.x == first.right(),
                    false => position.y + 1 == first.bottom(),
                }
        })
    })
}

/// Where overlays go: between the bars, at most of that size.
pub fn overlay(model: &Model, width: u16, height: u16) -> Rect {
    let body = regions(model).body;
    let (width, height) = (width.min(body.width), height.min(body.height));
    Rect {
        x: body.x + (body.width - width).div_ceil(2),
        y: body.y + (body.height - height).div_ceil(2),
        width,
        height,
    }
}
