//! What would have to change: the policy that a request needs.

mod policy;

pub use policy::{AllowedOrigins, Policy};
