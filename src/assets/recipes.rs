//! Recipes: how each stack is told a CORS policy. One file per stack in `assets/recipes/`.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use include_dir::File;
use serde::Deserialize;

use super::{files, parse};

/// How one stack is told a policy.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Recipe {
    /// The file's name, which is also what `--fix` takes.
    pub id: String,
    /// What the stack is called.
    pub title: String,
    /// What it is: `web server`, `framework`, `gateway` or `storage`.
    pub kind: String,
    /// Whether `tests/recipes` starts the real server with it.
    pub executed: bool,
    /// Where the stack documents it.
    pub docs: String,
    /// What in a response suggests this stack.
    #[serde(default)]
    pub signatures: Vec<Signature>,
    /// What to write, and where.
    pub snippets: Vec<Snippet>,
    /// What to know when using it.
    #[serde(default)]
    pub caveats: Vec<Remark>,
    /// What the stack cannot say: where one of these holds, there is no recipe.
    #[serde(default)]
    pub cannot: Vec<Remark>,
}

/// Evidence for a stack: all of its parts have to be there.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Signature {
    /// The name of a response header.
    pub header: Option<String>,
    /// What the header's value contains, ASCII case ignored; without it, the header is enough.
    pub contains: Option<String>,
    /// What the body contains.
    pub body: Option<String>,
    /// The status.
    pub status: Option<u16>,
    /// How much it tells: 1 a hint, 2 a name, 3 the part that decides about CORS itself.
    pub weight: u8,
}

/// A piece of configuration or code.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Snippet {
    /// Its name within the recipe.
    pub id: String,
    /// The file it belongs in.
    pub file: String,
    /// Where in that file, or what to run.
    pub place: String,
    /// A template over a policy.
    pub template: String,
    /// The expression that has to hold for it to be needed.
    pub when: Option<String>,
}

/// A sentence, and when it holds.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Remark {
    /// The sentence: a template over a policy.
    pub text: String,
    /// An expression over a policy; without one the sentence always holds.
    pub when: Option<String>,
}

struct RecipeFile {
    name: &'static str,
    file: &'static File<'static>,
    parsed: OnceLock<Recipe>,
}

impl RecipeFile {
    fn parsed(&self) -> &Recipe {
        self.parsed.get_or_init(|| parse(self.name, self.file))
    }
}

/// The recipe for a stack.
pub fn recipe(id: &str) -> Option<&'static Recipe> {
    table().get(id).map(RecipeFile::parsed)
}

/// All recipes, sorted by id.
pub fn recipes() -> impl Iterator<Item = &'static Recipe> {
    table().values().map(RecipeFile::parsed)
}

fn table() -> &'static BTreeMap<&'static str, RecipeFile> {
    static TABLE: OnceLock<BTreeMap<&'static str, RecipeFile>> = OnceLock::new();
    TABLE.get_or_init(|| {
        let entry = |(name, file)| RecipeFile {
            name,
            file,
            parsed: OnceLock::new(),
        };
        files("recipes").map(entry).map(|e| (e.name, e)).collect()
    })
}
