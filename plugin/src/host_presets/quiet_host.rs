//! Stands in for a host where parameters are set that no host has.
#![allow(unsafe_code)]

use std::collections::BTreeMap;

use nice_plug::context::gui::GuiContextInner;
use nice_plug::plugin::PluginState;
use nice_plug::prelude::*;

/// Stands in for a host: what is set is set at once, and nobody is told.
pub struct QuietHost;

impl GuiContextInner for QuietHost {
    fn plugin_api(&self) -> PluginApi {
        PluginApi::Vst3
    }

    unsafe fn raw_begin_set_parameter(&self, _: ParamPtr) {}

    unsafe fn raw_set_parameter_normalized(&self, parameter: ParamPtr, position: f32) {
        // SAFETY: the parameter is that of a reference that the caller holds.
        unsafe { parameter._internal_set_normalized_value(position) };
    }

    unsafe fn raw_end_set_parameter(&self, _: ParamPtr) {}

    fn get_state(&self) -> PluginState {
        PluginState {
            version: String::new(),
            params: BTreeMap::new(),
            fields: BTreeMap::new(),
        }
    }

    fn set_state(&self, _: PluginState) {}

    fn request_restart(&self) {}
}
