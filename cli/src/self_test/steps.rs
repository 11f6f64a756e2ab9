//! Takes the steps of a self-test one after the other, and keeps what each found.

use super::report::{Finding, Report, State, Step};
use super::shareable::Shareable;
use crate::error::CliError;
use crate::interrupt::Interrupt;
use crate::progress::Progress;

/// How many there are, for the progress.
const COUNT: usize = 7;

/// The steps that were taken.
pub(super) struct Steps<'a> {
    stop: &'a Interrupt,
    shareable: Shareable,
    taken: Vec<Step>,
}

impl<'a> Steps<'a> {
    /// None yet.
    pub(super) fn new(stop: &'a Interrupt) -> Steps<'a> {
        Steps {
            stop,
            shareable: Shareable::of_this_user(),
            taken: Vec::new(),
        }
    }

    /// Takes a step. What it gives is for those behind it; `None` where it failed by an error, which is kept as what it
    /// found.
    ///
    /// # Errors
    /// If the user stops it.
    pub(super) fn take<T>(
        &mut self,
        name: &'static str,
        work: impl FnOnce(&mut Progress) -> Result<(Finding, T), CliError>,
    ) -> Result<Option<T>, CliError> {
        let label = format!("self-test, {} of {COUNT}: {name}", self.taken.len() + 1);
        let mut progress = Progress::new(&label, None, self.stop);
        let outcome = work(&mut progress);
        drop(progress);
        if self.stop.is_asked() {
            return Err(CliError::Stopped);
        }
        let (finding, given) = match outcome {
            Ok((finding, given)) => (finding, Some(given)),
            Err(error) => (Finding::bare(State::Failed, error.to_string()), None),
        };
        self.taken.push(Step {
            name,
            state: finding.state,
            // Sentences hold errors of systems and libraries, which name files.
            says: self.shareable.text(&finding.says),
            facts: finding.facts,
        });
        Ok(given)
    }

    /// What all of them found.
    pub(super) fn into_report(self) -> Report {
        Report::of(self.taken)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_is_what_a_step_found_and_a_stop_ends_all() {
        let stop = Interrupt::default();
        let mut steps = Steps::new(&stop);
        let given: Option<()> = steps
            .take("system", |_| Err(CliError::other("it", "is broken")))
            .unwrap();
        assert_eq!(given, None);
        let given = steps.take("voice", |_| Ok((Finding::bare(State::Works, "fine"), 7)));
        assert_eq!(given.unwrap(), Some(7));
        assert_eq!(steps.taken[0].state, State::Failed);
        assert_eq!(steps.taken[0].says, "it: is broken");
        stop.ask();
        let outcome = steps.take("late", |_| Ok((Finding::bare(State::Works, "fine"), 7)));
        assert!(matches!(outcome, Err(CliError::Stopped)));
        assert_eq!(steps.taken.len(), 2);
    }
}
