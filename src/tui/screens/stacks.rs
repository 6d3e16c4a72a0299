//! The list of stacks that there is a recipe for: those that the answers suggest first, all found by typing.

use fuzzy_matcher::FuzzyMatcher as _;
use fuzzy_matcher::skim::SkimMatcherV2;
use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Position, Rect};
use ratatui::text::{Line, Span};
use ratatui::widgets::{Clear, Paragraph};

use super::bars::hint_line;
use crate::assets::{Recipe, recipe, recipes};
use crate::fix::guess;
use crate::tui::action::Action;
use crate::tui::layout::overlay;
use crate::tui::model::{Model, Overlay};
use crate::tui::screens::fix;
use crate::tui::theme::{Meaning, Theme};
use crate::tui::widgets::field::{Lines, TextField};
use crate::tui::widgets::panel::{Focus, inside, more, panel};
use crate::tui::widgets::prompt;
use crate::tui::widgets::text::{clip, clip_line};

/// Said of a recipe that no test of ours starts a server with.
pub const NOT_EXECUTED: &str = "not executed by our tests";

/// The list, open.
#[derive(Clone, Debug)]
pub struct Stacks {
    /// What is typed.
    pub field: TextField,
    /// The chosen one of those that fit.
    pub chosen: usize,
    stacks: Vec<Stack>,
}

#[derive(Clone, Debug)]
struct Stack {
    recipe: &'static Recipe,
    /// What suggests it, where anything does.
    evidence: Option<String>,
}

impl Stacks {
    /// The stacks that what is typed fits, the best first; all in their order where nothing is.
    fn fitting(&self) -> Vec<&Stack> {
        let typed = self.field.text();
        let typed = typed.trim();
        let matcher = SkimMatcherV2::default();
        let mut fitting: Vec<_> = self
            .stacks
            .iter()
            .filter_map(|stack| {
                let Recipe {
                    id, title, kind, ..
                } = stack.recipe;
                let score = matcher.fuzzy_match(&format!("{title} {id} {kind}"), typed)?;
                Some((score, stack))
            })
            .collect();
        if !typed.is_empty() {
            fitting.sort_by_key(|(score, _)| std::cmp::Reverse(*score));
        }
        fitting.into_iter().map(|(_, stack)| stack).collect()
    }
}

/// Opens the list.
pub fn open(model: &mut Model) {
    let Some(outcome) = &model.outcome else {
        return model.warn("Nothing was sent yet, so there is nothing to write a recipe for.");
    };
    let guesses = guess(&fix::real_case(outcome).session);
    let suggested = guesses.iter().filter_map(|guess| {
        Some(Stack {
            recipe: recipe(guess.id)?,
            evidence: Some(guess.evidence.join("; ")),
        })
    });
    let others = recipes()
        .filter(|recipe| guesses.iter().all(|guess| guess.id != recipe.id))
        .map(|recipe| Stack {
            recipe,
            evidence: None,
        });
    model.overlay = Overlay::Stacks(Box::new(Stacks {
        field: TextField::new("", Lines::One),
        chosen: 0,
        stacks: suggested.chain(others).collect(),
    }));
}

/// Does what an action says.
pub fn act(model: &mut Model, action: Action) {
    let page = usize::from(parts(model).0.height);
    let Overlay::Stacks(open) = &mut model.overlay else {
        return;
    };
    let fitting = open.fitting();
    let last = fitting.len().saturating_sub(1);
    let now = open.chosen.min(last);
    open.chosen = match action {
        Action::Down => (now + 1).min(last),
        Action::Up => now.saturating_sub(1),
        Action::PageDown => (now + page).min(last),
        Action::PageUp => now.saturating_sub(page),
        Action::Dismiss => {
            model.overlay = Overlay::None;
            return;
        }
        Action::Accept => {
            if let Some(stack) = fitting.get(now) {
                let id = &stack.recipe.id;
                model.overlay = Overlay::None;
                fix::choose_stack(model, id);
            }
            return;
        }
        _ => {
            open.field.edit(action);
            0
        }
    };
}

/// Takes a click: on a stack it chooses it, outside it closes the list.
pub fn click(model: &mut Model, position: Position) {
    let (list, area) = parts(model);
    let Overlay::Stacks(open) = &mut model.overlay else {
        return;
    };
    if list.contains(position) {
        let at = offset(open, list) + usize::from(position.y - list.y);
        if at < open.fitting().len() {
            open.chosen = at;
            act(model, Action::Accept);
        }
    } else if !area.contains(position) {
        model.overlay = Overlay::None;
    }
}

/// The list, and the whole.
fn parts(model: &Model) -> (Rect, Rect) {
    let area = overlay(model, 100, 30);
    let [_, _, list, _, _] = rows(area);
    (list, area)
}

fn rows(area: Rect) -> [Rect; 5] {
    let one = Constraint::Length(1);
    Layout::vertical([one, one, Constraint::Fill(1), one, one]).areas(inside(area))
}

fn offset(open: &Stacks, list: Rect) -> usize {
    (open.chosen + 1).saturating_sub(usize::from(list.height))
}

/// Draws the list.
///
/// ```text
/// ╭▸ Write the recipe for ─────────────────────────────────────────────╮
/// │ > nest                                                             │
/// │                                                                    │
/// │ nginx          guessed by server: nginx/1.22.1                     │
/// │ Spring Boot    framework                 not executed by our tests │
/// │                                                                    │
/// │ Enter choose   Esc close                                           │
/// ╰────────────────────────────────────────────────────────────────────╯
/// ```
pub fn draw(model: &Model, open: &Stacks, frame: &mut Frame) {
    let theme = &model.theme;
    let (_, area) = parts(model);
    let [input, _, list, _, keys] = rows(area);
    let fitting = open.fitting();
    let (offset, height) = (offset(open, list), usize::from(list.height));
    frame.render_widget(Clear, area);
    let mut block = panel(theme, "Write the recipe for", Focus::Here).style(theme[Meaning::Text]);
    if let Some(signs) = more(fitting.len(), offset, height) {
        let signs = Line::styled(signs, theme[Meaning::Muted]);
        block = block.title_bottom(signs.right_aligned());
    }
    frame.render_widget(block, area);
    prompt::draw(&open.field, "a part of its name", theme, input, frame);
    let width = usize::from(list.width);
    let shown = fitting.iter().enumerate().skip(offset).take(height);
    let mut lines: Vec<_> = shown
        .map(|(at, stack)| {
            let line = line_of(stack, theme, width);
            match at == open.chosen {
                true => line.style(theme[Meaning::Selected]),
                false => line,
            }
        })
        .collect();
    if lines.is_empty() {
        lines.push(Line::styled("No stack fits.", theme[Meaning::Muted]));
    }
    frame.render_widget(Paragraph::new(lines), list);
    let room = usize::from(keys.width);
    frame.render_widget(Paragraph::new(hint_line(model, room)), keys);
}

fn line_of(stack: &Stack, theme: &Theme, width: usize) -> Line<'static> {
    let recipe = stack.recipe;
    let name = recipes().map(|recipe| recipe.title.chars().count()).max();
    let name = name.unwrap_or_default().min(width / 3);
    let mark = if recipe.executed { "" } else { NOT_EXECUTED };
    let middle = width.saturating_sub(name + mark.len() + 3);
    let (about, meaning) = match &stack.evidence {
        Some(evidence) => (format!("guessed by {evidence}"), Meaning::Info),
        None => (recipe.kind.clone(), Meaning::Muted),
    };
    let line = Line::from(vec![
        Span::styled(
            format!("{:name$}  ", clip(&recipe.title, name)),
            theme[Meaning::Strong],
        ),
        Span::styled(format!("{:middle$} ", clip(&about, middle)), theme[meaning]),
        Span::styled(mark, theme[Meaning::Warning]),
    ]);
    clip_line(line, width)
}
