//! Elements that are not closed yet, and what their attributes make of the text inside.

use std::ops::Range;
use std::sync::Arc;

use super::attributes::Attributes;
use super::prosody;
use crate::error::TextError;
use crate::piece::{DateOrder, SayAs, Sounds};
use crate::prosody::{Emotion, Prosody};

const INTERPRETATIONS: &str =
    "characters, spell-out, cardinal, number, ordinal, digits, telephone, time or date";
const DATE_ORDERS: &str = "mdy, dmy or ymd";

/// What the text of an element is for.
#[derive(Clone, Debug)]
pub(super) enum Role {
    /// To be spoken.
    Speech,
    /// Spoken otherwise: instead of it, this.
    Sub(String),
    /// Spoken with these sounds.
    Phoneme(Vec<Sounds>),
    /// Nothing may be inside.
    Empty,
}

/// An element that is not closed yet.
pub(super) struct Open {
    pub(super) name: String,
    pub(super) span: Range<usize>,
    pub(super) prosody: Arc<Prosody>,
    pub(super) say_as: SayAs,
    pub(super) role: Role,
}

/// Takes the attributes of `<prosody>`, and says which there can be.
pub(super) fn open_prosody(
    open: &mut Open,
    attributes: &mut Attributes,
) -> Result<&'static str, TextError> {
    let mut changed = (*open.prosody).clone();
    if let Some(value) = attributes.take("rate") {
        prosody::with_rate(&mut changed, &value)
            .ok_or_else(|| attributes.wrong("rate", prosody::RATES, &value))?;
    }
    if let Some(value) = attributes.take("pitch") {
        prosody::with_pitch(&mut changed, &value)
            .ok_or_else(|| attributes.wrong("pitch", prosody::PITCHES, &value))?;
    }
    if let Some(value) = attributes.take("volume") {
        prosody::with_volume(&mut changed, &value)
            .ok_or_else(|| attributes.wrong("volume", prosody::VOLUMES, &value))?;
    }
    open.prosody = Arc::new(changed);
    Ok("rate, pitch or volume")
}

/// Takes the attributes of `<emotion>`, and says which there can be.
pub(super) fn open_emotion(
    open: &mut Open,
    attributes: &mut Attributes,
) -> Result<&'static str, TextError> {
    let name = attributes.require("category")?.to_lowercase();
    if name.is_empty() {
        return Err(attributes.wrong("category", "the name of an emotion", &name));
    }
    let intensity = match attributes.take("intensity") {
        None => 1.0,
        Some(value) => prosody::intensity(&value)
            .ok_or_else(|| attributes.wrong("intensity", prosody::INTENSITIES, &value))?,
    };
    open.prosody = Arc::new(Prosody {
        emotion: Some(Emotion {
            name: name.into(),
            intensity,
        }),
        ..(*open.prosody).clone()
    });
    Ok("category or intensity")
}

/// Takes the attributes of `<say-as>`, and says which there can be.
pub(super) fn open_say_as(
    open: &mut Open,
    attributes: &mut Attributes,
) -> Result<&'static str, TextError> {
    let meaning = attributes.require("interpret-as")?;
    let format = attributes.take("format");
    open.say_as = match meaning.as_str() {
        "characters" | "spell-out" => SayAs::Characters,
        "cardinal" | "number" => SayAs::Cardinal,
        "ordinal" => SayAs::Ordinal,
        "digits" => SayAs::Digits,
        "telephone" => SayAs::Telephone,
        "time" => SayAs::Time,
        "date" => SayAs::Date(match format.as_deref() {
            None | Some("mdy") => DateOrder::MonthDayYear,
            Some("dmy") => DateOrder::DayMonthYear,
            Some("ymd") => DateOrder::YearMonthDay,
            Some(other) => return Err(attributes.wrong("format", DATE_ORDERS, other)),
        }),
        other => return Err(attributes.wrong("interpret-as", INTERPRETATIONS, other)),
    };
    Ok("interpret-as or format")
}
