//! What would have to change: the policy that a request needs, and how a stack is told it.

mod guess;
mod needed;
mod policy;
mod quoting;
mod recipe;

pub use guess::{Guess, guess, guess_from};
pub use policy::{AllowedOrigins, Policy};
pub use recipe::{RecipeError, RenderedRecipe, RenderedSnippet};
