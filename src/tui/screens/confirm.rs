//! The question before a request that may change something on a server that is not the lab.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::Line;
use ratatui::widgets::{Clear, Paragraph};
use url::Url;

use super::bars::hint_line;
use crate::diagnose::shown;
use crate::tui::layout::overlay;
use crate::tui::message::{AskOrder, Order};
use crate::tui::model::Model;
use crate::tui::theme::Meaning;
use crate::tui::widgets::panel::{Focus, inside, panel};
use crate::tui::widgets::text::wrap_plain;

/// What waits for a yes.
#[derive(Clone, Debug)]
pub enum Asking {
    /// A run.
    Run(Box<Order>),
    /// What a browser would hold back.
    Behind(Box<AskOrder>),
}

/// Something to send that waits for a yes.
#[derive(Clone, Debug)]
pub struct Question {
    /// What is sent then.
    pub order: Asking,
    /// The method of its actual request.
    pub method: String,
    /// Where it goes.
    pub url: Url,
}

/// Draws the question.
///
/// ```text
/// ╭▸ This really happens ──────────────────────────╮
/// │ DELETE https://api.example/users/7             │
/// │                                                │
/// │ The request goes to a real server …            │
/// │                                                │
/// │ y send it   n do not send                      │
/// ╰────────────────────────────────────────────────╯
/// ```
pub fn draw(model: &Model, question: &Question, frame: &mut Frame) {
    let theme = &model.theme;
    let width = model.size.width.min(64);
    let room = usize::from(inside(Rect::new(0, 0, width, 3)).width);
    let request = format!(
        "{} {}",
        shown(&question.method),
        shown(question.url.as_str())
    );
    let mut lines = wrap_plain(&request, theme[Meaning::Strong], room);
    lines.push(Line::default());
    let warning = match question.order {
        Asking::Run(_) => {
            "! This goes to a real server and may change something there, as if the page had done it."
        }
        Asking::Behind(_) => {
            "! No browser would send this: the preflight forbids it. It goes to a real server and may \
             change something there."
        }
    };
    lines.extend(wrap_plain(warning, theme[Meaning::Value], room));
    lines.push(Line::default());
    lines.push(hint_line(model, room));
    let height = u16::try_from(lines.len() + 2).unwrap_or(u16::MAX);
    let area = overlay(model, width, height);
    frame.render_widget(Clear, area);
    let block = panel(theme, "Send this for real?", Focus::Here).style(theme[Meaning::Text]);
    frame.render_widget(block, area);
    frame.render_widget(Paragraph::new(lines), inside(area));
}
