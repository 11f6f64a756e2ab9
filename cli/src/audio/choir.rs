//! Adds second voices, which were converted before and wait in files, to the first one.

use std::fs::File;
use std::io::{self, BufReader, BufWriter, Read, Seek, Write};
use std::path::Path;

use syrinx_models::{SampleSink, WriteError};

use super::partial::folder_of;

/// A converted voice that waits for the others in a file without a name (with one on Windows), which is gone with it.
pub struct WaitingVoice {
    file: BufWriter<File>,
}

impl WaitingVoice {
    /// An empty one beside `output`, where there is room for the whole in any case.
    ///
    /// # Errors
    /// If the folder cannot be written to.
    pub fn beside(output: &Path) -> io::Result<WaitingVoice> {
        let file = tempfile::tempfile_in(folder_of(output))?;
        Ok(WaitingVoice {
            file: BufWriter::new(file),
        })
    }
}

impl SampleSink for WaitingVoice {
    fn write(&mut self, samples: &[f32]) -> Result<(), WriteError> {
        for sample in samples {
            let written = self.file.write_all(&sample.to_le_bytes());
            written.map_err(|error| WriteError(error.to_string()))?;
        }
        Ok(())
    }
}

/// A sink that adds waiting voices to what is written.
pub struct ChoirSink<'a> {
    inner: &'a mut dyn SampleSink,
    voices: Vec<BufReader<File>>,
    gain: f32,
    mixed: Vec<f32>,
}

impl<'a> ChoirSink<'a> {
    /// Adds `voices`, times `gain`, to what goes into `inner`.
    ///
    /// # Errors
    /// If a file cannot be read again.
    pub fn new(
        inner: &'a mut dyn SampleSink,
        voices: Vec<WaitingVoice>,
        gain: f32,
    ) -> io::Result<ChoirSink<'a>> {
        let reopened = voices.into_iter().map(|voice| {
            let mut file = voice
                .file
                .into_inner()
                .map_err(|error| error.into_error())?;
            file.rewind()?;
            Ok(BufReader::new(file))
        });
        Ok(ChoirSink {
            inner,
            voices: reopened.collect::<io::Result<_>>()?,
            gain,
            mixed: Vec::new(),
        })
    }

    fn add(&mut self) -> io::Result<()> {
        let mut bytes = [0; 4];
        for sample in &mut self.mixed {
            for voice in &mut self.voices {
                voice.read_exact(&mut bytes)?;
                *sample += self.gain * f32::from_le_bytes(bytes);
            }
        }
        Ok(())
    }
}

impl SampleSink for ChoirSink<'_> {
    fn write(&mut self, samples: &[f32]) -> Result<(), WriteError> {
        self.mixed.clear();
        self.mixed.extend_from_slice(samples);
        self.add().map_err(|error| WriteError(error.to_string()))?;
        self.inner.write(&self.mixed)
    }
}

#[cfg(test)]
mod tests {
    use syrinx_models::VecSink;

    use super::*;

    #[test]
    fn voices_are_added_sample_by_sample() {
        let folder = tempfile::tempdir().unwrap();
        let output = folder.path().join("out.wav");
        let waiting = |sign: f32| {
            let mut voice = WaitingVoice::beside(&output).unwrap();
            for start in [0, 100] {
                let samples: Vec<f32> = (start..start + 100).map(|n| sign * n as f32).collect();
                voice.write(&samples).unwrap();
            }
            voice
        };
        let voices = vec![waiting(1.0), waiting(-3.0)];
        let mut sink = VecSink::default();
        let mut choir = ChoirSink::new(&mut sink, voices, 0.5).unwrap();
        choir.write(&vec![7.0; 150]).unwrap();
        choir.write(&[0.0; 50]).unwrap();
        assert!(choir.write(&[0.0]).is_err(), "there is no more of them");
        let expected: Vec<f32> = (0..200)
            .map(|n| if n < 150 { 7.0 } else { 0.0 } - n as f32)
            .collect();
        // Windows takes their names away when they are closed.
        drop(choir);
        assert_eq!(sink.samples, expected);
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    }
}
