//! Buffers between two clocks, over minutes of virtual time.

use assert_no_alloc::assert_no_alloc;

use super::*;

/// Two devices on virtual time.
struct Devices {
    writer: DriftWriter,
    reader: DriftReader,
    state: Arc<DriftState>,
    /// Real rates and blocks of both.
    write: (f64, usize),
    read: (f64, usize),
    written: u64,
    reads: u64,
    writes: u64,
    /// How many reads come at once.
    burst: u64,
    heard: Vec<f32>,
}

/// A tone of 100 Hz in the writer's nominal rate.
const TONE_HZ: f64 = 100.0;

impl Devices {
    fn new(from: u32, to: u32, ppm: f64, blocks: (usize, usize)) -> Devices {
        let config = DriftConfig {
            from: SampleRate::of(from),
            to: SampleRate::of(to),
            safety: Duration::from_millis(5),
        };
        let (writer, reader, state) = drift_buffer(config).unwrap();
        Devices {
            writer,
            reader,
            state,
            write: (f64::from(from) * (1.0 + ppm * 1e-6), blocks.0),
            read: (f64::from(to), blocks.1),
            written: 0,
            reads: 0,
            writes: 0,
            burst: 1,
            heard: Vec::new(),
        }
    }

    /// Runs until `end` seconds; returns the lowest and highest fill at reads, in seconds. The writer stands
    /// still within `stall`.
    fn run(&mut self, end: f64, stalls: [std::ops::Range<f64>; 2]) -> (f64, f64) {
        let mut range = (f64::MAX, f64::MIN);
        loop {
            let next_write = (self.writes + 1) as f64 * self.write.1 as f64 / self.write.0;
            // The reader's blocks begin at another moment than the writer's.
            let first = self.reads - self.reads % self.burst;
            let next_read = (first as f64 + 0.3) * self.read.1 as f64 / self.read.0;
            if next_write.min(next_read) > end {
                return range;
            }
            if next_write <= next_read {
                self.writes += 1;
                if !stalls[0].contains(&next_write) {
                    self.write_block(next_write);
                }
            } else {
                self.reads += 1;
                if !stalls[1].contains(&next_read) {
                    let fill = self.read_block(next_read);
                    range = (range.0.min(fill), range.1.max(fill));
                }
            }
        }
    }

    /// Stands still until `end` seconds; what was captured comes at once then, and is asked for at once.
    fn stand_still(&mut self, end: f64) {
        while (self.writes + 1) as f64 * self.write.1 as f64 / self.write.0 <= end {
            self.writes += 1;
            self.write_block(end);
        }
        while (self.reads as f64 + 0.3) * self.read.1 as f64 / self.read.0 <= end {
            self.reads += 1;
            self.read_block(end);
        }
    }

    /// A server that looks every `wake` seconds for what was captured, and hands over a block, or two where there are
    /// two; until `end` seconds.
    fn run_server(&mut self, end: f64, wake: f64) {
        loop {
            let next_wake = (self.writes + 1) as f64 * wake;
            let next_read = (self.reads as f64 + 0.3) * self.read.1 as f64 / self.read.0;
            if next_wake.min(next_read) > end {
                return;
            }
            if next_read < next_wake {
                self.reads += 1;
                self.read_block(next_read);
                continue;
            }
            self.writes += 1;
            let block = self.write.1 as f64 / self.write.0;
            while next_wake - self.written as f64 / self.write.0 >= block {
                self.write_block(next_wake);
            }
        }
    }

    fn write_block(&mut self, now: f64) {
        let (rate, start) = (f64::from(self.reader.config.from.hz()), self.written);
        let block = (0..self.write.1).map(|at| {
            let phase = (start + at as u64) as f64 * TONE_HZ / rate;
            (std::f64::consts::TAU * phase.fract()).sin() as f32
        });
        let writer = &mut self.writer;
        assert_no_alloc(|| writer.write(block, Duration::from_secs_f64(now)));
        self.written += self.write.1 as u64;
    }

    fn read_block(&mut self, now: f64) -> f64 {
        let now = Duration::from_secs_f64(now);
        let fill = self.reader.fill(now).unwrap_or(0.0);
        let mut block = vec![0.0; self.read.1];
        let reader = &mut self.reader;
        assert_no_alloc(|| reader.read(&mut block, now));
        self.heard.extend(block);
        fill
    }
}

const NEVER: std::ops::Range<f64> = 0.0..0.0;

#[test]
fn over_ten_minutes_clocks_200_ppm_apart_keep_the_delay_without_a_gap() {
    for (from, to, ppm, blocks) in [
        (48_000, 48_000, 200.0, (480, 256)),
        (48_000, 48_000, -200.0, (128, 1024)),
        (44_100, 48_000, 200.0, (512, 480)),
        (48_000, 44_100, -200.0, (480, 480)),
    ] {
        let mut devices = Devices::new(from, to, ppm, blocks);
        devices.run(60.0, [NEVER, NEVER]);
        devices.heard.clear();
        devices.state.reset_counts();
        let target = devices.reader.target();
        let (lowest, highest) = devices.run(660.0, [NEVER, NEVER]);
        // Uncorrected, the fill would move by 120 ms. What remains is a chunk of the resampler that lies on
        // one side or the other (0.7 ms), and what the loop still swings.
        assert!(
            (lowest - target).abs() < 1.5e-3 && (highest - target).abs() < 1.5e-3,
            "{from} {to} {ppm}: {lowest} to {highest}, wanted {target}"
        );
        assert_eq!((devices.state.gaps(), devices.state.drops()), (0, 0));
        let found = devices.state.correction_ppm();
        // The loop settles on the difference of the clocks; 20 ppm are a third of a cent in ten.
        assert!((found - ppm).abs() < 20.0, "{found} for {ppm}");
        // The tone is whole: each sample follows its predecessors as a sine does.
        let turn = 2.0 * (std::f64::consts::TAU * TONE_HZ / f64::from(to)).cos();
        let worst = devices
            .heard
            .windows(3)
            .map(|w| (f64::from(w[2]) - turn * f64::from(w[1]) + f64::from(w[0])).abs());
        let worst = worst.fold(0.0, f64::max);
        // A frame lost or doubled bends the tone by its slope, 0.013. The resampler's own error is below 1e-4.
        assert!(worst < 1e-3, "{from} {to} {ppm}: {worst}");
    }
}

#[test]
fn after_stalls_of_either_side_the_delay_returns_and_the_sound_has_no_click() {
    let mut devices = Devices::new(48_000, 48_000, 100.0, (480, 256));
    devices.run(30.0, [NEVER, NEVER]);
    let target = devices.reader.target();
    devices.heard.clear();
    // The writer stands still for 60 ms, later the reader, and then both run.
    devices.run(45.0, [31.0..31.06, 33.0..33.06]);
    assert_eq!(devices.state.gaps(), 1);
    assert_eq!(devices.state.drops(), 1);
    let fill = devices.run(46.0, [NEVER, NEVER]);
    assert!(
        (fill.0 - target).abs() < 2e-3 && (fill.1 - target).abs() < 2e-3,
        "{fill:?}, wanted {target}"
    );
    let step = devices
        .heard
        .windows(2)
        .map(|w| (w[1] - w[0]).abs())
        .fold(0.0, f32::max);
    // The tone's own steepest step is 0.0131; the cross-fade spreads the highest possible jump, 2, over 32
    // samples, and the fade one of 1 over 128.
    assert!(step < 0.0131 + 2.0 / 32.0, "{step}");
}

#[test]
fn blocks_that_are_read_in_bursts_are_no_excess() {
    let mut devices = Devices::new(48_000, 48_000, 50.0, (2048, 2048));
    devices.reader.config.safety = Duration::from_millis(60);
    devices.burst = 3;
    devices.run(120.0, [NEVER, NEVER]);
    assert_eq!((devices.state.gaps(), devices.state.drops()), (0, 0));
}

#[test]
fn the_longest_blocks_and_the_most_in_hand_find_room() {
    for (from, to) in [(44_100, 48_000), (192_000, 44_100)] {
        let mut devices = Devices::new(from, to, 0.0, (8_192, 8_192));
        let config = DriftConfig {
            safety: Duration::from_millis(200),
            ..devices.reader.config
        };
        (devices.writer, devices.reader, devices.state) = drift_buffer(config).unwrap();
        devices.run(20.0, [NEVER, NEVER]);
        assert_eq!((devices.state.gaps(), devices.state.drops()), (0, 0));
        assert_eq!(devices.state.dropped_frames(), 0, "{from} to {to}");
    }
}

#[test]
fn a_server_that_hands_over_two_blocks_at_once_hardly_bends_the_pitch() {
    let mut devices = Devices::new(48_000, 48_000, 0.0, (1365, 1365));
    // Fragments of 1367.67 frames: PulseAudio's for blocks of 1365, at a sink of 44.1 kHz.
    let wake = 1256.0 / 44_100.0;
    devices.reader.config.safety = Duration::from_millis(20);
    devices.run_server(120.0, wake);
    devices.state.reset_counts();
    let mut worst = 0.0_f64;
    for second in 120..300 {
        devices.run_server(f64::from(second), wake);
        worst = worst.max(devices.state.correction_ppm().abs());
    }
    assert_eq!((devices.state.gaps(), devices.state.drops()), (0, 0));
    // What is not handed over yet swings by 28 ms. As fast as at the start, the loop would go from one limit, 1000 ppm,
    // to the other; a cent are 578 ppm.
    assert!(worst < 578.0, "{worst} ppm");
}

#[test]
fn when_all_stood_still_and_catches_up_nothing_is_dropped() {
    let mut devices = Devices::new(48_000, 48_000, 50.0, (1365, 1365));
    devices.reader.config.safety = Duration::from_millis(130);
    devices.run(30.0, [NEVER, NEVER]);
    devices.heard.clear();
    for turn in 0..10 {
        let start = 31.0 + f64::from(turn) * 1.37;
        devices.run(start, [NEVER, NEVER]);
        devices.stand_still(start + 0.12);
    }
    devices.run(60.0, [NEVER, NEVER]);
    assert_eq!((devices.state.gaps(), devices.state.drops()), (0, 0));
    assert_eq!(devices.state.dropped_frames(), 0);
    assert!(devices.state.correction_ppm().abs() < 100.0);
}

#[test]
fn a_reader_that_never_comes_bounds_the_buffer() {
    let mut devices = Devices::new(48_000, 48_000, 0.0, (480, 256));
    devices.run(10.0, [NEVER, 0.0..20.0]);
    assert!(devices.state.dropped_frames() > 400_000);
    let fill = devices.run(12.0, [NEVER, NEVER]);
    // The first read sees the whole ring and goes on from the target at once.
    let later = devices.run(13.0, [NEVER, NEVER]);
    let most = capacity(&devices.reader.config) as f64 / 48_000.0 + 0.02;
    assert!(fill.1 <= most, "{fill:?}, room for {most}");
    assert!(
        (later.1 - devices.reader.target()).abs() < 2e-3,
        "{later:?}"
    );
}
