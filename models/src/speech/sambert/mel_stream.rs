//! Makes mel frames one after the other, and gives each as soon as the postnet has heard what it needs of the future.

use std::sync::{Arc, Mutex, PoisonError};

use super::layout::Layout;
use super::manifest::Manifest;
use super::networks::{DecoderInputs, Networks};
use crate::error::RunError;
use crate::model::Tensor;

/// Added to what a masked row would count: so little that its share is exactly zero.
const HIDDEN: f32 = -1e9;

/// The decoder's windows come in multiples of so many rows, so that a backend which plans for every shape plans for few.
const WINDOW_STEP: usize = 8;

/// The mel frames of one utterance, while they are being made.
pub(super) struct MelStream {
    networks: Arc<Mutex<Networks>>,
    manifest: Arc<Manifest>,
    pub(super) layout: Layout,
    /// The next step of the decoder.
    pub(super) step: usize,
    /// The frame that the decoder made last.
    frame: Tensor,
    /// Keys and values of the steps before, and which of them count.
    past: Tensor,
    past_mask: Tensor,
    /// Keys and values of the memory, from the row `keys_from` on.
    keys: Vec<f32>,
    keys_from: usize,
    /// Frames that the postnet has heard, those behind the end among them.
    heard: usize,
    postnet_state: Tensor,
}

impl MelStream {
    /// Before the first frame.
    pub(super) fn new(
        networks: Arc<Mutex<Networks>>,
        manifest: Arc<Manifest>,
        layout: Layout,
    ) -> MelStream {
        let window = (layout.band + 1).next_multiple_of(WINDOW_STEP);
        let mut past_mask = vec![HIDDEN; window + 1];
        past_mask[window] = 0.0;
        MelStream {
            step: 0,
            frame: Tensor::zeros(&[1, 1, manifest.mels]),
            past: Tensor::zeros(&[1, window, manifest.key_units]),
            past_mask: Tensor::f32(&[1, window + 1], past_mask),
            keys: Vec::new(),
            keys_from: 0,
            heard: 0,
            postnet_state: Tensor::zeros(&[manifest.postnet_state]),
            networks,
            manifest,
            layout,
        }
    }

    /// Appends the next frames to `rows`, if there are any yet; true while more follow.
    ///
    /// # Errors
    /// If a network fails.
    pub(super) fn next_frames(&mut self, rows: &mut Vec<f32>) -> Result<bool, RunError> {
        let networks = Arc::clone(&self.networks);
        // Networks keep nothing between runs, so one that was given up half-way harms no other.
        let mut networks = networks.lock().unwrap_or_else(PoisonError::into_inner);
        let (count, bands) = (self.manifest.postnet_frames, self.manifest.mels);
        let mut frames = Vec::with_capacity(count * bands);
        while frames.len() < count * bands && self.step < self.layout.steps() {
            frames.extend(self.decode(&mut networks)?);
        }
        // Behind the end there is silence, also within the last step.
        frames.truncate((self.layout.frames.saturating_sub(self.heard)) * bands);
        frames.resize(count * bands, 0.0);
        let frames = Tensor::f32(&[1, count, bands], frames);

        let late = self.manifest.postnet_lookahead;
        let spoken = late..late + self.layout.frames;
        let times = self.heard..self.heard + count + late;
        let valid: Vec<f32> = times
            .map(|time| f32::from(u8::from(spoken.contains(&time))))
            .collect();
        let valid = Tensor::f32(&[1, count + late], valid);
        let [mel, state] = networks.postnet(&frames, &valid, &self.postnet_state)?;
        self.postnet_state = state;
        let mel = mel.as_f32().unwrap_or_default();
        let made = self.heard..self.heard + count;
        let pairs = made.zip(mel.chunks_exact(bands));
        for (_, row) in pairs.filter(|(time, _)| spoken.contains(time)) {
            rows.extend_from_slice(row);
        }
        self.heard += count;
        Ok(self.heard < spoken.end)
    }

    /// One step of the decoder: its frames.
    fn decode(&mut self, networks: &mut Networks) -> Result<Vec<f32>, RunError> {
        let (ahead, ahead_mask) = self.ahead(networks)?;
        let units = self.layout.units;
        let memory = &self.layout.memory[self.step * units..(self.step + 1) * units];
        let [frames, row] = networks.decode(&DecoderInputs {
            frame: &self.frame,
            memory: &Tensor::f32(&[1, 1, units], memory.to_vec()),
            past: &self.past,
            past_mask: &self.past_mask,
            ahead: &ahead,
            ahead_mask: &ahead_mask,
        })?;
        let frames = frames.as_f32().unwrap_or_default().to_vec();
        let bands = self.manifest.mels;
        let last = frames[frames.len() - bands..].to_vec();
        self.frame = Tensor::f32(&[1, 1, bands], last);
        self.remember(row.as_f32().unwrap_or_default());
        self.step += 1;
        Ok(frames)
    }

    /// Keys and values of the memory from this step on, as far as the band goes, and which rows count.
    fn ahead(&mut self, networks: &mut Networks) -> Result<(Tensor, Tensor), RunError> {
        let end = (self.step + self.layout.band + 1).min(self.layout.steps());
        let (rows, units) = (self.manifest.memory_rows, self.manifest.key_units);
        while self.keys_from + self.keys.len() / units < end {
            let from = self.keys_from + self.keys.len() / units;
            let known = &self.layout.memory[from * self.layout.units..];
            let mut block = known[..known.len().min(rows * self.layout.units)].to_vec();
            block.resize(rows * self.layout.units, 0.0);
            let keys = networks.keys(&Tensor::f32(&[1, rows, self.layout.units], block))?;
            self.keys
                .extend_from_slice(keys.as_f32().unwrap_or_default());
        }
        if self.step - self.keys_from >= rows {
            self.keys.drain(..rows * units);
            self.keys_from += rows;
        }
        let window = self.past.shape()[1];
        let place = |row: usize| (row - self.keys_from) * units;
        let mut ahead = self.keys[place(self.step)..place(end)].to_vec();
        ahead.resize(window * units, 0.0);
        let mut mask = vec![0.0; end - self.step];
        mask.resize(window, HIDDEN);
        Ok((
            Tensor::f32(&[1, window, units], ahead),
            Tensor::f32(&[1, window], mask),
        ))
    }

    /// Puts the keys and values of this step behind those before it.
    fn remember(&mut self, row: &[f32]) {
        let units = self.manifest.key_units;
        let window = self.past.shape()[1];
        if let Some(past) = self.past.as_f32_mut() {
            past.copy_within(units.., 0);
            past[(window - 1) * units..].copy_from_slice(row);
        }
        if let Some(mask) = self.past_mask.as_f32_mut() {
            let count = (self.step + 1).min(self.layout.band);
            mask[window - count..].fill(0.0);
        }
    }
}
