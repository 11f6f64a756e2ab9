//! Bytes in memory that a plugin reads its state from and writes it to.

use std::cell::{Cell, RefCell};
use std::ffi::c_void;

use vst3::Class;
use vst3::Steinberg::IBStream_::IStreamSeekMode_::{kIBSeekCur, kIBSeekEnd, kIBSeekSet};
use vst3::Steinberg::{
    IBStream, IBStreamTrait, int32, int64, kInvalidArgument, kResultOk, tresult,
};

/// Bytes and a place among them.
pub struct Stream {
    bytes: RefCell<Vec<u8>>,
    at: Cell<usize>,
}

impl Stream {
    /// A stream that begins at the first of these bytes.
    pub fn new(bytes: &[u8]) -> Stream {
        Stream {
            bytes: RefCell::new(bytes.to_vec()),
            at: Cell::new(0),
        }
    }

    /// What it holds.
    pub fn bytes(&self) -> Vec<u8> {
        self.bytes.borrow().clone()
    }
}

impl Class for Stream {
    type Interfaces = (IBStream,);
}

impl IBStreamTrait for Stream {
    unsafe fn read(&self, buffer: *mut c_void, length: int32, read: *mut int32) -> tresult {
        let (bytes, at) = (self.bytes.borrow(), self.at.get());
        let Ok(length) = usize::try_from(length) else {
            return kInvalidArgument;
        };
        let found = &bytes[at..bytes.len().min(at + length)];
        self.at.set(at + found.len());
        // SAFETY: the buffer has room for `length` bytes, and nobody else has it meanwhile.
        unsafe { buffer.cast::<u8>().copy_from(found.as_ptr(), found.len()) };
        say(read, found.len());
        kResultOk
    }

    unsafe fn write(&self, buffer: *mut c_void, length: int32, written: *mut int32) -> tresult {
        let (mut bytes, at) = (self.bytes.borrow_mut(), self.at.get());
        let Ok(length) = usize::try_from(length) else {
            return kInvalidArgument;
        };
        // SAFETY: the buffer holds `length` bytes.
        let new = unsafe { std::slice::from_raw_parts(buffer.cast::<u8>(), length) };
        let end = bytes.len().min(at + length);
        bytes.splice(at..end, new.iter().copied());
        self.at.set(at + length);
        say(written, length);
        kResultOk
    }

    unsafe fn seek(&self, place: int64, mode: int32, result: *mut int64) -> tresult {
        let length = self.bytes.borrow().len();
        let from = match mode {
            mode if mode == kIBSeekSet as int32 => 0,
            mode if mode == kIBSeekCur as int32 => self.at.get(),
            mode if mode == kIBSeekEnd as int32 => length,
            _ => return kInvalidArgument,
        };
        let at = usize::try_from(from as int64 + place).ok();
        let Some(at) = at.filter(|&at| at <= length) else {
            return kInvalidArgument;
        };
        self.at.set(at);
        if !result.is_null() {
            // SAFETY: where it is not null, it can be written.
            unsafe { *result = at as int64 };
        }
        kResultOk
    }

    unsafe fn tell(&self, place: *mut int64) -> tresult {
        // SAFETY: who calls gives a place for the answer.
        unsafe { *place = self.at.get() as int64 };
        kResultOk
    }
}

/// Says how many bytes there were, to those who want to know.
fn say(place: *mut int32, length: usize) {
    if !place.is_null() {
        // SAFETY: where it is not null, it can be written.
        unsafe { *place = length as int32 };
    }
}
