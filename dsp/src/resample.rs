//! Changes the sample rate of a stream or a whole clip, with a delay that is known to the sample.

mod schedule;
mod slumber;

use rubato::audioadapter_buffers::direct::SequentialSlice;
use rubato::{
    Adjustable, Async, FixedAsync, Indexing, Resampler, Resizable, SincInterpolationParameters,
    SincInterpolationType, WindowFunction,
};
use thiserror::Error;

use crate::{SampleRate, Samples};
use schedule::Schedule;
use slumber::Slumber;

/// The lowest rate that [`StreamResampler`] takes: below it there is no speech band left.
pub const MIN_RATE: SampleRate = SampleRate::of(4_000);
/// The highest rate that [`StreamResampler`] takes; it bounds the filter to 96 times its base length.
pub const MAX_RATE: SampleRate = SampleRate::of(384_000);

/// Length of the windowed sinc in samples of the lower of both rates. Half of it is the delay (4 ms at
/// 16 kHz, 1.3 ms at 48 kHz). At 128 with a Blackman-Harris window the 80 dB transition is 0.107 of the
/// Nyquist frequency wide; shorter eats into the band that the 50-7600 Hz mel analysis at 16 kHz reads.
const SINC_LEN: usize = 128;

/// The filter's -6 dB point relative to the lower Nyquist frequency. At 1.0 what folds back lands above
/// 0.94 of Nyquist, where no analysis of ours looks; lower would dull the pass-band instead.
const CUTOFF: f32 = 1.0;

/// Sinc phases per sample of the lower rate, between which a cubic is drawn. Its error falls with the
/// fourth power: -137 dB at 64, -113 dB at 32. The number used is always a power of two: rubato finds a
/// phase and the offset from it by two different products, which can round apart by a whole phase (an error
/// of -60 dB) unless both are exact.
const PHASES: usize = 64;

/// Fewest phases per input sample; they stay useful because the cubic needs four of them in order.
const MIN_PHASES: usize = 8;

/// Outputs are made in groups of a quarter millisecond: fewer calls than one by one, and a hold-back that
/// stays below the filter's own delay. At most [`MIN_RATE`], so that each group takes at least one input.
const CHUNKS_PER_SECOND: u32 = 4_000;

/// Results below this are written as 0, so that a decaying tail never reaches denormal numbers, which are
/// slow in whatever comes next. It is -600 dB.
const FLUSH_BELOW: f32 = 1e-30;

/// What a [`StreamResampler`] converts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ResamplerConfig {
    /// Rate of the input.
    pub from: SampleRate,
    /// Rate of the output.
    pub to: SampleRate,
    /// The longest block handed to one [`StreamResampler::process`] call, in input samples.
    pub max_block: usize,
}

/// Why a resampler cannot be made.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ResampleError {
    /// A rate outside [`MIN_RATE`] to [`MAX_RATE`].
    #[error("cannot resample at {found}: expected {min} to {max}", min = MIN_RATE, max = MAX_RATE)]
    Rate {
        /// The rate that was asked for.
        found: SampleRate,
    },
    /// The resampling library refused the parameters.
    #[error("cannot resample from {from} to {to}")]
    Construction {
        /// Rate of the input.
        from: SampleRate,
        /// Rate of the output.
        to: SampleRate,
        /// The library's reason.
        #[source]
        source: rubato::ResamplerConstructionError,
    },
    /// The resampling library refused to start at the wanted phase.
    #[error("cannot align the resampler from {from} to {to}")]
    Alignment {
        /// Rate of the input.
        from: SampleRate,
        /// Rate of the output.
        to: SampleRate,
        /// The library's reason.
        #[source]
        source: rubato::ResampleError,
    },
}

/// Streaming sample-rate converter for one channel of `f32`, any rate to any rate.
///
/// Linear phase. Relative to the lower of both Nyquist frequencies: flat within 0.01 dB up to 0.95, -6 dB
/// at 1.0, at least 80 dB down from 1.06 on (what folds back or mirrors in between stays above 0.94). The
/// output is a function of the whole input alone: cutting the input into other blocks changes no bit.
///
/// # Latency
///
/// Output sample `m` is the input at the time `(m - latency) / to`; [`latency`](Self::latency) is a whole
/// number of output samples (about 64 samples of the lower rate). On top of that the output for the
/// newest inputs is made in groups: after `n` inputs at least `(n - holdback) * to / from` outputs exist
/// ([`holdback`](Self::holdback)), and exactly [`output_count_after`](Self::output_count_after). Equal
/// rates are passed through: latency 0, nothing held back.
///
/// Method: windowed sinc with cubic interpolation between its phases (rubato, `Async`), in `f64`.
pub struct StreamResampler {
    config: ResamplerConfig,
    kernel: Option<Kernel>,
}

impl StreamResampler {
    /// A resampler at the start of a stream (silence before it).
    ///
    /// # Errors
    /// [`ResampleError::Rate`] if a rate is not within 4 kHz to 384 kHz.
    pub fn new(config: ResamplerConfig) -> Result<StreamResampler, ResampleError> {
        for found in [config.from, config.to] {
            if found < MIN_RATE || found > MAX_RATE {
                return Err(ResampleError::Rate { found });
            }
        }
        let kernel = if config.from == config.to {
            None
        } else {
            Some(Kernel::new(config.from, config.to)?)
        };
        Ok(StreamResampler { config, kernel })
    }

    /// Take a block of any length and write the outputs that are due; returns how many there are.
    ///
    /// `output` must hold [`output_max`](Self::output_max) of the block's length; what does not fit is
    /// lost, which a debug build asserts.
    ///
    /// # Real-time safety
    /// Does not allocate, lock, log or panic; the time is proportional to the block.
    pub fn process(&mut self, input: &[f32], output: &mut [f32]) -> usize {
        debug_assert!(
            output.len() >= self.output_max(input.len()),
            "output is too short"
        );
        match &mut self.kernel {
            Some(kernel) => kernel.process(input, output),
            None => {
                let count = input.len().min(output.len());
                for (y, &x) in output.iter_mut().zip(input) {
                    *y = flushed(x);
                }
                count
            }
        }
    }

    /// The most outputs that one call with `input_len` inputs can write.
    pub fn output_max(&self, input_len: usize) -> usize {
        match &self.kernel {
            Some(kernel) => kernel.schedule.output_max(input_len),
            None => input_len,
        }
    }

    /// [`output_max`](Self::output_max) for the longest block of the configuration.
    pub fn max_output(&self) -> usize {
        self.output_max(self.config.max_block)
    }

    /// The exact number of outputs written since the start of the stream, once `inputs` samples are in.
    pub fn output_count_after(&self, inputs: u64) -> u64 {
        match &self.kernel {
            Some(kernel) => kernel.schedule.output_count_after(inputs),
            None => inputs,
        }
    }

    /// The number of inputs since the start of the stream after which at least `outputs` outputs are written for
    /// the first time: the inverse of [`output_count_after`](Self::output_count_after), as exact.
    ///
    /// # Real-time safety
    /// Does not allocate, lock or panic; a few whole-number operations.
    pub fn input_count_for(&self, outputs: u64) -> u64 {
        match &self.kernel {
            Some(kernel) => kernel.schedule.input_count_for(outputs),
            None => outputs,
        }
    }

    /// The delay in samples at the *output* rate: constant and exact.
    pub fn latency(&self) -> Samples {
        Samples(
            self.kernel
                .as_ref()
                .map_or(0, |kernel| kernel.schedule.delay()),
        )
    }

    /// The most input samples whose output is not yet written, in samples at the *input* rate: after `n`
    /// inputs, at least `floor((n - holdback) * to / from)` outputs exist.
    pub fn holdback(&self) -> Samples {
        Samples(
            self.kernel
                .as_ref()
                .map_or(0, |kernel| kernel.schedule.holdback()),
        )
    }

    /// What this resampler converts.
    pub fn config(&self) -> &ResamplerConfig {
        &self.config
    }

    /// Back to the start of a stream.
    ///
    /// # Real-time safety
    /// Does not allocate, lock, log or panic; clears a few filter lengths of memory.
    pub fn reset(&mut self) {
        if let Some(kernel) = &mut self.kernel {
            // The same steps passed in `new`, and nothing in them depends on what was played since.
            let aligned = kernel.align();
            debug_assert!(aligned.is_ok());
        }
    }
}

/// Resamples a whole clip: delay removed, `round(input.len() * to / from)` samples long.
///
/// The same filter as [`StreamResampler`]; silence is assumed around the clip.
///
/// # Errors
/// As [`StreamResampler::new`].
pub fn resample_all(
    input: &[f32],
    from: SampleRate,
    to: SampleRate,
) -> Result<Vec<f32>, ResampleError> {
    const BLOCK: usize = 4_096;
    let mut resampler = StreamResampler::new(ResamplerConfig {
        from,
        to,
        max_block: BLOCK,
    })?;
    let wanted = Samples(input.len()).convert(from, to).0;
    let mut skip = resampler.latency().0;
    let mut result = Vec::with_capacity(wanted);
    let mut scratch = vec![0.0; resampler.max_output()];
    let silence = [0.0; BLOCK];
    let mut blocks = input.chunks(BLOCK);
    while result.len() < wanted {
        let written = resampler.process(blocks.next().unwrap_or(&silence), &mut scratch);
        let start = skip.min(written);
        skip -= start;
        let end = written.min(start + wanted - result.len());
        result.extend_from_slice(&scratch[start..end]);
    }
    Ok(result)
}

/// The sinc resampler of two different rates, started at a phase that makes its delay a whole number.
struct Kernel {
    inner: Async<f64>,
    schedule: Schedule,
    /// Inputs that `inner` has not taken yet: `pending[..filled]`.
    pending: Vec<f64>,
    filled: usize,
    /// One group of outputs.
    group: Vec<f64>,
    slumber: Slumber,
}

impl Kernel {
    fn new(from: SampleRate, to: SampleRate) -> Result<Kernel, ResampleError> {
        let step = f64::from(from.hz()) / f64::from(to.hz());
        let stretch = step.max(1.0);
        let sinc_len = ((SINC_LEN as f64 * stretch).ceil() as usize).next_multiple_of(8);
        let phases = ((PHASES as f64 / stretch).ceil() as usize)
            .max(MIN_PHASES)
            .next_power_of_two();
        let group = to.hz().div_ceil(CHUNKS_PER_SECOND) as usize;
        let parameters = SincInterpolationParameters::new(sinc_len, WindowFunction::BlackmanHarris)
            .f_cutoff(CUTOFF)
            .oversampling_factor(phases)
            .interpolation(SincInterpolationType::Cubic);
        let inner = Async::<f64>::new_sinc(
            1.0 / step,
            // Alignment takes one step that is longer by less than one input sample.
            1.01 * (step + 1.0) / step,
            &parameters,
            group,
            1,
            FixedAsync::Output,
        )
        .map_err(|source| ResampleError::Construction { from, to, source })?;
        let schedule = Schedule::new(from, to, sinc_len, phases, group);
        let mut kernel = Kernel {
            inner,
            pending: vec![0.0; schedule.pending_max()],
            filled: 0,
            group: vec![0.0; group],
            slumber: Slumber::new(&schedule),
            schedule,
        };
        kernel
            .align()
            .map_err(|source| ResampleError::Alignment { from, to, source })?;
        Ok(kernel)
    }

    /// Starts over, with the output grid shifted by the fraction of an input sample that makes the delay a
    /// whole number of output samples: one output at a stretched step does it, on silence.
    fn align(&mut self) -> Result<(), rubato::ResampleError> {
        self.inner.reset();
        self.schedule.reset();
        self.slumber.reset();
        let step = self.schedule.step();
        let start = self.schedule.start_position();
        let target = self.schedule.first_position();
        let stretched = step + (target - start - step).rem_euclid(1.0);

        self.inner.set_chunk_size(1)?;
        self.inner
            .set_resample_ratio_relative(step / stretched, false)?;
        let consumed = self.inner.input_frames_next();
        run(
            &mut self.inner,
            &[],
            &mut self.group[..1],
            &Indexing::new().partial_len(0),
        )?;
        self.inner.set_resample_ratio_relative(1.0, false)?;
        self.inner.set_chunk_size(self.group.len())?;

        // The step leaves a whole number of input samples to go; silence fills them.
        let missing = start + stretched - consumed as f64 - target;
        self.filled = (missing.round().max(0.0) as usize).min(self.pending.len());
        self.pending[..self.filled].fill(0.0);
        Ok(())
    }

    fn process(&mut self, mut input: &[f32], output: &mut [f32]) -> usize {
        let mut written = 0;
        while !input.is_empty() {
            let take = self.schedule.inputs_to_next().min(input.len());
            let (now, later) = input.split_at(take);
            if self.slumber.hear(now) {
                self.wake();
            }
            if !self.slumber.is_asleep() {
                for (slot, &x) in self.pending[self.filled..].iter_mut().zip(now) {
                    *slot = f64::from(x);
                }
                self.filled += take;
            }
            input = later;
            if self.schedule.take(take) {
                let output = &mut output[written..];
                written += match self.slumber.is_asleep() {
                    true => self.skip_group(output),
                    false => self.make_group(output),
                };
                self.slumber.end_group();
            }
        }
        written
    }

    /// Gives silence for silence, without a filter.
    fn skip_group(&mut self, output: &mut [f32]) -> usize {
        let count = self.group.len().min(output.len());
        output[..count].fill(0.0);
        count
    }

    /// Makes up for the groups that were skipped since the last whole period: what lies in whole periods leaves
    /// everything as it was.
    fn wake(&mut self) {
        let (groups, mut inputs) = self.slumber.wake();
        for _ in 0..groups {
            let wanted = self.inner.input_frames_next().saturating_sub(self.filled);
            inputs -= self.fill_with_silence(wanted.min(inputs));
            self.run_group();
        }
        self.fill_with_silence(inputs);
    }

    fn fill_with_silence(&mut self, count: usize) -> usize {
        let end = self.pending.len().min(self.filled + count);
        self.pending[self.filled..end].fill(0.0);
        let filled = end - self.filled;
        self.filled = end;
        filled
    }

    fn make_group(&mut self, output: &mut [f32]) -> usize {
        self.run_group();
        for (y, &x) in output.iter_mut().zip(&self.group) {
            *y = flushed(x as f32);
        }
        self.group.len().min(output.len())
    }

    fn run_group(&mut self) {
        let input = &self.pending[..self.filled];
        let consumed = match run(&mut self.inner, input, &mut self.group, &Indexing::new()) {
            Ok(consumed) => consumed,
            // The schedule guarantees enough input; if it ever did not, silence keeps the time right.
            Err(_) => {
                self.group.fill(0.0);
                0
            }
        };
        self.pending.copy_within(consumed..self.filled, 0);
        self.filled -= consumed;
    }
}

/// One call of the library on plain slices; returns the inputs consumed.
fn run(
    inner: &mut Async<f64>,
    input: &[f64],
    output: &mut [f64],
    indexing: &Indexing,
) -> Result<usize, rubato::ResampleError> {
    let (inputs, outputs) = (input.len(), output.len());
    let wrong = |actual: usize, expected: usize| {
        rubato::ResampleError::InsufficientInputBufferSize { expected, actual }
    };
    let input = SequentialSlice::new(input, 1, inputs).map_err(|_| wrong(0, inputs))?;
    let mut output = SequentialSlice::new_mut(output, 1, outputs).map_err(|_| wrong(0, outputs))?;
    let (consumed, _) = inner.process_into_buffer(&input, &mut output, Some(indexing))?;
    Ok(consumed)
}

fn flushed(x: f32) -> f32 {
    if x.abs() < FLUSH_BELOW { 0.0 } else { x }
}
