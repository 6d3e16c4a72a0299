//! Whatever is typed, pasted, clicked or answered: no panic, at any size.

use corscope::tui::{Cmd, Msg, Stop};
use corscope::wire::HeaderList;
use crossterm::event::{KeyCode, KeyEvent, KeyModifiers, MouseButton, MouseEvent, MouseEventKind};
use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::{RngAlgorithm, TestRng, TestRunner};

use super::app::{App, case, failure, reply};

#[derive(Clone, Debug)]
enum Step {
    Key(KeyEvent),
    Paste(String),
    Mouse(MouseEvent),
    Resize(u16, u16),
    Answer(u16, Vec<u8>),
    Fail,
}

fn key() -> impl Strategy<Value = KeyEvent> {
    let code = prop_oneof![
        6 => proptest::char::any().prop_map(KeyCode::Char),
        6 => proptest::sample::select("cnNgGhjklqLe123?y /:.sz<>{}+fwuxabitoOpEdrm".chars().collect::<Vec<_>>())
            .prop_map(KeyCode::Char),
        4 => (1..13u8).prop_map(KeyCode::F),
        12 => proptest::sample::select(vec![
            KeyCode::Enter,
            KeyCode::Esc,
            KeyCode::Tab,
            KeyCode::BackTab,
            KeyCode::Backspace,
            KeyCode::Delete,
            KeyCode::Up,
            KeyCode::Down,
            KeyCode::Left,
            KeyCode::Right,
            KeyCode::Home,
            KeyCode::End,
            KeyCode::PageUp,
            KeyCode::PageDown,
        ]),
    ];
    let modifiers = proptest::sample::select(vec![
        KeyModifiers::NONE,
        KeyModifiers::NONE,
        KeyModifiers::NONE,
        KeyModifiers::SHIFT,
        KeyModifiers::CONTROL,
        KeyModifiers::ALT,
    ]);
    (code, modifiers).prop_map(|(code, modifiers)| KeyEvent::new(code, modifiers))
}

fn mouse() -> impl Strategy<Value = MouseEvent> {
    let kind = proptest::sample::select(vec![
        MouseEventKind::Down(MouseButton::Left),
        MouseEventKind::Drag(MouseButton::Left),
        MouseEventKind::Up(MouseButton::Left),
        MouseEventKind::ScrollUp,
        MouseEventKind::ScrollDown,
    ]);
    (kind, 0..210u16, 0..70u16).prop_map(|(kind, column, row)| MouseEvent {
        kind,
        column,
        row,
        modifiers: KeyModifiers::NONE,
    })
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        12 => key().prop_map(Step::Key),
        1 => "\\PC{0,20}".prop_map(Step::Paste),
        1 => Just(Step::Paste("日本\u{301}👩‍💻\r\n\u{202e}\u{1b}[2J".into())),
        2 => mouse().prop_map(Step::Mouse),
        1 => (0..130u16, 0..45u16).prop_map(|(width, height)| Step::Resize(width, height)),
        3 => (100..600u16, proptest::collection::vec(any::<u8>(), 0..40))
            .prop_map(|(status, bytes)| Step::Answer(status, bytes)),
        1 => Just(Step::Fail),
    ]
}

fn take(app: &mut App, step: Step) {
    match step {
        Step::Key(key) => {
            app.send(Msg::Key(key));
        }
        Step::Paste(text) => {
            app.paste(&text);
        }
        Step::Mouse(event) => {
            app.send(Msg::Mouse(event));
        }
        Step::Resize(width, height) => {
            app.resize(width, height);
        }
        Step::Answer(..) | Step::Fail => {
            let pending = app.commands.iter().any(|c| matches!(c, Cmd::Send(_)));
            if !pending {
                return;
            }
            let order = app.order();
            let done = case(&order, |_| match &step {
                Step::Answer(status, bytes) => {
                    let mut headers = HeaderList::new();
                    headers.append("access-control-allow-origin", bytes.clone());
                    headers.append("location", bytes.clone());
                    Ok(reply(*status, headers, bytes))
                }
                _ => Err(failure()),
            });
            app.finish(order.id, done);
        }
    }
}

/// How many steps a long walk has, and after how many the screen is drawn. There are two.
const WALK: (usize, usize) = (10_000, 40);

#[test]
fn a_long_walk_does_no_harm() {
    walk(App::lab(120, 40), RngAlgorithm::ChaCha);
}

#[test]
fn another_long_walk_does_no_harm() {
    walk(App::lab(80, 24), RngAlgorithm::XorShift);
}

/// A long walk, the same every time: it gets into what a short one never does.
fn walk(mut app: App, random: RngAlgorithm) {
    let random = TestRng::deterministic_rng(random);
    let mut runner = TestRunner::new_with_rng(ProptestConfig::default(), random);
    let steps = step();
    for number in 0..WALK.0 {
        let step = steps.new_tree(&mut runner).unwrap().current();
        take(&mut app, step);
        let size = app.model.size;
        if number % WALK.1 == 0 && size.width > 0 && size.height > 0 {
            app.buffer();
        }
        if app.model.composer.headers.len() > 40 {
            app.model.composer.headers.clear();
            app.keys("alt-1 home");
            app.model.composer.stop = Stop::Url;
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn no_input_panics(steps in proptest::collection::vec(step(), 1..120)) {
        let mut app = App::lab(120, 40);
        for step in steps {
            take(&mut app, step);
            if app.model.size.width > 0 && app.model.size.height > 0 {
                app.buffer();
            }
        }
    }
}

#[test]
fn sizes_around_every_threshold_can_be_drawn() {
    let mut app = App::lab(1, 1);
    app.keys("f5").play();
    for overlay in ["", "f2", "esc f1", "esc alt-1", "alt-3"] {
        app.keys(overlay);
        for width in [1, 2, 3, 5, 8, 13, 21, 34, 40, 59, 60, 80, 99, 100, 120] {
            for height in [1, 2, 3, 4, 5, 7, 8, 11, 12, 19, 20, 22, 24, 40] {
                app.resize(width, height).buffer();
            }
        }
    }
}
