//! What a VST3 host reads and turns of an instance while it does not process.

use vst3::Steinberg::Vst::ControllerNumbers_::kPitchBend;
use vst3::Steinberg::Vst::ParameterInfo_::ParameterFlags_::kIsReadOnly;
use vst3::Steinberg::Vst::{
    IEditControllerTrait, IMidiMapping, IMidiMappingTrait, ParamID, ParameterInfo, String128,
};
use vst3::Steinberg::kResultOk;

use super::{Rig, taken};

/// A parameter as the plugin declares it.
#[derive(Clone, Debug, PartialEq)]
pub struct Param {
    pub id: ParamID,
    pub name: String,
    /// Its value in a new instance, 0 to 1.
    pub default: f64,
}

impl Rig<'_> {
    /// All parameters that people can turn.
    pub fn params(&self) -> Vec<Param> {
        let controller = &self.parts().controller;
        // SAFETY: it can be asked at any time.
        let count = unsafe { controller.getParameterCount() };
        let all = (0..count).map(|index| {
            let mut info = no_parameter();
            // SAFETY: the place for what is said of it can be written.
            taken(
                unsafe { controller.getParameterInfo(index, &mut info) },
                "a parameter",
            );
            info
        });
        all.filter(|info| info.flags & kIsReadOnly == 0)
            .map(|info| Param {
                id: info.id,
                name: text_of(&info.title),
                default: info.defaultNormalizedValue,
            })
            .collect()
    }

    /// The parameter called `name`.
    pub fn param(&self, name: &str) -> Param {
        let params = self.params();
        let found = params.iter().find(|param| param.name == name);
        let names: Vec<&str> = params.iter().map(|param| param.name.as_str()).collect();
        found
            .unwrap_or_else(|| panic!("no parameter {name} among {names:?}"))
            .clone()
    }

    /// The value of a parameter, 0 to 1.
    pub fn value(&self, id: ParamID) -> f64 {
        // SAFETY: it can be asked at any time.
        unsafe { self.parts().controller.getParamNormalized(id) }
    }

    /// The text of a value.
    pub fn text(&self, id: ParamID, value: f64) -> String {
        let mut text: String128 = [0; 128];
        let controller = &self.parts().controller;
        // SAFETY: the place for the text can be written.
        let result = unsafe { controller.getParamStringByValue(id, value, &mut text) };
        taken(result, "a text");
        text_of(&text)
    }

    /// The value that a text means, if it means one.
    pub fn typed(&self, id: ParamID, text: &str) -> Option<f64> {
        let mut letters: Vec<u16> = text.encode_utf16().chain([0]).collect();
        let mut value = 0.0;
        let controller = &self.parts().controller;
        // SAFETY: the text ends with a zero, and the place for the value can be written.
        let result =
            unsafe { controller.getParamValueByString(id, letters.as_mut_ptr(), &mut value) };
        (result == kResultOk).then_some(value)
    }

    /// Sets a parameter while the instance does not process; deactivates it.
    pub fn set_inactive(&mut self, id: ParamID, value: f64) {
        self.deactivate();
        // SAFETY: it can be told at any time on this thread.
        let result = unsafe { self.parts().controller.setParamNormalized(id, value) };
        taken(result, "a value");
    }

    /// The same, as people type it.
    pub fn type_inactive(&mut self, name: &str, text: &str) {
        let id = self.param(name).id;
        let value = self.typed(id, text).expect("a value");
        self.set_inactive(id, value);
    }

    /// Which parameter the pitch wheel of channel 0 turns.
    pub fn wheel(&self) -> ParamID {
        let mapping = self.parts().controller.cast::<IMidiMapping>();
        let mapping = mapping.expect("it hears controllers");
        let mut id = 0;
        // SAFETY: the place for the id can be written.
        let result =
            unsafe { mapping.getMidiControllerAssignment(0, 0, kPitchBend as i16, &mut id) };
        taken(result, "a wheel");
        id
    }
}

/// A place for what is said of a parameter.
fn no_parameter() -> ParameterInfo {
    ParameterInfo {
        id: 0,
        title: [0; 128],
        shortTitle: [0; 128],
        units: [0; 128],
        stepCount: 0,
        defaultNormalizedValue: 0.0,
        unitId: 0,
        flags: 0,
    }
}

fn text_of(letters: &String128) -> String {
    let end = letters.iter().position(|&letter| letter == 0);
    String::from_utf16(&letters[..end.expect("it ends")]).expect("UTF-16")
}
