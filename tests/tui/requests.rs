//! Named requests: opened into the form, and the form saved as one, over real files.

use std::path::Path;

use corscope::history::{FileError, file_of, list, load, save};
use corscope::tui::{Cmd, Msg, Overlay, Panel, RequestsEvent, RequestsOrder, Stop};

use super::app::{App, form};

const FILE: &str = "[request]\nurl = \"${API}/prices\"\norigin = \"https://app.example\"\nmethod = \"PUT\"\n\
                    headers = [\"X-Key: 1\"]\n\n[profile.live]\nAPI = \"https://api.example\"\n\n\
                    [profile.staging]\nAPI = \"https://staging.example\"\n";

/// Carries out what the screen asked of the files, as the runtime does.
fn serve(app: &mut App, folder: &Path) {
    while let Some(at) = (app.commands.iter()).position(|c| matches!(c, Cmd::Requests(_))) {
        let Cmd::Requests(order) = app.commands.remove(at) else {
            unreachable!()
        };
        let event = match order {
            RequestsOrder::List => RequestsEvent::Listed(list(folder).unwrap()),
            RequestsOrder::Open { name, profile } => {
                let path = file_of(folder, &name).unwrap();
                match load(&path, profile.as_deref(), &|_| None) {
                    Ok(named) => RequestsEvent::Opened {
                        name,
                        named: Box::new(named),
                    },
                    Err(error) => RequestsEvent::Failed(error.to_string()),
                }
            }
            RequestsOrder::Save { name, named, over } => {
                match file_of(folder, &name).and_then(|path| save(&path, &named, over)) {
                    Ok(variables) => RequestsEvent::Saved { name, variables },
                    Err(FileError::IsThere(_)) => RequestsEvent::IsThere(name),
                    Err(error) => RequestsEvent::Failed(error.to_string()),
                }
            }
        };
        app.send(Msg::Requests(event));
    }
}

fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("prices.corscope.toml"), FILE).unwrap();
    std::fs::write(folder.path().join("broken.corscope.toml"), "[request\n").unwrap();
    folder
}

#[test]
fn pictures() {
    let folder = folder();
    for (width, height) in [(200, 60), (120, 40), (80, 24), (60, 18)] {
        let mut app = App::lab(width, height);
        app.keys("ctrl-o");
        serve(&mut app, folder.path());
        app.keys("down");
        insta::assert_snapshot!(format!("requests_{width}x{height}"), app.screen());
        app.keys("esc alt-s");
        serve(&mut app, folder.path());
        app.keys("type:prices enter");
        serve(&mut app, folder.path());
        insta::assert_snapshot!(format!("save_{width}x{height}"), app.screen());
    }
}

#[test]
fn a_request_is_found_by_its_name_and_opened_with_a_profile() {
    let folder = folder();
    let mut app = App::lab(120, 40);
    app.keys("esc f2 ctrl-o type:stag");
    serve(&mut app, folder.path());
    app.shows("prices  staging");
    app.keys("enter");
    serve(&mut app, folder.path());
    let opened = app.model.composer.form();
    assert_eq!(opened.url, "https://staging.example/prices");
    assert_eq!((opened.method.as_str(), opened.headers.len()), ("PUT", 1));
    assert_eq!(app.model.panel, Panel::Request);
    app.shows("Opened prices.");
    app.keys("alt-z");
    assert_ne!(app.model.composer.form().url, opened.url);
}

#[test]
fn what_is_wrong_with_a_file_is_told_and_nothing_changes() {
    let folder = folder();
    let mut app = App::lab(120, 40);
    let before = app.model.composer.form();
    app.keys("ctrl-o");
    serve(&mut app, folder.path());
    app.shows("✗ TOML parse error at line 1");
    app.keys("down enter");
    serve(&mut app, folder.path());
    app.shows("not set:");
    app.keys("up enter");
    serve(&mut app, folder.path());
    assert_eq!(app.model.composer.form(), before);
    assert!(matches!(app.model.overlay, Overlay::Requests(_)));
}

#[test]
fn the_form_is_saved_without_its_secrets_and_written_over_only_by_a_second_yes() {
    let folder = folder();
    let mut app = App::with(
        120,
        40,
        form("https://app.example", "GET", "https://api.example/x"),
    );
    app.keys("f6 type:X-Api-Key:_hunter2 alt-s");
    serve(&mut app, folder.path());
    app.keys("type:mine enter");
    serve(&mut app, folder.path());
    app.shows("Set before you open it: X_API_KEY.");
    let path = folder.path().join("mine.corscope.toml");
    let text = std::fs::read_to_string(&path).unwrap();
    assert!(!text.contains("hunter2"), "{text}");
    // The name is kept, and a file that is there is safe.
    app.keys("f8 alt-s");
    serve(&mut app, folder.path());
    app.keys("enter");
    serve(&mut app, folder.path());
    app.shows("There is a file of that name.");
    assert_eq!(std::fs::read_to_string(&path).unwrap(), text);
    app.keys("enter");
    serve(&mut app, folder.path());
    assert!(matches!(app.model.overlay, Overlay::None));
    assert_ne!(std::fs::read_to_string(&path).unwrap(), text);
}

#[test]
fn no_name_and_no_request_are_not_saved() {
    let folder = folder();
    let mut app = App::with(80, 24, form("", "GET", "api.example"));
    app.keys("alt-s");
    assert!(matches!(app.model.overlay, Overlay::None));
    app.shows("nothing to save");
    let mut app = App::lab(80, 24);
    app.keys("alt-s enter");
    app.shows("Type a name");
    app.keys("type:../up enter");
    serve(&mut app, folder.path());
    app.shows("`../up` is no name");
}

#[test]
fn an_empty_folder_says_how_to_fill_it() {
    let folder = tempfile::tempdir().unwrap();
    let mut app = App::lab(80, 24);
    app.keys("ctrl-o");
    serve(&mut app, folder.path());
    app.shows("Alt-s saves the request");
    app.keys("esc");
    assert_eq!(app.model.composer.stop, Stop::Url);
}
