//! Does what other programs ask for.

use serde_json::{Value, json};

use super::Run;
use crate::controls::Action;
use crate::parameters::{self, CHOICES, PARAMETERS, Parameter, SWITCHES};
use crate::voice_choice::{speaker_number, voice_slot};

impl Run<'_> {
    /// Does what a message asks for, all of it or nothing.
    ///
    /// # Errors
    /// In words, for whoever asked.
    pub(super) fn obey(&mut self, message: &Value) -> Result<Value, String> {
        if let Some(set) = message.get("set").and_then(Value::as_object) {
            return self.set_all(set).map(|()| Value::Null);
        }
        match (message.get("do"), message.get("get")) {
            (Some(Value::String(name)), _) => {
                let action = Action::named(name)
                    .ok_or_else(|| format!("expected {}, found {name}", Action::NAMES))?;
                self.act(action).map_err(|error| error.to_string())?;
                Ok(Value::Null)
            }
            (_, Some(Value::String(what))) => self.told(what),
            _ => Err("expected an object with set, do or get".to_owned()),
        }
    }

    fn set_all(&mut self, set: &serde_json::Map<String, Value>) -> Result<(), String> {
        let mut settings = self.kept.settings();
        let mut switches = Vec::new();
        for (name, value) in set {
            if let Some(parameter) = Parameter::named(name) {
                parameter.set(&mut settings, value)?;
            } else if SWITCHES.contains(&name.as_str()) {
                switches.push((name.as_str(), parameters::switch(name, value)?));
            } else if !CHOICES.contains(&name.as_str()) {
                let numbers = PARAMETERS.iter().map(|parameter| parameter.name);
                let known: Vec<&str> = numbers.chain(SWITCHES).chain(CHOICES).collect();
                return Err(format!(
                    "expected one of {}, found {name}",
                    known.join(", ")
                ));
            }
        }
        let voices = self.kept.engine().voices();
        // The voice before the speaker in it, in whichever order they came.
        if let Some(voice) = set.get("voice") {
            let slot = voice_slot(voices, text(voice)?).map_err(|error| error.to_string())?;
            if slot != settings.voice {
                settings.voice = slot;
                settings.controls.speaker = 0;
            }
        }
        if let Some(speaker) = set.get("speaker") {
            let number = speaker_number(voices, settings.voice, text(speaker)?);
            settings.controls.speaker = number.map_err(|error| error.to_string())?;
        }
        for (name, on) in &switches {
            match *name {
                "bypass" => settings.bypass = *on,
                "limit" => settings.limit = *on,
                "feedback-guard" => settings.feedback_guard = *on,
                _ => {}
            }
        }
        self.kept.set(settings);
        for (name, on) in switches {
            self.switch(name, on)?;
        }
        Ok(())
    }

    fn switch(&mut self, name: &str, on: bool) -> Result<(), String> {
        let counts = self.kept.engine().counts();
        match name {
            "mute" => counts.set_muted(on),
            "panic" => counts.set_panic(on),
            "push-to-talk" => counts.set_push_to_talk(on),
            "talk" => counts.set_talking(on),
            "record" if on != self.recorder.is_some() => {
                return self.toggle_record().map_err(|error| error.to_string());
            }
            // The rest are settings, and were set with them.
            _ => {}
        }
        Ok(())
    }

    fn told(&self, what: &str) -> Result<Value, String> {
        let voices = self.kept.engine().voices();
        match what {
            "values" => Ok(parameters::values(&self.kept.settings())),
            "voices" => {
                voices.refresh();
                let names = voices.identities().into_iter().map(|voice| voice.name);
                Ok(names.collect())
            }
            "speakers" => {
                let speakers = voices.speakers(self.kept.settings().voice);
                Ok(speakers
                    .into_iter()
                    .map(|(id, name)| json!({ "id": id, "name": name }))
                    .collect())
            }
            _ => Err(format!("expected values, voices or speakers, found {what}")),
        }
    }
}

fn text(value: &Value) -> Result<&str, String> {
    value
        .as_str()
        .ok_or_else(|| format!("expected a name, found {value}"))
}
