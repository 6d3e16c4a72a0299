//! Lessons of the lab, checked without the screen.

use corscope::assets::{ExpectedVerdict, lessons};

use super::support::run;

#[test]
fn every_lesson_ends_with_all_its_problems_and_a_proven_fix() {
    for lesson in lessons() {
        let told = run(&["check", "--lesson", &lesson.id]);
        let text = String::from_utf8(told.stdout).unwrap();
        let verdict = lesson.servers[0].expect.verdict;
        let blocked = verdict == ExpectedVerdict::Blocked;
        assert_eq!(told.code, i32::from(blocked), "{}: {text}", lesson.id);
        let proven = "with this, replayed: allowed in all three browsers";
        // What waits for the user's answer is nothing that a server could mend.
        let depends = text.starts_with("DEPENDS ON THE USER");
        let mended = verdict != ExpectedVerdict::Allowed && !depends;
        assert_eq!(text.contains(proven), mended, "{}: {text}", lesson.id);
        assert!(!text.contains("Not known:"), "{}: {text}", lesson.id);
    }
}

#[test]
fn a_repaired_server_is_named_after_the_lesson() {
    let told = run(&["check", "--lesson", "preflight-405/repaired"]);
    assert_eq!(told.code, 0);
    assert!(told.stdout.starts_with(b"ALLOWED"), "{}", told.told());
}

#[test]
fn lessons_are_listed_and_what_is_none_is_told() {
    let listed = run(&["check", "--lesson", "list"]);
    let text = String::from_utf8(listed.stdout).unwrap();
    for lesson in lessons() {
        assert!(text.contains(&lesson.id) && text.contains(&lesson.summary));
    }
    let both = run(&[
        "check",
        "--lesson",
        "preflight-405",
        "--credentials",
        "include",
    ]);
    assert_eq!(both.code, 2);
    assert!(
        both.stderr.contains("cannot be used with"),
        "{}",
        both.stderr
    );
    for (name, hint) in [
        (
            "preflight-404",
            "or one of empty-price-section, preflight-405",
        ),
        (
            "preflight-405/mended",
            "one of broken, half-repaired, repaired",
        ),
    ] {
        let told = run(&["check", "--lesson", name]);
        assert_eq!(told.code, 2);
        assert!(told.stderr.contains(hint), "{}", told.stderr);
    }
}

#[test]
fn the_fix_that_lets_nobody_in_comes_first() {
    let told = run(&["check", "--lesson", "redirect-null-origin"]);
    let text = String::from_utf8(told.stdout).unwrap();
    let page = text.find("On the page").unwrap();
    assert!(page < text.find("On the server").unwrap(), "{text}");
}
