//! The settings by name, as remote controls turn them: units, ranges, and the text that people type.

use serde::Serialize;
use serde_json::Value;
use syrinx_dsp::{Decibels, Semitones};
use syrinx_engine::Settings;

use crate::args::{FORMANT_RANGE, GAIN_RANGE, GATE_RANGE, HIGH_PASS_RANGE, TRANSPOSE_RANGE};
use crate::controls::Action;

/// What a number means.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum Unit {
    /// Semitones.
    #[serde(rename = "st")]
    Semitones,
    /// Decibels.
    #[serde(rename = "dB")]
    Decibels,
    /// Hertz.
    #[serde(rename = "Hz")]
    Hertz,
    /// A share or a factor, where 1 is 100 %.
    #[serde(rename = "")]
    Share,
}

impl Unit {
    /// Its name for people.
    fn name(self) -> &'static str {
        match self {
            Unit::Semitones => " st",
            Unit::Decibels => " dB",
            Unit::Hertz => " Hz",
            Unit::Share => "",
        }
    }

    /// How it may be written behind a number, in lower case.
    fn written(self) -> &'static [&'static str] {
        match self {
            Unit::Semitones => &["semitones", "semitone", "st"],
            Unit::Decibels => &["db"],
            Unit::Hertz => &["hz"],
            Unit::Share => &["%", "x"],
        }
    }
}

/// A number that can be turned.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Parameter {
    /// Its name: that of the option on the command line.
    pub name: &'static str,
    /// What the number means.
    pub unit: Unit,
    /// The lowest.
    pub low: f32,
    /// The highest.
    pub high: f32,
    /// Whether it can be "off" as well.
    pub can_be_off: bool,
    #[serde(skip)]
    get: fn(&Settings) -> Option<f32>,
    #[serde(skip)]
    set: fn(&mut Settings, Option<f32>),
}

/// A line of the table below.
const fn parameter(
    name: &'static str,
    unit: Unit,
    (low, high): (f32, f32),
    get: fn(&Settings) -> Option<f32>,
    set: fn(&mut Settings, Option<f32>),
) -> Parameter {
    Parameter {
        name,
        unit,
        low,
        high,
        can_be_off: false,
        get,
        set,
    }
}

impl Parameter {
    const fn or_off(self) -> Parameter {
        Parameter {
            can_be_off: true,
            ..self
        }
    }
}

/// All numbers that can be turned.
pub const PARAMETERS: [Parameter; 12] = [
    parameter(
        "transpose",
        Unit::Semitones,
        TRANSPOSE_RANGE,
        |s| Some(s.controls.transpose.0),
        |s, value| s.controls.transpose = Semitones(value.unwrap_or(0.0)),
    ),
    parameter(
        "formant",
        Unit::Semitones,
        FORMANT_RANGE,
        |s| Some(s.controls.formant.0),
        |s, value| s.controls.formant = Semitones(value.unwrap_or(0.0)),
    ),
    parameter(
        "intonation",
        Unit::Share,
        (0.0, 2.0),
        |s| Some(s.controls.intonation),
        |s, value| s.controls.intonation = value.unwrap_or(1.0),
    ),
    parameter(
        "vibrato",
        Unit::Share,
        (0.0, 2.0),
        |s| Some(s.controls.pitch.vibrato),
        |s, value| s.controls.pitch.vibrato = value.unwrap_or(1.0),
    ),
    parameter(
        "strength",
        Unit::Share,
        (0.0, 1.0),
        |s| s.controls.strength,
        |s, value| s.controls.strength = value,
    )
    .or_off(),
    parameter(
        "gate",
        Unit::Decibels,
        GATE_RANGE,
        |s| s.gate.map(|gate| gate.0),
        |s, value| s.gate = value.map(Decibels),
    )
    .or_off(),
    parameter(
        "high-pass",
        Unit::Hertz,
        HIGH_PASS_RANGE,
        |s| s.high_pass,
        |s, value| s.high_pass = value,
    )
    .or_off(),
    parameter(
        "denoise",
        Unit::Share,
        (0.0, 1.0),
        |s| Some(s.denoise),
        |s, value| s.denoise = value.unwrap_or(0.0),
    ),
    parameter(
        "input-gain",
        Unit::Decibels,
        GAIN_RANGE,
        |s| Some(s.input_gain.0),
        |s, value| s.input_gain = Decibels(value.unwrap_or(0.0)),
    ),
    parameter(
        "output-gain",
        Unit::Decibels,
        GAIN_RANGE,
        |s| Some(s.output_gain.0),
        |s, value| s.output_gain = Decibels(value.unwrap_or(0.0)),
    ),
    parameter(
        "loudness",
        Unit::Share,
        (0.0, 1.0),
        |s| Some(s.loudness),
        |s, value| s.loudness = value.unwrap_or(0.0),
    ),
    parameter(
        "mix",
        Unit::Share,
        (0.0, 1.0),
        |s| Some(s.mix),
        |s, value| s.mix = value.unwrap_or(1.0),
    ),
];

/// What is either on or off.
pub const SWITCHES: [&str; 8] = [
    "bypass",
    "limit",
    "feedback-guard",
    "mute",
    "panic",
    "push-to-talk",
    "talk",
    "record",
];

/// What is chosen by name.
pub const CHOICES: [&str; 2] = ["voice", "speaker"];

impl Parameter {
    /// The parameter of that name.
    pub fn named(name: &str) -> Option<&'static Parameter> {
        PARAMETERS.iter().find(|parameter| parameter.name == name)
    }

    /// Its number in `settings`; `None` is off.
    pub fn get(&self, settings: &Settings) -> Option<f32> {
        (self.get)(settings)
    }

    /// Sets it from a number, or from what people type: `+3`, `3 st`, `-12dB`, `50 %`, `off`.
    ///
    /// # Errors
    /// If it is no such number or out of range, with range and value.
    pub fn set(&self, settings: &mut Settings, value: &Value) -> Result<(), String> {
        let number = match value {
            Value::Number(number) => number.as_f64().map(|number| Some(number as f32)),
            Value::String(text) => self.typed(text),
            _ => None,
        };
        let in_range = |number: &f32| (self.low..=self.high).contains(number);
        let number = number.filter(|number| number.as_ref().is_none_or(in_range));
        let number = number.ok_or_else(|| self.expected(value))?;
        (self.set)(settings, number);
        Ok(())
    }

    fn expected(&self, found: &Value) -> String {
        format!(
            "{}: expected {} to {}{}{}, found {found}",
            self.name,
            self.low,
            self.high,
            self.unit.name(),
            if self.can_be_off { " or off" } else { "" },
        )
    }

    /// A number with or without its unit; the inner `None` is "off".
    fn typed(&self, text: &str) -> Option<Option<f32>> {
        let text = text.trim().to_lowercase();
        if text == "off" {
            return self.can_be_off.then_some(None);
        }
        let units = self.unit.written().iter();
        let found = units
            .filter_map(|unit| text.strip_suffix(unit).map(|number| (number, *unit)))
            .next();
        let (number, unit) = found.unwrap_or((&text, ""));
        let number: f32 = number.trim().parse().ok()?;
        Some(Some(if unit == "%" { number / 100.0 } else { number }))
    }
}

/// Reads a switch: a truth value, or "on" and "off".
///
/// # Errors
/// If it is neither.
pub fn switch(name: &str, value: &Value) -> Result<bool, String> {
    match value {
        Value::Bool(on) => Ok(*on),
        Value::String(text) if text == "on" => Ok(true),
        Value::String(text) if text == "off" => Ok(false),
        _ => Err(format!("{name}: expected on or off, found {value}")),
    }
}

/// What can be turned and done, for programs.
pub fn description() -> Value {
    serde_json::json!({
        "event": "hello",
        "program": concat!("Syrinx ", env!("CARGO_PKG_VERSION")),
        "parameters": PARAMETERS,
        "switches": SWITCHES,
        "choices": CHOICES,
        "actions": Action::NAMES,
    })
}

/// The numbers of `settings` by name; off is null.
pub fn values(settings: &Settings) -> Value {
    let values = PARAMETERS
        .iter()
        .map(|parameter| (parameter.name.to_owned(), parameter.get(settings).into()));
    Value::Object(values.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(name: &str, value: impl Into<Value>) -> Result<Option<f32>, String> {
        let parameter = Parameter::named(name).unwrap();
        let mut settings = Settings::default();
        parameter.set(&mut settings, &value.into())?;
        Ok(parameter.get(&settings))
    }

    #[test]
    fn what_people_type_is_understood() {
        for (name, text, expected) in [
            ("transpose", "+3", Some(3.0)),
            ("transpose", "3 st", Some(3.0)),
            ("transpose", "-1 semitone", Some(-1.0)),
            ("output-gain", "-12dB", Some(-12.0)),
            ("gate", " -45 DB ", Some(-45.0)),
            ("gate", "off", None),
            ("high-pass", "80 Hz", Some(80.0)),
            ("mix", "50 %", Some(0.5)),
            ("mix", "0.5", Some(0.5)),
            ("intonation", "1.5x", Some(1.5)),
        ] {
            assert_eq!(set(name, text), Ok(expected), "{name} {text}");
        }
        assert_eq!(set("transpose", -4.5), Ok(Some(-4.5)));
    }

    #[test]
    fn what_is_no_such_number_names_range_and_value() {
        for (name, value, expected) in [
            (
                "transpose",
                Value::from("25"),
                "transpose: expected -24 to 24 st, found \"25\"",
            ),
            ("transpose", Value::from("3 dB"), "found \"3 dB\""),
            ("transpose", Value::from("off"), "found \"off\""),
            ("transpose", Value::from("nan"), "found \"nan\""),
            ("mix", Value::from("150%"), "mix: expected 0 to 1, found"),
            (
                "gate",
                Value::from(true),
                "gate: expected -100 to 0 dB or off, found true",
            ),
            ("gate", Value::from(""), "found \"\""),
        ] {
            let error = set(name, value).unwrap_err();
            assert!(error.contains(expected), "{error}");
        }
    }

    #[test]
    fn every_parameter_sets_what_it_shows_and_nothing_else() {
        let before = values(&Settings::default());
        for parameter in &PARAMETERS {
            let mut settings = Settings::default();
            let value = parameter.low + 0.75 * (parameter.high - parameter.low);
            parameter.set(&mut settings, &value.into()).unwrap();
            let mut after = values(&settings);
            assert_eq!(after[parameter.name], Value::from(value));
            after[parameter.name] = before[parameter.name].clone();
            assert_eq!(after, before, "{}", parameter.name);
        }
        assert_eq!(values(&Settings::default())["gate"], Value::Null);
    }
}
