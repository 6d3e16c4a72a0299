//! What a document holds of what its elements have loaded: it asks for none of it again, whatever `Cache-Control`
//! says. Each answer held goes through the same checks as one from the network.
//!
//! Sources: <https://html.spec.whatwg.org/multipage/images.html#list-of-available-images>,
//! <https://html.spec.whatwg.org/multipage/webappapis.html#module-map>; for what engines hold beyond these, Gecko's
//! `SharedStyleSheetCache`, `UserFontCache` and `MediaCache`, and recordings.

use std::sync::Arc;

use url::Url;

use super::concept_request::Tainting;
use super::main_fetch::Fetch;
use super::outcome::{Finished, Verdict, VisibleResponse};
use super::request::{Api, Credentials, Mode, Page};
use super::trace::{Rule, StepOutcome, TraceStep};
use crate::wire::{HeaderList, Reply};

/// Most resources held; beyond that the oldest goes.
const MOST_RESOURCES: usize = 100;
/// Most bytes of bodies held.
const MOST_BYTES: usize = 16 << 20;

/// Which images a document keeps (measured: the same image twice on a page).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ImagesKept {
    /// Those that have loaded, for each URL and `crossorigin` attribute.
    WhatLoads,
    /// Those as well whose bytes were no image: Gecko's `imgLoader`.
    AnyAnswer,
    /// One of each URL, its fragment aside, until something else has asked for that URL: Blink's `MemoryCache`.
    OneOfEachUrl,
    /// As `OneOfEachUrl`, but none that came with `Vary: *`: WebKit's `MemoryCache`.
    OneUnlessVaried,
}

impl ImagesKept {
    fn is_one_of_each_url(self) -> bool {
        matches!(self, Self::OneOfEachUrl | Self::OneUnlessVaried)
    }
}

/// What a resource is held under.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResourceKey {
    /// What asked for it; sound and films are one.
    pub api: Api,
    /// Whether it is a module script.
    pub module: bool,
    /// The URL that was asked for first.
    pub url: Url,
    /// What its `crossorigin` attribute says; a module script is the same with any.
    pub settings: Option<(Mode, Credentials)>,
}

/// What an element has loaded: the answers of all redirects, and the last one.
#[derive(Clone, Debug, PartialEq)]
pub struct HeldResource {
    /// What it is found by.
    pub key: ResourceKey,
    /// The integrity that it was asked for with: what comes later has none of its own.
    pub integrity: String,
    /// The answers in their order; never empty.
    pub answers: Vec<Arc<Reply>>,
}

impl HeldResource {
    fn size(&self) -> usize {
        self.answers
            .iter()
            .map(|reply| reply.body.readable().len())
            .sum()
    }
}

/// What the page that asked last holds, the oldest first.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Document {
    page: Option<Arc<Page>>,
    held: Vec<Arc<HeldResource>>,
}

impl Document {
    /// The document of a page that holds these, the oldest first.
    pub fn of(page: Page, held: impl IntoIterator<Item = HeldResource>) -> Self {
        Self {
            page: Some(Arc::new(page)),
            held: held.into_iter().map(Arc::new).collect(),
        }
    }

    /// What it holds, the oldest first, where it is this page's.
    pub fn held(&self, page: &Page) -> impl Iterator<Item = &HeldResource> {
        let own = self.page.as_deref() == Some(page);
        self.held.iter().filter(move |_| own).map(Arc::as_ref)
    }

    /// The page and what it holds, the oldest first; nothing before anything was loaded.
    pub fn parts(&self) -> Option<(&Page, impl Iterator<Item = &HeldResource>)> {
        let page = self.page.as_deref()?;
        Some((page, self.held(page)))
    }

    fn find(&self, page: &Page, key: &ResourceKey) -> Option<&HeldResource> {
        self.held(page).find(|resource| resource.key == *key)
    }

    /// Drops the image of a URL, with or without fragment.
    fn drop_image(&mut self, url: &Url) {
        self.held.retain(|resource| {
            resource.key.api != Api::Img || without_fragment(&resource.key.url) != *url
        });
    }

    /// Another page is another document.
    fn hold(&mut self, page: &Page, new: HeldResource) {
        if self.page.as_deref() != Some(page) {
            *self = Self::of(page.clone(), []);
        }
        self.held.retain(|resource| resource.key != new.key);
        self.held.push(Arc::new(new));
        let mut bytes: usize = self.held.iter().map(|resource| resource.size()).sum();
        let mut surplus = 0;
        while bytes > MOST_BYTES || self.held.len() - surplus > MOST_RESOURCES {
            bytes -= self.held[surplus].size();
            surplus += 1;
        }
        self.held.drain(..surplus);
    }
}

/// How a fetch stands to what its document holds.
#[derive(Clone, Debug, Default)]
pub(super) enum InDocument {
    /// The document holds nothing of its kind.
    #[default]
    NotKept,
    /// The document does not hold it; these are the answers so far.
    New(ResourceKey, Vec<Arc<Reply>>),
    /// The document holds it; these are the answers left.
    Held(std::vec::IntoIter<Arc<Reply>>),
}

impl Fetch {
    /// Looks whether the document holds what is asked for.
    pub(super) fn look_into_document(&mut self, document: &Document) {
        if !self.is_kept_by_document() {
            return;
        }
        let url = self.request.current_url();
        let fragment_counts =
            self.api != Api::Img || !self.profile.images_kept.is_one_of_each_url();
        let key = ResourceKey {
            api: match self.api {
                Api::Video => Api::Audio,
                api => api,
            },
            module: self.module,
            url: match fragment_counts {
                true => url.clone(),
                false => without_fragment(url),
            },
            settings: (!self.is_module()).then_some((self.request.mode, self.request.credentials)),
        };
        self.in_document = match document.find(&self.page, &key) {
            Some(held) => {
                self.request.integrity.clone_from(&held.integrity);
                InDocument::Held(held.answers.clone().into_iter())
            }
            None => InDocument::New(key, Vec::new()),
        };
    }

    fn is_kept_by_document(&self) -> bool {
        self.is_module() || self.profile.document_keeps.contains(&self.api)
    }

    fn is_module(&self) -> bool {
        self.api == Api::Script && self.module
    }

    /// The next answer that the document holds.
    pub(super) fn held_answer(&mut self) -> Option<Arc<Reply>> {
        let InDocument::Held(answers) = &mut self.in_document else {
            return None;
        };
        let answer = answers.next()?;
        let at = Some(self.exchanges.len());
        self.trace
            .push(Rule::Element, StepOutcome::Info, at)
            .with("case", "held")
            .with("api", self.api.as_str());
        Some(answer)
    }

    /// Remembers an answer for the document, with its headers as they were read.
    pub(super) fn note_for_document(&mut self, reply: &Reply, headers: &HeaderList) {
        if let InDocument::New(_, answers) = &mut self.in_document {
            answers.push(Arc::new(Reply {
                headers: headers.clone(),
                ..reply.clone()
            }));
        }
    }

    /// Leaves to the document what has loaded.
    pub(super) fn leave_to_document(
        &mut self,
        verdict: &Verdict,
        response: Option<&VisibleResponse>,
        document: &mut Document,
    ) {
        let (key, answers) = match std::mem::take(&mut self.in_document) {
            InDocument::Held(_) => return,
            InDocument::New(key, answers) => (Some(key), answers),
            InDocument::NotKept => (None, Vec::new()),
        };
        let images_kept = self.profile.images_kept;
        if images_kept.is_one_of_each_url() && !self.exchanges.is_empty() {
            document.drop_image(&without_fragment(&self.request.url_list[0]));
        }
        let Some(key) = key.filter(|_| !answers.is_empty()) else {
            return;
        };
        let element = response.and_then(|response| response.element);
        let loaded = element.is_some_and(|element| element.loaded);
        let kept = match key.api {
            Api::Img => match images_kept {
                // What is opaque and no image is stopped before it gets there.
                ImagesKept::AnyAnswer => {
                    loaded || response.is_some() && self.request.tainting != Tainting::Opaque
                }
                ImagesKept::OneUnlessVaried => loaded && !answers.iter().any(varies),
                ImagesKept::WhatLoads | ImagesKept::OneOfEachUrl => loaded,
            },
            _ if key.module && self.profile.failed_modules_kept => {
                !matches!(verdict, Verdict::Failed(_))
            }
            _ => loaded,
        };
        if kept {
            let integrity = self.request.integrity.clone();
            document.hold(
                &self.page,
                HeldResource {
                    key,
                    integrity,
                    answers,
                },
            );
        }
    }
}

impl Finished {
    /// The step from which on the document's own answers decide, where it holds what was asked for.
    pub fn held_from(&self) -> Option<usize> {
        let is_held = |step: &TraceStep| {
            step.rule == Rule::Element
                && (step.params.iter()).any(|(name, value)| *name == "case" && value == "held")
        };
        self.trace.steps.iter().position(is_held)
    }
}

fn varies(reply: &Arc<Reply>) -> bool {
    let vary = reply.headers.get_decode_and_split("vary");
    vary.iter().flatten().any(|name| name == "*")
}

fn without_fragment(url: &Url) -> Url {
    let mut url = url.clone();
    url.set_fragment(None);
    url
}

#[cfg(test)]
mod tests;
