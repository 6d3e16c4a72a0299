//! The list of what can be copied of the selected row, and what is opened outside of the screen.

use ratatui::Frame;
use ratatui::layout::{Position, Rect};
use ratatui::text::{Line, Span};
use ratatui::widgets::{Clear, Paragraph};

use super::bars::hint_line;
use super::detail::{self, Tab};
use super::trace::Row;
use super::{export, fix};
use crate::diagnose::shown;
use crate::engine::{Exchange, ExchangeKind, Side};
use crate::report::{curl, fetch};
use crate::tui::action::Action;
use crate::tui::layout::overlay;
use crate::tui::message::{Cmd, Sheet};
use crate::tui::model::{Model, Overlay};
use crate::tui::outcome::Outcome;
use crate::tui::theme::Meaning;
use crate::tui::widgets::panel::{Focus, inside, panel};
use crate::tui::widgets::text::clip;
use crate::wire::latin1;

/// Columns of the list.
const WIDTH: u16 = 76;

/// Rows below the list: the keys.
const BELOW: u16 = 2;

/// Something that can be copied.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    /// What it is.
    pub name: String,
    /// What is copied.
    pub text: String,
}

/// The open list.
#[derive(Clone, Debug)]
pub struct Menu {
    items: Vec<Item>,
    selected: usize,
}

/// Opens the list on the selected row; without a run, on the request that is typed.
pub fn open(model: &mut Model) {
    let items = items(model);
    match items.is_empty() {
        true => model.warn("There is nothing to copy yet: the request is not complete."),
        false => {
            let selected = 0;
            model.overlay = Overlay::Copy(Menu { items, selected });
        }
    }
}

/// Does what an action says.
pub fn act(model: &mut Model, action: Action) -> Vec<Cmd> {
    let Overlay::Copy(open) = &mut model.overlay else {
        return Vec::new();
    };
    let last = open.items.len().saturating_sub(1);
    match action {
        Action::Up => open.selected = open.selected.saturating_sub(1),
        Action::Down => open.selected = (open.selected + 1).min(last),
        Action::Top => open.selected = 0,
        Action::Bottom => open.selected = last,
        Action::Dismiss => model.overlay = Overlay::None,
        Action::Accept => {
            let item = open.items.swap_remove(open.selected);
            model.overlay = Overlay::None;
            return vec![Cmd::Copy {
                name: item.name,
                text: item.text,
            }];
        }
        _ => {}
    }
    Vec::new()
}

/// Everything that can be copied, the likeliest first.
pub fn items(model: &Model) -> Vec<Item> {
    let mut items = Vec::new();
    let mut item = |name: &str, text: String| {
        let name = name.to_owned();
        items.push(Item { name, text });
    };
    let Some(outcome) = &model.outcome else {
        if let Ok((_, request)) = model.composer.form().parse() {
            item("fetch() call", fetch(&request));
        }
        return items;
    };
    let case = &outcome.case;
    if let Some((name, value)) = at_fault(outcome) {
        item("header at fault", format!("{name}: {value}"));
        if !value.is_empty() {
            item("its value", value);
        }
    }
    for (engine, text) in outcome.consoles.first_lines() {
        item(
            &format!("console line, {}", engine.as_str()),
            text.to_owned(),
        );
    }
    let selected = selected_exchange(model, outcome);
    let exchanges = case.finished.exchanges.iter().enumerate();
    let (near, far): (Vec<_>, Vec<_>) = exchanges.partition(|(index, _)| Some(*index) == selected);
    for (_, exchange) in near.iter().chain(&far) {
        let method = shown(&exchange.request.method);
        item(
            &format!("curl, {} {method}", kind(exchange)),
            curl(&exchange.request),
        );
    }
    item("fetch() call", fetch(&case.session.request));
    if let Some((_, exchange)) = near.first() {
        if let Some(head) = head(exchange) {
            item("response head", head);
        }
        if let Some(text) = body(exchange).and_then(|bytes| String::from_utf8(bytes).ok()) {
            item("response body", text);
        }
    }
    if let Some((name, text)) = fix::recipe_text(model) {
        item(&name, text);
    }
    if let Ok(text) = export::text(model) {
        item("report, without secrets", text);
    }
    items
}

fn kind(exchange: &Exchange) -> &'static str {
    match exchange.kind {
        ExchangeKind::Preflight => "preflight",
        ExchangeKind::Actual => "request",
    }
}

fn at_fault(outcome: &Outcome) -> Option<(String, String)> {
    let block = outcome.case.block()?;
    let header = block.header.as_deref()?;
    let name = outcome.name_of(block.exchange, Side::Response, header);
    let value = block.value.as_deref().map(latin1).unwrap_or_default();
    Some((name, value))
}

fn selected_exchange(model: &Model, outcome: &Outcome) -> Option<usize> {
    let row: &Row = outcome.rows.get(model.trace.selected)?;
    detail::subject(outcome, row).0
}

fn head(exchange: &Exchange) -> Option<String> {
    let reply = exchange.answer.as_ref().ok()?;
    let mut head = format!("HTTP/{} {}", reply.version.as_str(), reply.status);
    if !reply.reason.is_empty() {
        head.push_str(&format!(" {}", latin1(&reply.reason)));
    }
    for header in reply.headers.iter() {
        head.push_str(&format!("\n{}: {}", header.name, latin1(&header.value)));
    }
    Some(head)
}

fn body(exchange: &Exchange) -> Option<Vec<u8>> {
    let reply = exchange.answer.as_ref().ok()?;
    let bytes = reply.body.readable().to_vec();
    (!bytes.is_empty()).then_some(bytes)
}

/// What the pager and the editor show: the body or the recipe where its tab is open, else the report.
pub fn sheet(model: &Model) -> Option<Sheet> {
    let outcome = model.outcome.as_ref()?;
    let exchange = selected_exchange(model, outcome).and_then(|index| outcome.exchange(index));
    if model.detail.tab == Tab::Body
        && let Some(bytes) = exchange.and_then(body)
    {
        let kind = exchange
            .and_then(|exchange| exchange.answer.as_ref().ok())
            .and_then(|reply| reply.headers.get_text("content-type"))
            .unwrap_or_default();
        return Some(Sheet {
            name: "body",
            ending: ending(&kind),
            bytes,
        });
    }
    if model.detail.tab == Tab::Fix
        && let Some(bytes) = fix::recipe_sheet(model)
    {
        return Some(Sheet {
            name: "recipe",
            ending: ".txt",
            bytes,
        });
    }
    Some(Sheet {
        name: "report",
        ending: ".md",
        bytes: export::text(model).ok()?.into_bytes(),
    })
}

/// The ending of a file's name by which editors know what is in it.
fn ending(kind: &str) -> &'static str {
    let essence = crate::wire::parse_mime_type(kind).map(|kind| kind.essence);
    match essence.as_deref().unwrap_or_default() {
        "text/html" => ".html",
        "text/css" => ".css",
        "text/csv" => ".csv",
        "text/javascript" | "application/javascript" => ".js",
        "image/svg+xml" => ".svg",
        essence if essence.ends_with("json") => ".json",
        essence if essence.ends_with("xml") => ".xml",
        _ => ".txt",
    }
}

/// The address of the standard's section on the selected step; of the page about the cause on MDN.
pub fn link(model: &Model, mdn: bool) -> Option<&'static str> {
    let outcome = model.outcome.as_ref()?;
    let cause = || outcome.cause().and_then(|index| outcome.step(index));
    if mdn {
        return outcome.explanation.as_ref()?.mdn;
    }
    let row = outcome.rows.get(model.trace.selected);
    let step = row.and_then(|row| detail::subject(outcome, row).1);
    step.or_else(cause).map(|step| step.rule.spec())
}

fn place(model: &Model, open: &Menu) -> Rect {
    let rows = u16::try_from(open.items.len()).unwrap_or(u16::MAX);
    overlay(model, WIDTH, rows.saturating_add(BELOW + 2))
}

/// The first row in view, and how many are.
fn view(open: &Menu, inner: Rect) -> (usize, usize) {
    let rows = usize::from(inner.height.saturating_sub(BELOW).max(1));
    ((open.selected + 1).saturating_sub(rows), rows)
}

/// Takes a click: it selects what is under it, and copies it where it is selected.
pub fn click(model: &mut Model, position: Position) -> Vec<Cmd> {
    let Overlay::Copy(open) = &model.overlay else {
        return Vec::new();
    };
    let inner = inside(place(model, open));
    let (offset, rows) = view(open, inner);
    let row = usize::from(position.y.saturating_sub(inner.y));
    let at = offset + row;
    if !inner.contains(position) || row >= rows || at >= open.items.len() {
        return Vec::new();
    }
    if open.selected == at {
        return act(model, Action::Accept);
    }
    if let Overlay::Copy(open) = &mut model.overlay {
        open.selected = at;
    }
    Vec::new()
}

/// Draws the list.
///
/// ```text
/// ╭▸ Copy ─────────────────────────────────────────────────────╮
/// │ ▸ header at fault     Access-Control-Allow-Origin: *       │
/// │   curl, request GET   curl -i http://api.example/prices …  │
/// │                                                            │
/// │ Enter copy   Esc close                                     │
/// ╰────────────────────────────────────────────────────────────╯
/// ```
pub fn draw(model: &Model, open: &Menu, frame: &mut Frame) {
    let theme = &model.theme;
    let area = place(model, open);
    frame.render_widget(Clear, area);
    let block = panel(theme, "Copy", Focus::Here).style(theme[Meaning::Text]);
    frame.render_widget(block, area);
    let inner = inside(area);
    let room = usize::from(inner.width);
    let (offset, rows) = view(open, inner);
    let names = open.items.iter().map(|item| item.name.len()).max();
    let column = names.unwrap_or_default().min(room / 2);
    let mut lines: Vec<_> = open
        .items
        .iter()
        .enumerate()
        .skip(offset)
        .take(rows)
        .map(|(at, item)| {
            let selected = at == open.selected;
            let sign = if selected { "▸" } else { " " };
            let name = clip(&item.name, column);
            let name = format!("{sign} {name:column$}  ");
            let text = clip(&one_line(&item.text), room.saturating_sub(column + 4));
            match selected {
                true => {
                    let text = format!("{name}{text}");
                    Line::styled(format!("{text:room$}"), theme[Meaning::Selected])
                }
                false => Line::from(vec![
                    Span::styled(name, theme[Meaning::Label]),
                    Span::styled(text, theme[Meaning::Value]),
                ]),
            }
        })
        .collect();
    lines.push(Line::default());
    lines.push(hint_line(model, room));
    frame.render_widget(Paragraph::new(lines), inner);
}

/// The beginning of a text, its lines joined.
fn one_line(text: &str) -> String {
    let start: String = text.chars().take(usize::from(WIDTH)).collect();
    shown(
        &start
            .replace([' ', '\n', '\\'], " ")
            .split_whitespace()
            .collect::<Vec<_>>()
            .join(" "),
    )
}
