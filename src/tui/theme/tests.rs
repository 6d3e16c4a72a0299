//! Tests of the themes that ship with the program, and of mistakes in those that people write.

use ratatui::style::{Color, Modifier};
use ratatui::text::{Line, Span};

use super::readable::contrast;
use super::*;
use crate::config::Mistakes;

fn theme(name: &str, colours: Colours) -> Theme {
    Themes::default().theme(name, colours).unwrap()
}

/// Themes of a folder with these files.
fn own(files: &[(&str, &str)]) -> (tempfile::TempDir, Themes) {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        std::fs::write(folder.path().join(name), text).unwrap();
    }
    let themes = Themes::with_folder(folder.path());
    (folder, themes)
}

fn told(result: Result<Theme, Mistakes>, folder: &tempfile::TempDir) -> String {
    let folder = format!("{}/", folder.path().display());
    result.unwrap_err().to_string().replace(&folder, "")
}

#[test]
fn every_theme_is_whole_for_every_terminal() {
    let names = Themes::default().names();
    assert!(names.len() >= 6, "{names:?}");
    for name in names {
        for colours in [
            Colours::True,
            Colours::Indexed,
            Colours::Sixteen,
            Colours::None,
        ] {
            let theme = theme(&name, colours);
            assert_eq!(theme.styles.len(), Meaning::ALL.len(), "{name}");
            for meaning in Meaning::ALL {
                for colour in [theme[*meaning].fg, theme[*meaning].bg]
                    .into_iter()
                    .flatten()
                {
                    let fits = match colour {
                        Color::Rgb(..) => colours == Colours::True,
                        Color::Indexed(_) => colours == Colours::Indexed,
                        _ => colours != Colours::None,
                    };
                    assert!(fits, "{name}: {colours:?}: {colour:?}");
                }
            }
        }
    }
}

/// What a person has to tell from what is around it looks otherwise, whatever the colours.
#[test]
fn what_differs_in_meaning_differs_in_looks() {
    let pairs = [
        (Meaning::Selected, Meaning::Text),
        (Meaning::Selected, Meaning::SelectedUnfocused),
        (Meaning::SelectedUnfocused, Meaning::Text),
        (Meaning::BorderFocused, Meaning::Border),
        (Meaning::TabChosen, Meaning::Tab),
        (Meaning::Fail, Meaning::Pass),
        (Meaning::Mark, Meaning::Value),
        (Meaning::ValueFocused, Meaning::Value),
    ];
    for name in Themes::default().names() {
        for colours in [
            Colours::True,
            Colours::Indexed,
            Colours::Sixteen,
            Colours::None,
        ] {
            let theme = theme(&name, colours);
            for (one, other) in pairs {
                assert_ne!(
                    theme[one], theme[other],
                    "{name}: {colours:?}: {one:?} {other:?}"
                );
            }
        }
    }
}

/// Text can be read: <https://www.w3.org/TR/WCAG22/#contrast-minimum> asks for 4.5 to 1; the theme of
/// high contrast keeps 7 to 1.
#[test]
fn text_stands_out_from_its_ground() {
    let quiet = [Meaning::Border];
    for name in ["night", "day", "dusk", "paper", "contrast"] {
        let theme = theme(name, Colours::True);
        let ground = theme[Meaning::Text].bg.unwrap();
        for meaning in Meaning::ALL
            .iter()
            .filter(|meaning| !quiet.contains(meaning))
        {
            let style = theme[Meaning::Text].patch(theme[*meaning]);
            let (fg, bg) = (style.fg.unwrap(), style.bg.unwrap_or(ground));
            let ratio = contrast(fg, bg).unwrap();
            let wanted = if name == "contrast" { 7.0 } else { 4.5 };
            assert!(ratio >= wanted, "{name}: {meaning:?}: {ratio:.2}");
        }
    }
}

#[test]
fn the_plain_theme_has_no_colour_and_a_terminal_without_colours_gets_it() {
    for theme in [theme("plain", Colours::True), theme("night", Colours::None)] {
        for meaning in Meaning::ALL {
            assert_eq!((theme[*meaning].fg, theme[*meaning].bg), (None, None));
        }
        let selected = theme[Meaning::Selected];
        assert!(selected.add_modifier.contains(Modifier::REVERSED));
    }
}

#[test]
fn on_sixteen_colours_the_ground_stays_the_terminals() {
    assert_eq!(
        theme("night", Colours::Sixteen)[Meaning::Text].bg,
        Some(Color::Reset)
    );
    assert_eq!(
        theme("day", Colours::Sixteen)[Meaning::Fail].fg,
        Some(Color::Red)
    );
}

#[test]
fn a_theme_of_ones_own_says_only_what_differs() {
    let (_folder, themes) = own(&[
        ("sea.toml", "base = 'day'\n[palette]\nblue = '#000080'\n"),
        (
            "night.toml",
            "base = 'night'\n[palette]\nground = '#000000'\n",
        ),
        ("notes.txt", "no theme"),
    ]);
    let names = themes.names();
    assert_eq!(names.last().unwrap(), "sea");
    assert_eq!(names.iter().filter(|name| *name == "night").count(), 1);
    let sea = themes.theme("sea", Colours::True).unwrap();
    assert_eq!(sea.ground, Ground::Light);
    assert_eq!(sea[Meaning::Heading].fg, Some(Color::Rgb(0, 0, 0x80)));
    assert_eq!(
        sea[Meaning::Pass],
        theme("day", Colours::True)[Meaning::Pass]
    );
    // A changed colour is changed among the 16 too.
    let few = themes.theme("sea", Colours::Sixteen).unwrap();
    assert_eq!(few[Meaning::Heading].fg, Some(Color::Blue));
    let night = themes.theme("night", Colours::True).unwrap();
    assert_eq!(night[Meaning::Text].bg, Some(Color::Rgb(0, 0, 0)));
    assert_eq!(themes.mistakes(), []);
}

#[test]
fn mistakes_are_told_with_their_lines() {
    let (folder, themes) = own(&[(
        "sea.toml",
        "base = 'day'\npalete = {}\n[palette]\nblue = 'navy'\n[styles]\nfial = {}\nfail = { fg = 'blue', bald = true }\n",
    )]);
    let told = told(themes.theme("sea", Colours::True), &folder);
    assert_eq!(
        told,
        "sea.toml:2: there is no key `palete`; did you mean `palette`?\n\
         sea.toml:4: blue: no colour; as in \"#7cb4ff\", \"bright-blue\" or \"default\"\n\
         sea.toml:6: there is no style `fial`; did you mean `fail`?\n\
         sea.toml:7: fail: bald: a look has fg and bg, colours of the palette, and bold, dim, italic, underlined, reversed, true or false"
    );
    assert_eq!(themes.mistakes().len(), 4);
}

#[test]
fn a_colour_or_a_base_that_is_not_there_is_named() {
    let (folder, themes) = own(&[
        ("a.toml", "[styles]\nfail = { fg = 'navy' }\n"),
        ("b.toml", "base = 'c'\n"),
        ("c.toml", "base = 'b'\n"),
        ("d.toml", "base = 'nothing'\n"),
        ("e.toml", "for = \n"),
    ]);
    let told = |name| told(themes.theme(name, Colours::True), &folder);
    assert_eq!(told("a"), "a.toml:2: fail: `navy` is not in the palette");
    assert!(told("b").ends_with("leads back to it"), "{}", told("b"));
    assert_eq!(told("d"), "d: there is no theme `nothing`");
    assert!(told("e").starts_with("e.toml:1: "), "{}", told("e"));
}

#[test]
fn what_is_selected_can_be_read_whatever_it_means() {
    for name in ["night", "day", "dusk", "paper", "contrast"] {
        let theme = theme(name, Colours::True);
        for selection in [Meaning::Selected, Meaning::SelectedUnfocused] {
            for meaning in Meaning::ALL {
                let line = Line::from(vec![Span::styled("x", theme[*meaning])]);
                let line = theme.selected(line, selection);
                let style = theme[Meaning::Text].patch(line.style);
                let style = style.patch(line.spans[0].style);
                let ratio = contrast(style.fg.unwrap(), style.bg.unwrap()).unwrap();
                let own_ground = theme[*meaning].bg.is_some();
                assert!(
                    own_ground || ratio >= 3.0,
                    "{name}: {meaning:?}: {ratio:.2}"
                );
            }
        }
    }
}
