//! The units that are easily confused: sample counts, sample rates, decibels and semitones.

/// A number of samples; the item that carries it says at which rate.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Samples(pub usize);

impl Samples {
    /// The same time at another rate, rounded to the nearest sample.
    pub fn convert(self, from: SampleRate, to: SampleRate) -> Samples {
        let (count, from, to) = (self.0 as u64, u64::from(from.hz()), u64::from(to.hz()));
        Samples(((count * to + from / 2) / from) as usize)
    }

    /// The time in milliseconds at `rate`.
    pub fn to_ms(self, rate: SampleRate) -> f64 {
        self.0 as f64 * 1000.0 / f64::from(rate.hz())
    }
}

impl std::ops::Add for Samples {
    type Output = Samples;

    fn add(self, other: Samples) -> Samples {
        Samples(self.0 + other.0)
    }
}

/// A whole, non-zero number of samples per second.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SampleRate(u32);

impl SampleRate {
    /// The rate of `hz` samples per second; `None` for 0.
    pub const fn new(hz: u32) -> Option<SampleRate> {
        if hz == 0 { None } else { Some(SampleRate(hz)) }
    }

    /// The rate of `hz` samples per second, for constants.
    ///
    /// # Panics
    /// If `hz` is 0.
    pub const fn of(hz: u32) -> SampleRate {
        assert!(hz > 0, "a sample rate is never 0 Hz");
        SampleRate(hz)
    }

    /// Samples per second.
    pub const fn hz(self) -> u32 {
        self.0
    }

    /// The number of samples nearest to `ms` milliseconds.
    pub fn samples_in_ms(self, ms: f64) -> Samples {
        Samples((ms * f64::from(self.0) / 1000.0).round().max(0.0) as usize)
    }
}

impl std::fmt::Display for SampleRate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} Hz", self.0)
    }
}

/// A level or gain in decibels; 0 dB is full scale or unity.
#[derive(Clone, Copy, Debug, Default, PartialEq, PartialOrd)]
pub struct Decibels(pub f32);

impl Decibels {
    /// The linear amplitude factor, `10^(dB/20)`.
    pub fn to_amplitude(self) -> f32 {
        10f32.powf(self.0 / 20.0)
    }

    /// The level of a linear amplitude; `-inf` for 0.
    pub fn from_amplitude(amplitude: f32) -> Decibels {
        Decibels(20.0 * amplitude.abs().log10())
    }
}

/// An interval in equal-tempered semitones; positive is up.
#[derive(Clone, Copy, Debug, Default, PartialEq, PartialOrd)]
pub struct Semitones(pub f32);

impl Semitones {
    /// The frequency ratio, `2^(st/12)`.
    pub fn to_ratio(self) -> f32 {
        2f32.powf(self.0 / 12.0)
    }

    /// The interval of a frequency ratio.
    pub fn from_ratio(ratio: f32) -> Semitones {
        Semitones(12.0 * ratio.log2())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_stays_a_second_at_any_rate() {
        let (from, to) = (SampleRate::of(44_100), SampleRate::of(16_000));
        assert_eq!(Samples(44_100).convert(from, to), Samples(16_000));
        assert_eq!(Samples(441).convert(from, to), Samples(160));
        assert_eq!(Samples(16_000).to_ms(to), 1000.0);
    }

    #[test]
    fn decibels_and_semitones_round_trip() {
        assert!((Decibels(-6.0206).to_amplitude() - 0.5).abs() < 1e-5);
        assert!((Decibels::from_amplitude(0.5).0 + 6.0206).abs() < 1e-4);
        assert!((Semitones(12.0).to_ratio() - 2.0).abs() < 1e-6);
        assert!((Semitones::from_ratio(0.5).0 + 12.0).abs() < 1e-5);
    }
}
