//! Collects notices: neighbours become one, and no more are kept than anybody reads.

use std::ops::Range;

use crate::notice::Notice;

/// How many are kept; a script in another alphabet would otherwise give one for every word.
const MOST: usize = 50;
/// How many characters of what was left out are shown.
const SAMPLE: usize = 20;

/// The notices about what was read since they were last taken.
#[derive(Clone, Debug, Default)]
pub(crate) struct Notices {
    kept: Vec<Notice>,
    more: usize,
}

impl Notices {
    /// Characters that cannot be spoken.
    pub fn skip(&mut self, at: Range<usize>, sample: &str) {
        if self.more == 0
            && let Some(Notice::Skipped { span, .. }) = self.kept.last_mut()
            // Blanks and marks between them are not worth a second notice.
            && at.start >= span.start && at.start <= span.end + 2
        {
            span.end = span.end.max(at.end);
            return;
        }
        let sample = sample.chars().take(SAMPLE).collect();
        self.add(Notice::Skipped { span: at, sample });
    }

    /// A word that was cut.
    pub fn cut(&mut self, at: Range<usize>, most: usize) {
        if self.more == 0
            && let Some(Notice::CutWord { span, .. }) = self.kept.last_mut()
            && at.start <= span.end
        {
            span.end = span.end.max(at.end);
            return;
        }
        self.add(Notice::CutWord { span: at, most });
    }

    /// Letters directly behind a word that was cut belong to it.
    pub fn go_on_cutting(&mut self, at: &Range<usize>) {
        if let Some(Notice::CutWord { span, .. }) = self.kept.last_mut()
            && span.end == at.start
        {
            span.end = at.end;
        }
    }

    fn add(&mut self, notice: Notice) {
        if self.kept.len() < MOST {
            self.kept.push(notice);
        } else {
            self.more += 1;
        }
    }

    /// All of them, and how many were not kept.
    pub fn take(&mut self) -> Vec<Notice> {
        let mut all = std::mem::take(&mut self.kept);
        let count = std::mem::take(&mut self.more);
        all.extend((count > 0).then_some(Notice::More { count }));
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neighbours_become_one_notice_and_only_some_are_kept() {
        let mut notices = Notices::default();
        notices.skip(0..4, "a");
        notices.skip(4..8, "b");
        notices.skip(9..12, "c");
        assert_eq!(
            notices.take(),
            [Notice::Skipped {
                span: 0..12,
                sample: "a".to_string()
            }]
        );
        for at in 0..60 {
            notices.skip(10 * at..10 * at + 1, "x");
        }
        let all = notices.take();
        assert_eq!(all.len(), 51);
        assert_eq!(all[50], Notice::More { count: 10 });
        assert!(notices.take().is_empty());
    }
}
