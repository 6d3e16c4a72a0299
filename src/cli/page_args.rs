//! Arguments about the page that asks: what it came with, and how that is learned.

use std::time::Instant;

use anyhow::{Context as _, bail};
use clap::Args;
use url::Url;

use super::OpenArgs;
use super::args::{RequestArgs, named};
use crate::driver::{Network, fetch_page};
use crate::engine::{ContentSecurityPolicy, EmbedderPolicy, HstsStore, PagePolicies};

/// What the page came with.
#[derive(Clone, Debug, Default, Args)]
pub struct PageArgs {
    /// A Content-Security-Policy of the page; all that are given apply
    #[arg(long, value_name = "POLICY")]
    pub page_csp: Vec<String>,
    /// A Content-Security-Policy-Report-Only of the page: told, not enforced
    #[arg(long, value_name = "POLICY")]
    pub page_csp_report_only: Vec<String>,
    /// The page's Cross-Origin-Embedder-Policy: unsafe-none, require-corp or credentialless
    #[arg(long, value_name = "POLICY", default_value = "unsafe-none", value_parser = parse_embedder)]
    pub page_coep: EmbedderPolicy,
    /// Ask for the page itself first, and learn its policies from the answer
    #[arg(long)]
    pub fetch_page: bool,
    /// A host that the browser knows by Strict-Transport-Security; preloaded hosts are not known
    #[arg(long, value_name = "HOST")]
    pub hsts: Vec<String>,
}

impl PageArgs {
    /// The policies that were typed.
    pub fn policies(&self) -> PagePolicies {
        let enforced = self.page_csp.iter().map(|text| (text, false));
        let reported = self.page_csp_report_only.iter().map(|text| (text, true));
        PagePolicies {
            csp: enforced
                .chain(reported)
                .flat_map(|(text, report_only)| ContentSecurityPolicy::list(text, report_only))
                .collect(),
            embedder: self.page_coep,
            ..PagePolicies::default()
        }
    }

    /// The hosts that are asked over https only.
    pub fn known_hosts(&self) -> anyhow::Result<HstsStore> {
        let mut store = HstsStore::default();
        for host in &self.hsts {
            if !store.insert(host) {
                bail!(
                    "--hsts: `{host}` is no host that can be known\n  hint: a domain as in api.example, not an IP address and not localhost"
                );
            }
        }
        Ok(store)
    }
}

impl RequestArgs {
    /// What the page came with: as typed, and where that is asked for as the page's own answer says.
    pub async fn page_policies(
        &self,
        network: &Network,
        page: &Url,
        deadline: Option<Instant>,
    ) -> PagePolicies {
        let typed = self.page.policies();
        if !self.page.fetch_page {
            return typed;
        }
        let profile = self.engines().live.profile();
        fetch_page(network, page, &profile, deadline)
            .await
            .and(typed)
    }
}

impl OpenArgs {
    /// What the page came with, before the screen opens.
    pub fn page_policies(&self) -> anyhow::Result<PagePolicies> {
        if !self.request.page.fetch_page {
            return Ok(self.request.page.policies());
        }
        let page = self.request.origin.as_deref().unwrap_or_default();
        let page = Url::parse(page).context("--fetch-page needs the page's URL in --origin")?;
        let network = Network::new(self.network.options()?)?;
        let deadline = self.network.limit().map(|limit| Instant::now() + limit);
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        let policies = runtime.block_on(self.request.page_policies(&network, &page, deadline));
        // A name look-up that never ends must not keep the process.
        runtime.shutdown_background();
        Ok(policies)
    }
}

fn parse_embedder(text: &str) -> Result<EmbedderPolicy, String> {
    let names = EmbedderPolicy::ALL.iter().map(|value| value.as_str());
    named(text, EmbedderPolicy::from_name, names)
}
