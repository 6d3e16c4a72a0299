//! What the page could do instead of the server: candidates, each still to be proven by replay.

use url::Url;

use super::problem::Problem;
use super::repair::{first_location, includes_credentials, without_user_info};
use crate::engine::{
    Api, Block, BlockReason, CacheMode, Credentials, Exchange, Mode, RedirectMode, normalize_method,
};
use crate::session::{RequestChange, Session, final_url};
use crate::wire::is_potentially_trustworthy;

/// A change of the page, and the id of its sentences in `assets/fixes.toml`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Candidate {
    pub(super) action: &'static str,
    pub(super) changes: Vec<RequestChange>,
    /// Header names, a method or a URL: what the sentence speaks of.
    pub(super) item: String,
}

fn one(action: &'static str, change: RequestChange, item: impl Into<String>) -> Candidate {
    Candidate {
        action,
        changes: vec![change],
        item: item.into(),
    }
}

/// What the page might change about these problems, the smallest change first.
pub(super) fn candidates(session: &Session, problems: &[Problem]) -> Vec<Candidate> {
    let blocks: Vec<&Block> = problems.iter().filter_map(Problem::block).collect();
    let mut found = Vec::new();
    found.extend(by_header(session, &blocks));
    found.extend(by_method(session, &blocks));
    found.extend(without_credentials(session, &blocks));
    found.extend(other_url(session, &blocks));
    found.extend(by_mode(session, problems, &blocks));
    found.extend(past_the_cache(session, &blocks));
    found.dedup();
    found
}

/// Header names that a preflight has asked for and that were refused; if no preflight gets through, all.
fn by_header(session: &Session, blocks: &[&Block]) -> Vec<Candidate> {
    use BlockReason as Reason;
    let refused = blocks.iter().filter(|block| {
        matches!(
            block.reason,
            Reason::AllowHeadersMissingHeader
                | Reason::AllowHeadersWildcardWithCredentials
                | Reason::AllowHeadersWildcardExcludesAuthorization
        )
    });
    let mut names: Vec<String> = refused.filter_map(|block| block.item.clone()).collect();
    let no_preflight = |block: &&Block| {
        let phase = block.phase == crate::engine::Phase::Preflight;
        phase && names.is_empty()
    };
    if blocks.first().is_some_and(no_preflight) {
        names = asked_names(session);
    }
    names.dedup();
    // Without it the server would not know who asks; that is no way out.
    if names.is_empty() || names.iter().any(|name| name == "authorization") {
        return Vec::new();
    }
    let remove = |name: &String| match name.as_str() {
        "content-type" => {
            RequestChange::SetHeader("Content-Type".to_owned(), b"text/plain".to_vec())
        }
        _ => RequestChange::RemoveHeader(name.clone()),
    };
    let typed = names.iter().all(|name| name == "content-type");
    let others: Vec<&str> = names
        .iter()
        .map(String::as_str)
        .filter(|name| *name != "content-type")
        .collect();
    let with_type = others.len() < names.len();
    let action = match (typed, with_type) {
        (true, _) => "simple-content-type",
        (false, true) => "drop-headers-and-type",
        (false, false) => "drop-headers",
    };
    vec![Candidate {
        action,
        changes: names.iter().map(remove).collect(),
        item: others.join(", "),
    }]
}

/// The names in `Access-Control-Request-Headers` of the first preflight.
fn asked_names(session: &Session) -> Vec<String> {
    let preflight = session
        .exchanges
        .iter()
        .find(|exchange| is_preflight(exchange));
    let asked = preflight.and_then(|exchange| {
        let headers = &exchange.request.headers;
        headers.get_text("access-control-request-headers")
    });
    let names = asked.iter().flat_map(|names| names.split(','));
    names.map(|name| name.trim().to_owned()).collect()
}

fn is_preflight(exchange: &Exchange) -> bool {
    exchange.kind == crate::engine::ExchangeKind::Preflight
}

fn by_method(session: &Session, blocks: &[&Block]) -> Option<Candidate> {
    let method = &session.request.method;
    let upper = method.to_ascii_uppercase();
    let about_method = |block: &&Block| block.reason == BlockReason::AllowMethodsMissingMethod;
    let differs = normalize_method(method) != upper;
    (differs && blocks.iter().any(about_method)).then(|| {
        one(
            "upper-case-method",
            RequestChange::Method(upper.clone()),
            upper,
        )
    })
}

fn without_credentials(session: &Session, blocks: &[&Block]) -> Option<Candidate> {
    use BlockReason as Reason;
    let about_credentials = |block: &&Block| {
        matches!(
            block.reason,
            Reason::WildcardWithCredentials
                | Reason::PreflightWildcardWithCredentials
                | Reason::AllowCredentialsNotTrue
                | Reason::PreflightAllowCredentialsNotTrue
                | Reason::AllowMethodsWildcardWithCredentials
                | Reason::AllowHeadersWildcardWithCredentials
        )
    };
    let asked = includes_credentials(session) && blocks.iter().any(about_credentials);
    let change = RequestChange::Credentials(Credentials::Omit);
    asked.then(|| one("without-credentials", change, ""))
}

fn other_url(session: &Session, blocks: &[&Block]) -> Vec<Candidate> {
    let asked = session.page.url.join(&session.request.url).ok();
    let mut found = Vec::new();
    let url = |action, url: &Url| one(action, RequestChange::Url(url.to_string()), url.as_str());
    let target = redirect_target(session, blocks);
    found.extend(target.map(|target| url("final-url", &target)));
    let Some(asked) = asked else { return found };
    for block in blocks {
        let secure = matches!(
            block.reason,
            BlockReason::MixedContent | BlockReason::LocalNetworkInsecureContext
        );
        if secure && asked.scheme() == "http" && !is_potentially_trustworthy(&asked) {
            let mut https = asked.clone();
            if https.set_scheme("https").is_ok() {
                found.push(url("https", &https));
            }
        }
        if block.reason == BlockReason::RequestUrlCredentials {
            found.extend(without_user_info(&asked).map(|bare| url("no-user-info", &bare)));
        }
    }
    found
}

/// Where redirects lead, so far as they were recorded: past the last of them, or where a redirect that was not
/// followed points.
fn redirect_target(session: &Session, blocks: &[&Block]) -> Option<Url> {
    let unfollowed = blocks.iter().find_map(|block| {
        let redirect = matches!(
            block.reason,
            BlockReason::PreflightRedirect
                | BlockReason::RedirectCredentialsInUrl
                | BlockReason::RedirectModeError
                | BlockReason::RedirectStreamBody
        );
        let exchange = session
            .exchanges
            .get(block.exchange.filter(|_| redirect)?)?;
        let target = first_location(exchange, exchange.answer.as_ref().ok()?)?;
        let bare = without_user_info(&target).unwrap_or(target);
        matches!(bare.scheme(), "http" | "https").then_some(bare)
    });
    let mut target = unfollowed.or_else(|| final_url(&session.exchanges).cloned())?;
    target.set_fragment(None);
    Some(target)
}

/// Where the answer at fault came out of the browser's HTTP cache.
fn past_the_cache(session: &Session, blocks: &[&Block]) -> Option<Candidate> {
    let at_fault = blocks.first()?.exchange?;
    let cached = session.exchanges.get(at_fault)?.from_cache;
    let change = RequestChange::Cache(CacheMode::Reload);
    cached.then(|| one("past-the-cache", change, ""))
}

fn by_mode(session: &Session, problems: &[Problem], blocks: &[&Block]) -> Vec<Candidate> {
    use BlockReason as Reason;
    let request = &session.request;
    let cors = || one("cors-mode", RequestChange::Mode(Mode::Cors), "");
    let mut found = Vec::new();
    if problems.contains(&Problem::Opaque) {
        found.push(cors());
    }
    for block in blocks {
        match block.reason {
            Reason::SameOriginMode | Reason::NoCorsMethod | Reason::NoCorsRedirectMode
                if request.api == Api::Fetch =>
            {
                found.push(cors());
            }
            Reason::RedirectModeError => found.push(one(
                "follow-redirects",
                RequestChange::Redirect(RedirectMode::Follow),
                "",
            )),
            Reason::OnlyIfCachedMode => found.push(one(
                "ask-the-network",
                RequestChange::Cache(CacheMode::Default),
                "",
            )),
            Reason::GetHeadWithBody => found.push(one("no-body", RequestChange::NoBody, "")),
            _ => {}
        }
    }
    found
}
