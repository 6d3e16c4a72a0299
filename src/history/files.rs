//! The files of named requests in a folder.

use std::fs::{self, OpenOptions};
use std::io::{self, ErrorKind, Write as _};
use std::path::{Path, PathBuf};

use thiserror::Error;

use super::collection::{
    CollectionError, NamedRequest, Outline, SUFFIX, Variables, is_collection, kept_profiles,
};

/// Why a file cannot be read or written.
#[derive(Debug, Error)]
pub enum FileError {
    /// The system says so.
    #[error("cannot {what} `{path}`: {source}", path = path.display())]
    System {
        /// `read` or `write`.
        what: &'static str,
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// It is there, and nobody said to write over it.
    #[error("`{path}` is there already", path = .0.display())]
    IsThere(PathBuf),
    /// What stands in it.
    #[error("`{path}`: {source}", path = path.display())]
    Content {
        /// Which.
        path: PathBuf,
        /// What is wrong.
        source: CollectionError,
    },
    /// A name that would lead to another folder, or none.
    #[error("`{0}` is no name: letters, digits, blanks, - and _ only")]
    Name(String),
}

/// A file of a folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// Its name without [`SUFFIX`].
    pub name: String,
    /// What it asks for, or why it cannot be read.
    pub outline: Result<Outline, String>,
}

/// The file of that name in a folder.
///
/// # Errors
///
/// A name that is none.
pub fn file_of(folder: &Path, name: &str) -> Result<PathBuf, FileError> {
    let name = name.trim();
    let name = name.strip_suffix(SUFFIX).unwrap_or(name);
    let fits = |c: char| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_' | '.');
    match !name.is_empty() && !name.starts_with('.') && name.chars().all(fits) {
        true => Ok(folder.join(format!("{name}{SUFFIX}"))),
        false => Err(FileError::Name(name.to_owned())),
    }
}

/// Every named request of a folder, by name.
///
/// # Errors
///
/// A folder that cannot be read.
pub fn list(folder: &Path) -> Result<Vec<Listed>, FileError> {
    let unreadable = |source| FileError::System {
        what: "read",
        path: folder.to_owned(),
        source,
    };
    let mut listed = Vec::new();
    for entry in fs::read_dir(folder).map_err(unreadable)? {
        let path = entry.map_err(unreadable)?.path();
        let name = path.file_name().and_then(|name| name.to_str());
        let Some(name) = name.and_then(|name| name.strip_suffix(SUFFIX)) else {
            continue;
        };
        if !is_collection(&path) {
            continue;
        }
        let outline = fs::read_to_string(&path).map_err(|error| error.to_string());
        listed.push(Listed {
            name: name.to_owned(),
            outline: outline.and_then(|text| Outline::of(&text).map_err(|error| error.to_string())),
        });
    }
    listed.sort_by(|one, other| one.name.cmp(&other.name));
    Ok(listed)
}

/// Reads a named request and fills its variables.
///
/// # Errors
///
/// A file that cannot be read, and what [`NamedRequest::parse`] says.
pub fn load(
    path: &Path,
    profile: Option<&str>,
    environment: Variables<'_>,
) -> Result<NamedRequest, FileError> {
    let text = fs::read_to_string(path).map_err(|source| FileError::System {
        what: "read",
        path: path.to_owned(),
        source,
    })?;
    NamedRequest::parse(&text, profile, environment).map_err(|source| FileError::Content {
        path: path.to_owned(),
        source,
    })
}

/// Writes a named request without its secrets; the variables that took their place. Over a file that is
/// there only if so wished; its profiles stay.
///
/// # Errors
///
/// A file that is there or cannot be written.
pub fn save(path: &Path, named: &NamedRequest, over: bool) -> Result<Vec<String>, FileError> {
    let failed = |source| FileError::System {
        what: "write",
        path: path.to_owned(),
        source,
    };
    let profiles = match over {
        true => fs::read_to_string(path).map(|text| kept_profiles(&text)),
        false => Ok(Default::default()),
    };
    let kept =
        (named.write_with(profiles.unwrap_or_default())).map_err(|source| FileError::Content {
            path: path.to_owned(),
            source,
        })?;
    let mut options = OpenOptions::new();
    options.write(true).truncate(true);
    match over {
        true => options.create(true),
        false => options.create_new(true),
    };
    let mut file = match options.open(path) {
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {
            return Err(FileError::IsThere(path.to_owned()));
        }
        opened => opened.map_err(failed)?,
    };
    file.write_all(kept.text.as_bytes()).map_err(failed)?;
    Ok(kept.variables)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::RequestForm;

    fn named(url: &str) -> NamedRequest {
        let form = RequestForm {
            url: url.to_owned(),
            ..RequestForm::default()
        };
        NamedRequest {
            form,
            cookies: Vec::new(),
        }
    }

    #[test]
    fn a_folder_is_written_listed_and_read() {
        let folder = tempfile::tempdir().unwrap();
        let path = file_of(folder.path(), "prices").unwrap();
        assert_eq!(
            save(&path, &named("https://a.test/"), false).unwrap(),
            [""; 0]
        );
        let again = save(&path, &named("https://b.test/"), false).unwrap_err();
        assert!(matches!(again, FileError::IsThere(_)), "{again}");
        let text = fs::read_to_string(&path).unwrap();
        fs::write(&path, text + "[profile.live]\nAPI = \"x\"\n").unwrap();
        save(&path, &named("https://b.test/"), true).unwrap();
        fs::write(folder.path().join("broken.corscope.toml"), "[request").unwrap();
        fs::write(folder.path().join("other.toml"), "").unwrap();
        let listed = list(folder.path()).unwrap();
        assert_eq!(listed.len(), 2);
        assert_eq!(listed[0].name, "broken");
        assert!(listed[0].outline.is_err());
        let outline = listed[1].outline.as_ref().unwrap();
        assert_eq!(outline.url, "https://b.test/");
        assert_eq!(outline.profiles, ["live"]);
        let read = load(&path, Some("live"), &|_| None).unwrap();
        assert_eq!(read, named("https://b.test/"));
    }

    #[test]
    fn a_name_stays_in_its_folder() {
        for name in ["", "..", "../up", "a/b", "a\\b", ".hidden", "a\nb"] {
            assert!(file_of(Path::new("here"), name).is_err(), "{name:?}");
        }
        for (name, file) in [
            ("a b", "here/a b.corscope.toml"),
            ("x.corscope.toml", "here/x.corscope.toml"),
        ] {
            assert_eq!(file_of(Path::new("here"), name).unwrap(), Path::new(file));
        }
    }
}
