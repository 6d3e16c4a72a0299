//! Values of PowerShell, as far as a text tells them.

use std::collections::{BTreeMap, HashMap};
use std::rc::Rc;

/// Longer texts are not made.
const LONGEST: usize = 4 * 1024 * 1024;

/// A value.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Value {
    Text(Rc<str>),
    /// As it is written.
    Number(Rc<str>),
    Bool(bool),
    Null,
    /// A table, by its number: two names may stand for one.
    Table(usize),
    /// A list, by its number.
    List(usize),
    /// What only its author knows, by its source.
    Hole(Rc<str>),
}

impl Value {
    pub(super) fn text(text: impl AsRef<str>) -> Self {
        Self::Text(Rc::from(text.as_ref()))
    }
}

/// Names and values in order; names are found in any letter case.
#[derive(Clone, Debug, Default)]
pub(super) struct Table {
    entries: Vec<Option<(String, Value)>>,
    index: HashMap<String, usize>,
    /// The name of a table that the text does not make, only changes.
    pub made_elsewhere: Option<String>,
}

impl Table {
    pub(super) fn of_elsewhere(name: &str) -> Self {
        Self {
            made_elsewhere: Some(name.to_owned()),
            ..Self::default()
        }
    }

    pub(super) fn get(&self, name: &str) -> Option<&Value> {
        let at = *self.index.get(&name.to_lowercase())?;
        let (_, value) = self.entries.get(at)?.as_ref()?;
        Some(value)
    }

    pub(super) fn set(&mut self, name: &str, value: Value) {
        match self.index.get(&name.to_lowercase()) {
            Some(at) => {
                if let Some(Some((_, old))) = self.entries.get_mut(*at) {
                    *old = value;
                }
            }
            None => {
                self.index.insert(name.to_lowercase(), self.entries.len());
                self.entries.push(Some((name.to_owned(), value)));
            }
        }
    }

    pub(super) fn remove(&mut self, name: &str) {
        let at = self.index.remove(&name.to_lowercase());
        if let Some(entry) = at.and_then(|at| self.entries.get_mut(at)) {
            *entry = None;
        }
    }

    pub(super) fn entries(&self) -> impl Iterator<Item = &(String, Value)> {
        self.entries.iter().flatten()
    }
}

/// All tables, lists and holes of a text.
#[derive(Debug, Default)]
pub(super) struct Store {
    tables: Vec<Table>,
    lists: Vec<Vec<Value>>,
    /// Where each hole was first met.
    holes: BTreeMap<String, usize>,
    spent: usize,
    /// Whether a table was too deep for its JSON.
    pub cut: bool,
}

impl Store {
    pub(super) fn table(&mut self, table: Table) -> Value {
        self.tables.push(table);
        Value::Table(self.tables.len() - 1)
    }

    pub(super) fn list(&mut self, items: Vec<Value>) -> Value {
        self.lists.push(items);
        Value::List(self.lists.len() - 1)
    }

    pub(super) fn of_table(&self, at: usize) -> Option<&Table> {
        self.tables.get(at)
    }

    pub(super) fn table_mut(&mut self, at: usize) -> Option<&mut Table> {
        self.tables.get_mut(at)
    }

    pub(super) fn of_list(&self, at: usize) -> &[Value] {
        self.lists.get(at).map(Vec::as_slice).unwrap_or_default()
    }

    /// What a source stands for that is not evaluated.
    pub(super) fn hole(&mut self, source: &str, at: usize) -> Value {
        // No more of it is looked at than can be shown.
        let source = source.trim_start();
        let mut end = source.len().min(LONGEST_NAME * 8);
        while !source.is_char_boundary(end) {
            end -= 1;
        }
        let mut name: String = source[..end].trim_end().replace(['<', '>'], "…");
        let simple = name.strip_prefix('$').filter(|name| {
            let part = |c: char| c.is_alphanumeric() || matches!(c, '_' | ':');
            !name.is_empty() && name.chars().all(part)
        });
        if let Some(simple) = simple {
            name = simple.to_owned();
        }
        let line = name.lines().next().unwrap_or_default();
        if line.len() < name.len() || line.chars().count() > LONGEST_NAME {
            let start: String = line.chars().take(LONGEST_NAME).collect();
            name = format!("{}…", start.trim_end());
        }
        self.holes.entry(name.clone()).or_insert(at);
        Value::Hole(Rc::from(name))
    }

    /// Where the source of a hole stands.
    pub(super) fn place_of(&self, name: &str) -> Option<usize> {
        self.holes.get(name).copied()
    }

    /// A value in a text, as PowerShell prints it there.
    pub(super) fn shown(&self, value: &Value) -> Rc<str> {
        match value {
            Value::Text(text) | Value::Number(text) => Rc::clone(text),
            Value::Bool(true) => Rc::from("True"),
            Value::Bool(false) => Rc::from("False"),
            Value::Null => Rc::from(""),
            Value::Table(_) => Rc::from("System.Collections.Hashtable"),
            Value::List(at) => {
                let mut joined = String::new();
                for (n, item) in self.of_list(*at).iter().enumerate() {
                    if n > 0 {
                        joined.push(' ');
                    }
                    match item {
                        Value::List(_) => joined.push_str("System.Object[]"),
                        item => joined.push_str(&self.shown(item)),
                    }
                    if joined.len() > LONGEST {
                        break;
                    }
                }
                Rc::from(joined)
            }
            Value::Hole(name) => Rc::from(format!("<{name}>")),
        }
    }

    /// Takes the cost of so many bytes; whether the text may still grow.
    pub(super) fn spend(&mut self, bytes: usize) -> bool {
        self.spent = self.spent.saturating_add(bytes);
        self.spent <= LONGEST
    }

    /// Whether no text may grow any more.
    pub(super) fn is_spent(&self) -> bool {
        self.spent > LONGEST
    }

    /// <https://learn.microsoft.com/powershell/module/microsoft.powershell.utility/convertto-json>
    pub(super) fn json(&mut self, value: &Value, depth: usize, compress: bool) -> Value {
        let mut writer = Writer {
            out: String::new(),
            compress,
            depth,
            cut: false,
            left: LONGEST.saturating_sub(self.spent),
        };
        self.write(&mut writer, value, 0);
        let Writer { out, cut, .. } = writer;
        self.cut |= cut;
        match self.spend(out.len()) {
            true => Value::text(out),
            false => Value::Hole(Rc::from("…")),
        }
    }

    fn write(&self, writer: &mut Writer, value: &Value, level: usize) {
        if writer.out.len() > writer.left {
            return;
        }
        match value {
            Value::Table(at) if level <= writer.depth => {
                let entries = self.of_table(*at).into_iter().flat_map(Table::entries);
                let mut any = false;
                writer.out.push('{');
                for (name, value) in entries {
                    writer.item(any, level + 1);
                    any = true;
                    writer.text(name);
                    writer
                        .out
                        .push_str(if writer.compress { ":" } else { ": " });
                    self.write(writer, value, level + 1);
                    if writer.out.len() > writer.left {
                        return;
                    }
                }
                writer.close(any, level, '}');
            }
            Value::List(at) if level <= writer.depth => {
                let mut any = false;
                writer.out.push('[');
                for value in self.of_list(*at) {
                    writer.item(any, level + 1);
                    any = true;
                    self.write(writer, value, level + 1);
                    if writer.out.len() > writer.left {
                        return;
                    }
                }
                writer.close(any, level, ']');
            }
            Value::Table(_) | Value::List(_) => {
                writer.cut = true;
                writer.text(&self.shown(value));
            }
            Value::Number(number) if number.parse::<f64>().is_ok() => writer.out.push_str(number),
            Value::Bool(value) => writer.out.push_str(if *value { "true" } else { "false" }),
            Value::Null => writer.out.push_str("null"),
            value => writer.text(&self.shown(value)),
        }
    }
}

/// Longer names of holes are cut, in characters.
const LONGEST_NAME: usize = 40;

struct Writer {
    out: String,
    compress: bool,
    /// How many levels are written out.
    depth: usize,
    cut: bool,
    /// How long it may become.
    left: usize,
}

impl Writer {
    fn text(&mut self, text: &str) {
        self.out
            .push_str(&serde_json::Value::from(text).to_string());
    }

    fn item(&mut self, any: bool, level: usize) {
        if any {
            self.out.push(',');
        }
        self.line(level);
    }

    fn close(&mut self, any: bool, level: usize, bracket: char) {
        if any {
            self.line(level);
        }
        self.out.push(bracket);
    }

    fn line(&mut self, level: usize) {
        if !self.compress {
            self.out.push('\n');
            self.out.push_str(&"  ".repeat(level));
        }
    }
}
