//! Where the data of this user is kept.

use std::path::PathBuf;

use etcetera::{BaseStrategy as _, choose_base_strategy};

/// The folder: `CORSCOPE_DATA_DIR`, else `corscope` in the data folder of this system's user
/// (`$XDG_DATA_HOME`, or `~/.local/share`). `None` where there is no home.
pub fn data_folder() -> Option<PathBuf> {
    match std::env::var_os("CORSCOPE_DATA_DIR") {
        Some(folder) if !folder.is_empty() => Some(folder.into()),
        _ => Some(choose_base_strategy().ok()?.data_dir().join("corscope")),
    }
}
