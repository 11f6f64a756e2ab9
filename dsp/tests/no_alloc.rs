//! Runs every processor under an allocator that counts: none may allocate or free memory once it is made.

use std::hint::black_box;

use assert_no_alloc::{AllocDisabler, assert_no_alloc, violation_count};
use syrinx_dsp::f0::contour;
use syrinx_dsp::*;

// Counts in every profile (features `warn_debug` and `warn_release`), and the tests compare the count: a violation fails
// the test with the name of the processor, where the crate's other mode would end the whole run.
#[global_allocator]
static ALLOCATOR: AllocDisabler = AllocDisabler;

const RATE: SampleRate = SampleRate::of(48_000);

/// Block sizes that hosts use, and ones that only bad hosts use.
const BLOCKS: [usize; 9] = [1, 7, 64, 128, 441, 480, 511, 960, 1024];

/// Three seconds of a rough voice, so that every branch has work.
fn input() -> Vec<f32> {
    let mut state = 5u32;
    (0..3 * 48_000)
        .map(|n| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let noise = state as f32 / u32::MAX as f32 - 0.5;
            let loud = if n / 10_000 % 2 == 0 { 1.5 } else { 0.001 };
            loud * (n as f32 * 0.02).sin() + 0.1 * loud * noise
        })
        .chain([f32::NAN, f32::INFINITY, 0.0, 1e-40])
        .collect()
}

/// Hands `process` the input in blocks of odd sizes, and fails when it touches the allocator.
fn never_allocates(name: &str, mut process: impl FnMut(&mut [f32])) {
    let mut signal = input();
    let before = violation_count();
    assert_no_alloc(|| {
        let mut rest = &mut signal[..];
        for size in BLOCKS.iter().cycle() {
            if rest.is_empty() {
                break;
            }
            let (block, later) = rest.split_at_mut((*size).min(rest.len()));
            process(black_box(block));
            rest = later;
        }
    });
    assert_eq!(violation_count() - before, 0, "{name} used the allocator");
}

#[test]
fn the_guard_sees_an_allocation() {
    let before = violation_count();
    assert_no_alloc(|| drop(black_box(vec![0.0f32; 100])));
    // One to allocate, one to free.
    assert_eq!(violation_count() - before, 2);
}

#[test]
fn levels() {
    let mut gate = NoiseGate::new(
        &GateConfig {
            threshold: Decibels(-40.0),
            ..GateConfig::default()
        },
        RATE,
    )
    .unwrap();
    never_allocates("NoiseGate", |block| {
        // Off now and then, as automation switches it.
        gate.set_threshold(if block.len() == 64 {
            GateConfig::OFF
        } else {
            Decibels(-30.0 - block.len() as f32 / 100.0)
        });
        gate.process(block);
    });
    never_allocates("NoiseGate::reset", |_| gate.reset());

    let config = HighPassConfig {
        slope: HighPassSlope::Steep,
        cutoff_hz: None,
    };
    let mut high_pass = HighPass::new(&config, RATE).unwrap();
    never_allocates("HighPass", |block| {
        // Switched now and then, and turned with every block.
        let cutoff_hz = (block.len() != 64).then_some(20.0 + block.len() as f32 / 4.0);
        high_pass.set_cutoff(cutoff_hz);
        high_pass.process(block);
    });
    never_allocates("HighPass::reset", |_| high_pass.reset());

    let config = EnvelopeConfig {
        attack_ms: 1.0,
        release_ms: 50.0,
    };
    let mut envelope = EnvelopeFollower::new(&config, RATE).unwrap();
    never_allocates("EnvelopeFollower", |block| {
        for sample in block {
            black_box(envelope.step(*sample));
        }
        envelope.reset();
    });

    let mut loudness = LoudnessMatcher::new(&LoudnessConfig::default(), RATE).unwrap();
    let source = vec![0.1; 1024];
    never_allocates("LoudnessMatcher", |block| {
        loudness.set_amount(block.len() as f32 / 1024.0);
        loudness.process(&source[..block.len()], block);
    });
    never_allocates("LoudnessMatcher::reset", |_| loudness.reset());

    let mut limiter = TruePeakLimiter::new(&LimiterConfig::default(), RATE).unwrap();
    never_allocates("TruePeakLimiter", |block| limiter.process(block));
    never_allocates("TruePeakLimiter::reset", |_| limiter.reset());
    let mut linked = TruePeakLimiter::linked(&LimiterConfig::OUTPUT, RATE, 2).unwrap();
    never_allocates("TruePeakLimiter::step", |block| {
        for sample in block {
            let mut frame = [*sample, -*sample];
            linked.step(&mut frame);
            *sample = frame[0];
        }
    });
}

#[test]
fn delays_and_mixes() {
    let mut ramp = LinearRamp::new(0.0, Samples(100));
    never_allocates("LinearRamp", |block| {
        ramp.set_target(block.len() as f32);
        for sample in block {
            *sample *= ramp.next_value();
        }
        ramp.reset();
    });

    let mut delay = DelayLine::new(Samples(777));
    never_allocates("DelayLine", |block| delay.process(block));
    never_allocates("DelayLine::reset", |_| delay.reset());

    let mut mixer = DryWetMixer::new(
        &DryWetConfig {
            latency: Samples(333),
            mix: 0.5,
        },
        RATE,
    )
    .unwrap();
    let dry = vec![0.2; 1024];
    never_allocates("DryWetMixer", |block| {
        mixer.set_mix(block.len() as f32 / 1024.0);
        mixer.process(&dry[..block.len()], block);
    });
    never_allocates("DryWetMixer::reset", |_| mixer.reset());

    let fade = Crossfade::new(Samples(256));
    never_allocates("Crossfade", |block| fade.join(&dry, block, 0.5));

    let mut history = History::new(1000);
    never_allocates("History", |block| {
        history.push(block);
        black_box(history.samples());
    });
    never_allocates("History::reset", |_| history.reset());
}

#[test]
fn joining() {
    let config = SolaConfig {
        search: Samples(90),
        crossfade: Samples(100),
    };
    let mut sola = Sola::new(&config).unwrap();
    let mut output = vec![0.0; 1024];
    never_allocates("Sola", |block| {
        // A block of any length above the latency is a chunk.
        if let Some(chunk) = block.len().checked_sub(sola.latency().0) {
            sola.process(block, &mut output[..chunk]);
        }
    });
    never_allocates("Sola::reset", |_| sola.reset());
}

#[test]
fn pitch() {
    let mut tracker = F0Tracker::new(&F0Config::SPEECH_16K).unwrap();
    let mut frames = 0;
    never_allocates("F0Tracker", |block| tracker.push(block, |_| frames += 1));
    assert!(frames > 800);
    never_allocates("F0Tracker::reset", |_| tracker.reset());

    let mut other = vec![0.0; 1024];
    never_allocates("f0::contour", |block| {
        contour::voiced_mask(block, &mut other);
        contour::interpolate_unvoiced(block);
        contour::transpose(block, Semitones(3.0));
        contour::resize_nearest(block, &mut other);
        black_box(
            block
                .iter()
                .map(|&hz| u32::from(contour::coarse_bin(hz)))
                .sum::<u32>(),
        );
    });
}

#[test]
fn pitch_target() {
    let mut editor = PitchEditor::new(10.0).unwrap();
    let held = |note| PitchTarget::Held {
        note,
        bend: 0.5,
        bend_range: Semitones(2.0),
        glide_ms: 80.0,
    };
    let targets = [
        PitchTarget::Free,
        PitchTarget::Scale {
            scale: Scale::CHROMATIC,
            strength: 1.0,
            speed_ms: 20.0,
        },
        held(Some(Note(60.0))),
        held(None),
        PitchTarget::Monotone { note: Note(57.0) },
    ];
    let mut blocks = 0;
    never_allocates("PitchEditor", |block| {
        // Any contour: the samples around 200 Hz, unvoiced now and then.
        for value in block.iter_mut() {
            *value = if *value < -0.5 {
                0.0
            } else {
                200.0 + 50.0 * *value
            };
        }
        blocks += 1;
        editor.set(PitchSettings {
            target: targets[blocks % targets.len()],
            vibrato: block.len() as f32 / 1024.0,
            interval: (blocks % 2 == 0).then_some(ScaleInterval {
                scale: Scale::CHROMATIC,
                degrees: -14,
            }),
        });
        editor.process(block);
        black_box(editor.clone());
    });
    assert!(blocks > 100);
    never_allocates("PitchEditor::reset", |_| editor.reset());
}

#[test]
fn echoes() {
    let mut finder = EchoFinder::new(Samples(1024), Samples(8)).unwrap();
    let (mut sent, mut heard) = (History::new(1024), History::new(1024));
    never_allocates("EchoFinder", |block| {
        heard.push(block);
        black_box(finder.find(sent.samples(), heard.samples()));
        sent.push(block);
    });
}

#[test]
fn resampling() {
    for (from, to) in [
        (48_000, 16_000),
        (44_100, 16_000),
        (16_000, 44_100),
        (48_000, 48_000),
    ] {
        let config = ResamplerConfig {
            from: SampleRate::of(from),
            to: SampleRate::of(to),
            max_block: 1024,
        };
        let mut resampler = StreamResampler::new(config).unwrap();
        let mut output = vec![0.0; resampler.max_output()];
        never_allocates("StreamResampler", |block| {
            black_box(resampler.process(block, &mut output));
            let made = resampler.output_count_after(block.len() as u64);
            black_box(resampler.input_count_for(made + 1));
        });
        never_allocates("StreamResampler::reset", |_| resampler.reset());
    }
}

#[test]
fn spectra() {
    let mut stft = Stft::new(&StftConfig {
        fft: 1024,
        window: 800,
        hop: 160,
    })
    .unwrap();
    never_allocates("Stft", |block| {
        stft.push(block, |frame| _ = black_box(frame))
    });
    never_allocates("Stft::reset", |_| stft.reset());

    let config = LogMelConfig {
        mel: MelConfig {
            rate: RATE,
            fft: 1024,
            mels: 80,
            fmin: 0.0,
            fmax: 8000.0,
            scale: MelScale::Slaney,
            norm: MelNorm::Slaney,
        },
        window: 1024,
        hop: 160,
        spectrum: Spectrum::Power,
        floor: 1e-5,
    };
    let mut log_mel = LogMel::new(&config).unwrap();
    never_allocates("LogMel", |block| {
        log_mel.push(block, |frame| _ = black_box(frame))
    });
    never_allocates("LogMel::reset", |_| log_mel.reset());

    let mut envelope = SpectralEnvelope::new(SampleRate::of(16_000));
    let segment = vec![0.1; 2 * envelope.half_window().0 + 1];
    let mut bins = vec![0.0; envelope.fft() / 2 + 1];
    never_allocates("SpectralEnvelope", |block| {
        if block.len() == 1024 {
            envelope.process(&segment, 150.0, &mut bins);
        }
    });

    let scale = KnotScale::new(80, 16_000.0);
    let to_knots = syrinx_dsp::BinsToKnots::new(&scale, envelope.fft(), 16_000.0);
    let mut knots = vec![0.0; 80];
    never_allocates("BinsToKnots", |_| to_knots.apply(&bins, &mut knots));
}

#[test]
fn synthesis() {
    let scale = KnotScale::new(80, 16_000.0);
    let config = PulseNoiseConfig {
        rate: SampleRate::of(32_000),
        hop: 320,
        scale: scale.clone(),
        fft: 1024,
        noise_parts: 2,
        seed: 1,
    };
    let mut synthesiser = PulseNoise::new(config);
    let mut frame = VoiceFrame::silence(scale.count());
    frame.harmonic.fill(-3.0);
    let mut output = vec![0.0; 320];
    never_allocates("PulseNoise", |block| {
        frame.f0_hz = if block.len() < 100 {
            0.0
        } else {
            block.len() as f32 / 2.0
        };
        // Another seed now and then, as automation sets it.
        synthesiser.set_seed(block.len() as u32 / 100);
        synthesiser.process(&frame, &mut output);
    });
    never_allocates("PulseNoise::reset", |_| synthesiser.reset());
}
