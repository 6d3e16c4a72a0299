//! Every embedded file is parsed and rendered here, so that it cannot fail at run time.

use std::collections::BTreeSet;

use super::*;

mod causes;

#[test]
fn lessons_are_whole() {
    let mut seen = BTreeSet::new();
    for lesson in lessons() {
        let id = &lesson.id;
        assert!(seen.insert(id), "{id} is there twice");
        assert!(lesson.summary.len() <= 90, "{id}: summary is one line");
        for text in [&lesson.title, &lesson.story, &lesson.hint] {
            assert!(!text.is_empty(), "{id}");
        }
        assert_eq!(lesson.servers[0].id, "broken", "{id}: broken comes first");
        let repaired = lesson.server("repaired").expect("a repaired server");
        assert_eq!(repaired.expect.verdict, ExpectedVerdict::Allowed, "{id}");
        let ids: BTreeSet<_> = lesson.servers.iter().map(|server| &server.id).collect();
        assert_eq!(ids.len(), lesson.servers.len(), "{id}: variants have names");
        for server in &lesson.servers {
            check_variant(lesson, server);
        }
    }
    assert!(seen.len() >= 12, "{}", seen.len());
}

fn check_variant(lesson: &Lesson, server: &LessonServer) {
    let name = format!("{}, {}", lesson.id, server.id);
    let expect = &server.expect;
    let blocked = expect.verdict == ExpectedVerdict::Blocked;
    assert_eq!(expect.reason.is_some(), blocked, "{name}");
    let before_sending = |reason: &String| reason.starts_with("local-network-");
    assert_eq!(
        expect.exchanges.is_empty(),
        expect.reason.as_ref().is_some_and(before_sending),
        "{name}"
    );
    let request = lesson.request_to(server);
    for field in ["page", "url"] {
        assert!(request[field].is_string(), "{name}: {field}");
    }
    let rules: BTreeSet<_> = server
        .rules
        .iter()
        .map(|rule| (&rule.host, &rule.path, &rule.method))
        .collect();
    assert_eq!(rules.len(), server.rules.len(), "{name}: rules differ");
    assert!(
        server.rules.iter().all(|rule| !rule.replies.is_empty()),
        "{name}: rules have replies"
    );
}

#[test]
fn lessons_are_named_after_their_files() {
    let mut files: Vec<_> = files("lessons").map(|(name, _)| name).collect();
    files.sort_unstable();
    let ids: Vec<_> = lessons().iter().map(|lesson| &lesson.id).collect();
    let stems: Vec<_> = files.iter().map(|name| &name[3..]).collect();
    assert_eq!(ids, stems);
}

#[test]
fn the_first_lesson_is_the_empty_price_section() {
    let lesson = &lessons()[0];
    assert_eq!(lesson.request["page"], "http://www.yourcompany.example");
    assert_eq!(
        lesson.request["url"],
        "http://api.yourcompany.example/prices"
    );
}

#[test]
fn paragraphs_join_lines() {
    #[derive(Deserialize)]
    struct Text {
        #[serde(deserialize_with = "paragraphs")]
        text: String,
    }
    let text: Text = toml::from_str("text = '''\na\nb  \n\nc\n'''").unwrap();
    assert_eq!(text.text, "a b\n\nc");
}

type Field = (
    &'static str,
    fn(&mut FindingParams) -> &mut String,
    &'static str,
);

/// The parameters with a likely value each.
const PARAMS: &[Field] = &[
    (
        "page_origin",
        |p| &mut p.page_origin,
        "http://www.yourcompany.example",
    ),
    (
        "target_origin",
        |p| &mut p.target_origin,
        "http://api.yourcompany.example",
    ),
    (
        "url",
        |p| &mut p.url,
        "http://api.yourcompany.example/prices",
    ),
    ("method", |p| &mut p.method, "PUT"),
    ("status", |p| &mut p.status, "405"),
    ("header", |p| &mut p.header, "access-control-allow-origin"),
    ("value", |p| &mut p.value, "<{{ value }}> & \"more\""),
    (
        "expected",
        |p| &mut p.expected,
        "http://www.yourcompany.example",
    ),
    ("item", |p| &mut p.item, "x-api-key"),
    ("credentials", |p| &mut p.credentials, "include"),
    ("phase", |p| &mut p.phase, "redirect"),
    (
        "hop_url",
        |p| &mut p.hop_url,
        "http://cdn.yourcompany.example/prices",
    ),
];

fn params(chosen: impl Fn(&str) -> bool) -> FindingParams {
    let mut params = FindingParams::default();
    for (name, field, value) in PARAMS {
        if chosen(name) {
            field(&mut params).push_str(value);
        }
    }
    params
}

/// What happened, what it means, what is behind it, where to read on.
#[test]
fn every_page_has_all_its_parts() {
    for finding in findings() {
        let id = &finding.id;
        for text in [&finding.plain, &finding.technical, &finding.remedy] {
            assert!(text.len() > 40, "{id}: {text}");
        }
        let plain = finding.plain.to_ascii_lowercase();
        let advice = [
            "ask ",
            "check ",
            "try ",
            "paste ",
            "sending ",
            "nothing is wrong",
        ];
        assert!(
            advice.iter().any(|word| plain.contains(word)),
            "{id} says what to do now"
        );
        assert!(!finding.causes.is_empty(), "{id} has typical causes");
        assert!(finding.mdn.is_some(), "{id} links MDN");
    }
}

#[test]
fn findings_have_a_short_title_and_links() {
    for finding in findings() {
        let id = &finding.id;
        assert!(
            !finding.title.is_empty() && finding.title.len() <= 60,
            "{id}"
        );
        assert!(!finding.title.ends_with('.'), "{id}");
        assert!(finding.spec.starts_with("https://"), "{id}");
        let mdn = "https://developer.mozilla.org/";
        assert!(
            finding.mdn.as_ref().is_none_or(|url| url.starts_with(mdn)),
            "{id}"
        );
    }
}

/// Whichever parameters are known, the text is whole: no hole where a value is missing.
#[test]
fn findings_read_well_with_any_parameters() {
    let mut given = vec![params(|_| false), params(|_| true)];
    for (name, ..) in PARAMS {
        given.push(params(|chosen| chosen == *name));
        given.push(params(|chosen| chosen != *name));
    }
    for status in ["200", "302", "401", "404", "500"] {
        given.push(FindingParams {
            status: status.to_owned(),
            ..params(|_| true)
        });
    }
    for special in ["null", "patch", "access-control-allow-origin"] {
        given.push(FindingParams {
            expected: special.to_owned(),
            item: special.to_owned(),
            ..params(|_| true)
        });
    }
    for finding in findings() {
        for params in &given {
            let rendered = finding.render(params).unwrap();
            for text in [&rendered.plain, &rendered.technical, &rendered.remedy] {
                check_prose(&finding.id, text);
            }
            let sentences = rendered.plain.split_inclusive(". ").count();
            assert!(sentences <= 4, "{}: {}", finding.id, rendered.plain);
        }
    }
}

fn check_prose(id: &str, text: &str) {
    for hole in [
        "  ", " .", " ,", " ;", " :", "``", " ()", "{%", "the the ", "the The ",
    ] {
        // The sample value looks like a template, and has to come out as it is.
        let text = text.replace("<{{ value }}> & \"more\"", "it");
        assert!(!text.contains(hole), "{id}: `{hole}` in: {text}");
    }
    assert!(text.ends_with('.'), "{id}: {text}");
    assert_eq!(text, text.trim(), "{id}");
    assert!(!text.contains('\n'), "{id}: one paragraph");
}

#[test]
fn values_are_rendered_as_they_are() {
    let params = FindingParams {
        value: "<b>&{{ method }}".to_owned(),
        ..FindingParams::default()
    };
    let rendered = finding("allow-origin-mismatch")
        .unwrap()
        .render(&params)
        .unwrap();
    assert!(
        rendered.technical.contains("`<b>&{{ method }}`"),
        "{rendered:?}"
    );
}

/// Any site can produce the origin `null`, so no advice may be to allow it.
#[test]
fn no_remedy_allows_null() {
    for field in ["page_origin", "expected"] {
        let mut params = params(|chosen| chosen != "expected");
        match field {
            "expected" => "null".clone_into(&mut params.expected),
            _ => "null".clone_into(&mut params.page_origin),
        }
        let about_cors = |finding: &&Finding| !finding.id.starts_with("local-network");
        for finding in findings().filter(about_cors) {
            let remedy = finding.render(&params).unwrap().remedy;
            for advice in ["`null`", "Origin: null"] {
                assert!(!remedy.contains(advice), "{}: {remedy}", finding.id);
            }
        }
    }
}
