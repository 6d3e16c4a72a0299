//! A page in a browser whose answers are given.

use std::net::Ipv4Addr;

use corscope::engine::{
    AddressSpace, Browser, Engine, Finished, Location, Reach, Step, Subject, Timestamp, start,
};
use corscope::session::Line;
use corscope::wire::{Body, HttpRequest, Reply};
use serde_json::Value;

pub const ENGINES: [Engine; 3] = [Engine::Chromium, Engine::Firefox, Engine::WebKit];

/// What comes back: status and header lines.
pub type Answer<'a> = (u16, &'a [(&'a str, &'a str)]);

/// A browser, and where its hosts lead.
pub struct Page {
    pub browser: Browser,
    now: u64,
}

impl Page {
    pub fn of(engine: Engine) -> Self {
        Self {
            browser: Browser::fresh(engine),
            now: 1_800_000_000_000,
        }
    }

    /// Asks what a line of JSON says; each request gets the next answer, the last one again and again.
    pub fn ask(&mut self, line: Value, answers: &[Answer]) -> Finished {
        self.ask_by(line, &|_, at| {
            let (status, headers) = answers.get(at).or(answers.last()).unwrap();
            reply(*status, headers)
        })
    }

    /// The same with answers by what is asked.
    pub fn ask_by(
        &mut self,
        line: Value,
        answer: &dyn Fn(&HttpRequest, usize) -> Reply,
    ) -> Finished {
        let line = Line::from_value(line).unwrap();
        let browser = &mut self.browser;
        if let Some(permission) = line.permission {
            browser.local_network = permission;
        }
        for (url, set) in &line.cookies {
            let profile = browser.profile;
            let now = Timestamp(self.now);
            browser
                .cookies
                .set_by_visit(url, set.as_bytes(), &profile, now);
        }
        let mut step = start(&line.request, &line.page, browser, Timestamp(self.now));
        let mut sent = 0;
        loop {
            self.now += 1;
            let now = Timestamp(self.now);
            step = match step {
                Step::Done(finished) => return *finished,
                Step::Locate(locating) => {
                    let location = located(locating.subject());
                    locating.located(location, browser, now)
                }
                Step::Send(pending) => {
                    let reply = answer(pending.request(), sent);
                    sent += 1;
                    pending.answer(&Ok(reply), browser, now)
                }
            };
        }
    }
}

pub fn reply(status: u16, headers: &[(&str, &str)]) -> Reply {
    Reply {
        status,
        headers: headers.iter().copied().collect(),
        body: Body::plain("x"),
        ..Reply::default()
    }
}

/// `*.local.test` is on a private network, `localhost` on this machine, all else public.
fn located(subject: &Subject) -> Location {
    let (Subject::Page(url) | Subject::Target(url) | Subject::Listener(url)) = subject;
    let host = url.host_str().unwrap();
    let (space, address) = if host.ends_with("localhost") || host.starts_with("127.") {
        (AddressSpace::Loopback, Ipv4Addr::LOCALHOST)
    } else if host.ends_with(".local.test") || host.starts_with("192.168.") {
        (AddressSpace::Local, Ipv4Addr::new(192, 168, 0, 9))
    } else {
        (AddressSpace::Public, Ipv4Addr::new(203, 0, 113, 9))
    };
    Location {
        space,
        reach: Reach::Tls,
        address: Some((address, 80).into()),
    }
}

/// The reason id where it was blocked, else the verdict.
pub fn told(finished: &Finished) -> &'static str {
    match finished.verdict.block() {
        Some(block) => block.reason.id(),
        None => finished.verdict.as_str(),
    }
}

/// What one request said under a name.
pub fn said(finished: &Finished, at: usize, name: &str) -> Option<String> {
    finished.exchanges[at].request.headers.get_text(name)
}

/// What each request said under a name.
pub fn all_said(finished: &Finished, name: &str) -> Vec<Option<String>> {
    let exchanges = finished.exchanges.iter();
    exchanges
        .map(|exchange| exchange.request.headers.get_text(name))
        .collect()
}
