//! JavaScript read without running it: literals, templates, concatenation, `const` names, and the few
//! calls that people build requests with. What only the page knows is left as `<name>` and told.

mod change;
mod known;
mod names;

use std::collections::HashMap;

use tree_sitter::Node;

use super::escapes::{joined_surrogates, unescape};
use super::note::{Note, NoteKind};
use super::syntax::{Script, named};
use super::value::Value;
use change::{Change, Outcome, apply, ensure};
use names::{Act, Key, Names, Step, way};

/// Values in values; no request is nested deeper.
const DEEPEST: usize = 60;

/// What values may come to in all: for any text, and for each byte of it.
const MOST_MADE: (usize, usize) = (100_000, 8);

/// What a step of a name costs, as it may have to be taken again.
const STEP: usize = 8;

/// Finds out what expressions come to.
pub(super) struct Evaluation<'s, 't> {
    script: &'s Script<'t>,
    names: Names<'s, 't>,
    /// What the names are known to be so far.
    states: Vec<State>,
    /// Up to where changes of shared values count: the call, or a copy of them before it.
    now: usize,
    depth: usize,
    /// How much may still be made: a name stands for its value each time, so that little text could come
    /// to much.
    left: usize,
    /// What could not be evaluated, each name once.
    pub(super) notes: Vec<Note>,
}

/// A name after some of its steps.
#[derive(Clone, Debug)]
struct State {
    done: usize,
    value: Value,
    /// Whether it was told what else may be done to it.
    told: bool,
}

impl<'s, 't> Evaluation<'s, 't> {
    pub(super) fn new(script: &'s Script<'t>) -> Self {
        let names = Names::of(script);
        let state = State {
            done: 0,
            value: Value::Undefined,
            told: false,
        };
        Self {
            script,
            states: vec![state; names.bindings.len()],
            names,
            now: usize::MAX,
            depth: 0,
            left: MOST_MADE.0 + MOST_MADE.1 * script.text.len(),
            notes: Vec::new(),
        }
    }

    /// As seen from a call.
    pub(super) fn seen_from(mut self, call: Node<'s>) -> Self {
        self.now = call.start_byte();
        self.names.set_apart(self.now);
        self
    }

    /// What a name is declared to be.
    pub(super) fn declaration(&self, name: &str) -> Option<Node<'s>> {
        self.names.declared.get(name).copied()
    }

    /// Whether what stands at a place surely runs before what a call sends goes out.
    pub(super) fn surely_runs(&self, node: Node) -> bool {
        self.names.surely_runs(node.start_byte(), self.now)
    }

    /// Whether what stands at a place may or may not run when its function does.
    pub(super) fn in_branch(&self, node: Node) -> bool {
        self.names.in_branch(node.start_byte())
    }

    /// Names what stands in a branch or another function.
    pub(super) fn tell_apart(&mut self, node: Node<'s>) {
        self.tell(node, "change-aside");
    }

    /// A value with what is done to its fields under a name before the call.
    pub(super) fn changed(&mut self, name: &'t str, mut value: Value) -> Value {
        let Some(binding) = self.names.find(name, self.now) else {
            return value;
        };
        self.tell_aside(binding);
        let steps = self.names.bindings[binding].steps.clone();
        let steps = steps.iter().filter(|step| step.end <= self.now);
        for step in steps
            .filter(|step| !step.path.is_empty())
            .collect::<Vec<_>>()
        {
            self.pay(STEP + value.cost() / 16);
            let outcome = self.prepared(step).map(|(path, change)| {
                let fields = path.len() - usize::from(!matches!(change, Change::Call(..)));
                ensure(&mut value, &path[..fields]);
                apply(&mut value, &path, change)
            });
            if self.left == 0 || outcome != Some(Outcome::Done) {
                self.tell(step.node, "change-not-evaluated");
            }
        }
        value
    }

    fn pay(&mut self, cost: usize) {
        self.left = self.left.saturating_sub(cost);
    }

    /// The value of an expression.
    pub(super) fn value(&mut self, node: Node<'s>) -> Value {
        if self.depth >= DEEPEST || self.left == 0 {
            return self.hole(node);
        }
        self.depth += 1;
        // What is made of a shared value is made of what it is then.
        let copies = !matches!(
            node.kind(),
            "identifier"
                | "shorthand_property_identifier"
                | "object"
                | "array"
                | "parenthesized_expression"
                | "await_expression"
        );
        let now = self.now;
        if copies {
            self.now = self.now.min(node.end_byte());
        }
        let value = self.value_of(node);
        self.now = now;
        self.depth -= 1;
        let made = match &value {
            Value::Text(text) => text.len(),
            _ => 0,
        };
        self.left = self.left.saturating_sub(1 + made);
        value
    }

    fn value_of(&mut self, node: Node<'s>) -> Value {
        let source = self.script.source(node);
        match node.kind() {
            "string" | "template_string" => Value::Text(self.string(node)),
            "number" => Value::Number(source.to_owned()),
            "true" | "false" => Value::Bool(node.kind() == "true"),
            "null" => Value::Null,
            // No request holds a function.
            "undefined" | "arrow_function" | "function_expression" => Value::Undefined,
            "identifier" | "shorthand_property_identifier" => self.name(node),
            "parenthesized_expression" | "await_expression" => match node.named_child(0) {
                Some(inner) => self.value(inner),
                None => self.hole(node),
            },
            "unary_expression" if source.starts_with(['-', '+']) => {
                Value::Number(source.to_owned())
            }
            "binary_expression" => self.sum(node),
            "object" => Value::Object(self.fields(node)),
            "array" => Value::Array(self.all(node)),
            "call_expression" => self.call(node),
            "new_expression" => self.construction(node),
            "member_expression" | "subscript_expression" => self.member(node),
            _ => self.hole(node),
        }
    }

    /// What a name stands for where it is written.
    fn name(&mut self, node: Node<'s>) -> Value {
        let at = node.start_byte();
        let source = self.script.source(node);
        let Some(name) = self.names.find(source, at) else {
            return match source {
                "Infinity" | "NaN" => Value::Number(source.to_owned()),
                _ => self.hole(node),
            };
        };
        self.tell_aside(name);
        let steps = &self.names.bindings[name].steps;
        let mut count = steps.partition_point(|step| step.end <= at);
        if count == 0 && self.names.bindings[name].around {
            // In a function, what is declared after it.
            count = steps.len();
        }
        let value = self.after(name, count);
        let value = match value {
            Some(value) if value.is_shared() => {
                let now = self.now;
                let steps = self.names.bindings[name].steps[count..].iter();
                let later = steps
                    .take_while(|step| !step.binds() && step.end <= now)
                    .count();
                match later {
                    0 => Some(value),
                    later => self.after(name, count + later),
                }
            }
            value => value,
        };
        match value {
            Some(Value::Undefined) | None => self.hole(node),
            // Only its function's caller knows it.
            Some(Value::Hole(hole)) if hole == self.script.source(node) => self.hole(node),
            Some(value) => value,
        }
    }

    /// What a name stands for after so many steps; `None` if that is too much.
    fn after(&mut self, name: usize, count: usize) -> Option<Value> {
        let mut fresh = None;
        if self.states[name].done > count {
            fresh = Some((0, Value::Undefined));
        }
        loop {
            let done = match &fresh {
                Some((done, _)) => *done,
                None => self.states[name].done,
            };
            if done >= count || self.depth >= DEEPEST || self.left == 0 {
                break;
            }
            self.pay(STEP);
            let step = self.names.bindings[name].steps[done].clone();
            let prepared = self.prepared(&step);
            // The operands may have needed the name itself.
            if fresh.is_none() && self.states[name].done != done {
                continue;
            }
            let mut value = match &mut fresh {
                Some((_, value)) => std::mem::replace(value, Value::Undefined),
                None => std::mem::replace(&mut self.states[name].value, Value::Undefined),
            };
            self.pay(value.cost() / 16);
            match prepared {
                Some((path, change)) => {
                    let of_hole = matches!(value, Value::Hole(_)) && matches!(step.act, Act::Other);
                    match apply(&mut value, &path, change) {
                        Outcome::Done => {}
                        Outcome::NoEffect => self.tell(step.node, "change-without-effect"),
                        Outcome::Unknown if of_hole => {}
                        Outcome::Unknown => self.tell(step.node, "change-not-evaluated"),
                    }
                }
                None if step.binds() => value = self.unknown(&step),
                None if value.is_shared() || !step.path.is_empty() => {
                    self.tell(step.node, "change-not-evaluated");
                }
                None => {}
            }
            match &mut fresh {
                Some(state) => *state = (done + 1, value),
                None => {
                    let state = &mut self.states[name];
                    state.value = value;
                    state.done = done + 1;
                }
            }
        }
        let value = match &fresh {
            Some((_, value)) => value,
            None => &self.states[name].value,
        };
        let cost = value.cost();
        if cost > self.left {
            self.left = 0;
            return None;
        }
        self.left -= cost;
        Some(value.clone())
    }

    /// What a step does, with its operands evaluated; `None` if that is not known.
    fn prepared(&mut self, step: &Step<'s>) -> Option<(Vec<String>, Change)> {
        let path = step.path.iter().map(|key| match key {
            Key::Name(node) => self.script.source(*node).to_owned(),
            Key::Computed(node) => self.value(*node).text(),
        });
        let path = path.collect();
        let change = match step.act {
            Act::Bind(Some(node)) | Act::Set(node) => Change::Set(self.value(node)),
            Act::Declare => Change::Set(Value::Undefined),
            Act::Add(node) => Change::Add(self.value(node)),
            Act::Delete => Change::Delete,
            Act::Call(method, call) => {
                let arguments = self.arguments(call);
                let arguments = arguments.into_iter().map(|node| self.value(node));
                let arguments = arguments.collect();
                Change::Call(self.script.source(method).to_owned(), arguments)
            }
            Act::Assign(call) => {
                let sources = self.arguments(call);
                let sources = sources.into_iter().skip(1);
                Change::Assign(sources.map(|node| self.value(node)).collect())
            }
            Act::Bind(None) | Act::Other => return None,
        };
        Some((path, change))
    }

    /// What a name is bound to that no text tells.
    fn unknown(&mut self, step: &Step<'s>) -> Value {
        Value::Hole(short(self.script.source(step.node)))
    }

    /// Tells what may be done to a name besides.
    fn tell_aside(&mut self, name: usize) {
        if std::mem::replace(&mut self.states[name].told, true) {
            return;
        }
        if let Some(node) = self.names.bindings[name].beyond {
            self.tell(node, "change-not-evaluated");
        }
        let aside = self.names.bindings[name]
            .aside
            .iter()
            .take(super::MOST_NOTES);
        for node in aside.copied().collect::<Vec<_>>() {
            self.tell(node, "change-aside");
        }
    }

    /// Names a change that is not in the request.
    fn tell(&mut self, node: Node<'s>, key: &'static str) {
        if self.notes.len() < super::MOST_NOTES {
            let source = short(self.script.source(node));
            let note = Note::new(NoteKind::NotEvaluated, key).with("source", source);
            self.notes.push(note.at(node.start_byte()));
        }
    }

    fn all(&mut self, node: Node<'s>) -> Vec<Value> {
        let items: Vec<_> = named(node).collect();
        items.into_iter().map(|item| self.value(item)).collect()
    }

    /// `a + b` of which one is text; sums of numbers are not for us.
    fn sum(&mut self, node: Node<'s>) -> Value {
        let operator = node.child_by_field_name("operator");
        let plus = operator.is_some_and(|sign| self.script.source(sign) == "+");
        let sides = ["left", "right"].map(|side| node.child_by_field_name(side));
        match sides {
            [Some(left), Some(right)] if plus => {
                let text = self.value(left).text() + &self.value(right).text();
                Value::Text(text)
            }
            _ => self.hole(node),
        }
    }

    fn string(&mut self, node: Node<'s>) -> String {
        let mut text = String::new();
        let parts: Vec<_> = named(node).collect();
        for part in parts {
            match part.kind() {
                "escape_sequence" => unescape(self.script.source(part), &mut text),
                "template_substitution" => {
                    let inner = part.named_child(0).unwrap_or(part);
                    text += &self.value(inner).text();
                }
                _ => text += self.script.source(part),
            }
        }
        joined_surrogates(text)
    }

    fn fields(&mut self, node: Node<'s>) -> Vec<(String, Value)> {
        let mut fields = Vec::new();
        let mut spread = false;
        let parts: Vec<_> = named(node).collect();
        for part in parts {
            match part.kind() {
                "pair" => {
                    let (key, value) = (
                        part.child_by_field_name("key"),
                        part.child_by_field_name("value"),
                    );
                    if let (Some(key), Some(value)) = (key, value) {
                        fields.push((self.key(key), self.value(value)));
                    }
                }
                "shorthand_property_identifier" => {
                    let name = self.script.source(part).to_owned();
                    fields.push((name, self.value(part)));
                }
                "spread_element" => {
                    // A copy of what it holds there.
                    let now = self.now;
                    self.now = now.min(part.end_byte());
                    let value = part.named_child(0).map(|inner| self.value(inner));
                    self.now = now;
                    spread = true;
                    match value {
                        Some(Value::Object(more)) => fields.extend(more),
                        Some(other) => {
                            let pairs = other.pairs().into_iter();
                            fields.extend(pairs.map(|(name, value)| (name, Value::Text(value))));
                        }
                        None => {}
                    }
                }
                _ => {}
            }
        }
        if spread {
            fields = last_of_each(fields);
        }
        fields
    }

    fn key(&mut self, node: Node<'s>) -> String {
        match node.kind() {
            "string" => self.string(node),
            "computed_property_name" => match node.named_child(0) {
                Some(inner) => self.value(inner).text(),
                None => String::new(),
            },
            _ => self.script.source(node).to_owned(),
        }
    }

    /// A field of a value that the text tells, else as it is written.
    fn member(&mut self, node: Node<'s>) -> Value {
        let at = node.start_byte();
        if node
            .child_by_field_name("object")
            .is_some_and(|object| object.kind() == "this")
        {
            return self.name(node);
        }
        let known = way(self.script, node).filter(|(name, _)| self.names.find(name, at).is_some());
        let key = node.child_by_field_name("property");
        let index = node.child_by_field_name("index");
        let (Some(_), Some(object)) = (known, node.child_by_field_name("object")) else {
            return self.hole(node);
        };
        let key = match (key, index) {
            (Some(key), _) => self.script.source(key).to_owned(),
            (None, Some(index)) => self.value(index).text(),
            (None, None) => return self.hole(node),
        };
        match self.value(object) {
            Value::Text(text) if key == "href" => Value::Text(text),
            Value::Array(items) => match key.parse::<usize>().ok().and_then(|at| items.get(at)) {
                Some(item) => item.clone(),
                None => self.hole(node),
            },
            object => match object.get(&key) {
                Some(found) => found.clone(),
                None => self.hole(node),
            },
        }
    }

    /// The arguments of a call.
    pub(super) fn arguments(&self, node: Node<'s>) -> Vec<Node<'s>> {
        let arguments = node.child_by_field_name("arguments");
        arguments
            .map(|node| named(node).collect())
            .unwrap_or_default()
    }

    /// Names a thing that only the page knows.
    fn hole(&mut self, node: Node<'s>) -> Value {
        let name = short(self.script.source(node));
        let note = Note::new(NoteKind::NotEvaluated, "not-evaluated").with("name", name.as_str());
        let known = self.notes.iter().any(|known| known.params == note.params);
        // Each is looked for among those before, so there is an end to them.
        if !known && self.notes.len() < super::MOST_NOTES {
            self.notes.push(note.at(node.start_byte()));
        }
        Value::Hole(name)
    }
}

/// Each name once, with its last value where its first stood.
fn last_of_each(fields: Vec<(String, Value)>) -> Vec<(String, Value)> {
    let mut places = HashMap::new();
    let mut kept: Vec<(String, Value)> = Vec::new();
    for (name, value) in fields {
        let place = *places.entry(name.clone()).or_insert(kept.len());
        match kept.get_mut(place) {
            Some(known) => known.1 = value,
            None => kept.push((name, value)),
        }
    }
    kept
}

/// An expression in one short line.
fn short(source: &str) -> String {
    const LONGEST: usize = 40;
    let words = source.split_whitespace().take(LONGEST);
    let line: Vec<_> = words.collect();
    let line = line.join(" ");
    match line.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line,
    }
}
