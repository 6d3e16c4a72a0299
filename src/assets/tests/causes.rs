//! Every cause is read, rendered and led to.

use std::collections::BTreeSet;

use super::*;

/// All conditions of a sign, those inside others too.
fn conditions(condition: &Condition) -> Vec<&Condition> {
    match condition {
        Condition::AnyOf(inner) => inner.iter().flat_map(conditions).collect(),
        one => vec![one],
    }
}

#[test]
fn every_cause_is_typical_of_something_and_every_typical_cause_exists() {
    let pages: BTreeSet<_> = causes().map(|cause| cause.id.as_str()).collect();
    let of_findings = findings().flat_map(|finding| &finding.causes);
    let quiet = quiet_causes();
    let named: BTreeSet<_> = of_findings
        .chain(&quiet.allowed)
        .chain(&quiet.opaque)
        .map(String::as_str)
        .collect();
    assert_eq!(pages, named);
    for finding in findings() {
        let once: BTreeSet<_> = finding.causes.iter().collect();
        assert_eq!(once.len(), finding.causes.len(), "{}", finding.id);
    }
}

#[test]
fn causes_are_named_after_their_files_and_have_signs() {
    for (name, file) in files("causes") {
        let cause: Cause = parse(name, file);
        assert_eq!(cause.id, name);
        assert!(!cause.title.is_empty() && cause.title.len() <= 60, "{name}");
        assert!(!cause.title.ends_with('.'), "{name}");
        assert!(cause.signs.iter().any(|sign| sign.needed), "{name}");
        let most: i16 = cause.signs.iter().map(|sign| sign.weight.max(0)).sum();
        assert!(most >= 10, "{name} can never be told");
        let told = |sign: &Sign| sign.says.as_deref() != Some("");
        assert!(cause.signs.iter().any(told), "{name} has nothing to show");
    }
}

/// Names in conditions are those of the program; a misspelt one would never hold.
#[test]
fn conditions_name_what_exists() {
    let reasons: BTreeSet<_> = findings().map(|finding| finding.id.as_str()).collect();
    let known = |names: &[String], all: &[&str], what: &str| {
        for name in names {
            assert!(all.contains(&name.as_str()), "{what}: `{name}`");
        }
    };
    for cause in causes() {
        let signs = cause.signs.iter().flat_map(|sign| conditions(&sign.when));
        for condition in signs {
            match condition {
                Condition::Reason(ids) => {
                    for id in ids {
                        assert!(reasons.contains(id.as_str()), "{}: `{id}`", cause.id);
                    }
                }
                Condition::Phase(names) => known(
                    names,
                    &["request", "preflight", "redirect", "actual", "response"],
                    &cause.id,
                ),
                Condition::Mode(names) => {
                    known(names, &["cors", "no-cors", "same-origin"], &cause.id);
                }
                Condition::Credentials(names) => {
                    known(names, &["omit", "same-origin", "include"], &cause.id);
                }
                Condition::Path(texts) => {
                    for text in texts {
                        assert_eq!(text, &text.to_ascii_lowercase(), "{}", cause.id);
                    }
                }
                _ => {}
            }
        }
    }
}

#[test]
fn causes_read_well_with_any_parameters() {
    let mut given = vec![params(|_| false), params(|_| true)];
    for (name, ..) in PARAMS {
        given.push(params(|chosen| chosen == *name));
        given.push(params(|chosen| chosen != *name));
    }
    for cause in causes() {
        for params in &given {
            let rendered = cause.render(params).unwrap();
            for text in [&rendered.plain, &rendered.technical, &rendered.remedy] {
                check_prose(&cause.id, text);
            }
            let sentences = rendered.plain.split_inclusive(". ").count();
            assert!(sentences <= 4, "{}: {}", cause.id, rendered.plain);
        }
    }
}

/// Whoever has to decide reads no syntax, and not for long.
#[test]
fn plain_paragraphs_are_plain_and_short() {
    // Values of a case may be syntax; the words around them may not.
    let plain_params = FindingParams {
        value: "another address".to_owned(),
        item: "x-api-key".to_owned(),
        ..params(|_| true)
    };
    let of_causes = causes().map(|cause| (&cause.id, cause.render(&plain_params)));
    let of_findings = findings().map(|finding| (&finding.id, finding.render(&plain_params)));
    for (id, rendered) in of_causes.chain(of_findings) {
        let text = rendered.unwrap().plain;
        for syntax in ["`", "Access-Control-", "HTTP/1", "=true", "::", "{", "';"] {
            assert!(!text.contains(syntax), "{id}: {syntax} in: {text}");
        }
        let words = text.split_whitespace().count();
        assert!(words <= 90, "{id}: {words} words");
    }
}

#[test]
fn every_probe_has_words() {
    let probes: toml::Table = toml::from_str(include_str!("../../../assets/probes.toml")).unwrap();
    assert_eq!(probes.len(), ProbeId::ALL.len());
    for probe in ProbeId::ALL {
        let words = probe_words(*probe);
        assert!(!words.on.is_empty(), "{}", probe.id());
        for text in [&words.why, &words.same, &words.differs] {
            assert!(text.ends_with(['.', '?']), "{}: {text}", probe.id());
        }
    }
}

/// The ids in the files are those that the program says.
#[test]
fn every_probe_is_called_by_its_id() {
    for probe in ProbeId::ALL {
        let sign = format!("probe = \"{}\"\nwhen = {{ no-answer = true }}", probe.id());
        let sign: Sign = toml::from_str(&sign).unwrap();
        assert_eq!(sign.probe, Some(*probe));
    }
}

#[test]
fn statuses_and_classes_of_them() {
    let set = |text: &str| StatusSet::try_from(text.to_owned());
    assert!(set("4xx").unwrap().contains(404));
    assert!(!set("4xx").unwrap().contains(500));
    assert!(set("401").unwrap().contains(401));
    for wrong in ["", "4x", "0xx", "99", "1000", "axx"] {
        assert!(set(wrong).is_err(), "{wrong}");
    }
}
