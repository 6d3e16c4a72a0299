//! The `page` of a line of JSON: the document that asks, and what it came with.

use serde::Deserialize;
use serde_json::Value;
use url::Url;

use super::line::{LineError, named, names, object};
use crate::engine::{
    AddressSpace, ContentSecurityPolicy, EmbedderPolicy, Page, PagePolicies, ReferrerPolicy,
};
use crate::wire::Origin;

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct RawDocument {
    origin: String,
    #[serde(default)]
    sandbox: bool,
    address_space: Option<String>,
    #[serde(default)]
    csp: Vec<String>,
    #[serde(default)]
    csp_report_only: Vec<String>,
    coep: Option<String>,
    referrer_policy: Option<String>,
}

/// An origin or URL, or an object with more about the page.
pub(super) fn page(raw: Value) -> Result<Page, LineError> {
    let document = match raw {
        Value::String(origin) => RawDocument {
            origin,
            ..RawDocument::default()
        },
        Value::Object(_) => object("page", raw)?,
        _ => {
            return Err(LineError::Shape {
                field: "`page`",
                expected: "an origin, a URL or an object",
            });
        }
    };
    let url = Url::parse(&document.origin)
        .ok()
        .filter(|url| matches!(Origin::of(url), Origin::Tuple(_)));
    let Some(url) = url else {
        return Err(LineError::Page(document.origin));
    };
    let mut page = if document.sandbox {
        Page::sandboxed(url)
    } else {
        Page::at(url)
    };
    page.policies = policies(&document);
    page.address_space = named(
        "addressSpace",
        document.address_space,
        AddressSpace::from_name,
        &names(AddressSpace::ALL, AddressSpace::as_str),
    )?;
    Ok(page)
}

fn policies(document: &RawDocument) -> PagePolicies {
    let enforced = document.csp.iter().map(|text| (text, false));
    let reported = document.csp_report_only.iter().map(|text| (text, true));
    // As the other policies it is the header's text, and a browser reads one that is none as none.
    let embedder = document.coep.as_deref().map(EmbedderPolicy::of_header);
    PagePolicies {
        csp: enforced
            .chain(reported)
            .flat_map(|(text, report_only)| ContentSecurityPolicy::list(text, report_only))
            .collect(),
        embedder: embedder.unwrap_or_default(),
        referrer: document
            .referrer_policy
            .as_deref()
            .and_then(ReferrerPolicy::of_header),
        fetched: None,
    }
}
