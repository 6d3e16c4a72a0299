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
//! | how runs are kept, as the user wants it | `keeping` |
//! | named requests: what stands in `*.corscope.toml` | `collection` |
//! | named requests: the files of a folder | `files` |

mod collection;
mod files;
mod folder;
mod keeping;
mod record;
mod schema;
mod store;

pub use collection::{
    CollectionError, Kept, NamedRequest, Outline, SUFFIX, Variables, is_collection,
};
pub use files::{FileError, Listed, file_of, list, load, save};
pub use folder::data_folder;
pub use keeping::Keeping;
pub use record::{Entry, Record, Secrets};
pub use store::{Deleted, FILE, History, HistoryError, Limits};
