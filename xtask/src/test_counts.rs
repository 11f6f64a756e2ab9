//! Adds up the results that `cargo test` prints, one line for each test program.

use std::fmt;
use std::ops::AddAssign;

/// How many tests passed, failed and were skipped.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TestCounts {
    pub passed: u64,
    pub failed: u64,
    pub ignored: u64,
}

impl TestCounts {
    /// Reads a line such as `test result: ok. 3 passed; 0 failed; 1 ignored; ...`; other lines count nothing.
    pub fn from_line(line: &str) -> TestCounts {
        let mut counts = TestCounts::default();
        let Some(rest) = line.strip_prefix("test result: ") else {
            return counts;
        };
        let Some((_, numbers)) = rest.split_once(". ") else {
            return counts;
        };
        for part in numbers.split(';') {
            let Some((number, word)) = part.trim().split_once(' ') else {
                continue;
            };
            let Ok(number) = number.parse() else { continue };
            match word {
                "passed" => counts.passed = number,
                "failed" => counts.failed = number,
                "ignored" => counts.ignored = number,
                _ => {}
            }
        }
        counts
    }
}

/// Counts the results of the test programs that cargo runs, and not of those that a test runs in turn.
#[derive(Clone, Copy, Debug, Default)]
pub struct TestCounter {
    /// What was counted so far.
    pub counts: TestCounts,
    /// How many programs have begun and not ended.
    running: u64,
}

impl TestCounter {
    /// Takes the next line of what is printed.
    pub fn take(&mut self, line: &str) {
        let begins = line
            .strip_prefix("running ")
            .is_some_and(|rest| rest.ends_with(" tests") || rest.ends_with(" test"));
        if begins {
            self.running += 1;
        }
        if line.starts_with("test result: ") {
            self.running = self.running.saturating_sub(1);
            if self.running == 0 {
                self.counts += TestCounts::from_line(line);
            }
        }
    }
}

impl AddAssign for TestCounts {
    fn add_assign(&mut self, other: TestCounts) {
        self.passed += other.passed;
        self.failed += other.failed;
        self.ignored += other.ignored;
    }
}

impl fmt::Display for TestCounts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} passed, {} failed", self.passed, self.failed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_result_line_is_read_whether_ok_or_failed() {
        let line = "test result: FAILED. 12 passed; 2 failed; 3 ignored; 0 measured; 7 filtered out; finished in 0.52s";
        assert_eq!(
            TestCounts::from_line(line),
            TestCounts {
                passed: 12,
                failed: 2,
                ignored: 3
            }
        );
        let line = "test result: ok. 5 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 1.00s";
        assert_eq!(
            TestCounts::from_line(line),
            TestCounts {
                passed: 5,
                failed: 0,
                ignored: 0
            }
        );
    }

    #[test]
    fn a_program_that_a_test_runs_is_not_counted() {
        let mut counter = TestCounter::default();
        for line in [
            "running 2 tests",
            "running 1 test",
            "test inner ... ok",
            "test result: ok. 1 passed; 0 failed; 0 ignored; 0 measured; 1 filtered out",
            "running away",
            "test result: FAILED. 1 passed; 1 failed; 0 ignored; 0 measured; 0 filtered out",
            "running 3 tests",
            "test result: ok. 3 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out",
        ] {
            counter.take(line);
        }
        assert_eq!(counter.counts.to_string(), "4 passed, 1 failed");
    }

    #[test]
    fn other_lines_count_nothing() {
        for line in [
            "",
            "running 3 tests",
            "test result: ",
            "test a ... ok",
            "said: test result: ok. 9 passed;",
        ] {
            assert_eq!(
                TestCounts::from_line(line),
                TestCounts::default(),
                "{line:?}"
            );
        }
    }

    #[test]
    fn a_sum_is_shown_as_one_plain_line() {
        let mut counts = TestCounts {
            passed: 1,
            failed: 0,
            ignored: 4,
        };
        counts += TestCounts {
            passed: 2,
            failed: 1,
            ignored: 0,
        };
        assert_eq!(counts.to_string(), "3 passed, 1 failed");
    }
}
