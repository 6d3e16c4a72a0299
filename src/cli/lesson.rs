//! `check --lesson`: a lesson of the lab, checked without the screen.

use anyhow::{Context as _, bail};
use clap::Args;
use tokio::runtime::Runtime;

use super::write_out;
use crate::assets::{Lesson, LessonServer, lesson_hosts, lessons};
use crate::diagnose::shown;
use crate::driver::NetworkOptions;
use crate::lab::Lab;
use crate::session::Line;

/// The lesson that is checked, if one is.
#[derive(Debug, Args)]
pub struct LessonArgs {
    /// Check a lesson of the built-in lab: NAME, NAME/SERVER for another of its servers, or `list`
    #[arg(
        long,
        value_name = "NAME",
        value_parser = parse,
        conflicts_with_all = [
            "url", "origin", "sandboxed", "api", "crossorigin", "module", "script_type", "upload_listener", "method", "headers",
            "data", "credentials", "mode", "redirect", "cookies", "fetch_page", "curl", "fetch",
            "paste", "file",
        ]
    )]
    lesson: Option<Chosen>,
}

/// What `--lesson` names.
#[derive(Clone, Copy, Debug)]
enum Chosen {
    List,
    Played(&'static Lesson, &'static LessonServer),
}

/// A lesson that the lab plays while this lives.
#[derive(Debug)]
pub(super) struct Played {
    /// What its page asks, and of which browser.
    pub(super) line: Line,
    lab: Lab,
}

impl LessonArgs {
    /// Whether all that is asked for is their list; then it is printed.
    pub(super) fn listed(&self) -> anyhow::Result<bool> {
        let Some(Chosen::List) = self.lesson else {
            return Ok(false);
        };
        write_out(list().as_bytes())?;
        Ok(true)
    }

    /// Starts the lab on the lesson.
    pub(super) fn play(&self, runtime: &Runtime) -> anyhow::Result<Option<Played>> {
        let Some(Chosen::Played(lesson, server)) = self.lesson else {
            return Ok(None);
        };
        let request = lesson.request_to(server).clone();
        let line = Line::from_value(request.into()).context("the lesson")?;
        let lab = runtime.block_on(Lab::start());
        let lab = lab.context("cannot start the lab")?;
        lab.play(server.rules.clone());
        Ok(Some(Played { line, lab }))
    }
}

impl Played {
    /// Leads the lesson's names to the lab.
    pub(super) fn route(&self, options: &mut NetworkOptions) {
        options.routes.extend(self.lab.routes(lesson_hosts()));
    }
}

fn list() -> String {
    let mut text = String::new();
    for lesson in lessons() {
        text.push_str(&format!("{:24} {}\n", lesson.id, lesson.summary));
        for server in lesson.servers.iter().skip(1) {
            let name = format!("{}/{}", lesson.id, server.id);
            text.push_str(&format!("  {name:40} {}\n", server.title));
        }
    }
    text
}

fn parse(text: &str) -> anyhow::Result<Chosen> {
    if text == "list" {
        return Ok(Chosen::List);
    }
    let (name, wanted) = match text.split_once('/') {
        Some((name, server)) => (name, Some(server)),
        None => (text, None),
    };
    let Some(lesson) = lessons().iter().find(|lesson| lesson.id == name) else {
        let names: Vec<_> = lessons().iter().map(|lesson| lesson.id.as_str()).collect();
        bail!(
            "`{}` is no lesson\n  hint: list, or one of {}",
            shown(name),
            names.join(", ")
        );
    };
    let server = match wanted {
        Some(id) => lesson.server(id),
        None => lesson.servers.first(),
    };
    let Some(server) = server else {
        let names = lesson.servers.iter().map(|server| server.id.as_str());
        bail!(
            "`{}` is no server of {name}\n  hint: one of {}",
            shown(wanted.unwrap_or_default()),
            names.collect::<Vec<_>>().join(", ")
        );
    };
    Ok(Chosen::Played(lesson, server))
}
