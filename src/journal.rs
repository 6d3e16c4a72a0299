//! The debug log: what the program did and when, a line each, in a file that was asked for. Never on the
//! screen, and never a secret: values of headers and bodies do not come here, URLs without their queries.

use std::fs::{File, OpenOptions};
use std::io::{self, Write as _};
use std::path::Path;
use std::sync::Mutex;
use std::time::Instant;

use log::{LevelFilter, Log, Metadata, Record};
use url::Url;

/// Records of other crates are left out: they may hold what is secret.
const OWN: &str = "corscope";

struct Journal {
    file: Mutex<File>,
    started: Instant,
}

/// Appends to this file from now on. It is the user's alone where it is new.
///
/// # Errors
///
/// Where the file cannot be written.
pub fn to_file(path: &Path) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.append(true).create(true);
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let journal = Journal {
        file: Mutex::new(options.open(path)?),
        started: Instant::now(),
    };
    // A second one would be a mistake of this program, and changes nothing.
    if log::set_boxed_logger(Box::new(journal)).is_ok() {
        log::set_max_level(LevelFilter::Debug);
    }
    log::info!(
        "corscope {}, process {}",
        env!("CARGO_PKG_VERSION"),
        std::process::id()
    );
    Ok(())
}

impl Log for Journal {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target().split("::").next() == Some(OWN)
    }

    fn log(&self, record: &Record<'_>) {
        if !self.enabled(record.metadata()) {
            return;
        }
        let line = line(self.started.elapsed().as_secs_f64(), record);
        if let Ok(mut file) = self.file.lock() {
            // A full disk must not end the program that was to be watched.
            let _ = file.write_all(line.as_bytes());
        }
    }

    fn flush(&self) {}
}

fn line(seconds: f64, record: &Record<'_>) -> String {
    let text = record
        .args()
        .to_string()
        .replace(|c: char| c.is_control(), " ");
    let room = record.target().trim_start_matches("corscope::");
    format!("{seconds:9.3} {:5} {room}: {text}\n", record.level())
}

/// A URL without what may be secret: who logs in, the query, the fragment.
pub fn quiet(url: &Url) -> String {
    let mut url = url.clone();
    // Neither fails where there is nothing to take away.
    let _ = url.set_username("");
    let _ = url.set_password(None);
    if url.query().is_some() {
        url.set_query(Some("…"));
    }
    url.set_fragment(None);
    url.to_string().replace("%E2%80%A6", "…")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_loses_its_secrets() {
        let url = Url::parse("https://me:pass@api.example/a?token=42#part").unwrap();
        assert_eq!(quiet(&url), "https://api.example/a?…");
    }

    #[test]
    fn a_record_is_one_line_without_control_characters() {
        let record = Record::builder()
            .args(format_args!("a\nb\u{1b}[31m"))
            .level(log::Level::Info)
            .target("corscope::tui::runtime")
            .build();
        assert_eq!(
            line(1.5, &record),
            "    1.500 INFO  tui::runtime: a b [31m\n"
        );
    }

    #[test]
    fn records_of_other_crates_stay_out() {
        let journal = Journal {
            file: Mutex::new(tempfile::tempfile().unwrap()),
            started: Instant::now(),
        };
        let enabled = |target| journal.enabled(&Metadata::builder().target(target).build());
        assert!(enabled("corscope::driver::run") && enabled("corscope"));
        assert!(!enabled("rustls::client") && !enabled("corscopes"));
    }
}
