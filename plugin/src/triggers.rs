//! Finds the lines that begin in a block: by the button, by notes and at the host's bars.

use std::ops::Range;

use nice_plug::midi::Key;
use nice_plug::prelude::*;
use syrinx_engine::{Cue, CueAt, SpeechControls, SpeechLines, SpeechMode};

use crate::VoiceParameters;
use crate::parameters::NoteChoice;

/// The MIDI note that starts line 1 (the C two octaves below middle C).
pub const FIRST_NOTE: u8 = 36;

/// Most lines that begin in one block: as many as there are. Of more, each cutting the one before off, nothing would be
/// heard.
const MOST: usize = SpeechLines::COUNT;

/// Finds the lines that begin in a block.
///
/// # Real-time safety
/// Nothing of it allocates, locks or panics.
#[derive(Debug)]
pub struct Triggers {
    /// Presses of the button that are done with.
    presses: u32,
    cues: [CueAt; MOST],
    count: usize,
    /// How many of them were asked for.
    given: usize,
    /// Samples of the block; 0 in a mode that does not speak.
    length: usize,
}

impl Triggers {
    /// Before the first block, after this many presses of the button: one that was saved as pressed starts nothing.
    pub fn new(presses: u32) -> Triggers {
        let nothing = CueAt {
            offset: 0,
            cue: Cue {
                line: 0,
                level: 0.0,
                controls: SpeechControls::default(),
            },
        };
        Triggers {
            presses,
            cues: [nothing; MOST],
            count: 0,
            given: 0,
            length: 0,
        }
    }

    /// A block of `length` samples begins: finds what button and bars start in it. In a mode that does not speak that is
    /// nothing.
    pub fn begin(&mut self, parameters: &VoiceParameters, transport: &Transport, length: usize) {
        let speech = &parameters.speech;
        self.count = 0;
        self.given = 0;
        self.length = match speech.mode() {
            SpeechMode::Convert => 0,
            SpeechMode::Speak | SpeechMode::SpeakAndConvert => length,
        };
        let presses = speech.presses();
        let is_pressed = std::mem::replace(&mut self.presses, presses) != presses;
        if self.length == 0 {
            return;
        }
        let controls = speech.controls(parameters.seed());
        if is_pressed {
            self.add(0, speech.chosen(), 1.0, controls);
        }
        if transport.playing {
            self.add_bars(&speech.lines.0, transport, controls);
        }
    }

    /// An event of the block that was begun.
    pub fn note(&mut self, parameters: &VoiceParameters, event: &NoteEvent<()>) {
        let &NoteEvent::NoteOn {
            timing,
            key: Key::Number(note),
            velocity,
            ..
        } = event
        else {
            return;
        };
        if self.length == 0 || velocity <= 0.0 {
            return;
        }
        let speech = &parameters.speech;
        let controls = speech.controls(parameters.seed());
        let offset = (timing as usize).min(self.length - 1);
        match speech.notes.value() {
            NoteChoice::Lines => {
                if let Some(line) = note.checked_sub(FIRST_NOTE) {
                    self.add(offset, u32::from(line), velocity, controls);
                }
            }
            NoteChoice::Pitch => {
                let sung = SpeechControls {
                    note: Some(note),
                    ..controls
                };
                self.add(offset, speech.chosen(), velocity, sung);
            }
            NoteChoice::Off => {}
        }
    }

    /// Whether notes are free to lead the pitch: where nothing is spoken, and where they are to do nothing about lines.
    pub fn leave_notes(parameters: &VoiceParameters) -> bool {
        let speech = &parameters.speech;
        match speech.mode() {
            SpeechMode::Convert => true,
            SpeechMode::Speak | SpeechMode::SpeakAndConvert => {
                speech.notes.value() == NoteChoice::Off
            }
        }
    }

    /// The lines that begin in `part` of the block, in the order of their samples, which count from its start. Parts
    /// are asked for in their order, and together are the block.
    pub fn cues(&mut self, part: &Range<usize>) -> &[CueAt] {
        let cues = &mut self.cues[self.given..self.count];
        // At the same sample the button and the bars come before the notes, which are the more special wish.
        insertion_sort(cues);
        let count = cues.partition_point(|cue| cue.offset < part.end);
        let cues = &mut cues[..count];
        self.given += count;
        for cue in &mut *cues {
            cue.offset = cue.offset.saturating_sub(part.start);
        }
        cues
    }

    fn add(&mut self, offset: usize, line: u32, level: f32, controls: SpeechControls) {
        if let Some(place) = self.cues.get_mut(self.count) {
            *place = CueAt {
                offset,
                cue: Cue {
                    line,
                    level: level.min(1.0),
                    controls,
                },
            };
            self.count += 1;
        }
    }

    fn add_bars(&mut self, lines: &SpeechLines, transport: &Transport, controls: SpeechControls) {
        for number in 0..SpeechLines::COUNT {
            let bar = lines.bar(number);
            if let Some(offset) = bar.and_then(|bar| offset_of(bar, transport, self.length)) {
                self.add(offset, number as u32, 1.0, controls);
            }
        }
    }
}

/// The sample of a block of `length` at which `bar` begins (1 is the first, 1.5 its middle), if it does: the nearest
/// one, so that every bar belongs to exactly one block, however the host cuts them.
fn offset_of(bar: f64, transport: &Transport, length: usize) -> Option<usize> {
    let tempo = transport.tempo.filter(|tempo| *tempo > 0.0)?;
    let upper = f64::from(transport.time_sig_numerator?);
    let lower = f64::from(transport.time_sig_denominator.filter(|lower| *lower > 0)?);
    let bars = bar - 1.0 - f64::from(transport.bar_number()?);
    // In quarter notes, as hosts count.
    let target = transport.bar_start_pos_beats()? + bars * upper * 4.0 / lower;
    let beats = target - transport.pos_beats()?;
    let samples = (beats * 60.0 / tempo * f64::from(transport.sample_rate)).round();
    (samples >= 0.0 && samples < length as f64).then_some(samples as usize)
}

/// Sorts by sample and leaves those at the same one in their order; without memory, and fast for few.
fn insertion_sort(cues: &mut [CueAt]) {
    for end in 1..cues.len() {
        let mut at = end;
        while at > 0 && cues[at - 1].offset > cues[at].offset {
            cues.swap(at - 1, at);
            at -= 1;
        }
    }
}
