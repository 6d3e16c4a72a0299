//! The steps of a trace as JSON, and the memory of those that were written already.

use std::cell::RefCell;
use std::collections::HashMap;

use serde::ser::{Error, Serialize, Serializer};
use serde_json::value::{RawValue, to_raw_value};

use super::json::step_json;
use crate::engine::TraceStep;

/// The steps in order, those that were written before taken from there.
pub(super) struct TraceJson<'a> {
    steps: &'a [TraceStep],
    known: Option<&'a KnownSteps>,
}

impl<'a> TraceJson<'a> {
    pub(super) fn new(steps: &'a [TraceStep], known: Option<&'a KnownSteps>) -> Self {
        Self { steps, known }
    }
}

impl Serialize for TraceJson<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.known {
            Some(known) => {
                serializer.collect_seq(self.steps.iter().map(|step| KnownStep { step, known }))
            }
            None => serializer.collect_seq(self.steps.iter().map(step_json)),
        }
    }
}

/// The steps that were written already, for whoever writes many cases: most fetches take the steps of
/// others, and to find the words of a step and escape them costs more than to decide it.
#[derive(Default)]
pub struct KnownSteps(RefCell<Written>);

#[derive(Default)]
struct Written {
    steps: HashMap<TraceStep, Box<RawValue>, foldhash::fast::RandomState>,
    /// How long they are together.
    bytes: usize,
}

impl Written {
    /// Beyond this many bytes all are forgotten, and the next ones remembered.
    const ROOM: usize = 1024 * 1024;
    /// What is longer holds much of an answer and hardly comes again.
    const LONGEST: usize = 8 * 1024;

    fn remember(&mut self, step: &TraceStep, json: Box<RawValue>) {
        let length = json.get().len();
        if length > Self::LONGEST {
            return;
        }
        if self.bytes + length > Self::ROOM {
            *self = Self::default();
        }
        self.bytes += length;
        self.steps.insert(step.clone(), json);
    }
}

struct KnownStep<'a> {
    step: &'a TraceStep,
    known: &'a KnownSteps,
}

impl Serialize for KnownStep<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if let Some(written) = self.known.0.borrow().steps.get(self.step) {
            return written.serialize(serializer);
        }
        let json = to_raw_value(&step_json(self.step)).map_err(Error::custom)?;
        let written = json.serialize(serializer);
        self.known.0.borrow_mut().remember(self.step, json);
        written
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::{Evidence, Rule, StepOutcome};
    use crate::report::write_json;

    fn step(status: &str) -> TraceStep {
        TraceStep {
            rule: Rule::Answered,
            outcome: StepOutcome::Info,
            exchange: Some(0),
            params: vec![
                ("case", "reply".into()),
                ("status", status.to_owned().into()),
            ],
            evidence: vec![Evidence::response("x-odd", Some(b"\x9b2J\x7f\"".to_vec()))],
        }
    }

    fn json(steps: &[TraceStep], known: Option<&KnownSteps>) -> String {
        let mut json = Vec::new();
        write_json(&mut json, &TraceJson::new(steps, known)).unwrap();
        String::from_utf8(json).unwrap()
    }

    #[test]
    fn a_remembered_step_reads_as_a_fresh_one() {
        let known = KnownSteps::default();
        let steps = [step("200"), step("404"), step("200")];
        let fresh = json(&steps, None);
        assert!(fresh.contains("\\u009b2J\\u007f\\\""), "{fresh}");
        assert_eq!(json(&steps, Some(&known)), fresh);
        assert_eq!(known.0.borrow().steps.len(), 2);
        assert_eq!(json(&steps, Some(&known)), fresh);
    }

    #[test]
    fn what_is_remembered_is_bounded() {
        let known = KnownSteps::default();
        let mut long = step("200");
        long.evidence[0].value = Some(vec![b'a'; Written::LONGEST]);
        json(&[long], Some(&known));
        assert_eq!(known.0.borrow().steps.len(), 0);
        for status in 0..10_000 {
            json(&[step(&status.to_string())], Some(&known));
            assert!(known.0.borrow().bytes <= Written::ROOM);
        }
        assert!(known.0.borrow().steps.len() > 100);
    }
}
