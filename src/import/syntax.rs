//! A text parsed as JavaScript: its nodes, and what is wrong with it.
//!
//! The parser is a table, not a set of functions that call each other: no input is too deep for it. How
//! long it may go on is bounded by the length of the text.

use std::ops::ControlFlow;

use tree_sitter::{Node, ParseOptions, Parser, Tree};

use super::ImportError;
use super::place::Place;

/// Parsing steps: for any text, and for each byte of it. Real code takes under one a byte.
const STEPS: (usize, usize) = (20_000, 8);

/// Parsing steps between two calls of the parser.
const STEPS_A_CALL: usize = 100;

/// A parsed text.
pub(super) struct Script<'t> {
    pub(super) text: &'t str,
    tree: Tree,
}

impl<'t> Script<'t> {
    /// Parses a text; what is wrong in it is kept as such.
    pub(super) fn parse(text: &'t str) -> Result<Self, ImportError> {
        let too_complex = || ImportError::new("too-complex", None);
        let mut parser = Parser::new();
        let language = tree_sitter_javascript::LANGUAGE.into();
        parser.set_language(&language).map_err(|_| too_complex())?;
        let mut calls = (STEPS.0 + STEPS.1 * text.len()) / STEPS_A_CALL;
        let mut within = |_: &_| match calls.checked_sub(1) {
            Some(left) => {
                calls = left;
                ControlFlow::Continue(())
            }
            None => ControlFlow::Break(()),
        };
        let options = ParseOptions::new().progress_callback(&mut within);
        let bytes = text.as_bytes();
        let mut read = |at: usize, _| bytes.get(at..).unwrap_or_default();
        let tree = parser.parse_with_options(&mut read, None, Some(options));
        Ok(Self {
            text,
            tree: tree.ok_or_else(too_complex)?,
        })
    }

    /// Every node in the order of the text.
    pub(super) fn nodes(&self) -> impl Iterator<Item = Node<'_>> {
        self.nodes_with_parents().map(|(node, _)| node)
    }

    /// Every node in the order of the text, and the one that it is in: a node cannot tell that cheaply.
    pub(super) fn nodes_with_parents(&self) -> impl Iterator<Item = (Node<'_>, Option<Node<'_>>)> {
        let mut cursor = self.tree.walk();
        let mut parents = Vec::new();
        let mut done = false;
        std::iter::from_fn(move || {
            if done {
                return None;
            }
            let node = cursor.node();
            let parent = parents.last().copied();
            if cursor.goto_first_child() {
                parents.push(node);
            } else {
                while !cursor.goto_next_sibling() {
                    parents.pop();
                    if !cursor.goto_parent() {
                        done = true;
                        break;
                    }
                }
            }
            Some((node, parent))
        })
    }

    /// The text of a node.
    pub(super) fn source(&self, node: Node) -> &'t str {
        self.text.get(node.byte_range()).unwrap_or_default()
    }

    /// What is wrong between two bytes, if anything: where, and what was expected.
    pub(super) fn mistake(&self, from: usize, to: usize) -> Option<ImportError> {
        let wrong = |node: &Node| node.is_error() || node.is_missing();
        let inside = |node: &Node| (from..=to).contains(&node.start_byte());
        let node = self.nodes().find(|node| inside(node) && wrong(node))?;
        let end = self.text.trim_end().len();
        // What is wrong to the end of the text is open there.
        let open = node.is_error() && node.child_count() > 1 && node.end_byte() >= end;
        let at = if open { end } else { node.start_byte() };
        let found = match self.text[at..].trim_start().chars().next() {
            Some(c) => format!("`{c}`"),
            None => "the end".to_owned(),
        };
        let error = ImportError::new("syntax", Place::of(self.text, at));
        let error = error.with("expected", self.expected(at));
        Some(error.with("found", found))
    }

    /// What should have stood at a place, by the brackets that are open there and the sign before it.
    fn expected(&self, at: usize) -> &'static str {
        let leaves = self
            .nodes()
            .filter(|node| node.child_count() == 0 && !node.byte_range().is_empty());
        let (mut open, mut last) = (Vec::new(), "");
        for leaf in leaves.take_while(|leaf| leaf.end_byte() <= at) {
            last = leaf.kind();
            match last {
                "(" | "[" | "{" | "${" => open.push(last),
                ")" | "]" | "}" => {
                    open.pop();
                }
                _ => {}
            }
        }
        let value = ["", ",", ":", "(", "[", "{", "${", "=", "=>", "+", "?"];
        match (value.contains(&last), open.last()) {
            (true, _) => "a value",
            (false, Some(&"(")) => "`,` or `)`",
            (false, Some(&"[")) => "`,` or `]`",
            (false, Some(_)) => "`,` or `}`",
            (false, None) => "a call",
        }
    }
}

/// The named children but for comments.
pub(super) fn named<'s>(node: Node<'s>) -> impl Iterator<Item = Node<'s>> {
    let mut cursor = node.walk();
    let mut more = cursor.goto_first_child();
    let children = std::iter::from_fn(move || {
        let child = more.then(|| cursor.node());
        more = more && cursor.goto_next_sibling();
        child
    });
    children.filter(|child| child.is_named() && !child.is_extra())
}
