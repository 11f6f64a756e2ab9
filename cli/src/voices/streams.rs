//! Shows what a voice's streams cost in sound, as its import measured it.

use syrinx_models::bundle::StreamError;

/// A table, one line per quality; nothing where nothing was measured.
pub fn in_words(streams: &[StreamError]) -> Vec<String> {
    if streams.is_empty() {
        return Vec::new();
    }
    let mut lines = vec![
        "streams      against the whole recording, with all the lookahead that the generator can use".to_owned(),
        format!(
            "  {:<16}{:>8}{:>11}{:>10}{:>12}{:>10}",
            "quality", "chunk", "lookahead", "SNR", "spectra", "F0"
        ),
    ];
    lines.extend(streams.iter().map(line));
    lines
}

fn line(stream: &StreamError) -> String {
    let snr = stream
        .snr_db
        .map_or("equal".to_owned(), |snr| format!("{snr:.1} dB"));
    let f0 = stream
        .f0_error_cents
        .map_or("none".to_owned(), |cents| format!("{cents:.1} ct"));
    format!(
        "  {:<16}{:>5.0} ms{:>8.0} ms{snr:>10}{:>9.2} dB{f0:>10}",
        stream.quality.name(),
        stream.chunk_ms,
        stream.lookahead_ms,
        stream.log_spectral_distance_db,
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use syrinx_models::Quality;

    #[test]
    fn every_quality_has_a_line_under_its_columns() {
        let stream = |quality, snr_db, f0_error_cents| StreamError {
            quality,
            context_ms: 400.0,
            chunk_ms: 104.49,
            lookahead_ms: 81.27,
            snr_db,
            log_spectral_distance_db: 1.234,
            f0_error_cents,
        };
        let lines = in_words(&[
            stream(Quality::LowestLatency, Some(21.37), Some(0.4)),
            stream(Quality::Best, None, None),
        ]);
        assert_eq!(
            lines[1..],
            [
                "  quality            chunk  lookahead       SNR     spectra        F0",
                "  lowest latency    104 ms      81 ms   21.4 dB     1.23 dB    0.4 ct",
                "  best              104 ms      81 ms     equal     1.23 dB      none",
            ]
        );
        assert!(in_words(&[]).is_empty());
    }
}
