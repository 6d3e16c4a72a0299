//! A line of `batch` that asks for no URL: it shows what a session's browser holds, or empties it.

use serde::Deserialize;
use serde_json::Value;

use super::LineError;
use crate::engine::Part;

/// A line about a session's browser, understood.
#[derive(Clone, Debug, PartialEq)]
pub struct BrowserLine {
    /// The caller's name for it; any JSON value, echoed.
    pub id: Option<Value>,
    /// Whose browser.
    pub session: String,
    /// Whether to go ahead without waiting for the session's lines before.
    pub parallel: bool,
    /// Milliseconds that pass in the session's browser before.
    pub wait_ms: u64,
    /// The parts that are emptied before the browser is shown.
    pub clear: Vec<Part>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct RawBrowserLine {
    id: Option<Value>,
    session: String,
    #[serde(default)]
    parallel: bool,
    #[serde(default)]
    wait_ms: u64,
    show: Option<String>,
    clear: Option<Words>,
}

/// One word, or a list of words.
#[derive(Deserialize)]
#[serde(untagged, expecting = "`clear` must be a word or a list of words")]
enum Words {
    One(String),
    Many(Vec<String>),
}

impl BrowserLine {
    /// Whether this is such a line: it has a field `show` or `clear`.
    pub fn is_meant_by(value: &Value) -> bool {
        value.get("show").or_else(|| value.get("clear")).is_some()
    }

    /// Reads a line that is already a JSON value.
    pub fn from_value(value: Value) -> Result<Self, LineError> {
        let raw: RawBrowserLine = serde_json::from_value(value)?;
        if let Some(word) = raw.show.filter(|word| word != "browser") {
            return Err(unknown("show", word, "browser".to_owned()));
        }
        let words = match raw.clear {
            None => Vec::new(),
            Some(Words::One(word)) => vec![word],
            Some(Words::Many(words)) => words,
        };
        let mut clear = Vec::new();
        for word in words {
            match Part::from_name(&word) {
                Some(part) => clear.push(part),
                None if word == "all" => clear.extend_from_slice(Part::ALL),
                None => {
                    let known: Vec<_> = Part::ALL.iter().map(|part| part.as_str()).collect();
                    return Err(unknown("clear", word, format!("all, {}", known.join(", "))));
                }
            }
        }
        Ok(Self {
            id: raw.id,
            session: raw.session,
            parallel: raw.parallel,
            wait_ms: raw.wait_ms,
            clear,
        })
    }
}

fn unknown(field: &'static str, value: String, allowed: String) -> LineError {
    LineError::Value {
        field,
        value,
        allowed,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn words_become_parts_and_mistakes_say_what_may_stand_there() {
        let read = |clear: Value| {
            let value = json!({"session": "a", "clear": clear});
            assert!(BrowserLine::is_meant_by(&value));
            BrowserLine::from_value(value).map_err(|error| error.to_string())
        };
        assert_eq!(read(json!("all")).unwrap().clear, Part::ALL);
        assert_eq!(
            read(json!(["logins", "cookies"])).unwrap().clear,
            [Part::Logins, Part::Cookies]
        );
        let mistake = read(json!(["cookies", "jar"])).unwrap_err();
        let expected =
            "`clear`: `jar` is not one of all, cookies, preflight-cache, http-cache, logins, hsts";
        assert_eq!(mistake, expected);
        assert!(read(json!(7)).unwrap_err().contains("a word or a list"));
        let shown = BrowserLine::from_value(json!({"session": "a", "show": "jar"}));
        let mistake = shown.unwrap_err().to_string();
        assert_eq!(mistake, "`show`: `jar` is not one of browser");
        let alone = BrowserLine::from_value(json!({"show": "browser"}));
        assert!(alone.unwrap_err().to_string().contains("session"));
    }
}
