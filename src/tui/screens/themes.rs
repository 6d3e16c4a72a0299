//! The list of themes; the selected one is what the screen looks like.

use ratatui::Frame;
use ratatui::layout::{Position, Rect};
use ratatui::text::{Line, Span};
use ratatui::widgets::{Clear, Paragraph};

use super::bars::hint_line;
use crate::tui::action::Action;
use crate::tui::layout::regions;
use crate::tui::message::Cmd;
use crate::tui::model::{Model, Overlay};
use crate::tui::theme::{Ground, Meaning, Theme};
use crate::tui::widgets::panel::{Focus, inside, panel};
use crate::tui::widgets::text::clip;

/// The name that stands for the theme of the terminal's background.
pub const AUTO: &str = "auto";

/// Columns of the list.
const WIDTH: u16 = 34;

/// The open list.
#[derive(Clone, Debug)]
pub struct Picker {
    names: Vec<String>,
    selected: usize,
    /// What to go back to.
    before: (Theme, bool),
}

/// Opens the list on what the screen looks like.
pub fn open(model: &mut Model) {
    let mut names = vec![AUTO.to_owned()];
    names.extend(model.themes.names());
    let current = names.iter().position(|name| *name == model.theme.name);
    let selected = match model.auto_theme {
        true => 0,
        false => current.unwrap_or_default(),
    };
    model.overlay = Overlay::Themes(Picker {
        names,
        selected,
        before: (model.theme.clone(), model.auto_theme),
    });
}

/// Does what an action says.
pub fn act(model: &mut Model, action: Action) -> Vec<Cmd> {
    let Overlay::Themes(open) = &mut model.overlay else {
        return Vec::new();
    };
    let last = open.names.len().saturating_sub(1);
    match action {
        Action::Up => open.selected = open.selected.saturating_sub(1),
        Action::Down => open.selected = (open.selected + 1).min(last),
        Action::Top => open.selected = 0,
        Action::Bottom => open.selected = last,
        Action::Accept => return keep(model),
        Action::Dismiss => {
            (model.theme, model.auto_theme) = open.before.clone();
            model.overlay = Overlay::None;
            return Vec::new();
        }
        _ => return Vec::new(),
    }
    let name = open.names[open.selected].clone();
    put_on(model, &name);
    Vec::new()
}

/// Makes the screen look like that.
fn put_on(model: &mut Model, name: &str) {
    model.auto_theme = name == AUTO;
    let theme = match model.auto_theme {
        true => model.themes.automatic(model.light, model.colours),
        false => model.themes.theme(name, model.colours),
    };
    match theme {
        Ok(theme) => model.theme = theme,
        Err(mistakes) => model.warn(mistakes.to_string()),
    }
}

fn keep(model: &mut Model) -> Vec<Cmd> {
    let Overlay::Themes(open) = std::mem::replace(&mut model.overlay, Overlay::None) else {
        return Vec::new();
    };
    let name = &open.names[open.selected];
    model.say(format!("To keep it: theme = \"{name}\" in config.toml"));
    Vec::new()
}

/// The terminal has told its background.
pub fn background(model: &mut Model, light: bool) {
    model.light = light;
    if model.auto_theme {
        put_on(model, AUTO);
    }
}

/// Rows below the list: an example of the looks, and the keys.
const BELOW: u16 = 4;

fn place(model: &Model, open: &Picker) -> Rect {
    let body = regions(model).body;
    let width = WIDTH.min(body.width);
    let rows = u16::try_from(open.names.len()).unwrap_or(u16::MAX);
    let height = rows.saturating_add(BELOW + 2).min(body.height);
    Rect::new(body.right() - width, body.top(), width, height)
}

/// The first row in view, and how many are.
fn view(open: &Picker, inner: Rect) -> (usize, usize) {
    let rows = usize::from(inner.height.saturating_sub(BELOW).max(1));
    ((open.selected + 1).saturating_sub(rows), rows)
}

/// Takes a click: it selects the theme under it.
pub fn click(model: &mut Model, position: Position) {
    let Overlay::Themes(open) = &model.overlay else {
        return;
    };
    let inner = inside(place(model, open));
    let (offset, rows) = view(open, inner);
    let at = usize::from(position.y.saturating_sub(inner.y));
    if !inner.contains(position) || at >= rows {
        return;
    }
    let Some(name) = open.names.get(offset + at).cloned() else {
        return;
    };
    if let Overlay::Themes(open) = &mut model.overlay {
        open.selected = offset + at;
    }
    put_on(model, &name);
}

/// Draws the list in the upper right corner, so that the screen behind it shows the theme.
///
/// ```text
/// ╭▸ Themes ───────────────────────╮
/// │   auto      by the background  │
/// │ ▸ night     dark               │
/// │   day       light              │
/// │                                │
/// │ ✓ pass  ✗ fail  ◀ cause  link  │
/// ╰────────────────────────────────╯
/// ```
pub fn draw(model: &Model, open: &Picker, frame: &mut Frame) {
    let theme = &model.theme;
    let area = place(model, open);
    frame.render_widget(Clear, area);
    let block = panel(theme, "Themes", Focus::Here).style(theme[Meaning::Text]);
    frame.render_widget(block, area);
    let inner = inside(area);
    let room = usize::from(inner.width);
    let below = [
        Line::default(),
        sample(theme),
        Line::default(),
        hint_line(model, room),
    ];
    let (offset, list) = view(open, inner);
    let mut lines: Vec<_> = open
        .names
        .iter()
        .enumerate()
        .skip(offset)
        .take(list)
        .map(|(at, name)| row(model, name, at == open.selected, room))
        .collect();
    lines.extend(below);
    frame.render_widget(Paragraph::new(lines), inner);
}

fn row(model: &Model, name: &str, selected: bool, room: usize) -> Line<'static> {
    let theme = &model.theme;
    let told = match model.themes.theme(name, model.colours) {
        _ if name == AUTO => "by the background",
        Err(_) => "! broken",
        Ok(theme) => match theme.ground {
            Ground::Dark => "dark",
            Ground::Light => "light",
            Ground::Any => "any ground",
        },
    };
    let (sign, style) = match selected {
        true => ("▸", Meaning::Selected),
        false => (" ", Meaning::Value),
    };
    let text = clip(&format!("{sign} {name:<10} {told}"), room);
    Line::styled(format!("{text:room$}"), theme[style])
}

fn sample(theme: &Theme) -> Line<'static> {
    let mut line = Line::default();
    for (text, meaning) in [
        ("✓ pass", Meaning::Pass),
        ("✗ fail", Meaning::Fail),
        ("name", Meaning::HeaderName),
        ("link", Meaning::Link),
        (" OK ", Meaning::BadgeAllowed),
    ] {
        line.push_span(Span::styled(text, theme[meaning]));
        line.push_span(Span::raw(" "));
    }
    line
}
