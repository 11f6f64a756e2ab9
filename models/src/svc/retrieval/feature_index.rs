//! Moves content towards the features that a voice was trained on: the nearest of an index, blended.

use super::check_content;
use super::rows::{BLOCK, Hit, Nearest, Rows, squared_distance};
use crate::error::RunError;

/// Neighbours that are blended, in RVC and So-VITS-SVC alike. More would blur, fewer jump between frames.
pub const NEIGHBOURS: usize = 8;

/// The content features of a voice's training recordings, searchable by distance.
///
/// An index of faiss' kind `IVF…,Flat`: the vectors stand in lists, each around a centroid, and a search looks
/// into the lists of the nearest centroids only (`nprobe` of them, as the file says; 1 in RVC's and So-VITS-SVC's).
/// Without lists all vectors are compared. Memory: the vectors as f32, 3 KB for each of 768 values.
#[derive(Debug, Clone, PartialEq)]
pub struct FeatureIndex {
    /// List after list.
    vectors: Rows,
    /// The numbers of the vectors, in the same order.
    ids: Vec<u64>,
    lists: Option<Lists>,
}

/// How the vectors of an index are parted.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Lists {
    pub(super) centroids: Rows,
    /// For each centroid, the row after the last of its list.
    pub(super) ends: Vec<usize>,
    /// Lists that a search looks into, at least 1.
    pub(super) probes: usize,
}

/// A vector that a search found.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Neighbour {
    /// Its number in the index.
    pub id: u64,
    /// The squared Euclidean distance to the query.
    pub score: f32,
}

impl FeatureIndex {
    /// `ids` has one number for each vector; `lists`, if there are, part all of them.
    pub(super) fn new(vectors: Rows, ids: Vec<u64>, lists: Option<Lists>) -> FeatureIndex {
        debug_assert_eq!(ids.len(), vectors.len());
        FeatureIndex {
            vectors,
            ids,
            lists,
        }
    }

    /// Vectors in the index, at least 1.
    #[expect(clippy::len_without_is_empty, reason = "an index is never empty")]
    pub fn len(&self) -> usize {
        self.vectors.len()
    }

    /// The width of the vectors.
    pub fn dim(&self) -> usize {
        self.vectors.dim()
    }

    /// Lists that the vectors are parted into: 1 if all are compared.
    pub fn list_count(&self) -> usize {
        self.lists.as_ref().map_or(1, |lists| lists.ends.len())
    }

    /// Lists that a search looks into, as the file says.
    pub fn probes(&self) -> usize {
        self.lists.as_ref().map_or(1, |lists| lists.probes)
    }

    /// The memory of the vectors and centroids, in bytes.
    pub fn bytes(&self) -> usize {
        let centroids = self.lists.as_ref().map_or(0, |lists| lists.centroids.len());
        4 * self.dim() * (self.len() + centroids) + 8 * self.len()
    }

    /// Gives the vectors other numbers: `names[id]` for `id`, which all must be below the number of names.
    pub(super) fn renumber(&mut self, names: &[u64]) {
        for id in &mut self.ids {
            *id = names[*id as usize];
        }
    }

    /// The `count` vectors that are nearest to `query`, nearest first; fewer where the lists hold fewer. For equal
    /// distances the one that stands first in its list.
    ///
    /// Reference: faiss, `IndexIVFFlat::search` and `IndexFlatL2::search`, which give -1 where vectors are missing.
    ///
    /// # Errors
    /// If the query is not as wide as the index.
    pub fn search(&self, query: &[f32], count: usize) -> Result<Vec<Neighbour>, RunError> {
        check_content(query, self.dim(), self.dim())?;
        let nearest = self.nearest(query, count);
        let hits = nearest.iter().flat_map(Nearest::hits);
        let neighbour = |hit: &Hit| Neighbour {
            id: self.ids[hit.row],
            score: hit.score,
        };
        Ok(hits.map(neighbour).collect())
    }

    /// Blends each row of `content` with the [`NEIGHBOURS`] vectors that are nearest to it, weighted by
    /// `1 / score²`: `rate * retrieved + (1 - rate) * row`.
    ///
    /// A vector that is equal to the row counts alone, where the references divide by zero. A row whose list is
    /// empty stays as it is.
    ///
    /// Reference: RVC, `infer/vc/pipeline.py`; So-VITS-SVC 4.1, `inference/infer_tool.py`.
    ///
    /// # Errors
    /// If `content` is not rows of the index' width.
    pub fn blend(&self, content: &mut [f32], rate: f32) -> Result<(), RunError> {
        check_content(content, self.dim(), self.dim())?;
        let mut retrieved = vec![0.0; self.dim()];
        for block in content.chunks_mut(BLOCK * self.dim()) {
            let nearest = self.nearest(block, NEIGHBOURS);
            for (row, nearest) in block.chunks_exact_mut(self.dim()).zip(&nearest) {
                if nearest.hits().is_empty() {
                    continue;
                }
                self.retrieve(nearest.hits(), &mut retrieved);
                super::mix(row, &retrieved, rate);
            }
        }
        Ok(())
    }

    /// The weighted sum of what was found.
    fn retrieve(&self, hits: &[Hit], retrieved: &mut [f32]) {
        retrieved.fill(0.0);
        for (hit, weight) in hits.iter().zip(weights(hits)) {
            for (sum, value) in retrieved.iter_mut().zip(self.vectors.row(hit.row)) {
                *sum += weight * value;
            }
        }
    }

    /// For each of the queries, of which there are [`BLOCK`] at most.
    fn nearest(&self, queries: &[f32], count: usize) -> Vec<Nearest> {
        let Some(lists) = &self.lists else {
            return self.vectors.nearest(queries, count);
        };
        let centroids = lists.centroids.nearest(queries, lists.probes);
        queries
            .chunks_exact(self.dim())
            .zip(&centroids)
            .map(|(query, centroids)| {
                let mut nearest = Nearest::new(count);
                for centroid in centroids.hits() {
                    for row in lists.range(centroid.row) {
                        nearest.offer(row, squared_distance(query, self.vectors.row(row)));
                    }
                }
                nearest
            })
            .collect()
    }
}

impl Lists {
    fn range(&self, list: usize) -> std::ops::Range<usize> {
        let start = list.checked_sub(1).map_or(0, |before| self.ends[before]);
        start..self.ends[list]
    }
}

/// `1 / score²`, scaled to the sum 1. Taken relative to the nearest, so that nothing overflows.
fn weights(hits: &[Hit]) -> Vec<f32> {
    let least = hits.first().map_or(0.0, |hit| hit.score);
    let relative = |hit: &Hit| match (least > 0.0, hit.score > 0.0) {
        (true, _) => (least / hit.score).powi(2),
        (false, true) => 0.0,
        (false, false) => 1.0,
    };
    let weights: Vec<f32> = hits.iter().map(relative).collect();
    let sum: f32 = weights.iter().sum();
    weights.into_iter().map(|weight| weight / sum).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hits(scores: &[f32]) -> Vec<Hit> {
        let hit = |&score| Hit { row: 0, score };
        scores.iter().map(hit).collect()
    }

    #[test]
    fn weights_fall_with_the_square_and_an_exact_hit_counts_alone() {
        assert_eq!(weights(&hits(&[1.0, 2.0])), [0.8, 0.2]);
        assert_eq!(weights(&hits(&[0.0, 0.5, 2.0])), [1.0, 0.0, 0.0]);
        assert_eq!(weights(&hits(&[0.0, 0.0, 2.0])), [0.5, 0.5, 0.0]);
        // 1 / score² of these is beyond f32.
        assert_eq!(weights(&hits(&[1e-30, 2e-30])), [0.8, 0.2]);
        assert_eq!(weights(&hits(&[1e30, 2e30])), [0.8, 0.2]);
        assert!(weights(&[]).is_empty());
    }

    #[test]
    fn an_empty_list_leaves_the_row_as_it_is() {
        let index = FeatureIndex::new(
            Rows::new(vec![5.0, 5.0], 2),
            vec![7],
            Some(Lists {
                centroids: Rows::new(vec![0.0, 0.0, 5.0, 4.0], 2),
                ends: vec![0, 1],
                probes: 1,
            }),
        );
        let mut content = [0.5, 0.5, 4.0, 4.0];
        index.blend(&mut content, 0.5).unwrap();
        assert_eq!(content, [0.5, 0.5, 4.5, 4.5]);
        assert!(index.search(&[0.0, 0.0], 8).unwrap().is_empty());
        let found = Neighbour { id: 7, score: 2.0 };
        assert_eq!(index.search(&[4.0, 4.0], 8).unwrap(), [found]);
        assert!(index.search(&[4.0], 8).is_err());
        assert!(index.blend(&mut [0.0; 3], 0.5).is_err());
    }
}
