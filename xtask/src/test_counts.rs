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
