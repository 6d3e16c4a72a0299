//! Which names a text has, where each is seen, and what is done to it in which order.
//!
//! Only what surely runs before the call counts: what stands at the top or in a block around the call.
//! The rest, in branches, loops and other functions, is kept apart, to be told.

use std::collections::HashMap;

use tree_sitter::Node;

use crate::import::syntax::{Script, named};

/// Blocks in blocks; those deeper count as the one around them.
const DEEPEST: usize = 64;

/// What is done to one name; no request has so many fields.
const MOST_STEPS: usize = 1000;

/// Fields of fields, as in `a.b.c`.
const LONGEST: usize = 8;

/// A piece of text in which names are seen.
#[derive(Debug)]
struct Region {
    start: usize,
    end: usize,
    parent: usize,
    kind: RegionKind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum RegionKind {
    /// It runs when what is around it runs.
    Straight,
    /// It may run, once or often.
    Branch,
    Function,
}

/// A field on the way into a value.
#[derive(Clone, Copy, Debug)]
pub(super) enum Key<'s> {
    /// `.name`
    Name(Node<'s>),
    /// `[…]`
    Computed(Node<'s>),
}

/// What is done.
#[derive(Clone, Copy, Debug)]
pub(super) enum Act<'s> {
    /// The name stands for something else from here on; without a value for what is not known.
    Bind(Option<Node<'s>>),
    /// It is declared, and has no value yet.
    Declare,
    Set(Node<'s>),
    Add(Node<'s>),
    Delete,
    /// A method is called.
    Call(Node<'s>, Node<'s>),
    /// `Object.assign`.
    Assign(Node<'s>),
    /// It is given to a function, or changed in a way that is not read.
    Other,
}

/// Something that is done to a name.
#[derive(Clone, Debug)]
pub(super) struct Step<'s> {
    pub node: Node<'s>,
    /// The byte at which it is done.
    pub end: usize,
    region: usize,
    pub path: Vec<Key<'s>>,
    pub act: Act<'s>,
}

impl Step<'_> {
    /// Whether the name stands for another thing after it.
    pub(super) fn binds(&self) -> bool {
        let whole = matches!(self.act, Act::Set(_) | Act::Add(_)) && self.path.is_empty();
        whole || matches!(self.act, Act::Bind(_) | Act::Declare)
    }
}

/// A name in one region.
#[derive(Debug, Default)]
pub(super) struct Binding<'s> {
    /// What is surely done to it, in order.
    pub steps: Vec<Step<'s>>,
    /// What may be done to it besides.
    pub aside: Vec<Node<'s>>,
    /// Whether it is declared around the function of the call, and after it.
    pub around: bool,
    /// Where it is done too much to it to follow.
    pub beyond: Option<Node<'s>>,
}

/// All names of a text, seen from one call.
#[derive(Debug, Default)]
pub(super) struct Names<'s, 't> {
    regions: Vec<Region>,
    known: HashMap<(&'t str, usize), usize>,
    pub bindings: Vec<Binding<'s>>,
    /// The value that a name is declared with, wherever that is.
    pub declared: HashMap<&'t str, Node<'s>>,
}

impl<'s, 't> Names<'s, 't> {
    pub(super) fn of(script: &'s Script<'t>) -> Self {
        let mut names = Self {
            regions: vec![Region {
                start: 0,
                end: usize::MAX,
                parent: 0,
                kind: RegionKind::Straight,
            }],
            ..Self::default()
        };
        let mut open = vec![0];
        let mut found: Vec<(&'t str, Step<'s>)> = Vec::new();
        for (node, parent) in script.nodes_with_parents() {
            while open.len() > 1 && names.regions[open[open.len() - 1]].end <= node.start_byte() {
                open.pop();
            }
            let mut region = open[open.len() - 1];
            if open.len() < DEEPEST
                && let Some(kind) = kind_of(script, node, parent)
            {
                names.regions.push(Region {
                    start: node.start_byte(),
                    end: node.end_byte(),
                    parent: region,
                    kind,
                });
                region = names.regions.len() - 1;
                open.push(region);
            }
            let mut step = |target: Node<'s>, act: Act<'s>| {
                let Some((name, path)) = way(script, target) else {
                    return;
                };
                let end = node.end_byte();
                let step = Step {
                    node,
                    end,
                    region,
                    path,
                    act,
                };
                match act {
                    Act::Bind(Some(value)) => drop(names.declared.insert(name, value)),
                    Act::Set(value) if step.path.is_empty() && name.starts_with("this.") => {
                        names.declared.insert(name, value);
                    }
                    _ => {}
                }
                if matches!(act, Act::Bind(_) | Act::Declare) {
                    names.declare(name, region);
                }
                found.push((name, step));
            };
            steps_of(script, node, parent, &mut step);
        }
        for (name, step) in found {
            let binding = match names.seen_from(name, step.region) {
                Some(binding) => binding,
                None => names.declare(name, 0),
            };
            names.bindings[binding].steps.push(step);
        }
        names.join(script);
        names
    }

    /// Makes two names for one thing one: what is done by the second is done to the first.
    fn join(&mut self, script: &'s Script<'t>) {
        let mut first_of: Vec<usize> = (0..self.bindings.len()).collect();
        let count = |binding: &Binding| binding.steps.iter().filter(|step| step.binds()).count();
        let binds: Vec<_> = self.bindings.iter().map(count).collect();
        let root = |first_of: &mut Vec<usize>, mut at: usize| {
            while first_of[at] != at {
                first_of[at] = first_of[first_of[at]];
                at = first_of[at];
            }
            at
        };
        for binding in 0..self.bindings.len() {
            let steps = &self.bindings[binding].steps;
            let Some((first, others)) = steps.split_first() else {
                continue;
            };
            let (Act::Bind(Some(value)) | Act::Set(value), true) =
                (first.act, first.path.is_empty())
            else {
                continue;
            };
            let of_this = value.kind() == "member_expression"
                && way(script, value).is_some_and(|(_, path)| path.is_empty());
            if value.kind() != "identifier" && !of_this {
                continue;
            }
            let Some(known) = self.seen_from(script.source(value), first.region) else {
                continue;
            };
            let known = root(&mut first_of, known);
            if known == binding || others.is_empty() {
                continue;
            }
            if steps.len() <= MOST_STEPS && binds[binding] == 1 && binds[known] == 1 {
                let moved = std::mem::take(&mut self.bindings[binding].steps);
                let moved = moved.into_iter().filter(|step| !step.binds());
                let moved: Vec<_> = moved.collect();
                self.bindings[known].steps.extend(moved);
                first_of[binding] = known;
            } else {
                // Which of them stands for what is not followed.
                let changes = others
                    .iter()
                    .filter(|step| !step.path.is_empty() || !step.binds());
                let told = changes.map(|step| Step {
                    path: Vec::new(),
                    act: Act::Other,
                    ..step.clone()
                });
                let told: Vec<_> = told.take(MOST_STEPS).collect();
                self.bindings[known].steps.extend(told);
            }
        }
        for binding in self.known.values_mut() {
            *binding = root(&mut first_of, *binding);
        }
    }

    /// Whether what stands at a place runs whenever the call at another does.
    pub(super) fn surely_runs(&self, byte: usize, call: usize) -> bool {
        let mut region = self.region(byte);
        while !self.holds(region, call) {
            if self.regions[region].kind != RegionKind::Straight {
                return false;
            }
            region = self.regions[region].parent;
        }
        true
    }

    /// Whether a place is in a branch of its function.
    pub(super) fn in_branch(&self, byte: usize) -> bool {
        let mut region = self.region(byte);
        while region != 0 && self.regions[region].kind == RegionKind::Straight {
            region = self.regions[region].parent;
        }
        self.regions[region].kind == RegionKind::Branch
    }

    fn region(&self, byte: usize) -> usize {
        let after = self.regions.partition_point(|region| region.start <= byte);
        let mut region = after.saturating_sub(1);
        while !self.holds(region, byte) {
            region = self.regions[region].parent;
        }
        region
    }

    fn declare(&mut self, name: &'t str, region: usize) -> usize {
        let bindings = &mut self.bindings;
        *self.known.entry((name, region)).or_insert_with(|| {
            bindings.push(Binding::default());
            bindings.len() - 1
        })
    }

    fn seen_from(&self, name: &'t str, mut region: usize) -> Option<usize> {
        loop {
            if let Some(binding) = self.known.get(&(name, region)) {
                return Some(*binding);
            }
            if region == 0 {
                return None;
            }
            region = self.regions[region].parent;
        }
    }

    fn holds(&self, region: usize, byte: usize) -> bool {
        let region = &self.regions[region];
        (region.start..region.end).contains(&byte)
    }

    /// What a name stands for at a place.
    pub(super) fn find(&self, name: &'t str, byte: usize) -> Option<usize> {
        self.seen_from(name, self.region(byte))
    }

    /// Takes out of the order what need not run before the call.
    pub(super) fn set_apart(&mut self, call: usize) {
        let regions = &self.regions;
        let holds = |region: usize| (regions[region].start..regions[region].end).contains(&call);
        let sure = |mut region: usize| {
            while !holds(region) {
                if regions[region].kind != RegionKind::Straight {
                    return false;
                }
                region = regions[region].parent;
            }
            true
        };
        // Around the function of the call, the order of the text is not the order of time.
        let function = |mut region: usize| {
            while region != 0 && !(regions[region].kind == RegionKind::Function && holds(region)) {
                region = regions[region].parent;
            }
            region
        };
        let own = {
            let holding =
                |region: &usize| regions[*region].kind == RegionKind::Function && holds(*region);
            (0..regions.len()).rev().find(holding).unwrap_or(0)
        };
        for binding in &mut self.bindings {
            binding.steps.sort_by_key(|step| step.end);
            let early = |step: &Step| sure(step.region) && step.end <= call;
            let early = binding.steps.iter().any(early);
            let mut new = Binding::default();
            for step in std::mem::take(&mut binding.steps) {
                let late = step.end > call;
                let of_own = function(step.region) == own;
                match sure(step.region) {
                    true if !late || of_own || !early => {
                        new.around |= late && !of_own;
                        new.steps.push(step);
                    }
                    // What follows the call in its own function comes too late.
                    false if late && of_own => {}
                    _ => new.aside.push(step.node),
                }
            }
            new.beyond = new.steps.get(MOST_STEPS).map(|step| step.node);
            new.steps.truncate(MOST_STEPS);
            *binding = new;
        }
    }
}

/// The region that a node is, if any.
fn kind_of(script: &Script, node: Node, parent: Option<Node>) -> Option<RegionKind> {
    let is = |field: &str| {
        let found = parent.and_then(|parent| parent.child_by_field_name(field));
        found.is_some_and(|found| found == node)
    };
    match node.kind() {
        // An object is made before its methods are called.
        "method_definition"
            if node
                .child_by_field_name("name")
                .is_some_and(|name| script.source(name) == "constructor") =>
        {
            Some(RegionKind::Straight)
        }
        "function_declaration"
        | "function_expression"
        | "arrow_function"
        | "method_definition"
        | "generator_function"
        | "generator_function_declaration"
        | "class_body" => Some(RegionKind::Function),
        "else_clause" | "switch_case" | "switch_default" | "catch_clause" | "for_statement"
        | "for_in_statement" | "while_statement" | "do_statement" => Some(RegionKind::Branch),
        kind => match parent.map(|parent| parent.kind()) {
            Some("if_statement") if is("consequence") => Some(RegionKind::Branch),
            Some("ternary_expression") if !is("condition") && node.is_named() => {
                Some(RegionKind::Branch)
            }
            Some("binary_expression") if is("right") => {
                let operator = parent.and_then(|parent| parent.child_by_field_name("operator"));
                let operator = operator.map(|operator| script.source(operator));
                matches!(operator, Some("&&" | "||" | "??")).then_some(RegionKind::Branch)
            }
            _ => (kind == "statement_block").then_some(RegionKind::Straight),
        },
    }
}

/// What a node does to names.
fn steps_of<'s>(
    script: &Script,
    node: Node<'s>,
    parent: Option<Node<'s>>,
    step: &mut impl FnMut(Node<'s>, Act<'s>),
) {
    let field = |name| node.child_by_field_name(name);
    let parent_is = |kinds: &[&str]| parent.is_some_and(|parent| kinds.contains(&parent.kind()));
    match node.kind() {
        "variable_declarator" => match (field("name"), field("value")) {
            (Some(name), Some(value)) => step(name, Act::Bind(Some(value))),
            (Some(name), None) => step(name, Act::Declare),
            _ => {}
        },
        "assignment_expression" => {
            if let (Some(left), Some(right)) = (field("left"), field("right")) {
                step(left, Act::Set(right));
            }
        }
        "augmented_assignment_expression" => {
            if let (Some(left), Some(right)) = (field("left"), field("right")) {
                let operator = field("operator").map(|operator| script.source(operator));
                let act = if operator == Some("+=") {
                    Act::Add(right)
                } else {
                    Act::Other
                };
                step(left, act);
            }
        }
        "update_expression" => {
            if let Some(argument) = field("argument") {
                step(argument, Act::Other);
            }
        }
        "unary_expression" => {
            let operator = field("operator").map(|operator| script.source(operator));
            if let (Some("delete"), Some(argument)) = (operator, field("argument")) {
                step(argument, Act::Delete);
            }
        }
        "call_expression" => {
            let Some(function) = field("function") else {
                return;
            };
            let arguments = field("arguments");
            let first = arguments.and_then(|arguments| named(arguments).next());
            if function.kind() == "member_expression"
                && let (Some(object), Some(name)) = (
                    function.child_by_field_name("object"),
                    function.child_by_field_name("property"),
                )
            {
                match (script.source(object), script.source(name)) {
                    ("Object", "assign") => {
                        if let Some(target) = first {
                            step(target, Act::Assign(node));
                        }
                        return;
                    }
                    ("Object", _) | ("console", _) | ("JSON", _) => return,
                    _ => step(object, Act::Call(name, node)),
                }
            }
            // A function whose result nobody takes is called for what it does to its arguments.
            if parent_is(&["expression_statement"])
                && let Some(arguments) = arguments
            {
                for argument in named(arguments).take(LONGEST) {
                    if argument.kind() == "identifier" {
                        step(argument, Act::Other);
                    }
                }
            }
        }
        "identifier"
            if parent_is(&[
                "formal_parameters",
                "rest_pattern",
                "array_pattern",
                "catch_clause",
            ]) =>
        {
            step(node, Act::Bind(None));
        }
        "identifier" => {
            let is =
                |name| parent.and_then(|parent| parent.child_by_field_name(name)) == Some(node);
            let bound = parent_is(&["arrow_function"]) && is("parameter")
                || parent_is(&["for_in_statement", "assignment_pattern"]) && is("left")
                || parent_is(&["pair_pattern"]) && is("value");
            if bound {
                step(node, Act::Bind(None));
            }
        }
        "shorthand_property_identifier_pattern" => step(node, Act::Bind(None)),
        _ => {}
    }
}

/// The name at the beginning of `a.b['c']`, and the way from there.
pub(super) fn way<'s, 't>(
    script: &Script<'t>,
    mut node: Node<'s>,
) -> Option<(&'t str, Vec<Key<'s>>)> {
    let mut path = Vec::new();
    loop {
        if path.len() > LONGEST {
            return None;
        }
        match node.kind() {
            "identifier" | "shorthand_property_identifier_pattern" => {
                path.reverse();
                return Some((script.source(node), path));
            }
            // A field of the object that a function is of stands for itself.
            "member_expression"
                if node
                    .child_by_field_name("object")
                    .is_some_and(|o| o.kind() == "this") =>
            {
                path.reverse();
                return Some((script.source(node), path));
            }
            "member_expression" => path.push(Key::Name(node.child_by_field_name("property")?)),
            "subscript_expression" => path.push(Key::Computed(node.child_by_field_name("index")?)),
            "parenthesized_expression" | "non_null_expression" => {
                node = node.named_child(0)?;
                continue;
            }
            _ => return None,
        }
        node = node.child_by_field_name("object")?;
    }
}
