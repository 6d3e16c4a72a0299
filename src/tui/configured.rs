//! What the configuration may say about keys and themes, and the key table that comes of it.

use std::path::Path;

use anyhow::bail;

use super::keymap::Keymap;
use super::theme::Themes;
use crate::config::{Config, KeyOverride, Rules};

/// What the configuration is judged with.
pub fn rules() -> Rules {
    Rules {
        actions,
        keys,
        themes,
    }
}

fn actions() -> Vec<String> {
    let mut names: Vec<_> = Keymap::default()
        .rows()
        .iter()
        .map(|row| row.action.name())
        .collect();
    names.sort();
    names.dedup();
    names
}

fn keys(rows: &[KeyOverride]) -> Vec<String> {
    match Keymap::with_overrides(&pairs(rows)) {
        Ok(_) => Vec::new(),
        Err(mistakes) => mistakes.iter().map(ToString::to_string).collect(),
    }
}

fn themes(folder: Option<&Path>) -> Vec<String> {
    match folder {
        Some(folder) => Themes::with_folder(folder).names(),
        None => Themes::default().names(),
    }
}

/// The key table with the keys that are configured.
pub(super) fn keymap(config: &Config) -> anyhow::Result<Keymap> {
    match Keymap::with_overrides(&pairs(config.keys())) {
        Ok(keymap) => Ok(keymap),
        Err(mistakes) => {
            let texts: Vec<_> = mistakes.iter().map(ToString::to_string).collect();
            bail!(texts.join("\n"))
        }
    }
}

fn pairs(rows: &[KeyOverride]) -> Vec<(&str, Vec<&str>)> {
    rows.iter()
        .map(|row| {
            let keys = row.keys.iter().map(String::as_str).collect();
            (row.action.as_str(), keys)
        })
        .collect()
}
