//! `corscope recipe`: a policy written for a stack, without a run.

use std::io::{self, Write as _};
use std::process::ExitCode;

use anyhow::bail;
use clap::Args;

use super::write_out;
use crate::assets::{Recipe, recipe, recipes};
use crate::case::Case;
use crate::diagnose::shown;
use crate::fix::{AllowedOrigins, Fix, FixSide, Guess, Policy, RecipeError, RenderedRecipe, guess};
use crate::report::{write_recipe, write_recipe_list};

/// Arguments of `recipe`.
#[derive(Debug, Args)]
pub struct RecipeArgs {
    /// The stack, as `nginx`; without it, the stacks are listed
    stack: Option<String>,
    /// An origin whose pages may read (repeatable); `*` for any
    #[arg(long = "origin", value_name = "ORIGIN")]
    origins: Vec<String>,
    /// Requests with cookies may be read too
    #[arg(long)]
    credentials: bool,
    /// A method beyond GET, HEAD and POST (repeatable)
    #[arg(short = 'X', long = "method", value_name = "METHOD")]
    methods: Vec<String>,
    /// A request header that needs permission (repeatable)
    #[arg(short = 'H', long = "header", value_name = "NAME")]
    headers: Vec<String>,
    /// A response header that script may read (repeatable)
    #[arg(long = "expose", value_name = "NAME")]
    expose: Vec<String>,
    /// How long browsers may remember the answer to a preflight
    #[arg(long, value_name = "SECONDS")]
    max_age: Option<u32>,
}

impl RecipeArgs {
    fn policy(&self) -> Policy {
        let names = |names: &[String]| {
            let mut names: Vec<_> = names.iter().map(|name| name.to_ascii_lowercase()).collect();
            names.sort_unstable();
            names.dedup();
            names
        };
        Policy {
            origins: if self.origins.iter().any(|origin| origin == "*") {
                AllowedOrigins::Any
            } else {
                AllowedOrigins::These(self.origins.clone())
            },
            credentials: self.credentials,
            methods: self.methods.clone(),
            headers: names(&self.headers),
            expose: names(&self.expose),
            max_age: self.max_age,
        }
    }
}

pub(super) fn run(args: &RecipeArgs) -> anyhow::Result<ExitCode> {
    let Some(stack) = &args.stack else {
        list()?;
        return Ok(ExitCode::SUCCESS);
    };
    let recipe = known(stack)?;
    match recipe.render(&args.policy()) {
        Ok(rendered) => {
            let mut text = Vec::new();
            write_recipe(&mut text, &rendered)?;
            write_out(&text)?;
            Ok(ExitCode::SUCCESS)
        }
        Err(errors) => bail!(refusal(recipe, &errors)),
    }
}

/// Which recipe `check --fix` asks for.
#[derive(Clone, Debug)]
pub(super) enum Wanted {
    /// The list of recipes, and no run.
    List,
    /// The stack that the replies suggest.
    Guessed,
    /// This one.
    Named(&'static Recipe),
}

/// Reads the value of `--fix`.
pub(super) fn parse_wanted(text: &str) -> anyhow::Result<Wanted> {
    Ok(match text {
        "list" => Wanted::List,
        "auto" => Wanted::Guessed,
        name => Wanted::Named(known(name)?),
    })
}

/// Writes the recipe that a case needs, or why there is none: the check has run all the same.
pub(super) fn write_for(out: &mut Vec<u8>, case: &Case, wanted: &Wanted) -> io::Result<()> {
    let chosen = match wanted {
        Wanted::Named(recipe) => Some(*recipe),
        Wanted::Guessed => told_guess(out, &guess(&case.session))?,
        Wanted::List => None,
    };
    if let Some(recipe) = chosen {
        match recipe.render(&Policy::needed_by(&case.session)) {
            Ok(rendered) => write_recipe(out, &rendered)?,
            Err(errors) => writeln!(out, "\nThere is {}", refusal(recipe, &errors))?,
        }
    }
    Ok(())
}

/// Says how to get the recipe, where the best fix is one that a recipe writes.
pub(super) fn write_offer(out: &mut Vec<u8>, case: &Case) -> io::Result<()> {
    let by_cors = |fix: &Fix| {
        let edits = fix.all_edits();
        let mut edits = edits.iter().map(ToString::to_string);
        let of_cors =
            |edit: String| edit.starts_with("preflight") || edit.contains("Access-Control-");
        fix.side == FixSide::Server && edits.any(of_cors)
    };
    let policy = Policy::needed_by(&case.session);
    if !case.fixes.first().is_some_and(by_cors) || !recipes().any(|one| one.render(&policy).is_ok())
    {
        return Ok(());
    }
    let guesses = guess(&case.session);
    let mut fitting = guesses
        .iter()
        .filter_map(|guess| Some((guess, recipe(guess.id)?)));
    match fitting.find(|(_, recipe)| recipe.render(&policy).is_ok()) {
        Some((guess, recipe)) => writeln!(
            out,
            "\nWhat to write into the server's set-up: --fix {} ({}, by {}); --fix list shows all",
            recipe.id,
            recipe.title,
            guess.evidence.join("; ")
        ),
        None => writeln!(
            out,
            "\nWhat to write into the server's set-up: --fix STACK; --fix list shows all"
        ),
    }
}

/// The recipe that a case needs, or why there is none.
pub(super) fn rendered(case: &Case, wanted: &Wanted) -> Result<RenderedRecipe, String> {
    let chosen = match wanted {
        Wanted::Named(recipe) => Some(*recipe),
        Wanted::Guessed => guess(&case.session).first().and_then(|one| recipe(one.id)),
        Wanted::List => None,
    };
    let recipe = chosen.ok_or_else(|| UNKNOWN.to_owned())?;
    let rendered = recipe.render(&Policy::needed_by(&case.session));
    rendered.map_err(|errors| refusal(recipe, &errors))
}

/// Said where no reply names the stack.
const UNKNOWN: &str =
    "No reply tells which server this is. Name it: --fix nginx (--fix list shows all).";

/// Prints what can be asked for.
pub(super) fn list() -> anyhow::Result<()> {
    let mut text = Vec::new();
    write_recipe_list(&mut text)?;
    write_out(&text)
}

/// Writes what the guess rests on, and gives the likeliest stack.
fn told_guess(out: &mut Vec<u8>, guesses: &[Guess]) -> io::Result<Option<&'static Recipe>> {
    let Some((first, others)) = guesses.split_first() else {
        writeln!(out, "\n{UNKNOWN}")?;
        return Ok(None);
    };
    writeln!(
        out,
        "\nA guess: {}, by {}",
        first.id,
        first.evidence.join("; ")
    )?;
    for other in others {
        writeln!(
            out,
            "  or --fix {}, by {}",
            other.id,
            other.evidence.join("; ")
        )?;
    }
    Ok(recipe(first.id))
}

fn refusal(recipe: &Recipe, errors: &[RecipeError]) -> String {
    let mut text = format!("no recipe for {}:", recipe.title);
    for error in errors {
        text.push_str("\n  ");
        text.push_str(&shown(&error.to_string()));
    }
    text
}

fn known(name: &str) -> anyhow::Result<&'static Recipe> {
    let Some(recipe) = recipe(name) else {
        let ids: Vec<_> = recipes().map(|recipe| recipe.id.as_str()).collect();
        bail!(
            "`{}` is no stack that there is a recipe for\n  hint: one of {}",
            shown(name),
            ids.join(", ")
        )
    };
    Ok(recipe)
}
