//! `corscope explain`: what a word, a header, a reason, a cause, a step of the trace or a console error
//! means.

use std::io::{self, Write};
use std::process::ExitCode;

use clap::Args;

use super::import_args::standard_input;
use super::output::paragraph_width;
use super::{exit, write_out};
use crate::diagnose::{entries, lookup, nearest, recognise, shown};
use crate::report::{
    ConsoleJson, EntryJson, write_console, write_entries, write_entry, write_json,
};

/// What is longer is no name, in bytes.
const LONGEST_NAME: usize = 100;

/// Arguments of `explain`.
#[derive(Debug, Args)]
pub struct ExplainArgs {
    /// A word, a header, a reason or a cause, in any letter case, or lines of a browser's console; - reads
    /// standard input; without one all are listed
    #[arg(value_name = "TERM-OR-REASON")]
    name: Vec<String>,
    /// Print one JSON array instead of text
    #[arg(long)]
    json: bool,
}

pub(super) fn run(args: ExplainArgs) -> anyhow::Result<ExitCode> {
    let mut text = Vec::new();
    if args.name.is_empty() {
        list(&mut text, args.json)?;
        write_out(&text)?;
        return Ok(ExitCode::from(exit::ALLOWED));
    }
    let name = match args.name.join(" ") {
        name if name == "-" => standard_input()?,
        name => name,
    };
    let found = lookup(&name);
    let mut lines = recognise(&name);
    // Pages show the message of the error without its name.
    for error in ["TypeError", "AxiosError"] {
        if lines.is_empty() {
            let message = name.trim().trim_start_matches("Error: ");
            lines = recognise(&format!("{error}: {message}"));
        }
    }
    if found.is_empty() && !lines.is_empty() {
        match args.json {
            true => {
                let json: Vec<_> = lines.iter().map(ConsoleJson::new).collect();
                write_json(&mut text, &json)?;
            }
            false => write_console(&mut text, &lines, paragraph_width())?,
        }
        write_out(&text)?;
        return Ok(ExitCode::from(exit::ALLOWED));
    }
    if found.is_empty() {
        eprintln!("{}", miss(&name));
        return Ok(ExitCode::from(exit::USAGE));
    }
    if args.json {
        let json: Vec<_> = found
            .into_iter()
            .map(EntryJson::new)
            .collect::<io::Result<_>>()?;
        write_json(&mut text, &json)?;
    } else {
        for (number, entry) in found.into_iter().enumerate() {
            if number > 0 {
                writeln!(text)?;
            }
            write_entry(&mut text, entry, paragraph_width())?;
        }
    }
    write_out(&text)?;
    Ok(ExitCode::from(exit::ALLOWED))
}

fn list(text: &mut Vec<u8>, json: bool) -> io::Result<()> {
    if json {
        let all: Vec<_> = entries().map(EntryJson::heading).collect();
        return write_json(text, &all);
    }
    write_entries(text, paragraph_width())
}

fn miss(name: &str) -> String {
    if name.len() > LONGEST_NAME {
        return "explain: no browser prints anything of this text\n  hint: copy the whole console line, \
                with the reason in it"
            .to_owned();
    }
    let near = nearest(name);
    let hint = match near.is_empty() {
        true => "`corscope explain` lists all that can be explained".to_owned(),
        false => format!("did you mean {}?", near.join(", ")),
    };
    format!(
        "explain: nothing is called `{}`\n  hint: {hint}",
        shown(name)
    )
}
