//! A rendered recipe, and the list of them, as text.

use std::io::{self, Write};

use anstyle::Style;

use crate::assets::recipes;
use crate::fix::RenderedRecipe;

/// Writes what to put where, and what to know about it.
pub fn write_recipe(out: &mut impl Write, recipe: &RenderedRecipe) -> io::Result<()> {
    let strong = Style::new().bold();
    let quiet = Style::new().dimmed();
    let mark = if recipe.executed {
        ""
    } else {
        " (not executed by our tests)"
    };
    writeln!(out, "\n{strong}Recipe for {}{strong:#}{mark}", recipe.title)?;
    for snippet in &recipe.snippets {
        writeln!(
            out,
            "\n{strong}{}{strong:#}{quiet}: {}{quiet:#}\n",
            snippet.file, snippet.place
        )?;
        for line in snippet.text.lines() {
            writeln!(out, "{line}")?;
        }
    }
    if !recipe.caveats.is_empty() {
        writeln!(out, "\n{strong}To know{strong:#}")?;
    }
    for caveat in &recipe.caveats {
        writeln!(out, "  - {caveat}")?;
    }
    writeln!(out, "\n{quiet}{}{quiet:#}", recipe.docs)
}

/// Writes a line for each recipe.
pub fn write_recipe_list(out: &mut impl Write) -> io::Result<()> {
    let id = recipes().map(|recipe| recipe.id.len()).max().unwrap_or(0);
    let title = recipes()
        .map(|recipe| recipe.title.len())
        .max()
        .unwrap_or(0);
    for recipe in recipes() {
        let mark = if recipe.executed {
            "executed by our tests"
        } else {
            "not executed by our tests"
        };
        writeln!(
            out,
            "{:id$}  {:title$}  {:11}  {mark}",
            recipe.id, recipe.title, recipe.kind
        )?;
    }
    Ok(())
}
