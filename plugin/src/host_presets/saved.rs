//! What a state says of a parameter.

use nice_plug::plugin::ParamValue;
use nice_plug::prelude::*;

/// What a state says of a parameter, as the framework writes it.
pub(crate) trait Saved: Param {
    /// At a position of 0 to 1.
    fn saved(&self, position: f32) -> ParamValue;
}

impl Saved for FloatParam {
    fn saved(&self, position: f32) -> ParamValue {
        ParamValue::F32(self.preview_plain(position))
    }
}

impl Saved for IntParam {
    fn saved(&self, position: f32) -> ParamValue {
        ParamValue::I32(self.preview_plain(position))
    }
}

impl Saved for BoolParam {
    fn saved(&self, position: f32) -> ParamValue {
        ParamValue::Bool(self.preview_plain(position))
    }
}

impl<T: Enum + PartialEq + 'static> Saved for EnumParam<T> {
    fn saved(&self, position: f32) -> ParamValue {
        let index = self.preview_plain(position).to_index();
        match T::ids() {
            Some(ids) => ParamValue::String(ids[index].to_owned()),
            None => ParamValue::I32(index as i32),
        }
    }
}
