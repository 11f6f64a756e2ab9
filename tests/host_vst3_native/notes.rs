//! Keys that go down and up within a block, as a VST3 host hands them over.

use vst3::Class;
use vst3::Steinberg::Vst::Event_::EventTypes_::{kNoteOffEvent, kNoteOnEvent};
use vst3::Steinberg::Vst::{
    Event, Event__type0, IEventList, IEventListTrait, NoteOffEvent, NoteOnEvent,
};
use vst3::Steinberg::{int16, int32, kInvalidArgument, kNotImplemented, kResultOk, tresult};

/// A key at a sample of a block.
#[derive(Clone, Copy, Debug)]
pub struct Note {
    /// The sample.
    pub at: i32,
    /// The key, as MIDI numbers it.
    pub key: u8,
    /// Whether it goes down.
    pub is_on: bool,
}

impl Note {
    /// A note without an id, on channel 0, as loud as it goes.
    fn event(self) -> Event {
        let pitch = int16::from(self.key);
        let (kind, note) = match self.is_on {
            true => {
                let note_on = NoteOnEvent {
                    channel: 0,
                    pitch,
                    tuning: 0.0,
                    velocity: 1.0,
                    length: 0,
                    noteId: -1,
                };
                (kNoteOnEvent, Event__type0 { noteOn: note_on })
            }
            false => {
                let note_off = NoteOffEvent {
                    channel: 0,
                    pitch,
                    velocity: 0.0,
                    noteId: -1,
                    tuning: 0.0,
                };
                (kNoteOffEvent, Event__type0 { noteOff: note_off })
            }
        };
        Event {
            busIndex: 0,
            sampleOffset: self.at,
            ppqPosition: 0.0,
            flags: 0,
            r#type: kind as u16,
            __field0: note,
        }
    }
}

/// All notes of a block.
pub struct Notes(Vec<Event>);

impl Notes {
    /// These notes, which must come in the order of time.
    pub fn new(notes: &[Note]) -> Notes {
        Notes(notes.iter().map(|note| note.event()).collect())
    }
}

impl Class for Notes {
    type Interfaces = (IEventList,);
}

impl IEventListTrait for Notes {
    unsafe fn getEventCount(&self) -> int32 {
        self.0.len() as int32
    }

    unsafe fn getEvent(&self, index: int32, event: *mut Event) -> tresult {
        let found = usize::try_from(index).ok().and_then(|at| self.0.get(at));
        let Some(found) = found else {
            return kInvalidArgument;
        };
        // SAFETY: who calls gives a place for the event.
        unsafe { event.write(*found) };
        kResultOk
    }

    /// These are the host's notes: a plugin adds none.
    unsafe fn addEvent(&self, _event: *mut Event) -> tresult {
        kNotImplemented
    }
}
