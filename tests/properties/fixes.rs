//! Whatever is asked and answered: what is proposed is proven, and opens nothing to strangers unsaid.

use corscope::engine::{Api, Credentials, Engine, Page, ResponseType, Verdict};
use corscope::fix::{Fix, diff, fix_words, next_behind};
use corscope::session::{Edit, Session, WhatIf, replay};
use proptest::prelude::*;

use super::fetches::{config, fetch};

fn edited(session: &Session, fix: &Fix) -> Session {
    WhatIf::new(session, &fix.all_edits()).session(Engine::ALL)
}

fn verdict(session: &Session, engine: Engine) -> Option<Verdict> {
    let replayed = replay(session, engine);
    replayed.decided().map(|finished| finished.verdict.clone())
}

/// Whether a script of this page reads an answer that was asked for with credentials.
fn reads_with_credentials(session: &Session, engine: Engine) -> bool {
    let request = &session.request;
    let credentials = request.credentials == Credentials::Include;
    let scripted = matches!(request.api, Api::Fetch | Api::Xhr | Api::EventSource);
    let replayed = replay(session, engine);
    let response = replayed
        .decided()
        .and_then(|finished| finished.response.as_ref());
    let shared = response.is_some_and(|response| response.kind == ResponseType::Cors);
    credentials && scripted && shared
}

proptest! {
    #![proptest_config(config(400))]

    #[test]
    fn a_proposed_fix_is_proven_and_can_be_written(fetch in fetch()) {
        let case = fetch.case();
        let _ = next_behind(&case.session);
        let blocked = matches!(case.finished.verdict, Verdict::Blocked(_) | Verdict::Failed(_));
        prop_assert!(!blocked || !case.problems.is_empty());
        for fix in &case.fixes {
            let edited = edited(&case.session, fix);
            prop_assert!(!fix.proven_in.is_empty());
            for engine in &fix.proven_in {
                let verdict = verdict(&edited, *engine);
                let allowed = matches!(verdict, Some(Verdict::Allowed | Verdict::Opaque));
                prop_assert!(allowed, "{engine:?}: {:?}: {verdict:?}", fix.all_edits());
            }
            for edit in fix.all_edits() {
                let text = edit.to_string();
                prop_assert_eq!(text.parse::<Edit>(), Ok(edit), "{}", text);
            }
            prop_assert!(!fix_words(&case.session, fix).title.is_empty());
            diff(&case.session, fix);
        }
    }

    #[test]
    fn no_fix_lets_a_stranger_read_with_credentials_unsaid(fetch in fetch()) {
        let case = fetch.case();
        for fix in case.fixes.iter().filter(|fix| fix.dangerous.is_none()) {
            let edited = edited(&case.session, fix);
            let url: url::Url = "https://stranger.invalid/".parse().unwrap();
            for page in [Page::at(url.clone()), Page::sandboxed(url)] {
                let mut stranger = edited.clone();
                stranger.page = page;
                for engine in Engine::ALL {
                    let reads = reads_with_credentials(&stranger, *engine);
                    prop_assert!(!reads, "{engine:?}: {:?}", fix.all_edits());
                }
            }
        }
    }
}
