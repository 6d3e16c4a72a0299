//! What the head of an HTML document says by `<meta>`: policies, and the referrer policy.
//!
//! Source: <https://html.spec.whatwg.org/multipage/semantics.html#pragma-directives>.

use html5gum::emitters::default::DefaultEmitter;
use html5gum::{StartTag, Token, Tokenizer};

use crate::engine::ReferrerPolicy;

/// The policies in the head of a document.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct HeadPolicies {
    /// The content of each `Content-Security-Policy`, in order.
    pub(super) csp: Vec<String>,
    /// The last `<meta name=referrer>` that counts.
    pub(super) referrer: Option<ReferrerPolicy>,
}

/// Reads the tags up to the body: a policy there does not count.
///
/// <https://html.spec.whatwg.org/multipage/semantics.html#attr-meta-http-equiv-content-security-policy>
pub(super) fn head_policies(html: &[u8]) -> HeadPolicies {
    let mut found = HeadPolicies::default();
    let mut emitter = DefaultEmitter::default();
    // Scripts, style sheets, titles and noscript hold text, whatever it looks like.
    emitter.naively_switch_states(true);
    let mut templates = 0_usize;
    for Ok(token) in Tokenizer::new_with_emitter(html, emitter) {
        match token {
            Token::StartTag(tag) => match &**tag.name {
                b"template" => templates += 1,
                b"meta" if templates == 0 => meta(&tag, &mut found),
                name if templates == 0 && !belongs_to_head(name) => break,
                _ => {}
            },
            Token::EndTag(tag) => match &**tag.name {
                b"template" => templates = templates.saturating_sub(1),
                b"head" if templates == 0 => break,
                _ => {}
            },
            _ => {}
        }
    }
    found
}

/// Any other tag begins the body.
///
/// <https://html.spec.whatwg.org/multipage/parsing.html#parsing-main-inhead>
fn belongs_to_head(name: &[u8]) -> bool {
    matches!(
        name,
        b"html"
            | b"head"
            | b"base"
            | b"basefont"
            | b"bgsound"
            | b"link"
            | b"meta"
            | b"title"
            | b"noscript"
            | b"noframes"
            | b"style"
            | b"script"
            | b"template"
    )
}

fn meta(tag: &StartTag<()>, found: &mut HeadPolicies) {
    let attribute = |name: &[u8]| {
        let value = tag.attributes.get(name)?;
        Some(String::from_utf8_lossy(value).into_owned())
    };
    let Some(content) = attribute(b"content") else {
        return;
    };
    let is = |name: &[u8], wanted: &str| {
        attribute(name).is_some_and(|value| value.trim().eq_ignore_ascii_case(wanted))
    };
    if is(b"http-equiv", "content-security-policy") {
        found.csp.push(content);
    } else if is(b"name", "referrer")
        && let Some(policy) = referrer_policy(&content.trim().to_ascii_lowercase())
    {
        found.referrer = Some(policy);
    }
}

/// <https://html.spec.whatwg.org/multipage/semantics.html#meta-referrer>
fn referrer_policy(name: &str) -> Option<ReferrerPolicy> {
    match name {
        "never" => Some(ReferrerPolicy::NoReferrer),
        "default" => Some(ReferrerPolicy::StrictOriginWhenCrossOrigin),
        "always" => Some(ReferrerPolicy::UnsafeUrl),
        "origin-when-crossorigin" => Some(ReferrerPolicy::OriginWhenCrossOrigin),
        name => ReferrerPolicy::from_name(name),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn csp(html: &str) -> Vec<String> {
        head_policies(html.as_bytes()).csp
    }

    #[test]
    fn a_policy_in_the_head_counts() {
        let html = "<!doctype html><html><head><title>a <b></title>\
            <META HTTP-EQUIV=Content-Security-Policy CONTENT=\"connect-src &#39;self&#39;\">\
            <meta http-equiv=' content-security-policy ' content='img-src *'></head><body>";
        assert_eq!(csp(html), ["connect-src 'self'", "img-src *"]);
    }

    #[test]
    fn what_is_no_tag_of_the_head_does_not() {
        let policy = "<meta http-equiv=Content-Security-Policy content=x>";
        for html in [
            format!("<head></head>{policy}"),
            format!("<body>{policy}"),
            format!("<div>{policy}"),
            format!("<script>'{policy}'</script>"),
            format!("<style>{policy}</style>"),
            format!("<noscript>{policy}</noscript>"),
            format!("<template><p>{policy}</template>"),
            format!("<!-- {policy} -->"),
            "<meta http-equiv=Content-Security-Policy-Report-Only content=x>".to_owned(),
            "<meta http-equiv=Content-Security-Policy>".to_owned(),
            "<meta name=Content-Security-Policy content=x>".to_owned(),
        ] {
            assert!(csp(&html).is_empty(), "{html}");
        }
        assert_eq!(csp(&format!("<template><p></template>{policy}")), ["x"]);
        assert_eq!(csp(&format!("<script>1<2</script>{policy}")), ["x"]);
    }

    #[test]
    fn the_last_referrer_policy_counts() {
        let html = "<meta name=referrer content=no-referrer><meta name=Referrer content=Always>\
            <meta name=referrer content=nonsense>";
        let found = head_policies(html.as_bytes());
        assert_eq!(found.referrer, Some(ReferrerPolicy::UnsafeUrl));
    }
}
