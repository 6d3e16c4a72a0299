//! What `Clear-Site-Data` takes from the browser: cookies and stored answers.
//!
//! Source: <https://w3c.github.io/webappsec-clear-site-data/#clear-response>.

use url::Url;

use super::machine::Browser;
use super::main_fetch::Fetch;
use super::outcome::ExchangeKind;
use super::trace::{Evidence, Rule, StepOutcome};
use crate::wire::{HeaderList, is_potentially_trustworthy};

const HEADER: &str = "clear-site-data";

/// The types that there are, in the order in which Chromium tells of them.
const TYPES: [&str; 4] = ["cookies", "storage", "cache", "clientHints"];

impl Fetch {
    /// Does what the header of an answer to a request for `asked` says.
    pub(super) fn clear_site_data(
        &mut self,
        asked: &Url,
        headers: &HeaderList,
        kind: ExchangeKind,
        browser: &mut Browser,
    ) {
        let Some(value) = headers.get_text(HEADER) else {
            return;
        };
        let without_credentials =
            kind == ExchangeKind::Preflight || !self.request.includes_credentials();
        let (unknown, types) = parse(&value);
        let mut told = Vec::new();
        if !is_potentially_trustworthy(asked) {
            told.push(("insecure", String::new()));
        } else if without_credentials && self.profile.clearing_needs_credentials {
            told.push(("no-credentials", String::new()));
        } else {
            told.extend(unknown.into_iter().map(|item| ("unknown", item)));
            let (case, items) = match types.is_empty() {
                true => ("nothing", String::new()),
                false => ("cleared", format!("\"{}\"", types.join("\", \""))),
            };
            told.push((case, items));
            if types.contains(&"cookies") {
                browser.cookies.clear(asked);
            }
            if types.contains(&"cache") {
                browser.http_cache.clear(asked);
            }
        }
        let exchange = Some(self.exchanges.len() - 1);
        for (case, item) in told {
            let of_type = |name: &str| match item.contains(&format!("\"{name}\"")) {
                true => "yes",
                false => "no",
            };
            let cleared = ["cookies", "storage", "cache"].map(of_type);
            self.trace
                .push(Rule::ClearSiteData, StepOutcome::Info, exchange)
                .with("case", case)
                .with("item", item.clone())
                .with("clears_cookies", cleared[0])
                .with("clears_storage", cleared[1])
                .with("clears_cache", cleared[2])
                .with("target", asked.to_string())
                .evidence(Evidence::response(HEADER, headers.get(HEADER)));
        }
    }
}

/// The items that are no type, and the types. `"*"` is every type.
fn parse(value: &str) -> (Vec<String>, Vec<&'static str>) {
    let items = value.split(',').map(str::trim);
    let items: Vec<&str> = items.filter(|item| !item.is_empty()).collect();
    let quoted = |item: &&str, name: &str| {
        let bare = item
            .strip_prefix('"')
            .and_then(|item| item.strip_suffix('"'));
        bare == Some(name)
    };
    let is_known = |item: &&str| quoted(item, "*") || TYPES.iter().any(|name| quoted(item, name));
    let unknown = items.iter().filter(|item| !is_known(item));
    let named = |name: &&str| {
        items
            .iter()
            .any(|item| quoted(item, name) || quoted(item, "*"))
    };
    let types = TYPES.into_iter().filter(named).collect();
    (unknown.map(|item| item.to_string()).collect(), types)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_are_quoted() {
        for (value, unknown, types) in [
            (r#""cookies", "cache""#, &[][..], &["cookies", "cache"][..]),
            (r#""cache" ,"cookies""#, &[], &["cookies", "cache"]),
            (
                r#""*""#,
                &[],
                &["cookies", "storage", "cache", "clientHints"],
            ),
            ("cookies, *", &["cookies", "*"], &[]),
            (r#""bogus", "storage""#, &[r#""bogus""#], &["storage"]),
            ("", &[], &[]),
        ] {
            let (others, found) = parse(value);
            assert_eq!(others, unknown, "{value}");
            assert_eq!(found, types, "{value}");
        }
    }
}
