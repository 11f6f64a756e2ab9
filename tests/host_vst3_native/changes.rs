//! Changes of parameters within a block, as a VST3 host hands them over.

use vst3::Steinberg::Vst::{
    IParamValueQueue, IParamValueQueueTrait, IParameterChanges, IParameterChangesTrait, ParamID,
    ParamValue,
};
use vst3::Steinberg::{int32, kInvalidArgument, kNotImplemented, kResultOk, tresult};
use vst3::{Class, ComWrapper};

/// A sample of the block, a parameter, and its new value, 0 to 1.
pub type Change = (i32, ParamID, ParamValue);

/// All changes of a block: for each parameter a queue in the order of time.
pub struct Changes(Vec<ComWrapper<Queue>>);

/// The changes of one parameter.
pub struct Queue {
    id: ParamID,
    points: Vec<(i32, ParamValue)>,
}

impl Changes {
    /// These changes, which must come in the order of time.
    pub fn new(changes: &[Change]) -> Changes {
        let mut queues: Vec<Queue> = Vec::new();
        for &(at, id, value) in changes {
            match queues.iter_mut().find(|queue| queue.id == id) {
                Some(queue) => queue.points.push((at, value)),
                None => queues.push(Queue {
                    id,
                    points: vec![(at, value)],
                }),
            }
        }
        Changes(queues.into_iter().map(ComWrapper::new).collect())
    }
}

impl Class for Changes {
    type Interfaces = (IParameterChanges,);
}

impl IParameterChangesTrait for Changes {
    unsafe fn getParameterCount(&self) -> int32 {
        self.0.len() as int32
    }

    unsafe fn getParameterData(&self, index: int32) -> *mut IParamValueQueue {
        let queue = usize::try_from(index).ok().and_then(|at| self.0.get(at));
        let queue = queue.and_then(|queue| queue.as_com_ref::<IParamValueQueue>());
        queue.map_or(std::ptr::null_mut(), |queue| queue.as_ptr())
    }

    /// These are the host's changes: a plugin adds none.
    unsafe fn addParameterData(
        &self,
        _id: *const ParamID,
        _index: *mut int32,
    ) -> *mut IParamValueQueue {
        std::ptr::null_mut()
    }
}

impl Class for Queue {
    type Interfaces = (IParamValueQueue,);
}

impl IParamValueQueueTrait for Queue {
    unsafe fn getParameterId(&self) -> ParamID {
        self.id
    }

    unsafe fn getPointCount(&self) -> int32 {
        self.points.len() as int32
    }

    unsafe fn getPoint(&self, index: int32, at: *mut int32, value: *mut ParamValue) -> tresult {
        let point = usize::try_from(index).ok();
        let Some(point) = point.and_then(|index| self.points.get(index)) else {
            return kInvalidArgument;
        };
        // SAFETY: who calls gives places for both.
        unsafe { (*at, *value) = *point };
        kResultOk
    }

    /// These are the host's changes: a plugin adds none.
    unsafe fn addPoint(&self, _at: int32, _value: ParamValue, _index: *mut int32) -> tresult {
        kNotImplemented
    }
}
