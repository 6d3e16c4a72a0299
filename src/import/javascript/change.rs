//! What source does to a value after it was made: `h.append('X-A', '1')`, `o.method = 'PUT'`.

use url::Url;

use crate::import::multipart::Part;
use crate::import::value::Value;

/// A change, with its operands evaluated.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Change {
    /// `x = …`, `x.a = …`.
    Set(Value),
    /// `x += …`, `x.a += …`.
    Add(Value),
    /// `delete x.a`.
    Delete,
    /// `x.append(…)`: the name of the method, and its arguments.
    Call(String, Vec<Value>),
    /// `Object.assign(x, …)`.
    Assign(Vec<Value>),
}

/// What a change came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    /// It was made, or changes nothing that is sent.
    Done,
    /// JavaScript takes it, but no request is another by it.
    NoEffect,
    /// It is not understood.
    Unknown,
}

/// Methods that only read.
const READING: &[&str] = &[
    "get",
    "getAll",
    "has",
    "keys",
    "values",
    "entries",
    "forEach",
    "toString",
    "map",
    "filter",
    "join",
    "includes",
    "find",
    "some",
    "every",
    "slice",
    "concat",
    "indexOf",
    "reduce",
    "hasOwnProperty",
    "getSetCookie",
];

/// Changes what stands at a path in a value.
pub(super) fn apply(target: &mut Value, path: &[String], change: Change) -> Outcome {
    if let Value::Text(text) = target
        && !path.is_empty()
    {
        return of_url(text, path, change);
    }
    let by_key = matches!(change, Change::Set(_) | Change::Add(_) | Change::Delete);
    let (Some((key, way)), true) = (path.split_last(), by_key) else {
        return match at(target, path) {
            Some(Value::Text(text)) if path.len() > 1 => of_url(text, &[], change),
            Some(place) => whole(place, change),
            None => Outcome::Unknown,
        };
    };
    match (at(target, way), change) {
        (Some(Value::Object(fields)), change) => field(fields, key, change),
        (Some(Value::Headers(_) | Value::Pairs(_) | Value::Form(_)), _) => Outcome::NoEffect,
        (Some(Value::Text(text)), change) => of_url(text, std::slice::from_ref(key), change),
        _ => Outcome::Unknown,
    }
}

/// Makes the objects that a path leads through, where a library has them ready.
pub(super) fn ensure(mut value: &mut Value, path: &[String]) {
    for key in path {
        let Value::Object(fields) = value else {
            return;
        };
        let known = fields.iter().rposition(|(known, _)| known == key);
        let known = known.unwrap_or_else(|| {
            fields.push((key.clone(), Value::Object(Vec::new())));
            fields.len() - 1
        });
        value = &mut fields[known].1;
    }
}

/// What stands at a path.
fn at<'v>(mut value: &'v mut Value, path: &[String]) -> Option<&'v mut Value> {
    for key in path {
        value = match value {
            Value::Object(fields) => {
                let found = fields.iter_mut().rev().find(|(known, _)| known == key);
                &mut found?.1
            }
            Value::Array(items) => items.get_mut(key.parse::<usize>().ok()?)?,
            _ => return None,
        };
    }
    Some(value)
}

fn field(fields: &mut Vec<(String, Value)>, key: &str, change: Change) -> Outcome {
    let known = fields.iter().rposition(|(known, _)| known == key);
    match (change, known) {
        (Change::Set(value), Some(known)) => fields[known].1 = value,
        (Change::Set(value), None) => fields.push((key.to_owned(), value)),
        (Change::Add(more), Some(known)) => add(&mut fields[known].1, &more),
        (Change::Delete, _) => fields.retain(|(known, _)| known != key),
        _ => return Outcome::Unknown,
    }
    Outcome::Done
}

fn add(value: &mut Value, more: &Value) {
    match value {
        Value::Text(text) => text.push_str(&more.text()),
        other => *other = Value::Text(other.text() + &more.text()),
    }
}

/// Changes a value as a whole.
fn whole(value: &mut Value, change: Change) -> Outcome {
    match (value, change) {
        (value, Change::Set(new)) => *value = new,
        (value, Change::Add(more)) => add(value, &more),
        (Value::Object(fields), Change::Assign(sources)) => {
            for source in sources {
                match source {
                    Value::Object(more) => {
                        for (name, value) in more {
                            field(fields, &name, Change::Set(value));
                        }
                    }
                    Value::Null | Value::Undefined => {}
                    _ => return Outcome::Unknown,
                }
            }
        }
        (value, Change::Call(method, arguments)) => return called(value, &method, &arguments),
        _ => return Outcome::Unknown,
    }
    Outcome::Done
}

fn called(value: &mut Value, method: &str, arguments: &[Value]) -> Outcome {
    if READING.contains(&method) {
        return Outcome::Done;
    }
    match (value, method, arguments) {
        (Value::Headers(pairs), _, _) => {
            of_pairs(pairs, method, arguments, str::eq_ignore_ascii_case)
        }
        (Value::Pairs(pairs), _, _) => of_pairs(pairs, method, arguments, str::eq),
        (Value::Form(form), "append" | "set", [name, content, rest @ ..]) => {
            let name = name.text();
            if method == "set" {
                form.parts.retain(|part| part.name != name);
            }
            form.parts
                .push(part(name, content, rest.first().map(Value::text)));
            Outcome::Done
        }
        (Value::Form(form), "delete", [name, ..]) => {
            let name = name.text();
            form.parts.retain(|part| part.name != name);
            Outcome::Done
        }
        (Value::Array(items), "push", more) => {
            items.extend_from_slice(more);
            Outcome::Done
        }
        (Value::Text(_) | Value::Number(_) | Value::Bool(_), _, _) => Outcome::Done,
        // What it is made of is told already; what is put into it is not.
        (Value::Hole(_), method, _) if !matches!(method, "append" | "set" | "delete" | "push") => {
            Outcome::Done
        }
        _ => Outcome::Unknown,
    }
}

fn of_pairs(
    pairs: &mut Vec<(String, String)>,
    method: &str,
    arguments: &[Value],
    same: fn(&str, &str) -> bool,
) -> Outcome {
    match (method, arguments) {
        ("append", [name, value, ..]) => pairs.push((name.text(), value.text())),
        ("set", [name, value, ..]) => {
            let (name, value) = (name.text(), value.text());
            let first = pairs.iter().position(|(known, _)| same(known, &name));
            match first {
                Some(first) => {
                    pairs[first].1 = value;
                    let mut at = 0;
                    pairs.retain(|(known, _)| {
                        at += 1;
                        at - 1 <= first || !same(known, &name)
                    });
                }
                None => pairs.push((name, value)),
            }
        }
        ("delete", [name, ..]) => {
            let name = name.text();
            pairs.retain(|(known, _)| !same(known, &name));
        }
        ("sort", []) => {
            pairs.sort_by_cached_key(|(name, _)| name.encode_utf16().collect::<Vec<_>>());
        }
        _ => return Outcome::Unknown,
    }
    Outcome::Done
}

/// Text that has fields is a `URL`.
fn of_url(text: &mut String, path: &[String], change: Change) -> Outcome {
    let Ok(mut url) = Url::parse(text) else {
        return Outcome::Unknown;
    };
    let path: Vec<_> = path.iter().map(String::as_str).collect();
    match (path.as_slice(), change) {
        (["searchParams"], Change::Call(method, arguments)) => {
            if READING.contains(&method.as_str()) {
                return Outcome::Done;
            }
            let mut pairs = url.query_pairs().into_owned().collect();
            let outcome = of_pairs(&mut pairs, &method, &arguments, str::eq);
            if outcome != Outcome::Done {
                return outcome;
            }
            match pairs.is_empty() {
                true => url.set_query(None),
                false => {
                    url.query_pairs_mut().clear().extend_pairs(pairs);
                }
            }
        }
        (["search"], Change::Set(value)) => {
            let query = value.text();
            let query = query.strip_prefix('?').unwrap_or(&query);
            url.set_query((!query.is_empty()).then_some(query));
        }
        (["hash"], Change::Set(value)) => {
            let hash = value.text();
            url.set_fragment(Some(hash.strip_prefix('#').unwrap_or(&hash)));
        }
        (["pathname"], Change::Set(value)) => url.set_path(&value.text()),
        (["pathname"], Change::Add(value)) => {
            let path = format!("{}{}", url.path(), value.text());
            url.set_path(&path);
        }
        (["href"], Change::Set(value)) => match Url::parse(&value.text()) {
            Ok(new) => url = new,
            Err(_) => return Outcome::Unknown,
        },
        ([], Change::Call(method, _)) if READING.contains(&method.as_str()) => {
            return Outcome::Done;
        }
        _ => return Outcome::Unknown,
    }
    *text = url.into();
    Outcome::Done
}

/// <https://xhr.spec.whatwg.org/#create-an-entry>
fn part(name: String, value: &Value, file: Option<String>) -> Part {
    let media_type = match (value, &file) {
        (Value::Blob(media_type, _), _) => Some(media_type.clone()),
        (_, Some(_)) => Some("application/octet-stream".to_owned()),
        _ => None,
    };
    Part {
        name,
        content: value.text(),
        file_name: file.or_else(|| media_type.as_ref().map(|_| "blob".to_owned())),
        media_type,
    }
}
