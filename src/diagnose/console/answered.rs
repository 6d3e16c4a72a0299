//! What an answer brought, as facts: status, type, headers, a cookie.

use std::collections::BTreeSet;

use super::facts::{FactMap, yes};
use crate::engine::{
    Exchange, ExchangeKind, Profile, TypeOf, has_nosniff, is_data_type, is_javascript,
    is_never_sniffed, is_redirect_status, media_type,
};
use crate::wire::{Reply, latin1};

/// What a `Set-Cookie` line says that a console remarks on.
pub(super) fn set_cookie(line: &str, facts: &mut FactMap) {
    let mut parts = line.split(';');
    let pair = parts.next().unwrap_or_default().trim_ascii();
    let empty = pair.is_empty() || pair == "=";
    let name = pair.to_ascii_lowercase();
    let prefixed = ["__secure-", "__host-", "__http-"]
        .iter()
        .any(|prefix| name.starts_with(prefix));
    let (mut partitioned, mut bad_age, mut bad_same_site) = (false, false, false);
    let (mut given, mut overwritten) = (BTreeSet::new(), Vec::new());
    for part in parts {
        let (name, value) = part.split_once('=').unwrap_or((part, ""));
        let value = value.trim_ascii().to_ascii_lowercase();
        let name = name.trim_ascii().to_ascii_lowercase();
        match name.as_str() {
            "partitioned" => partitioned = true,
            "max-age" => bad_age = value.parse::<i64>().is_err(),
            "samesite" => bad_same_site |= !matches!(value.as_str(), "lax" | "strict" | "none"),
            _ => {}
        }
        if matches!(name.as_str(), "path" | "domain" | "expires" | "max-age") {
            if given.contains(&name) {
                overwritten.push(name.clone());
            }
            // What is empty leaves nothing that could be overwritten.
            match value.is_empty() {
                true => given.remove(&name),
                false => given.insert(name),
            };
        }
    }
    facts.insert("overwritten", overwritten.join(","));
    for (fact, value) in [
        ("blank", line.trim_ascii().is_empty()),
        ("empty", empty),
        ("prefixed", prefixed),
        ("partitioned", partitioned),
        ("bad_max_age", bad_age),
        ("bad_same_site", bad_same_site),
    ] {
        facts.insert(fact, yes(value));
    }
}

/// What one exchange brought.
pub(super) fn answer(exchange: &Exchange, kind: TypeOf, profile: &Profile, facts: &mut FactMap) {
    let preflight = exchange.kind == ExchangeKind::Preflight;
    facts.insert("preflight", yes(preflight));
    facts.insert("method", exchange.request.method.clone());
    facts.insert(
        "host",
        exchange
            .request
            .url
            .host_str()
            .unwrap_or_default()
            .to_owned(),
    );
    facts.insert("replied", yes(exchange.answer.is_ok()));
    if let Ok(reply) = &exchange.answer {
        facts.insert("status", reply.status.to_string());
        facts.insert("reason_phrase", latin1(&reply.reason));
        facts.insert("http_error", http_error(reply).to_owned());
        facts.insert("length", reply.body.readable().len().to_string());
        let told = reply.headers.get_text("content-length");
        let told = told.filter(|_| reply.body.readable().is_empty());
        facts.insert(
            "expected_length",
            told.unwrap_or_else(|| facts["length"].clone()),
        );
        let parsed = media_type(&reply.headers, kind, profile);
        let charset = parsed.as_ref().and_then(|parsed| parsed.charset());
        facts.insert("charset", charset.unwrap_or_default().to_owned());
        let media_type = parsed.map_or_else(String::new, |parsed| parsed.essence);
        let group = media_type.split('/').next().unwrap_or_default();
        facts.insert("type_group", group.to_owned());
        facts.insert("data_type", yes(is_data_type(&media_type)));
        facts.insert("never_sniffed", yes(is_never_sniffed(&media_type)));
        facts.insert("script_type", yes(is_javascript(&media_type)));
        facts.insert("media_type", media_type);
        facts.insert("success", yes((200..300).contains(&reply.status)));
        facts.insert("type_options", type_options(reply).to_owned());
        let options = reply.headers.get_text("x-content-type-options");
        let options = options.unwrap_or_default();
        let first = options.split(',').next().unwrap_or_default();
        facts.insert("type_option", first.trim_matches([' ', '\t']).to_owned());
        for (fact, name) in [
            ("location", "location"),
            ("allow_methods", "access-control-allow-methods"),
            ("allow_headers", "access-control-allow-headers"),
        ] {
            facts.insert(fact, reply.headers.get_text(name).unwrap_or_default());
        }
        let allow_origin = reply.headers.get_text("access-control-allow-origin");
        facts.insert("allow_origin", allow_origin.unwrap_or_default());
        let spelled = reply.headers.iter();
        let spelled = spelled.filter(|header| header.name == "Access-Control-Allow-Origin");
        facts.insert("allow_origin_lines", spelled.count().to_string());
        let redirects = is_redirect_status(reply.status) && reply.headers.contains("location");
        facts.insert("redirects", yes(redirects));
        // No script engine here: a body with neither tags nor blocks passes for a script.
        let body = reply.body.readable();
        let markup = body.iter().any(|byte| b"<{".contains(byte));
        facts.insert("script_like", yes(!markup));
    }
}

/// What `X-Content-Type-Options` says: `nosniff`, `other`, or nothing.
pub(super) fn type_options(reply: &Reply) -> &'static str {
    match reply.headers.contains("x-content-type-options") {
        _ if has_nosniff(&reply.headers) => "nosniff",
        true if !said_nothing(reply) => "other",
        _ => "",
    }
}

fn said_nothing(reply: &Reply) -> bool {
    let options = reply.headers.get("x-content-type-options");
    options.is_some_and(|options| options.is_empty())
}

pub(super) fn http_error(reply: &Reply) -> &'static str {
    if reply.status >= 400 { "yes" } else { "no" }
}
