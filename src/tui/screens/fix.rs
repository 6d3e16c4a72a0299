//! The way out: the proven fix as a diff of header lines, what it opens, what the page can do instead, and
//! the policy behind it written for the user's stack.

use anstream::StripStream;
use ratatui::text::Line;

use super::detail::Tab;
use crate::assets::{Recipe, recipe, recipes};
use crate::case::Case;
use crate::diagnose::shown;
use crate::engine::Engine;
use crate::fix::{
    Fix, FixSide, Guess, Policy, Problem, RenderedRecipe, describe_problem, diff, fix_words, guess,
    no_fix_words,
};
use crate::report::write_recipe;
use crate::session::Edit;
use crate::tui::action::Action;
use crate::tui::message::Cmd;
use crate::tui::model::Model;
use crate::tui::outcome::Outcome;
use crate::tui::screens::debug::begin_detail;
use crate::tui::screens::why::with_terms;
use crate::tui::screens::{stacks, what_if};
use crate::tui::theme::{Meaning, Theme};
use crate::tui::widgets::text::{Piece, wrap, wrap_plain};

/// What the user has chosen on the tab.
#[derive(Clone, Debug, Default)]
pub struct Chosen {
    /// Which of the fixes.
    pub fix: usize,
    /// The stack; the guessed one where `None`.
    pub stack: Option<&'static str>,
}

/// What the tab needs to know beside the outcome.
#[derive(Clone, Debug, Default)]
pub struct Around {
    /// The edits in force, as people write them.
    pub edits: Vec<String>,
    /// The key that applies the chosen fix.
    pub apply: String,
    /// The key that chooses another fix.
    pub other: String,
    /// The key that copies the recipe.
    pub copy: String,
    /// The key that sends what the browser holds back.
    pub look_behind: String,
    /// The key that chooses another stack.
    pub stacks: String,
    /// What is chosen.
    pub chosen: Chosen,
}

/// The stack that is shown: the user's choice, else the likeliest, else the first.
fn stack(case: &Case, chosen: &Chosen) -> Option<(&'static Recipe, Option<Guess>)> {
    let guesses = guess(&case.session);
    let id = chosen.stack.or_else(|| guesses.first().map(|one| one.id));
    let recipe = id.and_then(recipe).or_else(|| recipes().next())?;
    let guess = guesses.into_iter().find(|guess| guess.id == recipe.id);
    Some((recipe, guess))
}

/// The case that recipes are written for: the server has to allow the real request.
pub fn real_case(outcome: &Outcome) -> &Case {
    outcome
        .real
        .as_ref()
        .map_or(&outcome.case, |real| &real.case)
}

/// Does what an action says; `None` where it means nothing here.
pub fn act(model: &mut Model, action: Action) -> Option<Vec<Cmd>> {
    match action {
        Action::ApplyFix => apply(model),
        Action::OtherFix => other(model),
        Action::NextStack | Action::PreviousStack => turn_stack(model, action == Action::NextStack),
        Action::ChooseStack => stacks::open(model),
        Action::CopyRecipe => return Some(copy(model)),
        _ => return None,
    }
    Some(Vec::new())
}

/// Opens the tab.
fn open(model: &mut Model) {
    if model.detail.tab != Tab::Fix {
        model.detail.tab = Tab::Fix;
        begin_detail(model);
    }
}

/// The chosen fix becomes a what-if.
fn apply(model: &mut Model) {
    let Some(outcome) = &model.outcome else {
        return model.warn("Nothing was sent yet, so there is nothing to fix.");
    };
    let Some(fix) = outcome.case.fixes.get(model.detail.chosen.fix) else {
        open(model);
        return model.warn("There is no fix to apply.");
    };
    let edits = fix.all_edits();
    what_if::apply(model, &edits);
    model.detail.chosen.fix = 0;
    open(model);
    model.say("The fix is applied as a what-if; nothing was changed on any server.");
}

fn other(model: &mut Model) {
    let count = model
        .outcome
        .as_ref()
        .map_or(0, |outcome| outcome.case.fixes.len());
    open(model);
    match count {
        0 | 1 => model.warn("There is no other fix."),
        _ => model.detail.chosen.fix = (model.detail.chosen.fix + 1) % count,
    }
}

fn turn_stack(model: &mut Model, forward: bool) {
    open(model);
    let Some(outcome) = &model.outcome else {
        return;
    };
    let Some((now, _)) = stack(real_case(outcome), &model.detail.chosen) else {
        return;
    };
    let ids: Vec<&'static str> = recipes().map(|recipe| recipe.id.as_str()).collect();
    let at = ids.iter().position(|id| *id == now.id).unwrap_or_default();
    let step = if forward { 1 } else { ids.len() - 1 };
    model.detail.chosen.stack = Some(ids[(at + step) % ids.len()]);
}

/// Shows the recipe for a stack.
pub fn choose_stack(model: &mut Model, id: &'static str) {
    model.detail.chosen.stack = Some(id);
    open(model);
}

/// The recipe in view, where there is something to fix.
fn shown_recipe(model: &Model) -> Option<RenderedRecipe> {
    let outcome = model.outcome.as_ref()?;
    let case = real_case(outcome);
    if case.fixes.is_empty() {
        return None;
    }
    let (recipe, _) = stack(case, &model.detail.chosen)?;
    recipe.render(&Policy::needed_by(&case.session)).ok()
}

/// The recipe in view, where the user has chosen its stack or an answer suggests it.
pub fn known_recipe(model: &Model, outcome: &Outcome) -> Option<RenderedRecipe> {
    let (_, guess) = stack(real_case(outcome), &model.detail.chosen)?;
    let known = guess.is_some() || model.detail.chosen.stack.is_some();
    shown_recipe(model).filter(|_| known)
}

/// What the recipe in view is called, and its text.
pub fn recipe_text(model: &Model) -> Option<(String, String)> {
    let rendered = shown_recipe(model)?;
    let texts: Vec<_> = rendered
        .snippets
        .iter()
        .map(|snippet| snippet.text.trim_end().to_owned() + "\n")
        .collect();
    Some((
        format!("the recipe for {}", rendered.title),
        texts.join("\n"),
    ))
}

/// The whole of the recipe in view, as a text to read: what to put where, and what to know.
pub fn recipe_sheet(model: &Model) -> Option<Vec<u8>> {
    let mut text = StripStream::new(Vec::new());
    // Writing to memory does not fail.
    write_recipe(&mut text, &shown_recipe(model)?).ok()?;
    Some(text.into_inner())
}

/// The recipe's text goes to the clipboard.
fn copy(model: &mut Model) -> Vec<Cmd> {
    let Some((name, text)) = recipe_text(model) else {
        model.warn("There is no recipe to copy.");
        return Vec::new();
    };
    vec![Cmd::Copy { name, text }]
}

struct Page<'a> {
    lines: Vec<Line<'static>>,
    theme: &'a Theme,
    width: usize,
}

impl Page<'_> {
    fn heading(&mut self, text: &str) {
        if !self.lines.is_empty() {
            self.lines.push(Line::default());
        }
        self.say(text, Meaning::Heading);
    }

    fn say(&mut self, text: &str, meaning: Meaning) {
        self.lines
            .extend(wrap_plain(text, self.theme[meaning], self.width));
    }

    /// Prose: the words of the glossary are marked.
    fn prose(&mut self, text: &str) {
        self.lines.extend(with_terms(text, self.theme, self.width));
    }

    /// A sign, then text that hangs behind it.
    fn item(&mut self, sign: &str, sign_meaning: Meaning, text: &str, meaning: Meaning) {
        let pieces = [
            Piece::new(format!("{sign} "), self.theme[sign_meaning]),
            Piece::new(text, self.theme[meaning]),
        ];
        let style = self.theme[meaning];
        self.lines.extend(wrap(&pieces, self.width, 2, style));
    }

    fn fix(&mut self, case: &Case, fix: &Fix) {
        let words = fix_words(&case.session, fix);
        if let Some(danger) = &words.dangerous {
            self.item("!", Meaning::Fail, "DANGEROUS", Meaning::Fail);
            self.say(danger, Meaning::Warning);
        }
        if !words.detail.is_empty() {
            self.prose(&words.detail);
        }
        let asks = fix.edits.iter().filter(|e| matches!(e, Edit::Request(_)));
        for edit in asks {
            let text = shown(&edit.to_string());
            self.item("~", Meaning::Info, &text, Meaning::Strong);
        }
        for answer in diff(&case.session, fix) {
            let (method, url) = (shown(&answer.method), shown(&answer.url));
            let never = match answer.assumed {
                true => ", which was never sent: as far as it does not say so already",
                false => "",
            };
            self.say(
                &format!("In the answer to {method} {url}{never}"),
                Meaning::Muted,
            );
            for line in &answer.lines {
                let (sign, meaning) = match line.added {
                    true => ("+", Meaning::Pass),
                    false => ("-", Meaning::Fail),
                };
                self.item(sign, meaning, &shown(&line.text), meaning);
            }
        }
        self.proof(fix);
        self.prose(&words.opens);
        if let Some(then) = &words.then {
            self.item("!", Meaning::Warning, then, Meaning::Value);
        }
    }

    fn proof(&mut self, fix: &Fix) {
        let browsers: Vec<_> = fix
            .proven_in
            .iter()
            .filter(|engine| **engine != Engine::Standard)
            .map(|engine| engine.title())
            .collect();
        if !browsers.is_empty() {
            let text = format!("Proven by replay: allowed in {}.", browsers.join(", "));
            self.item("✓", Meaning::Pass, &text, Meaning::Pass);
        }
        for (engine, reason) in &fix.still_blocked {
            let text = format!("{} still blocks it by {}.", engine.title(), reason.id());
            self.item("✗", Meaning::Fail, &text, Meaning::Fail);
        }
        if !fix.assumed.is_empty() {
            let text = "It rests on an answer that never came and is assumed to be a plain one.";
            self.item("?", Meaning::Warning, text, Meaning::Warning);
        }
    }

    fn recipe(&mut self, rendered: &RenderedRecipe) {
        for snippet in &rendered.snippets {
            let place = match snippet.place.is_empty() {
                true => snippet.file.to_owned(),
                false => format!("{}, {}", snippet.file, snippet.place),
            };
            self.say(&place, Meaning::Muted);
            for line in snippet.text.lines() {
                let text = format!("  {}", shown(line));
                let blanks = text.len() - text.trim_start().len();
                let style = self.theme[Meaning::Strong];
                let piece = [Piece::new(text, style)];
                self.lines
                    .extend(wrap(&piece, self.width, blanks + 2, style));
            }
            self.lines.push(Line::default());
        }
        if rendered.executed {
            let text = "Our tests start the real server with this recipe.";
            self.item("✓", Meaning::Pass, text, Meaning::Muted);
        }
        for caveat in &rendered.caveats {
            self.item("·", Meaning::Info, caveat, Meaning::Value);
        }
        self.item("·", Meaning::Info, rendered.docs, Meaning::Link);
    }
}

/// The tab.
pub fn lines_of(
    outcome: &Outcome,
    around: &Around,
    theme: &Theme,
    width: usize,
) -> Vec<Line<'static>> {
    let mut page = Page {
        lines: Vec::new(),
        theme,
        width,
    };
    let case = &outcome.case;
    if outcome.real.is_some() {
        page.heading("What if");
        for edit in &around.edits {
            page.item("~", Meaning::Info, edit, Meaning::Strong);
        }
    }
    fixes(&mut page, case, around);
    if case.fixes.is_empty() && outcome.real.is_none() {
        return page.lines;
    }
    stack_lines(&mut page, real_case(outcome), around);
    page.lines
}

fn fixes(page: &mut Page<'_>, case: &Case, around: &Around) {
    if let Some(id) = case.no_fix {
        page.heading("On the server");
        page.prose(&no_fix_words(&case.session, id));
    } else if case.fixes.is_empty() {
        page.heading("Nothing to fix");
        page.say("The page may read the answer.", Meaning::Value);
    }
    for (number, fix) in case.fixes.iter().enumerate() {
        let chosen = number == around.chosen.fix;
        let side = match fix.side {
            FixSide::Server => "On the server",
            FixSide::Page => "On the page",
        };
        let title = format!("{side}: {}", fix_words(&case.session, fix).title);
        if !chosen {
            page.heading(&format!("  {title}"));
            page.say(
                &format!("  {} shows this one", around.other),
                Meaning::Muted,
            );
            continue;
        }
        let applies = format!("▸ {title}");
        page.heading(&applies);
        page.fix(case, fix);
        page.say(
            &format!("{} applies it as a what-if", around.apply),
            Meaning::Key,
        );
    }
    let known = |problem: &&Problem| !matches!(problem, Problem::Unasked { .. });
    if case.problems.iter().skip(1).any(|problem| known(&problem)) {
        page.heading("It repairs the cause and what stands behind it");
        for problem in case.problems.iter().filter(known) {
            let text = describe_problem(&case.session, problem);
            page.item("·", Meaning::Info, &text, Meaning::Value);
        }
    }
}

fn stack_lines(page: &mut Page<'_>, case: &Case, around: &Around) {
    let Some((recipe, guess)) = stack(case, &around.chosen) else {
        return;
    };
    let mark = match recipe.executed {
        true => String::new(),
        false => format!(" ({})", stacks::NOT_EXECUTED),
    };
    page.heading(&format!("For {}{mark}", recipe.title));
    let why = match guess {
        Some(guess) => format!("Guessed by {}.", guess.evidence.join("; ")),
        None if around.chosen.stack.is_some() => "Chosen by you.".to_owned(),
        None => "No answer tells which server this is.".to_owned(),
    };
    let keys = format!(
        "{why} {} chooses another stack, {} copies.",
        around.stacks, around.copy
    );
    page.say(&keys, Meaning::Muted);
    match recipe.render(&Policy::needed_by(&case.session)) {
        Ok(rendered) => page.recipe(&rendered),
        Err(errors) => {
            for error in errors {
                page.item(
                    "✗",
                    Meaning::Fail,
                    &shown(&error.to_string()),
                    Meaning::Value,
                );
            }
        }
    }
}
