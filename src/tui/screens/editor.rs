//! The answer that is changed for a what-if: status and header lines, each editable, one line to add and
//! one for any other edit.

use ratatui::Frame;
use ratatui::layout::{Position, Rect};
use ratatui::text::{Line, Span};
use ratatui::widgets::{Clear, Paragraph};

use super::bars::hint_line;
use super::detail;
use super::what_if::{absolute, apply};
use crate::diagnose::shown;
use crate::session::{AnswerChange, Edit, Place, RequestChange, Selector};
use crate::tui::action::Action;
use crate::tui::layout::overlay;
use crate::tui::model::{Model, Overlay};
use crate::tui::outcome::{Outcome, canonical_name};
use crate::tui::theme::Meaning;
use crate::tui::widgets::field::{Lines, TextField};
use crate::tui::widgets::panel::{Focus, inside, more, panel};
use crate::tui::widgets::text::{clip, wrap_plain};
use crate::wire::{Reply, latin1};

/// The editor, open.
#[derive(Clone, Debug)]
pub struct Editor {
    /// What the chosen row holds.
    pub field: TextField,
    /// What is changed, safe to show.
    title: String,
    /// The answer; `None` where none came.
    selector: Option<Selector>,
    rows: Vec<Row>,
    chosen: usize,
    mistake: Option<String>,
}

/// A row of the editor.
#[derive(Clone, Debug)]
enum Row {
    /// The status.
    Status(u16),
    /// A header line: its name and value.
    Header(String, Vec<u8>),
    /// A line to add.
    Add(String),
    /// Something of the request that the page makes, as an edit says it, and the header's name where it is one.
    Request(String, Option<String>),
    /// Any edit, as `--what-if` takes it.
    Any,
}

impl Row {
    /// What stands in the field.
    fn text(&self) -> String {
        match self {
            Self::Status(status) => status.to_string(),
            Self::Header(name, value) => format!("{name}: {}", latin1(value)),
            Self::Add(start) | Self::Request(start, _) => start.clone(),
            Self::Any => String::new(),
        }
    }

    fn label(&self) -> &'static str {
        match self {
            Self::Status(_) => "status  ",
            Self::Header(..) => "header  ",
            Self::Add(_) => "add     ",
            Self::Request(..) => "request ",
            Self::Any => "any edit",
        }
    }

    fn placeholder(&self) -> &'static str {
        match self {
            Self::Add(_) => "Name: value",
            Self::Request(..) => "Name: value, no body, redirect error, page https://…",
            Self::Any => "preflight: -Vary, actual 2: status 200, request: -X-Api-Key",
            Self::Status(_) | Self::Header(..) => "",
        }
    }
}

/// Opens the editor on the answer that the selected row of the trace is about.
pub fn open(model: &mut Model) {
    let Some(outcome) = &model.outcome else {
        return model.warn("Nothing was sent yet: there is no answer to change.");
    };
    let at = detail::exchange_of(outcome, model.trace.selected);
    let answer = at.and_then(|at| answer(outcome, at));
    let mut rows = Vec::new();
    let mut chosen = 0;
    let mut title = "the request were otherwise".to_owned();
    let mut selector = None;
    if let Some((place, subject, reply)) = answer {
        rows.push(Row::Status(reply.status));
        let lines = reply.headers.iter();
        rows.extend(lines.map(|line| Row::Header(line.name.clone(), line.value.clone())));
        let (add, at) = at_fault(outcome, at, &rows);
        rows.push(Row::Add(add));
        chosen = at;
        title = format!("the answer to {subject}, or the request, were otherwise");
        selector = Some(absolute(place));
    }
    rows.extend(request_rows(outcome));
    rows.push(Row::Any);
    model.overlay = Overlay::WhatIf(Box::new(Editor {
        field: TextField::new(&rows[chosen].text(), Lines::One),
        title,
        selector,
        rows,
        chosen,
        mistake: None,
    }));
}

/// What the page asks for, a row each, and one to add to it.
fn request_rows(outcome: &Outcome) -> Vec<Row> {
    let request = &outcome.case.session.request;
    let plain = |text: String| Row::Request(text, None);
    let mut rows = vec![
        plain(format!("method {}", request.method)),
        plain(format!("url {}", request.url)),
        plain(format!("credentials {}", request.credentials.as_str())),
        plain(format!("mode {}", request.mode.as_str())),
    ];
    let header = |(name, value): &(String, String)| {
        Row::Request(format!("{name}: {value}"), Some(name.clone()))
    };
    rows.extend(request.headers.iter().map(header));
    rows.push(plain(String::new()));
    rows
}

fn answer(outcome: &Outcome, at: usize) -> Option<(Place, String, &Reply)> {
    let exchange = outcome.exchange(at)?;
    let place = *Place::of(&outcome.exchanges).get(at)?;
    let request = &exchange.request;
    let title = format!("{} {}", shown(&request.method), shown(&request.target()));
    Some((place, title, exchange.answer.as_ref().ok()?))
}

/// What to begin a new line with and which row to choose: the line at fault, or the one that is missing.
fn at_fault(outcome: &Outcome, at: Option<usize>, rows: &[Row]) -> (String, usize) {
    let block = outcome.case.block().filter(|block| block.exchange == at);
    let header = block.and_then(|block| block.header.as_deref());
    let Some(header) = header else {
        return (String::new(), rows.len());
    };
    let is_it = |row: &Row| match row {
        Row::Status(_) => header == ":status",
        Row::Header(name, _) => name.eq_ignore_ascii_case(header),
        Row::Add(_) | Row::Request(..) | Row::Any => false,
    };
    match rows.iter().position(is_it) {
        Some(row) => (String::new(), row),
        None if header.starts_with(':') => (String::new(), rows.len()),
        None => (format!("{}: ", canonical_name(header)), rows.len()),
    }
}

impl Editor {
    fn choose(&mut self, down: bool) {
        let count = self.rows.len();
        let step = if down { 1 } else { count - 1 };
        self.go_to((self.chosen + step) % count);
    }

    fn go_to(&mut self, row: usize) {
        self.chosen = row;
        self.field = TextField::new(&self.rows[self.chosen].text(), Lines::One);
        self.mistake = None;
    }

    /// The edits that what stands in the field comes to; none where nothing was changed.
    fn edits(&self) -> Result<Vec<Edit>, String> {
        let typed = self.field.text();
        let typed = typed.trim();
        let row = &self.rows[self.chosen];
        if typed == row.text().trim() {
            return Ok(Vec::new());
        }
        let text = match row {
            Row::Any => typed.to_owned(),
            Row::Request(_, Some(name)) if typed.is_empty() => format!("request: -{name}"),
            Row::Request(..) => format!("request: {typed}"),
            Row::Status(_) => format!("{}: status {typed}", self.place()),
            Row::Header(..) if typed.is_empty() => return Ok(self.without_line(None)),
            Row::Header(..) | Row::Add(_) => format!("{}: +{typed}", self.place()),
        };
        let edit: Edit = text.parse().map_err(|error| format!("{error}"))?;
        match (row, edit) {
            (Row::Header(..), Edit::Answer(_, AnswerChange::Add(name, value))) => {
                Ok(self.without_line(Some((name, value))))
            }
            (Row::Request(_, Some(name)), edit) => {
                let same = |other: &str| other.eq_ignore_ascii_case(name);
                let renamed = match &edit {
                    Edit::Request(RequestChange::SetHeader(other, _)) => !same(other),
                    _ => false,
                };
                let gone =
                    renamed.then(|| Edit::Request(RequestChange::RemoveHeader(name.clone())));
                Ok(gone.into_iter().chain([edit]).collect())
            }
            (_, edit) => Ok(vec![edit]),
        }
    }

    /// Whose answer is changed, as an edit says it.
    fn place(&self) -> Selector {
        self.selector.unwrap_or(Selector::Actual(1))
    }

    /// Takes the chosen line away, or puts another in its place. Other lines of the name stay.
    fn without_line(&self, other: Option<(String, Vec<u8>)>) -> Vec<Edit> {
        let name = match &self.rows[self.chosen] {
            Row::Header(name, _) => name,
            Row::Request(_, Some(name)) => {
                return vec![Edit::Request(RequestChange::RemoveHeader(name.clone()))];
            }
            _ => return Vec::new(),
        };
        let mut changes = vec![AnswerChange::Remove(name.clone())];
        for (at, row) in self.rows.iter().enumerate() {
            match row {
                Row::Header(known, value) if known.eq_ignore_ascii_case(name) => {
                    if at != self.chosen {
                        changes.push(AnswerChange::Add(known.clone(), value.clone()));
                    } else if let Some((name, value)) = &other {
                        changes.push(AnswerChange::Add(name.clone(), value.clone()));
                    }
                }
                _ => {}
            }
        }
        let place = self.place();
        let edit = |change| Edit::Answer(place, change);
        // One line for one line is one edit.
        match (changes.as_slice(), &other) {
            ([_, _], Some((other, value))) if other.eq_ignore_ascii_case(name) => {
                vec![edit(AnswerChange::Set(name.clone(), value.clone()))]
            }
            _ => changes.into_iter().map(edit).collect(),
        }
    }
}

/// Does what an action says.
pub fn act(model: &mut Model, action: Action) {
    let Overlay::WhatIf(editor) = &mut model.overlay else {
        return;
    };
    let edits = match action {
        Action::Dismiss => {
            model.overlay = Overlay::None;
            return;
        }
        Action::Up | Action::Down => return editor.choose(action == Action::Down),
        Action::RemoveHeader => Ok(editor.without_line(None)),
        Action::Accept => editor.edits(),
        _ => {
            editor.field.edit(action);
            return;
        }
    };
    match edits {
        Err(mistake) => editor.mistake = Some(mistake),
        Ok(edits) => {
            model.overlay = Overlay::None;
            if edits.is_empty() {
                return model.say("Nothing was changed.");
            }
            apply(model, &edits);
        }
    }
}

/// Where the editor stands, and which of its rows are in view.
struct Laid {
    area: Rect,
    inner: Rect,
    offset: usize,
    height: usize,
    mistake: Vec<Line<'static>>,
}

fn lay(model: &Model, editor: &Editor) -> Laid {
    let width = model.size.width.min(96);
    let room = usize::from(inside(Rect::new(0, 0, width, 3)).width);
    let mistake = match &editor.mistake {
        None => vec![Line::default()],
        Some(told) => wrap_plain(&format!("✗ {told}"), model.theme[Meaning::Mistake], room),
    };
    let below = mistake.len() + 1;
    let wanted = editor.rows.len() + below + 2;
    let area = overlay(model, width, u16::try_from(wanted).unwrap_or(u16::MAX));
    let inner = inside(area);
    let height = usize::from(inner.height).saturating_sub(below);
    Laid {
        area,
        inner,
        offset: (editor.chosen + 1).saturating_sub(height),
        height,
        mistake,
    }
}

/// Takes a click: it goes to the row under it; outside it closes the editor.
pub fn click(model: &mut Model, position: Position) {
    let Overlay::WhatIf(editor) = &model.overlay else {
        return;
    };
    let laid = lay(model, editor);
    if !laid.area.contains(position) {
        model.overlay = Overlay::None;
        return;
    }
    let row = usize::from(position.y.saturating_sub(laid.inner.y));
    let at = laid.offset + row;
    if !laid.inner.contains(position) || row >= laid.height || at >= editor.rows.len() {
        return;
    }
    if let Overlay::WhatIf(editor) = &mut model.overlay
        && editor.chosen != at
    {
        editor.go_to(at);
    }
}

/// Draws the editor.
///
/// ```text
/// ╭▸ What if the answer to OPTIONS /prices, or the request … ╮
/// │   status   204                                          │
/// │ ▸ header   Access-Control-Allow-Headers: content-type   │
/// │   add                                                   │
/// │   request  method PUT                                   │
/// │   any edit                                              │
/// │                                                         │
/// │ Enter apply   F8 remove line   Esc close                │
/// ╰─────────────────────────────────────────────────────────╯
/// ```
pub fn draw(model: &Model, editor: &Editor, frame: &mut Frame) {
    let theme = &model.theme;
    let Laid {
        area,
        inner,
        offset,
        height,
        mistake,
    } = lay(model, editor);
    let room = usize::from(inner.width);
    frame.render_widget(Clear, area);
    let title = format!("What if {}", editor.title);
    let mut block = panel(theme, &title, Focus::Here).style(theme[Meaning::Text]);
    if let Some(signs) = more(editor.rows.len(), offset, height) {
        let signs = Line::styled(signs, theme[Meaning::Muted]);
        block = block.title_bottom(signs.right_aligned());
    }
    frame.render_widget(block, area);
    let text_room = room.saturating_sub(11);
    let mut lines: Vec<Line<'static>> = Vec::new();
    for (at, row) in editor.rows.iter().enumerate().skip(offset).take(height) {
        let chosen = at == editor.chosen;
        let (sign, label, value) = match chosen {
            true => ("▸ ", Meaning::LabelFocused, Meaning::ValueFocused),
            false => ("  ", Meaning::Label, Meaning::Value),
        };
        let text = match chosen {
            true => view_of(&editor.field, text_room).0,
            false => clip(&row.text(), text_room),
        };
        let (text, value) = match text.is_empty() {
            true => (clip(row.placeholder(), text_room), Meaning::Placeholder),
            false => (text, value),
        };
        lines.push(Line::from(vec![
            Span::styled(sign, theme[label]),
            Span::styled(format!("{} ", row.label()), theme[label]),
            Span::styled(text, theme[value]),
        ]));
    }
    lines.extend(mistake);
    lines.push(hint_line(model, room));
    frame.render_widget(Paragraph::new(lines), inner);
    let column = view_of(&editor.field, text_room).1 + 11;
    let x = inner
        .x
        .saturating_add(u16::try_from(column).unwrap_or(u16::MAX));
    let row = editor.chosen - offset.min(editor.chosen);
    let y = inner
        .y
        .saturating_add(u16::try_from(row).unwrap_or(u16::MAX));
    if x < inner.right() && y < inner.bottom() {
        frame.set_cursor_position(Position::new(x, y));
    }
}

/// The part of the field that holds the cursor, and the cursor's column in it.
fn view_of(field: &TextField, room: usize) -> (String, usize) {
    let rows = field.rows(room.max(1));
    let (row, column) = rows.cursor;
    (rows.rows.get(row).cloned().unwrap_or_default(), column)
}
