//! The gate before and the mix after a whole-file conversion.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;

use syrinx_dsp::{GateConfig, NoiseGate, SampleRate};

use crate::error::{ConvertError, ReadError, WriteError};
use crate::sample_io::{SampleSink, SampleSource};
use crate::settings::ConvertSettings;

/// Input that was read and whose output was not yet written.
type Dry = Rc<RefCell<VecDeque<f32>>>;

/// A source whose silence is gated; it keeps the dry signal for the mix.
pub struct GatedSource<'a> {
    inner: &'a mut dyn SampleSource,
    gate: NoiseGate,
    dry: Option<Dry>,
}

/// A sink that mixes the dry signal under what is written.
pub struct MixedSink<'a> {
    inner: &'a mut dyn SampleSink,
    mix: f32,
    dry: Option<Dry>,
    mixed: Vec<f32>,
}

/// Puts gate and mix around a conversion. The dry signal waits in memory for as long as the conversion holds
/// samples back: at most a segment.
///
/// # Errors
/// If gate or mix is out of its range.
pub fn around<'a>(
    source: &'a mut dyn SampleSource,
    sink: &'a mut dyn SampleSink,
    settings: &ConvertSettings,
) -> Result<(GatedSource<'a>, MixedSink<'a>), ConvertError> {
    let mix = settings.mix;
    ConvertError::check_range("mix", mix.into(), 0.0, 1.0)?;
    let dry = (mix < 1.0).then(Dry::default);
    let gate = gate(settings, source.rate())?;
    Ok((
        GatedSource {
            inner: source,
            gate,
            dry: dry.clone(),
        },
        MixedSink {
            inner: sink,
            mix,
            dry,
            mixed: Vec::new(),
        },
    ))
}

fn gate(settings: &ConvertSettings, rate: SampleRate) -> Result<NoiseGate, ConvertError> {
    let threshold = settings.gate.unwrap_or(GateConfig::OFF);
    let config = GateConfig {
        threshold,
        ..GateConfig::default()
    };
    NoiseGate::new(&config, rate).map_err(|error| ConvertError::Setting {
        name: "gate",
        expected: "a level in dB".to_owned(),
        found: error.to_string(),
    })
}

impl SampleSource for GatedSource<'_> {
    fn rate(&self) -> SampleRate {
        self.inner.rate()
    }

    fn read(&mut self, samples: &mut [f32]) -> Result<usize, ReadError> {
        let count = self.inner.read(samples)?;
        if let Some(dry) = &self.dry {
            dry.borrow_mut().extend(&samples[..count]);
        }
        self.gate.process(&mut samples[..count]);
        Ok(count)
    }
}

impl SampleSink for MixedSink<'_> {
    fn write(&mut self, samples: &[f32]) -> Result<(), WriteError> {
        let Some(dry) = &self.dry else {
            return self.inner.write(samples);
        };
        let mut dry = dry.borrow_mut();
        self.mixed.clear();
        self.mixed.extend(samples.iter().map(|wet| {
            let dry = dry.pop_front().unwrap_or(0.0);
            dry + (wet - dry) * self.mix
        }));
        self.inner.write(&self.mixed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample_io::{SliceSource, VecSink};
    use syrinx_dsp::Decibels;

    fn pass(input: &[f32], settings: &ConvertSettings, gain: f32) -> Vec<f32> {
        let mut source = SliceSource::new(input, SampleRate::of(16_000));
        let mut sink = VecSink::default();
        let (mut gated, mut mixed) = around(&mut source, &mut sink, settings).expect("in range");
        let mut block = [0.0; 100];
        loop {
            let count = gated.read(&mut block).expect("readable");
            if count == 0 {
                return sink.samples;
            }
            let wet: Vec<f32> = block[..count].iter().map(|x| x * gain).collect();
            mixed.write(&wet).expect("writable");
        }
    }

    #[test]
    fn the_mix_weighs_dry_and_converted_sample_by_sample() {
        let input: Vec<f32> = (0..777).map(|n| (n as f32 * 0.1).sin()).collect();
        let settings = ConvertSettings {
            mix: 0.25,
            ..ConvertSettings::default()
        };
        let output = pass(&input, &settings, -1.0);
        assert_eq!(output.len(), 777);
        // 0.75 dry and 0.25 of the inverted signal; a misalignment by a sample would be off by 0.1.
        assert!(
            output
                .iter()
                .zip(&input)
                .all(|(out, x)| (out - 0.5 * x).abs() < 1e-6)
        );
    }

    #[test]
    fn the_gate_silences_what_is_converted_but_not_the_dry_signal() {
        let input = vec![0.001; 4000];
        let gate = Some(Decibels(-40.0));
        let wet = pass(
            &input,
            &ConvertSettings {
                gate,
                ..ConvertSettings::default()
            },
            1.0,
        );
        assert!(wet.iter().all(|&x| x == 0.0));
        let half = ConvertSettings {
            gate,
            mix: 0.5,
            ..ConvertSettings::default()
        };
        assert!(
            pass(&input, &half, 1.0)
                .iter()
                .all(|&x| (x - 0.0005).abs() < 1e-9)
        );
    }

    #[test]
    fn a_mix_out_of_range_is_refused() {
        let mut source = SliceSource::new(&[], SampleRate::of(16_000));
        let settings = ConvertSettings {
            mix: 1.5,
            ..ConvertSettings::default()
        };
        let error = around(&mut source, &mut VecSink::default(), &settings)
            .err()
            .expect("refused");
        assert_eq!(error.to_string(), "mix: expected 0 to 1, found 1.5");
    }
}
