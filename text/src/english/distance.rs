//! Counts how many phones differ between two pronunciations (Levenshtein), to measure a front-end against another.

/// The fewest insertions, deletions and substitutions that make one of the other.
pub(crate) fn distance<A: PartialEq<B>, B>(a: &[A], b: &[B]) -> usize {
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.iter().enumerate() {
        let mut last = row[0];
        row[0] = i + 1;
        for (j, y) in b.iter().enumerate() {
            let here = (row[j + 1] + 1)
                .min(row[j] + 1)
                .min(last + usize::from(x != y));
            last = std::mem::replace(&mut row[j + 1], here);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn changes_are_counted() {
        assert_eq!(distance(&[1, 2, 3], &[1, 2, 3]), 0);
        assert_eq!(distance(&[1, 2, 3], &[2, 3]), 1);
        assert_eq!(distance(b"kitten", b"sitting"), 3);
        assert_eq!(distance::<u8, u8>(&[], b"abc"), 3);
    }
}
