//! How much audio each call of a streamed conversion hears, and how much of it is new.

use crate::bundle::VoiceBundle;
use crate::calibration::Calibration;
use crate::error::ConvertError;
use crate::quality::Quality;
use crate::settings::StreamWish;

/// Shortest and longest chunk that can be asked for.
const CHUNK_RANGE_MS: (f64, f64) = (20.0, 2_000.0);

/// Least and most context that can be asked for: below 100 ms the encoder's frames have no neighbours, and RVC's own
/// program allows 5 s.
const CONTEXT_RANGE_MS: (f64, f64) = (100.0, 5_000.0);

/// Least and most lookahead that can be asked for: the encoder's own window, and more than any generator can use.
const LOOKAHEAD_RANGE_MS: (f64, f64) = (25.0, 500.0);

/// The window of a streamed conversion, in milliseconds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Window {
    /// Past audio that comes with each chunk. Attention over 1.5 s tells phones apart that a chunk alone does not;
    /// more costs compute in every chunk, less makes the content waver. RVC's real-time default is 2.5 s.
    pub(super) context_ms: f64,
    /// New audio per call. Every call converts the whole window again, so a shorter chunk costs more in proportion.
    pub(super) chunk_ms: f64,
    /// The least future audio behind what is given out: the content encoder's last frames lack their neighbours,
    /// half of its 25 ms window and one phone's onset. Every millisecond is one of latency.
    pub(super) lookahead_ms: f64,
}

impl Window {
    /// Where nobody asks for anything. The window of nearly 2 s is converted again for each chunk: half as long a
    /// chunk doubles the compute.
    pub(super) const USUAL: Window = Window {
        context_ms: 1_500.0,
        chunk_ms: 250.0,
        lookahead_ms: 60.0,
    };

    /// This window with what is wished otherwise.
    ///
    /// # Errors
    /// If a wish is out of its range.
    pub(super) fn wished(self, wish: StreamWish) -> Result<Window, ConvertError> {
        let within = |name, wished: Option<f64>, own, (least, most): (f64, f64)| match wished {
            None => Ok(own),
            Some(ms) if (least..=most).contains(&ms) => Ok(ms),
            Some(ms) => Err(ConvertError::Setting {
                name,
                expected: format!("{least} to {most} ms"),
                found: format!("{ms} ms"),
            }),
        };
        Ok(Window {
            context_ms: within(
                "context",
                wish.context_ms,
                self.context_ms,
                CONTEXT_RANGE_MS,
            )?,
            chunk_ms: within("chunk", wish.chunk_ms, self.chunk_ms, CHUNK_RANGE_MS)?,
            lookahead_ms: within(
                "lookahead",
                wish.lookahead_ms,
                self.lookahead_ms,
                LOOKAHEAD_RANGE_MS,
            )?,
        })
    }

    /// The window of a live stream: the calibrated one, where this machine was measured.
    pub(super) fn on_this_machine(bundle: &VoiceBundle, quality: Quality, parted: bool) -> Window {
        let calibration = Calibration::of(bundle.hash());
        let found = calibration.and_then(|found| found.windows.get(&quality).copied());
        found.map_or_else(
            || match parted {
                true => Window::of_parted(quality),
                false => Window::of(quality),
            },
            |found| Window {
                context_ms: found.context_ms,
                chunk_ms: found.chunk_ms,
                lookahead_ms: found.lookahead_ms,
            },
        )
    }

    /// The usual window of a parted voice, whose generator needs no context: 400 ms are what encoder and prior get at
    /// lowest latency, too.
    pub(super) fn parted_usual() -> Window {
        Window {
            context_ms: Window::of_parted(Quality::LowestLatency).context_ms,
            ..Window::USUAL
        }
    }

    /// The window of a live stream of a parted voice where nothing was measured: its generator remembers, so what is
    /// computed again with each chunk is encoder and prior alone, and the lookahead serves encoder and generator.
    pub(super) fn of_parted(quality: Quality) -> Window {
        let (context_ms, chunk_ms, lookahead_ms) = match quality {
            // So-VITS-SVC's own real-time program hears 200 ms of the past; twice that is two syllables.
            Quality::LowestLatency => (400.0, 100.0, 60.0),
            Quality::LowLatency => (600.0, 160.0, 60.0),
            Quality::Balanced => (1_000.0, 250.0, 80.0),
            // All that a generator of So-VITS-SVC or RVC can use of the future.
            Quality::Best => (2_500.0, 500.0, 160.0),
        };
        Window {
            context_ms,
            chunk_ms,
            lookahead_ms,
        }
    }

    /// The window of a live stream where nothing was measured.
    pub(super) fn of(quality: Quality) -> Window {
        match quality {
            // Ten windows a second: a shorter context pays for a third of them, and 40 ms are the encoder's half
            // window (12.5 ms) and one of its frames (20 ms), without the phone's onset.
            Quality::LowestLatency => Window {
                context_ms: 1_000.0,
                chunk_ms: 100.0,
                lookahead_ms: 40.0,
            },
            Quality::LowLatency => Window {
                chunk_ms: 160.0,
                ..Window::USUAL
            },
            Quality::Balanced => Window::USUAL,
            // Two windows a second leave time for RVC's context, and for a whole short phone ahead.
            Quality::Best => Window {
                context_ms: 2_500.0,
                chunk_ms: 500.0,
                lookahead_ms: 100.0,
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn better_qualities_hear_no_less() {
        for window in [Window::of, Window::of_parted] {
            for pair in Quality::ALL.windows(2) {
                let (less, more) = (window(pair[0]), window(pair[1]));
                assert!(less.chunk_ms < more.chunk_ms);
                assert!(less.context_ms <= more.context_ms);
                assert!(less.lookahead_ms <= more.lookahead_ms);
            }
            let (least, most) = (window(Quality::LowestLatency), window(Quality::Best));
            assert!(least.context_ms < most.context_ms && least.lookahead_ms < most.lookahead_ms);
        }
    }

    #[test]
    fn a_wish_changes_what_it_names_alone() {
        let usual = Window::USUAL;
        assert_eq!(usual.wished(StreamWish::default()).unwrap(), usual);
        let wished = usual.wished(Some(99.0).into()).unwrap();
        assert_eq!(
            wished,
            Window {
                chunk_ms: 99.0,
                ..usual
            }
        );
        let wish = StreamWish {
            context_ms: Some(200.0),
            lookahead_ms: Some(80.0),
            ..StreamWish::default()
        };
        let wished = usual.wished(wish).unwrap();
        assert_eq!((wished.context_ms, wished.lookahead_ms), (200.0, 80.0));
        for refused in [19.0, 2_001.0, f64::NAN] {
            assert!(usual.wished(Some(refused).into()).is_err(), "{refused}");
        }
        let refused = StreamWish {
            lookahead_ms: Some(1.0),
            ..StreamWish::default()
        };
        let refused = usual.wished(refused).unwrap_err().to_string();
        assert!(
            refused.contains("lookahead") && refused.contains("25 to 500"),
            "{refused}"
        );
    }
}
