//! What a state says of a parameter.

use nice_plug::plugin::ParamValue;
use nice_plug::prelude::*;

/// What a state says of a parameter, as the framework writes it.
pub(crate) trait Saved: Param {
    /// As it stands.
    fn saved(&self) -> ParamValue;
}

impl Saved for FloatParam {
    fn saved(&self) -> ParamValue {
        ParamValue::F32(self.unmodulated_plain_value())
    }
}

impl Saved for IntParam {
    fn saved(&self) -> ParamValue {
        ParamValue::I32(self.unmodulated_plain_value())
    }
}

impl Saved for BoolParam {
    fn saved(&self) -> ParamValue {
        ParamValue::Bool(self.unmodulated_plain_value())
    }
}

impl<T: Enum + PartialEq + 'static> Saved for EnumParam<T> {
    fn saved(&self) -> ParamValue {
        let index = self.unmodulated_plain_value().to_index();
        match T::ids() {
            Some(ids) => ParamValue::String(ids[index].to_owned()),
            None => ParamValue::I32(index as i32),
        }
    }
}
