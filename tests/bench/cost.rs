//! Times the audio callback.

use std::time::Instant;

use syrinx_engine::Settings;

use crate::paced::{pace, speech, start};
use crate::row::print;

/// What a block of 64 frames costs the audio thread while the default voice plays.
pub fn audio_thread(seconds: u64) {
    let (engine, mut path) = start(64);
    let settings = Settings::default();
    let mut right = [0.0; 64];
    let mut costs = Vec::with_capacity(seconds as usize * 750 + 1);
    pace(64, seconds, speech(), |block| {
        right.copy_from_slice(block);
        let start = Instant::now();
        path.process(&mut [block, &mut right], &settings);
        costs.push(start.elapsed().as_secs_f64() * 1e6);
    });
    costs.sort_by(f64::total_cmp);
    let at = |share: f64| costs[((costs.len() - 1) as f64 * share) as usize];
    let note = format!(
        "64 frames, stereo, {} blocks, {} underruns",
        costs.len(),
        engine.status().underruns()
    );
    print("audio thread, median", at(0.5), "us", &note);
    print("audio thread, p99.9", at(0.999), "us", &note);
    print("audio thread, most", at(1.0), "us", &note);
}
