//! Whatever is asked and answered: nothing of it becomes more than text in a report.

use comrak::nodes::NodeValue;
use comrak::{Arena, Options, parse_document};
use corscope::case::Case;
use corscope::diagnose::explain;
use corscope::report::{ReportOptions, html, markdown};
use corscope::wire::Body;
use html5gum::{Token, Tokenizer};
use proptest::prelude::*;
use proptest::sample::select;

use super::fetches::{Fetch, config, fetch};

/// What would be more than text, if it were let.
const EVIL: &[&str] = &[
    "</code></pre><script>alert(1)</script>",
    "\"><img src=x onerror=alert(1)>",
    "<!-- --><li>",
    "`````\n# heading",
    "[link](https://evil.test) ![](https://evil.test/x.png)",
    "https://evil.test www.evil.test a@evil.test",
    "<https://evil.test>",
    "{{ page }}{% raw %}",
    "&lt;b&gt;&#60;i&#62;",
    "\u{e2}\u{80}\u{ae}",
    "| a | b |",
];

/// A fetch whose answers are full of what would like to be more than text.
fn evil_fetch() -> impl Strategy<Value = Fetch> {
    let names = select(
        &[
            "X-Evil",
            "Access-Control-Allow-Origin",
            "Location",
            "Set-Cookie",
        ][..],
    );
    let word = prop_oneof![select(EVIL).prop_map(str::to_owned), any::<String>()];
    (fetch(), names, word, any::<bool>()).prop_map(|(mut fetch, name, word, asks)| {
        for reply in fetch.answers.iter_mut().flatten() {
            reply.headers.append(name, word.as_bytes());
            reply.reason = word.clone().into_bytes();
            reply.body = Body::plain(word.as_bytes());
        }
        if asks {
            fetch.request.url = format!("https://api.test/{word}");
        }
        fetch
    })
}

const ELEMENTS: &[&str] = &[
    "a", "body", "caption", "code", "dd", "del", "details", "dl", "dt", "footer", "h1", "h2", "h3",
    "head", "header", "html", "ins", "li", "main", "mark", "meta", "ol", "p", "pre", "section",
    "span", "strong", "style", "summary", "table", "tbody", "td", "th", "thead", "title", "tr",
    "ul",
];

const ATTRIBUTES: &[&str] = &[
    "aria-hidden",
    "charset",
    "class",
    "content",
    "href",
    "http-equiv",
    "lang",
    "name",
    "scope",
];

/// The elements of the report in order; panics on one that the template does not have.
fn elements(html: &str) -> Vec<String> {
    let mut open = Vec::new();
    let mut seen = Vec::new();
    for Ok(token) in Tokenizer::new(html) {
        match token {
            Token::StartTag(tag) => {
                let name = String::from_utf8(tag.name.to_vec()).unwrap();
                assert!(ELEMENTS.contains(&name.as_str()), "<{name}> in {html}");
                for attribute in tag.attributes.keys() {
                    let attribute = String::from_utf8(attribute.to_vec()).unwrap();
                    assert!(
                        ATTRIBUTES.contains(&attribute.as_str()),
                        "{attribute} in {html}"
                    );
                }
                if name != "meta" {
                    open.push(name.clone());
                }
                seen.push(name);
            }
            Token::EndTag(tag) => {
                let name = String::from_utf8(tag.name.to_vec()).unwrap();
                assert_eq!(open.pop(), Some(name), "{html}");
            }
            Token::Comment(_) => panic!("a comment in {html}"),
            Token::Error(error) => panic!("{error:?} in {html}"),
            Token::String(_) | Token::Doctype(_) => {}
        }
    }
    assert!(open.is_empty(), "{open:?} left open in {html}");
    seen
}

/// The links that a report of this case has of its own.
fn own_links(case: &Case) -> Vec<String> {
    let explanation = explain(&case.session, &case.finished);
    let found = explanation.iter().flat_map(|one| [Some(one.spec), one.mdn]);
    let sources = case.others.iter().flat_map(|one| &one.deviations);
    let sources = sources.flat_map(|one| one.sources).cloned();
    found.flatten().map(str::to_owned).chain(sources).collect()
}

fn assert_inert(case: &Case, text: &str) {
    let mut options = Options::default();
    options.extension.autolink = true;
    options.extension.table = true;
    options.extension.strikethrough = true;
    let arena = Arena::new();
    let root = parse_document(&arena, text, &options);
    let own = own_links(case);
    for node in root.descendants() {
        match &node.data.borrow().value {
            NodeValue::HtmlBlock(_) | NodeValue::HtmlInline(_) | NodeValue::Image(_) => {
                panic!("HTML or a picture in {text}")
            }
            NodeValue::Link(link) => assert!(own.contains(&link.url), "{} in {text}", link.url),
            NodeValue::CodeBlock(block) => assert!(block.fenced, "{text}"),
            NodeValue::BlockQuote | NodeValue::Strikethrough => panic!("{text}"),
            NodeValue::Heading(_) => {
                let line = node.data.borrow().sourcepos.start.line;
                let heading = text.lines().nth(line - 1).unwrap();
                let own = [
                    "# ",
                    "## What ",
                    "## The ",
                    "## Behind ",
                    "## Step ",
                    "## Follow-up ",
                    "### On the ",
                    "### Exchange ",
                ];
                assert!(own.iter().any(|own| heading.starts_with(own)), "{heading}");
                assert_eq!(heading.starts_with("# "), line == 1, "{heading}");
            }
            _ => {}
        }
    }
}

/// Whether it holds what no reader sees, or what turns the text around.
fn hides(text: &str) -> bool {
    text.contains(|c: char| {
        c.is_control() && c != '\n' || matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    })
}

proptest! {
    #![proptest_config(config(150))]

    #[test]
    fn nothing_in_a_report_acts(fetch in evil_fetch(), with_secrets in any::<bool>()) {
        let case = fetch.investigated();
        let options = ReportOptions { with_secrets, ..ReportOptions::default() };
        let page = html(&case, &options);
        elements(&page);
        prop_assert!(!hides(&page), "{page:?}");
        let text = markdown(&case, &options);
        assert_inert(&case, &text);
        prop_assert!(!hides(&text), "{text:?}");
    }

    #[test]
    fn a_report_has_the_same_elements_whatever_the_bytes_are(
        fetch in fetch(),
        value in prop::collection::vec(any::<u8>(), 1..40),
        evil in select(EVIL),
    ) {
        let with = |value: &[u8]| {
            let mut fetch = fetch.clone();
            fetch.request = corscope::engine::FetchRequest::new("https://api.test/x");
            for reply in fetch.answers.iter_mut().flatten() {
                reply.status = 500;
                reply.headers = [("X-Odd", value)].into_iter().collect();
                reply.reason = value.to_vec();
                reply.body = Body::plain(value);
            }
            elements(&html(&fetch.case(), &ReportOptions::default()))
        };
        let plain = with(b"plain");
        prop_assert_eq!(with(&value), plain.clone());
        prop_assert_eq!(with(evil.as_bytes()), plain);
    }
}
