//! Which themes there are: those of `assets/themes/`, and the user's own.

use std::path::Path;

use super::file::ThemeFile;
use super::{Colours, Theme};
use crate::config::{Mistake, Mistakes};

/// How deep themes may stand on each other.
const DEEPEST: usize = 8;

/// Declares the themes that ship with the program.
macro_rules! shipped {
    ($($name:literal,)*) => {
        const SHIPPED: &[(&str, &str)] = &[
            $(($name, include_str!(concat!("../../../assets/themes/", $name, ".toml"))),)*
        ];
    };
}

shipped! {
    "night",
    "day",
    "dusk",
    "paper",
    "contrast",
    "terminal",
    "plain",
}

/// The themes there are.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Themes {
    /// The user's own: name, file and text.
    own: Vec<(String, String, String)>,
    /// What could not be read.
    unread: Vec<Mistake>,
}

impl Themes {
    /// Those that ship with the program, and those of a folder. A folder that is not there has none.
    pub fn with_folder(folder: &Path) -> Self {
        let mut themes = Self::default();
        let Ok(entries) = std::fs::read_dir(folder) else {
            return themes;
        };
        let mut files: Vec<_> = entries.flatten().map(|entry| entry.path()).collect();
        files.sort();
        for path in files {
            let name = path.file_stem().and_then(|stem| stem.to_str());
            let Some(name) = name.filter(|_| path.extension().is_some_and(|end| end == "toml"))
            else {
                continue;
            };
            let place = path.display().to_string();
            match std::fs::read_to_string(&path) {
                Ok(text) => themes.own.push((name.to_owned(), place, text)),
                Err(error) => themes.unread.push(Mistake {
                    place,
                    message: format!("cannot be read: {error}"),
                }),
            }
        }
        themes
    }

    /// Their names, those of the user last.
    pub fn names(&self) -> Vec<String> {
        let shipped = SHIPPED.iter().map(|(name, _)| (*name).to_owned());
        let own = self.own.iter().map(|(name, ..)| name.clone());
        let own = own.filter(|name| SHIPPED.iter().all(|(shipped, _)| shipped != name));
        shipped.chain(own).collect()
    }

    /// The theme of that name. The user's own of the same name as a shipped one counts.
    ///
    /// # Errors
    ///
    /// What is wrong with its file, or with one that it stands on.
    pub fn theme(&self, name: &str, colours: Colours) -> Result<Theme, Mistakes> {
        // Where colours tell what is chosen, nothing would.
        let name = if colours == Colours::None {
            "plain"
        } else {
            name
        };
        self.file(name, None, DEEPEST)?.theme(name, colours)
    }

    /// The theme for a ground.
    pub fn automatic(&self, light: bool, colours: Colours) -> Result<Theme, Mistakes> {
        self.theme(if light { "day" } else { "night" }, colours)
    }

    fn file(&self, name: &str, on_it: Option<&str>, left: usize) -> Result<ThemeFile, Mistakes> {
        let one = |place: &str, message: String| {
            let place = place.to_owned();
            Mistakes(vec![Mistake { place, message }])
        };
        // A theme of the user that stands on the shipped one of its own name means that one.
        let own = self.own.iter().find(|(own, ..)| own == name);
        let own = own.filter(|_| on_it != Some(name));
        let shipped = || SHIPPED.iter().find(|(shipped, _)| *shipped == name);
        let (place, text) = match (own, shipped()) {
            (Some((_, place, text)), _) => (place.as_str(), text.as_str()),
            (None, Some((_, text))) => (name, *text),
            (None, None) => {
                let message = format!("there is no theme `{name}`");
                return Err(one(on_it.unwrap_or(name), message));
            }
        };
        let mut file = ThemeFile::read(place, text)?;
        let base = match (file.base.take(), own) {
            (Some(base), _) => base,
            // The user's need not say everything.
            (None, Some(_)) => "night".to_owned(),
            (None, None) => return Ok(file),
        };
        match left.checked_sub(1) {
            Some(left) => Ok(file.over(self.file(&base, Some(name), left)?)),
            None => Err(one(place, format!("base: `{base}` leads back to it"))),
        }
    }

    /// What could not be read of the user's themes, or is wrong in them.
    pub fn mistakes(&self) -> Vec<Mistake> {
        let wrong = self.own.iter().filter_map(|(name, ..)| {
            let Mistakes(mistakes) = self.theme(name, Colours::True).err()?;
            Some(mistakes)
        });
        self.unread.iter().cloned().chain(wrong.flatten()).collect()
    }
}
