//! How long a search takes.

use super::*;

/// 200,000 vectors of 768 values in 5128 lists, as RVC parts them: 0.6 GB of memory.
#[test]
#[ignore = "a measurement: prints the time of a search"]
fn time_of_a_large_index() {
    const COUNT: usize = 200_000;
    const DIM: usize = 768;
    const LISTS: usize = 5128;
    const FRAMES: usize = 500;
    // Hashed numbers: as good as random for a distance, and quick to make.
    let values = |count: usize, seed: usize| -> Vec<f32> {
        let value = |at: usize| (at + seed).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 40;
        (0..count)
            .map(|at| value(at) as f32 / (1 << 23) as f32 - 1.0)
            .collect()
    };
    let index = FeatureIndex::new(
        Rows::new(values(COUNT * DIM, 0), DIM),
        (0..COUNT as u64).collect(),
        Some(feature_index::Lists {
            centroids: Rows::new(values(LISTS * DIM, 1 << 40), DIM),
            ends: (1..=LISTS).map(|list| list * COUNT / LISTS).collect(),
            probes: 1,
        }),
    );
    for together in [1, 5, 50] {
        let mut content = values(FRAMES * DIM, 1 << 41);
        let start = std::time::Instant::now();
        for rows in content.chunks_mut(together * DIM) {
            index.blend(rows, 0.5).unwrap();
        }
        let each = start.elapsed().as_secs_f64() * 1e3 / FRAMES as f64;
        println!("{together} frames at a time: {each:.3} ms a frame");
    }
}
