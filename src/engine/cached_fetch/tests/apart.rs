//! What elements share with fetch(): two requests of one URL, and how many of them go out.

use super::*;
use crate::engine::CrossOriginAttribute;

fn element(api: Api, url: &str) -> FetchRequest {
    with(|request| {
        request.url = url.into();
        request.api = api;
        request.crossorigin = Some(CrossOriginAttribute::UseCredentials);
    })
}

fn script(url: &str) -> FetchRequest {
    with(|request| {
        request.url = url.into();
        request.credentials = Credentials::Include;
    })
}

/// How many of two requests go out in Chromium, Firefox and WebKit.
fn sent(page: &str, answer: &[(&str, &str)], requests: [&FetchRequest; 2]) -> [usize; 3] {
    let page = Page::at(Url::parse(page).unwrap());
    BROWSERS.map(|engine| {
        let mut talk = Talk::new(engine, &[reply(200, answer)]);
        for request in requests {
            talk.ask_from(request, &page);
        }
        talk.sent.len()
    })
}

#[test]
fn elements_of_another_site_have_a_part_of_their_own_in_firefox() {
    let page = "https://app.test/";
    let answer = [LASTS, OWN, ("Access-Control-Allow-Credentials", "true")];
    for (url, in_firefox) in [("https://x.app.test/", 1), ("https://api.other.test/", 2)] {
        for api in [Api::Script, Api::Stylesheet, Api::Img, Api::Font] {
            let (element, fetch) = (element(api, url), script(url));
            for requests in [[&element, &fetch], [&fetch, &element]] {
                let [_, found, _] = sent(page, &answer, requests);
                // A font is asked for without credentials.
                let expected = if api == Api::Font { 2 } else { in_firefox };
                assert_eq!(found, expected, "{api:?} {url}");
            }
            let [chromium, firefox, _] = sent(page, &answer, [&element, &element]);
            assert_eq!([chromium, firefox], [1, 1], "{api:?} twice");
        }
    }
}

#[test]
fn an_image_of_an_http_page_is_asked_for_anew_in_firefox() {
    let lines = |origin| [LASTS, ("Access-Control-Allow-Origin", origin)];
    for (page, in_firefox) in [("https://app.test/", 1), ("http://app.test/", 2)] {
        let url = page.replace("app", "x.app");
        let image = with(|request| {
            request.url.clone_from(&url);
            request.api = Api::Img;
            request.crossorigin = Some(CrossOriginAttribute::Anonymous);
        });
        let plain = with(|request| request.url.clone_from(&url));
        let origin = page.trim_end_matches('/');
        let found = sent(page, &lines(origin), [&plain, &image]);
        assert_eq!(found, [1, in_firefox, 1], "{page}");
        let found = sent(page, &lines(origin), [&image, &plain]);
        assert_eq!(found, [1, 1, 1], "{page}");
    }
}

#[test]
fn sound_shares_what_is_stored_and_leaves_nothing_in_webkit() {
    let url = "https://x.app.test/";
    let answer = [LASTS, OWN, ("Access-Control-Allow-Credentials", "true")];
    let (sound, fetch) = (element(Api::Audio, url), script(url));
    for (requests, in_webkit) in [([&sound, &fetch], 2), ([&fetch, &sound], 1)] {
        let [_, firefox, webkit] = sent("https://app.test/", &answer, requests);
        assert_eq!([firefox, webkit], [1, in_webkit]);
    }
}

#[test]
fn what_an_element_refuses_for_its_type_is_dropped_in_firefox() {
    let url = "https://x.app.test/";
    let nosniff = ("X-Content-Type-Options", "nosniff");
    for (api, media_type, options, in_firefox) in [
        (Api::Script, "image/png", None, 2),
        (Api::Script, "text/plain", None, 1),
        (Api::Script, "text/plain", Some(nosniff), 2),
        (Api::Stylesheet, "text/plain", None, 1),
        (Api::Stylesheet, "text/plain", Some(nosniff), 2),
    ] {
        let mut answer = vec![LASTS, OWN, ("Access-Control-Allow-Credentials", "true")];
        answer.push(("Content-Type", media_type));
        answer.extend(options);
        let requests = [&element(api, url), &script(url)];
        let found = sent("https://app.test/", &answer, requests);
        assert_eq!(
            found,
            [1, in_firefox, 1],
            "{api:?} {media_type} {options:?}"
        );
    }
}
