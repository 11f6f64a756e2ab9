//! What the VST3 host of the tests says of itself, and what it notes of what it is asked for.

use std::ffi::c_void;
use std::ptr::null_mut;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};

use vst3::Class;
use vst3::Steinberg::Vst::RestartFlags_::kLatencyChanged;
use vst3::Steinberg::Vst::{
    IComponentHandler, IComponentHandlerTrait, IHostApplication, IHostApplicationTrait, ParamID,
    ParamValue, String128,
};
use vst3::Steinberg::{TUID, int32, kNotImplemented, kResultOk, tresult};

/// The host itself.
pub struct Application;

impl Class for Application {
    type Interfaces = (IHostApplication,);
}

impl IHostApplicationTrait for Application {
    unsafe fn getName(&self, name: *mut String128) -> tresult {
        let mut text: String128 = [0; 128];
        for (place, letter) in text.iter_mut().zip("Syrinx tests".encode_utf16()) {
            *place = letter;
        }
        // SAFETY: who calls gives a place for the name.
        unsafe { *name = text };
        kResultOk
    }

    /// Messages between two halves of a plugin: this one has one half, and asks for none.
    unsafe fn createInstance(
        &self,
        _class: *mut TUID,
        _interface: *mut TUID,
        object: *mut *mut c_void,
    ) -> tresult {
        // SAFETY: who calls gives a place for the object.
        unsafe { *object = null_mut() };
        kNotImplemented
    }
}

/// What the plugin asked of the host.
#[derive(Debug, Default)]
pub struct Log {
    /// Restarts because the latency changed, while the host was activating the plugin.
    pub latencies_in_activate: AtomicUsize,
    /// The same at any other moment: the host is to deactivate and activate.
    pub latencies_outside: AtomicUsize,
    /// Restarts for another reason, of which there is none.
    pub other_restarts: AtomicUsize,
    /// Parameters that the plugin turned itself, which without an editor it never does.
    pub edits: AtomicUsize,
    pub(super) activating: AtomicBool,
}

/// What hears the plugin's wishes, on any thread.
pub struct Handler(pub Arc<Log>);

impl Class for Handler {
    type Interfaces = (IComponentHandler,);
}

impl IComponentHandlerTrait for Handler {
    unsafe fn beginEdit(&self, _id: ParamID) -> tresult {
        kResultOk
    }

    unsafe fn performEdit(&self, _id: ParamID, _value: ParamValue) -> tresult {
        self.0.edits.fetch_add(1, SeqCst);
        kResultOk
    }

    unsafe fn endEdit(&self, _id: ParamID) -> tresult {
        kResultOk
    }

    unsafe fn restartComponent(&self, flags: int32) -> tresult {
        let log = &self.0;
        let counter = if flags != kLatencyChanged {
            &log.other_restarts
        } else if log.activating.load(SeqCst) {
            &log.latencies_in_activate
        } else {
            &log.latencies_outside
        };
        counter.fetch_add(1, SeqCst);
        kResultOk
    }
}
