//! Holds vectors of one width and finds those that are nearest to a query.

/// Queries that are compared with a row while it lies in the first cache: eight of 768 values take 24 KB.
pub(super) const BLOCK: usize = 8;

/// Lanes of a sum: four vectors of four, so that additions need not wait for each other.
const LANES: usize = 16;

/// Vectors of one width, one after the other.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Rows {
    values: Vec<f32>,
    dim: usize,
}

/// A row and its squared distance to a query.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Hit {
    pub(super) row: usize,
    pub(super) score: f32,
}

/// The nearest rows so far, nearest first; of equal ones the first seen.
#[derive(Debug, Clone)]
pub(super) struct Nearest {
    hits: Vec<Hit>,
    count: usize,
}

impl Rows {
    /// `values` must be a whole number of rows of `dim` values, which is not 0.
    pub(super) fn new(values: Vec<f32>, dim: usize) -> Rows {
        debug_assert!(dim > 0 && values.len().is_multiple_of(dim));
        Rows { values, dim }
    }

    pub(super) fn dim(&self) -> usize {
        self.dim
    }

    pub(super) fn len(&self) -> usize {
        self.values.len() / self.dim
    }

    /// All rows, one after the other.
    pub(super) fn values(&self) -> &[f32] {
        &self.values
    }

    pub(super) fn row(&self, index: usize) -> &[f32] {
        &self.values[index * self.dim..][..self.dim]
    }

    /// The `count` rows of all that are nearest to each of the `queries`, which are rows of the same width.
    /// Each row is fetched from memory once for all queries: give at most [`BLOCK`].
    pub(super) fn nearest(&self, queries: &[f32], count: usize) -> Vec<Nearest> {
        let mut nearest = vec![Nearest::new(count); queries.len() / self.dim];
        for (index, row) in self.values.chunks_exact(self.dim).enumerate() {
            for (query, nearest) in queries.chunks_exact(self.dim).zip(&mut nearest) {
                nearest.offer(index, squared_distance(row, query));
            }
        }
        nearest
    }
}

impl Nearest {
    pub(super) fn new(count: usize) -> Nearest {
        Nearest {
            hits: Vec::new(),
            count,
        }
    }

    /// Takes the row if it is nearer than the farthest of those held. A distance that is no number never is.
    pub(super) fn offer(&mut self, row: usize, score: f32) {
        let full = self.hits.len() == self.count;
        let limit = if full {
            self.hits.last().map_or(f32::NEG_INFINITY, |hit| hit.score)
        } else {
            f32::INFINITY
        };
        if score < limit {
            let place = self.hits.partition_point(|hit| hit.score <= score);
            if full {
                self.hits.pop();
            }
            self.hits.insert(place, Hit { row, score });
        }
    }

    pub(super) fn hits(&self) -> &[Hit] {
        &self.hits
    }
}

/// The squared Euclidean distance of two vectors of one width, summed in f32 as faiss does.
pub(super) fn squared_distance(a: &[f32], b: &[f32]) -> f32 {
    let (a, a_rest) = a.as_chunks::<LANES>();
    let (b, b_rest) = b.as_chunks::<LANES>();
    let mut sums = [0.0_f32; LANES];
    for (a, b) in a.iter().zip(b) {
        for lane in 0..LANES {
            let difference = a[lane] - b[lane];
            sums[lane] += difference * difference;
        }
    }
    let rest: f32 = a_rest
        .iter()
        .zip(b_rest)
        .map(|(a, b)| (a - b) * (a - b))
        .sum();
    sums.iter().sum::<f32>() + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_distance_counts_every_value_of_any_width() {
        for dim in [1, 3, 15, 16, 17, 40, 768] {
            let a: Vec<f32> = (0..dim).map(|index| index as f32).collect();
            let b: Vec<f32> = a.iter().map(|value| value - 2.0).collect();
            // Whole numbers far below 2^24: exact in any order.
            assert_eq!(squared_distance(&a, &b), 4.0 * dim as f32);
        }
    }

    #[test]
    fn the_nearest_come_in_order_and_the_first_of_equals_stays() {
        let mut nearest = Nearest::new(3);
        for (row, score) in [5.0, 1.0, 5.0, f32::NAN, 0.5, 7.0, 1.0]
            .into_iter()
            .enumerate()
        {
            nearest.offer(row, score);
        }
        let rows: Vec<usize> = nearest.hits().iter().map(|hit| hit.row).collect();
        assert_eq!(rows, [4, 1, 6]);

        let mut none = Nearest::new(0);
        none.offer(0, 1.0);
        assert!(none.hits().is_empty());
    }

    #[test]
    fn each_query_gets_its_own_row() {
        let rows = Rows::new(vec![0.0, 0.0, 10.0, 0.0, 0.0, 10.0], 2);
        let found = rows.nearest(&[9.0, 1.0, 1.0, 8.0, 0.0, 1.0], 1);
        let found: Vec<usize> = found.iter().map(|nearest| nearest.hits()[0].row).collect();
        assert_eq!(found, [1, 2, 0]);
        assert_eq!((rows.len(), rows.dim()), (3, 2));
        assert_eq!(rows.row(1), [10.0, 0.0]);
    }
}
