//! How the request looks: fields with their mistakes, and under them what the browser will send.

use ratatui::Frame;
use ratatui::layout::{Position, Rect};
use ratatui::text::{Line, Span};
use ratatui::widgets::Paragraph;

use super::composer::{Composer, HeaderField, Stop};
use super::composer_edit::METHODS;
use super::prediction::{self, Prediction};
use crate::engine::{AddressSpace, Api, Credentials, CrossOriginAttribute};
use crate::tui::model::{Model, Overlay, Panel};
use crate::tui::theme::{Meaning, Theme};
use crate::tui::widgets::field::{Rows, TextField};
use crate::tui::widgets::panel::{Focus, inside, more, panel};
use crate::tui::widgets::text::{Piece, clip, columns, printable, wrap};

/// Columns of the labels.
const LABEL: usize = 12;

/// Rows of a long text that are shown while the cursor is elsewhere.
const FOLDED: usize = 3;

/// From this height on there are empty rows between the groups.
const ROOMY: u16 = 30;

/// One row of the panel.
#[derive(Clone, Debug)]
pub struct Row {
    /// The stop that a click on it goes to.
    pub stop: Option<Stop>,
    /// What it shows.
    pub line: Line<'static>,
    /// The column of the cursor.
    pub cursor: Option<usize>,
}

/// What drawing needs besides the fields.
struct Pen<'a> {
    theme: &'a Theme,
    composer: &'a Composer,
    prediction: &'a Prediction,
    width: usize,
    focus: Focus,
    rows: Vec<Row>,
}

/// Every row of the panel, for an inside of that size.
pub fn rows(model: &Model, area: Rect) -> Vec<Row> {
    let composer = &model.composer;
    let mut pen = Pen {
        theme: &model.theme,
        composer,
        prediction: &model.prediction,
        width: usize::from(area.width),
        focus: focus(model),
        rows: Vec::new(),
    };
    let roomy = area.height >= ROOMY;
    let gap = |pen: &mut Pen| {
        if roomy {
            pen.plain(Line::default());
        }
    };
    pen.text(Stop::Page, "Page", &composer.page, "");
    pen.checkbox(
        Stop::Sandboxed,
        composer.sandboxed,
        "sandboxed (null origin)",
    );
    gap(&mut pen);
    pen.text(Stop::Method, "Method", &composer.method, "");
    pen.suggestions();
    pen.text(Stop::Url, "URL", &composer.url, "https://…");
    gap(&mut pen);
    for (index, header) in composer.headers.iter().enumerate() {
        pen.header(index, header);
    }
    pen.add_header();
    pen.text(Stop::Body, "Body", &composer.body, "none");
    gap(&mut pen);
    pen.choice(Stop::Api, "Asked by", composer.way.api.as_str());
    for stop in composer.settings() {
        pen.setting(*stop);
    }
    gap(&mut pen);
    pen.choice(Stop::Browser, "Browser", composer.engine.title());
    pen.choice(
        Stop::LocalNetwork,
        "Local net",
        composer.permission.as_str(),
    );
    let space = composer.page_space.map(AddressSpace::as_str);
    pen.choice(
        Stop::PageSpace,
        "Page's net",
        space.unwrap_or("as its host"),
    );
    pen.text(Stop::Timeout, "Timeout (s)", &composer.timeout, "");
    pen.plain(Line::default());
    for line in prediction::lines(&model.prediction, &model.theme, pen.width) {
        pen.plain(line);
    }
    pen.rows
}

fn focus(model: &Model) -> Focus {
    match model.panel {
        Panel::Request => Focus::Here,
        _ => Focus::Elsewhere,
    }
}

/// The offset that shows the row with the cursor, as near to `offset` as can be.
pub fn revealed(rows: &[Row], stop: Stop, offset: usize, height: usize) -> usize {
    let own = |row: &Row| row.stop == Some(stop);
    let first = rows.iter().position(own).unwrap_or_default();
    let last = rows.iter().rposition(own).unwrap_or_default();
    let target = rows
        .iter()
        .position(|row| row.cursor.is_some())
        .unwrap_or(last);
    let offset = offset.min(first);
    offset
        .max((target + 1).saturating_sub(height))
        .min(limit(rows, height))
}

/// The largest offset that leaves no empty rows.
pub fn limit(rows: &[Row], height: usize) -> usize {
    rows.len().saturating_sub(height)
}

/// Draws the panel.
///
/// ```text
/// ╭▸ Request ──────────────────────────╮
/// │ Page        http://www.example     │
/// │             [ ] sandboxed          │
/// │ Method      GET                    │
/// │ URL         http://api.example/x   │
/// │ Headers     [x] X-Api-Key: 42      │
/// │             + add a header         │
/// │ …                                  │
/// │ The browser will send              │
/// │ OPTIONS first, a preflight: …      │
/// ╰────────────────────────────────────╯
/// ```
pub fn draw(model: &Model, area: Rect, frame: &mut Frame) {
    let inner = inside(area);
    let rows = rows(model, inner);
    let height = usize::from(inner.height);
    let offset = model.composer.offset.min(limit(&rows, height));
    let mut block = panel(&model.theme, "Request", focus(model));
    if let Some(signs) = more(rows.len(), offset, height) {
        let signs = Line::styled(signs, model.theme[Meaning::Muted]);
        block = block.title_bottom(signs.right_aligned());
    }
    frame.render_widget(block, area);
    let shown = rows.iter().skip(offset).take(height);
    let lines: Vec<_> = shown.clone().map(|row| row.line.clone()).collect();
    frame.render_widget(Paragraph::new(lines), inner);
    if !matches!(model.overlay, Overlay::None) {
        return;
    }
    for (y, row) in (inner.y..).zip(shown) {
        let Some(column) = row.cursor else { continue };
        let column = u16::try_from(column).unwrap_or(u16::MAX);
        let x = inner.x.saturating_add(column);
        if x < inner.right() {
            frame.set_cursor_position(Position::new(x, y));
        }
    }
}

/// The stop under a position of the screen.
pub fn stop_at(model: &Model, area: Rect, position: Position) -> Option<Stop> {
    let inner = inside(area);
    if !inner.contains(position) {
        return None;
    }
    let rows = rows(model, inner);
    let offset = model
        .composer
        .offset
        .min(limit(&rows, usize::from(inner.height)));
    rows.get(offset + usize::from(position.y - inner.y))?.stop
}

/// Whether a position is on the checkbox of a header's row.
pub fn on_checkbox(area: Rect, position: Position) -> bool {
    let inner = inside(area);
    let before = label_width(usize::from(inner.width));
    let column = usize::from(position.x.saturating_sub(inner.x));
    (before..before + 3).contains(&column)
}

/// The columns of the labels: fewer where there is hardly room for the values.
fn label_width(width: usize) -> usize {
    if width < 30 { 9 } else { LABEL }
}

impl Pen<'_> {
    fn here(&self, stop: Stop) -> bool {
        self.focus == Focus::Here && self.composer.stop == stop
    }

    fn plain(&mut self, line: Line<'static>) {
        self.rows.push(Row {
            stop: None,
            line,
            cursor: None,
        });
    }

    fn push(&mut self, stop: Stop, spans: Vec<Span<'static>>, cursor: Option<usize>) {
        self.rows.push(Row {
            stop: Some(stop),
            line: Line::from(spans),
            cursor,
        });
    }

    fn label_width(&self) -> usize {
        label_width(self.width)
    }

    fn label(&self, stop: Stop, label: &str) -> Span<'static> {
        let style = if self.here(stop) {
            Meaning::LabelFocused
        } else {
            Meaning::Label
        };
        let width = self.label_width();
        let text = clip(label, width - 1);
        Span::styled(format!("{text:width$}"), self.theme[style])
    }

    fn value_style(&self, stop: Stop) -> Meaning {
        if self.here(stop) {
            Meaning::ValueFocused
        } else {
            Meaning::Value
        }
    }

    fn text(&mut self, stop: Stop, label: &str, field: &TextField, placeholder: &str) {
        let label = self.label(stop, label);
        self.field(stop, &[label], field, placeholder);
        self.mistakes(stop);
    }

    /// Rows of a text field behind what stands before it in the first row.
    fn field(
        &mut self,
        stop: Stop,
        before: &[Span<'static>],
        field: &TextField,
        placeholder: &str,
    ) {
        let taken: usize = before.iter().map(|span| columns(&span.content)).sum();
        let room = self.width.saturating_sub(taken).max(1);
        let here = self.here(stop);
        let Rows { mut rows, cursor } = field.rows(room);
        if !here && rows.len() > FOLDED {
            rows.truncate(FOLDED);
            if let Some(last) = rows.last_mut() {
                *last = clip(&format!("{last}……"), room);
            }
        }
        let style = self.theme[self.value_style(stop)];
        for (number, text) in rows.into_iter().enumerate() {
            let mut spans = match number {
                0 => before.to_vec(),
                _ => vec![Span::raw(" ".repeat(taken))],
            };
            let used = columns(&text);
            spans.push(Span::styled(text, style));
            let ghost = self.ghost(stop, field, placeholder);
            let ghost = clip(&ghost, room.saturating_sub(used));
            let used = used + columns(&ghost);
            spans.push(Span::styled(
                ghost,
                style.patch(self.theme[Meaning::Placeholder]),
            ));
            spans.push(Span::styled(" ".repeat(room.saturating_sub(used)), style));
            let cursor = (here && number == cursor.0).then_some(taken + cursor.1);
            self.push(stop, spans, cursor);
        }
    }

    /// What stands behind the text in paler letters.
    fn ghost(&self, stop: Stop, field: &TextField, placeholder: &str) -> String {
        match self.composer.completion() {
            Some(method) if stop == Stop::Method && self.here(stop) => {
                method[field.text().len()..].to_owned()
            }
            _ if field.is_empty() => placeholder.to_owned(),
            _ => String::new(),
        }
    }

    /// What only this way of asking has.
    fn setting(&mut self, stop: Stop) {
        let composer = self.composer;
        match stop {
            Stop::Mode => self.choice(stop, "Mode", composer.mode.as_str()),
            Stop::Credentials if composer.way.api == Api::Fetch => {
                self.choice(stop, "Credentials", composer.credentials.as_str());
            }
            Stop::Credentials => {
                let with = composer.credentials == Credentials::Include;
                self.checkbox(stop, with, "withCredentials");
            }
            Stop::Redirect => self.choice(stop, "Redirect", composer.redirect.as_str()),
            Stop::CrossOrigin => {
                let value = match composer.way.crossorigin {
                    None => "absent",
                    Some(CrossOriginAttribute::Anonymous) => "anonymous",
                    Some(CrossOriginAttribute::UseCredentials) => "use-credentials",
                };
                self.choice(stop, "crossorigin", value);
            }
            Stop::Module => self.checkbox(stop, composer.way.module, "module"),
            Stop::ScriptType => {
                self.text(
                    stop,
                    "type",
                    &composer.script_type,
                    "none: a classic script",
                );
            }
            Stop::UploadListener => {
                self.checkbox(stop, composer.way.upload_listener, "upload listener");
            }
            _ => {}
        }
    }

    fn checkbox(&mut self, stop: Stop, on: bool, text: &str) {
        let sign = if on { "[x]" } else { "[ ]" };
        let style = self.theme[self.value_style(stop)];
        let spans = vec![
            self.label(stop, ""),
            Span::styled(format!("{sign} {text}"), style),
        ];
        self.push(stop, spans, None);
    }

    fn suggestions(&mut self) {
        if !self.here(Stop::Method) {
            return;
        }
        let before = " ".repeat(self.label_width());
        let room = self.width.saturating_sub(before.len());
        let pieces = [Piece::new(METHODS.join(" "), self.theme[Meaning::Muted])];
        for line in wrap(&pieces, room, 0, self.theme[Meaning::Muted]) {
            let mut spans = vec![Span::raw(before.clone())];
            spans.extend(line.spans);
            self.push(Stop::Method, spans, None);
        }
    }

    fn header(&mut self, index: usize, header: &HeaderField) {
        let stop = Stop::Header(index);
        let label = self.label(stop, if index == 0 { "Headers" } else { "" });
        let sign = if header.enabled { "[x] " } else { "[ ] " };
        let style = if header.enabled {
            Meaning::Value
        } else {
            Meaning::Muted
        };
        let before = [label, Span::styled(sign, self.theme[style])];
        self.field(stop, &before, &header.field, "Name: value");
        self.mistakes(stop);
    }

    fn add_header(&mut self) {
        let label = match self.composer.headers.is_empty() {
            true => self.label(Stop::AddHeader, "Headers"),
            false => self.label(Stop::AddHeader, ""),
        };
        let style = match self.here(Stop::AddHeader) {
            true => Meaning::ValueFocused,
            false => Meaning::Placeholder,
        };
        let spans = vec![label, Span::styled("+ add a header", self.theme[style])];
        self.push(Stop::AddHeader, spans, None);
    }

    fn choice(&mut self, stop: Stop, label: &str, value: &str) {
        let text = if self.here(stop) {
            format!("‹ {value} ›")
        } else {
            value.to_owned()
        };
        let spans = vec![
            self.label(stop, label),
            Span::styled(text, self.theme[self.value_style(stop)]),
        ];
        self.push(stop, spans, None);
    }

    fn mistakes(&mut self, stop: Stop) {
        let style = self.theme[Meaning::Mistake];
        let before = self.label_width();
        let found: Vec<String> = self
            .prediction
            .mistakes_at(stop)
            .map(|mistake| format!("{}: {}", printable(&mistake.message), mistake.hint))
            .collect();
        for text in found {
            let pieces = [Piece::new("✗ ", style), Piece::new(text, style)];
            let room = self.width.saturating_sub(before);
            for line in wrap(&pieces, room, 2, style) {
                let mut spans = vec![Span::raw(" ".repeat(before))];
                spans.extend(line.spans);
                self.push(stop, spans, None);
            }
        }
    }
}
