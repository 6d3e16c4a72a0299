//! What was run before, kept in a database, and requests kept in files.
//!
//! A run is kept as its session: everything else follows from a replay. Secrets are taken out before
//! anything is written, unless the user wants them kept.
//!
//! | to change ... | open |
//! | --- | --- |
//! | what is kept of a run, and what is listed | `record` |
//! | tables, and how an older file becomes a newer one | `schema` |
//! | how runs are listed, found and deleted, and how many are kept | `store` |
//! | where the file is | `folder` |
//! | named requests in `*.corscope.toml` | `collection` |

mod collection;
mod folder;
mod record;
mod schema;
mod store;

pub use collection::{CollectionError, Kept, NamedRequest, SUFFIX, Variables, is_collection};
pub use folder::data_folder;
pub use record::{Entry, Record, Secrets};
pub use store::{Deleted, FILE, History, HistoryError, Limits};
