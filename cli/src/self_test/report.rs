//! What a self-test found: steps with a state, a sentence and facts.

use serde::Serialize;

use super::backend::BackendFacts;
use super::devices::DevicesFacts;
use super::latency::LatencyFacts;
use super::plugins::PluginsFacts;
use super::speech::SpeechFacts;
use super::voice::VoiceFacts;
use crate::machine::Machine;
use crate::report::PROGRAM;

/// The form of the JSON; larger where something of it was renamed or removed.
const FORMAT: u32 = 1;

/// How a step ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub(super) enum State {
    /// It works.
    #[serde(rename = "ok")]
    Works,
    /// It should work, and does not.
    #[serde(rename = "failed")]
    Failed,
    /// It is not there and need not be.
    #[serde(rename = "not there")]
    NotThere,
}

impl State {
    fn name(self) -> &'static str {
        match self {
            State::Works => "ok",
            State::Failed => "failed",
            State::NotThere => "not there",
        }
    }
}

/// What a step found in numbers and fixed words; nothing that a person, a folder or a device is called by.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub(super) enum Facts {
    System(Machine),
    Backend(BackendFacts),
    Speech(SpeechFacts),
    Voice(VoiceFacts),
    Latency(LatencyFacts),
    Devices(DevicesFacts),
    Plugins(PluginsFacts),
}

impl Facts {
    /// What does not fit into the sentence.
    fn lines(&self) -> Vec<String> {
        match self {
            Facts::Latency(facts) => facts.lines(),
            _ => Vec::new(),
        }
    }
}

/// What a step found.
#[derive(Debug)]
pub(super) struct Finding {
    pub(super) state: State,
    /// One sentence, without a full stop.
    pub(super) says: String,
    pub(super) facts: Option<Facts>,
}

impl Finding {
    /// With facts.
    pub(super) fn new(state: State, says: impl Into<String>, facts: Facts) -> Finding {
        Finding {
            state,
            says: says.into(),
            facts: Some(facts),
        }
    }

    /// With a sentence alone.
    pub(super) fn bare(state: State, says: impl Into<String>) -> Finding {
        Finding {
            state,
            says: says.into(),
            facts: None,
        }
    }
}

/// A step of a report.
#[derive(Debug, Serialize)]
pub(super) struct Step {
    pub(super) name: &'static str,
    pub(super) state: State,
    pub(super) says: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) facts: Option<Facts>,
}

/// All that a self-test found.
#[derive(Debug, Serialize)]
pub(super) struct Report {
    format: u32,
    program: &'static str,
    /// Whether nothing failed.
    pub(super) passed: bool,
    steps: Vec<Step>,
}

impl Report {
    /// Of these steps.
    pub(super) fn of(steps: Vec<Step>) -> Report {
        Report {
            format: FORMAT,
            program: PROGRAM,
            passed: steps.iter().all(|step| step.state != State::Failed),
            steps,
        }
    }

    /// For people.
    pub(super) fn in_words(&self) -> String {
        let verdict = if self.passed { "passed" } else { "FAILED" };
        let mut lines = vec![
            format!("{} self-test: {verdict}", self.program),
            String::new(),
        ];
        for step in &self.steps {
            let (state, name) = (step.state.name(), step.name);
            lines.push(format!("{state:<9}  {name:<7}  {}", step.says));
            let more = step.facts.as_ref().map(Facts::lines).unwrap_or_default();
            lines.extend(more.iter().map(|line| format!("{:20}{line}", "")));
        }
        lines.push(String::new());
        lines.push(
            "No person, folder or device is named in this report; it can be shared as it is."
                .to_owned(),
        );
        lines.join("\n")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn step(name: &'static str, state: State) -> Step {
        Step {
            name,
            state,
            says: "a sentence".to_owned(),
            facts: None,
        }
    }

    #[test]
    fn what_is_not_there_fails_nothing() {
        let report = Report::of(vec![step("a", State::Works), step("b", State::NotThere)]);
        assert!(report.passed);
        let text = report.in_words();
        assert!(text.contains("self-test: passed"), "{text}");
        assert!(
            text.contains("\nnot there  b        a sentence\n"),
            "{text}"
        );
        let report = Report::of(vec![step("a", State::Works), step("b", State::Failed)]);
        assert!(!report.passed);
        assert!(report.in_words().contains("self-test: FAILED"));
        let json = serde_json::to_value(&report).unwrap();
        assert_eq!(json["format"], 1);
        assert_eq!(json["passed"], false);
        assert_eq!(json["steps"][1]["state"], "failed");
    }
}
