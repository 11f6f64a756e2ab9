//! A VST3 host in the test's own process, around an instance of the built bundle.

mod application;
mod changes;
mod messages;
mod module;
mod notes;
mod parameters;
mod stream;

use std::marker::PhantomData;
use std::ptr::null_mut;
use std::sync::Arc;
use std::sync::atomic::Ordering::SeqCst;

use application::{Application, Handler, Log};
pub use changes::Change;
use changes::Changes;
pub use module::{Module, binary};
pub use notes::Note;
use notes::Notes;
use stream::Stream;
use vst3::Steinberg::Vst::BusDirections_::{kInput, kOutput};
use vst3::Steinberg::Vst::MediaTypes_::{kAudio, kEvent};
use vst3::Steinberg::Vst::ProcessModes_::{kOffline, kRealtime};
use vst3::Steinberg::Vst::SymbolicSampleSizes_::kSample32;
use vst3::Steinberg::Vst::{
    AudioBusBuffers, AudioBusBuffers__type0, IAudioProcessor, IAudioProcessorTrait, IComponent,
    IComponentHandler, IComponentTrait, IEditController, IEditControllerTrait, IEventList,
    IHostApplication, IParameterChanges, ProcessContext, ProcessData, ProcessSetup, SpeakerArr,
};
use vst3::Steinberg::{IBStream, IPluginBaseTrait, kResultOk, tresult};
use vst3::com_scrape_types::Unknown;
use vst3::{Class, ComPtr, ComWrapper, Interface};

/// What happens in a block besides sound.
#[derive(Clone, Copy, Default)]
pub struct Events<'a> {
    /// Parameters that change, in the order of time.
    pub changes: &'a [Change],
    /// Keys, in the order of time.
    pub notes: &'a [Note],
    /// Where the host's song stands.
    pub song: Option<ProcessContext>,
}

/// One instance of the plugin and what it asked for. The module outlives it.
pub struct Rig<'module> {
    pub log: Arc<Log>,
    /// `None` when it is being destroyed.
    parts: Option<Parts>,
    application: ComWrapper<Application>,
    handler: ComWrapper<Handler>,
    channels: usize,
    is_offline: bool,
    is_active: bool,
    module: PhantomData<&'module Module>,
}

/// The interfaces of the one object that the plugin is.
struct Parts {
    component: ComPtr<IComponent>,
    processor: ComPtr<IAudioProcessor>,
    controller: ComPtr<IEditController>,
}

impl<'module> Rig<'module> {
    /// A new instance, stereo and in real time.
    pub fn new(module: &'module Module) -> Rig<'module> {
        let component = module.create();
        let processor = component.cast().expect("it processes sound");
        // A plugin of two halves would have the other one made; this one is its own controller.
        let controller: ComPtr<IEditController> = component.cast().expect("it has parameters");
        let log = Arc::new(Log::default());
        let application = ComWrapper::new(Application);
        let handler = ComWrapper::new(Handler(Arc::clone(&log)));
        let context = application.as_com_ref::<IHostApplication>();
        let context = context.expect("the host is one").as_ptr().cast();
        let heard = handler.as_com_ref::<IComponentHandler>();
        let heard = heard.expect("the handler is one").as_ptr();
        // SAFETY: both objects of the host live as long as the rig, which takes them back before.
        unsafe {
            taken(component.initialize(context), "initialize");
            taken(controller.setComponentHandler(heard), "a handler");
        }
        Rig {
            log,
            parts: Some(Parts {
                component,
                processor,
                controller,
            }),
            application,
            handler,
            channels: 2,
            is_offline: false,
            is_active: false,
            module: PhantomData,
        }
    }

    fn parts(&self) -> &Parts {
        self.parts.as_ref().expect("it was not destroyed")
    }

    /// Says whether it renders offline, from the next activation on.
    pub fn set_offline(&mut self, offline: bool) {
        self.is_offline = offline;
    }

    /// Says how many channels there are, 1 or 2, from the next activation on.
    pub fn set_channels(&mut self, channels: usize) {
        self.channels = channels;
    }

    fn mode(&self) -> i32 {
        match self.is_offline {
            true => kOffline as i32,
            false => kRealtime as i32,
        }
    }

    /// Activates and starts; an active instance is restarted.
    pub fn activate(&mut self, rate: f64, max_block: usize) {
        self.deactivate();
        let mut setup = ProcessSetup {
            processMode: self.mode(),
            symbolicSampleSize: kSample32 as i32,
            maxSamplesPerBlock: max_block as i32,
            sampleRate: rate,
        };
        let mut speakers = match self.channels {
            1 => SpeakerArr::kMono,
            _ => SpeakerArr::kStereo,
        };
        let mut speakers_out = speakers;
        self.log.activating.store(true, SeqCst);
        let Parts {
            component,
            processor,
            ..
        } = self.parts();
        // SAFETY: this is the order of VST3, on one thread; the pointers live through the calls.
        unsafe {
            let sizes = processor.canProcessSampleSize(kSample32 as i32);
            taken(sizes, "32 bits");
            let arrangement = processor.setBusArrangements(&mut speakers, 1, &mut speakers_out, 1);
            taken(arrangement, "as many speakers");
            taken(processor.setupProcessing(&mut setup), "the setup");
            for (kind, direction) in [(kAudio, kInput), (kAudio, kOutput), (kEvent, kInput)] {
                let bus = component.activateBus(kind as i32, direction as i32, 0, 1);
                taken(bus, "a bus");
            }
            taken(component.setActive(1), "to be active");
            taken(processor.setProcessing(1), "to process");
        }
        self.log.activating.store(false, SeqCst);
        self.is_active = true;
    }

    /// Stops and deactivates, if it is active.
    pub fn deactivate(&mut self) {
        if !std::mem::take(&mut self.is_active) {
            return;
        }
        let parts = self.parts();
        // SAFETY: this is the order of VST3, on one thread.
        unsafe {
            taken(parts.processor.setProcessing(0), "to stop");
            taken(parts.component.setActive(0), "to be inactive");
        }
    }

    /// As a host does when the transport jumps.
    pub fn reset(&mut self) {
        let processor = &self.parts().processor;
        // SAFETY: it is active, and this is the order of VST3.
        unsafe {
            taken(processor.setProcessing(0), "to stop");
            taken(processor.setProcessing(1), "to process again");
        }
    }

    /// The latency that a host would compensate.
    pub fn latency(&self) -> usize {
        // SAFETY: it can be asked at any time.
        unsafe { self.parts().processor.getLatencySamples() as usize }
    }

    /// Does what the plugin wants done on the main thread, where the system leaves that to its windows.
    pub fn idle(&self) {
        messages::pump();
    }

    /// Processes one block in place, channels of equal length.
    pub fn process(&mut self, channels: &mut [&mut [f32]], events: &Events) {
        assert!(self.is_active && channels.len() == self.channels);
        let length = channels.first().map_or(0, |channel| channel.len());
        let mut inputs: Vec<Vec<f32>> = channels.iter().map(|channel| channel.to_vec()).collect();
        let mut inputs: Vec<*mut f32> = inputs.iter_mut().map(|x| x.as_mut_ptr()).collect();
        let mut outputs: Vec<*mut f32> = channels.iter_mut().map(|x| x.as_mut_ptr()).collect();
        let (mut input, mut output) = (bus(&mut inputs), bus(&mut outputs));
        let changes = ComWrapper::new(Changes::new(events.changes));
        let notes = ComWrapper::new(Notes::new(events.notes));
        let changes = changes.as_com_ref::<IParameterChanges>();
        let notes = notes.as_com_ref::<IEventList>();
        let mut song = events.song;
        let mut data = ProcessData {
            processMode: self.mode(),
            symbolicSampleSize: kSample32 as i32,
            numSamples: length as i32,
            numInputs: 1,
            numOutputs: 1,
            inputs: &mut input,
            outputs: &mut output,
            inputParameterChanges: changes.map_or(null_mut(), |changes| changes.as_ptr()),
            outputParameterChanges: null_mut(),
            inputEvents: notes.map_or(null_mut(), |notes| notes.as_ptr()),
            outputEvents: null_mut(),
            processContext: song.as_mut().map_or(null_mut(), |song| song),
        };
        // SAFETY: all that the data points to lives through the call, and the channels have their length.
        let result = unsafe { self.parts().processor.process(&mut data) };
        taken(result, "to process");
    }

    /// Runs a mono signal through all channels in blocks of the given lengths, over and over, and returns the
    /// first one.
    pub fn run(&mut self, signal: &[f32], blocks: &[usize]) -> Vec<f32> {
        let mut channels = vec![signal.to_vec(); self.channels];
        let mut start = 0;
        for &length in blocks.iter().cycle() {
            if start == signal.len() {
                break;
            }
            let end = signal.len().min(start + length);
            let mut block: Vec<&mut [f32]> =
                channels.iter_mut().map(|x| &mut x[start..end]).collect();
            self.process(&mut block, &Events::default());
            start = end;
        }
        assert!(channels.iter().all(|channel| *channel == channels[0]));
        channels.swap_remove(0)
    }

    /// Lets another thread have it for a while, as hosts process on one of their own.
    pub fn elsewhere(&mut self, work: impl FnOnce(&mut Rig) + Send) {
        let moved = Moved(self);
        std::thread::scope(|scope| {
            let audio = scope.spawn(move || work(moved.rig()));
            audio.join().expect("it does not panic");
        });
    }

    /// The saved state.
    pub fn save(&self) -> Vec<u8> {
        let stream = ComWrapper::new(Stream::new(&[]));
        let place = stream.as_com_ref::<IBStream>().expect("it is one");
        // SAFETY: the stream lives through the call.
        let result = unsafe { self.parts().component.getState(place.as_ptr()) };
        taken(result, "to save");
        stream.bytes()
    }

    /// Opens a saved state; whether it was taken.
    pub fn load(&mut self, bytes: &[u8]) -> bool {
        let stream = ComWrapper::new(Stream::new(bytes));
        let place = stream.as_com_ref::<IBStream>().expect("it is one");
        // SAFETY: the stream lives through the call.
        let result = unsafe { self.parts().component.setState(place.as_ptr()) };
        result == kResultOk
    }
}

/// A rig on its way to another thread.
struct Moved<'a, 'module>(&'a mut Rig<'module>);

// SAFETY: VST3 has blocks processed on a thread of their own. Nobody else has the rig meanwhile, and the objects of the
// host that it holds count their references atomically.
unsafe impl Send for Moved<'_, '_> {}

impl<'a, 'module> Moved<'a, 'module> {
    fn rig(self) -> &'a mut Rig<'module> {
        self.0
    }
}

impl Drop for Rig<'_> {
    fn drop(&mut self) {
        self.deactivate();
        let Some(parts) = self.parts.take() else {
            return;
        };
        // SAFETY: this is the order of VST3: inactive, without a handler, ended, and then let go.
        let left = unsafe {
            parts.controller.setComponentHandler(null_mut());
            parts.component.terminate();
            drop((parts.controller, parts.processor));
            IComponent::release(parts.component.into_raw())
        };
        // Whoever still holds something would use it when it is gone. One failure is enough.
        if !std::thread::panicking() {
            assert_eq!(left, 0, "references to the instance");
            let holders = others_of::<IHostApplication, _>(&self.application);
            assert_eq!(holders, 0, "references to the host");
            let holders = others_of::<IComponentHandler, _>(&self.handler);
            assert_eq!(holders, 0, "references to the handler");
        }
    }
}

/// How many references there are to an object of the host besides its own.
fn others_of<I: Interface, C: Class>(object: &ComWrapper<C>) -> usize {
    let more = object.to_com_ptr::<I>().expect("it has this interface");
    // SAFETY: it gives up the reference that was taken just now.
    let left = unsafe { I::release(more.into_raw()) };
    left - 1
}

/// A bus of these channels.
fn bus(channels: &mut [*mut f32]) -> AudioBusBuffers {
    AudioBusBuffers {
        numChannels: channels.len() as i32,
        silenceFlags: 0,
        __field0: AudioBusBuffers__type0 {
            channelBuffers32: channels.as_mut_ptr(),
        },
    }
}

/// What the plugin must not refuse.
#[track_caller]
fn taken(result: tresult, what: &str) {
    assert_eq!(result, kResultOk, "it refuses {what}");
}
