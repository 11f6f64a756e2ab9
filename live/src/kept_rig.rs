//! Devices that are opened again whenever they vanish.

use std::time::{Duration, Instant};

use syrinx_engine::Settings;

use crate::cpal_rig::{CpalConfig, CpalRig};
use crate::error::LiveError;
use crate::jack_rig::{JackConfig, JackRig};
use crate::live_engine::LiveEngine;
use crate::rig::{Rig, RigFacts, Wire};

/// How often devices that vanished are looked for.
const AGAIN: Duration = Duration::from_secs(1);

/// Which devices to open, and how.
#[derive(Clone, Debug)]
pub enum RigConfig {
    /// As a client of a JACK server.
    Jack(JackConfig),
    /// The system's own devices.
    System(CpalConfig),
}

impl RigConfig {
    fn open(&self, engine: &LiveEngine, settings: Settings) -> Result<Box<dyn Rig>, LiveError> {
        let engine = engine.clone();
        Ok(match self {
            RigConfig::Jack(config) => {
                let config = JackConfig {
                    settings,
                    ..config.clone()
                };
                Box::new(JackRig::open(&config, engine)?)
            }
            RigConfig::System(config) => {
                let config = CpalConfig {
                    settings,
                    ..config.clone()
                };
                Box::new(CpalRig::open(&config, engine)?)
            }
        })
    }

    /// Devices that were chosen go by their whole names from now on: a number may be another device's later. The
    /// system's choice stays the system's. A monitor that does not come back keeps nobody waiting.
    fn hold_to(&mut self, facts: &RigFacts) {
        if let RigConfig::System(config) = self {
            for (asked, found) in [
                (&mut config.input, &facts.input),
                (&mut config.output, &facts.output),
            ] {
                if let Some(asked) = asked {
                    asked.clone_from(found);
                }
            }
            if let (Some((asked, _)), Some(found)) = (&mut config.monitor, &facts.monitor) {
                asked.clone_from(found);
            }
            config.monitor_may_miss = true;
        }
    }

    fn settings(&self) -> Settings {
        match self {
            RigConfig::Jack(config) => config.settings,
            RigConfig::System(config) => config.settings,
        }
    }
}

/// What became of the devices since they were last looked after.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// Nothing: they are there, or still away.
    None,
    /// They vanished, and why.
    Lost(String),
    /// They are back, after so long.
    Back(Duration),
}

/// Devices that are opened again whenever they vanish, every second, with the engine and the settings of before.
pub struct KeptRig {
    config: RigConfig,
    engine: LiveEngine,
    rig: Option<Box<dyn Rig>>,
    settings: Settings,
    facts: RigFacts,
    wires: Vec<Wire>,
    lost_at: Instant,
    next_try: Instant,
    why: Option<String>,
    returns: u64,
}

impl KeptRig {
    /// Opens the devices.
    ///
    /// # Errors
    /// If they are not to be had, or refuse: only devices that were there once are waited for.
    pub fn open(mut config: RigConfig, engine: LiveEngine) -> Result<KeptRig, LiveError> {
        let settings = config.settings();
        let rig = config.open(&engine, settings)?;
        let facts = rig.facts();
        config.hold_to(&facts);
        Ok(KeptRig {
            config,
            engine,
            rig: Some(rig),
            settings,
            facts,
            wires: Vec::new(),
            lost_at: Instant::now(),
            next_try: Instant::now(),
            why: None,
            returns: 0,
        })
    }

    /// The devices, unless they are away.
    pub fn rig(&mut self) -> Option<&mut (dyn Rig + 'static)> {
        self.rig.as_deref_mut()
    }

    /// What was opened last.
    pub fn facts(&self) -> RigFacts {
        self.rig
            .as_ref()
            .map_or_else(|| self.facts.clone(), |rig| rig.facts())
    }

    /// The engine and what else outlives the devices.
    pub fn engine(&self) -> &LiveEngine {
        &self.engine
    }

    /// The settings that were set last.
    pub fn settings(&self) -> Settings {
        self.settings
    }

    /// Sets new settings, for now and for when the devices are back.
    pub fn set(&mut self, settings: Settings) {
        self.settings = settings;
        if let Some(rig) = &mut self.rig {
            rig.session().set(settings);
        }
    }

    /// Why the devices are away; `None` while they are there.
    pub fn why_lost(&self) -> Option<&str> {
        self.why.as_deref()
    }

    /// How often they came back.
    pub fn returns(&self) -> u64 {
        self.returns
    }

    /// Does what callbacks cannot, and opens what vanished; to be called some ten times a second.
    pub fn tend(&mut self) -> Change {
        let now = Instant::now();
        match &mut self.rig {
            Some(rig) => match rig.tend() {
                Ok(()) => Change::None,
                Err(error) => self.lose(&error, now),
            },
            None if now < self.next_try => Change::None,
            None => self.try_again(now),
        }
    }

    fn lose(&mut self, error: &LiveError, now: Instant) -> Change {
        if let Some(rig) = self.rig.take() {
            self.wires = rig.wires().to_vec();
        }
        // Nobody asks for sound any more.
        self.engine.engine().deactivate();
        self.lost_at = now;
        // At once for the first time: a stream that failed is often to be had again, unlike a device that was unplugged.
        self.next_try = now;
        let why = error.to_string();
        self.why = Some(why.clone());
        Change::Lost(why)
    }

    fn try_again(&mut self, now: Instant) -> Change {
        match self.config.open(&self.engine, self.settings) {
            Ok(mut rig) => {
                if !self.wires.is_empty() {
                    rig.wire(&self.wires);
                }
                self.facts = rig.facts();
                self.rig = Some(rig);
                self.why = None;
                self.returns += 1;
                Change::Back(self.lost_at.elapsed())
            }
            Err(error) => {
                self.engine.engine().deactivate();
                self.next_try = now + AGAIN;
                self.why = Some(error.to_string());
                Change::None
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use syrinx_dsp::Decibels;
    use syrinx_engine::Quality;

    use super::*;
    use crate::args::Backend;
    use crate::cpal_streams::InputChannel;

    #[test]
    fn chosen_devices_go_by_their_names_and_the_systems_choice_stays_its_own() {
        let mut config = RigConfig::System(CpalConfig {
            backend: Backend::Auto,
            input: Some("2".to_owned()),
            input_channel: InputChannel::Mean,
            output: None,
            monitor: Some(("head".to_owned(), Decibels(-6.0))),
            monitor_may_miss: false,
            rate: None,
            block: None,
            safety: Duration::ZERO,
            quality: Quality::default(),
            reserve: Duration::ZERO,
            settings: Settings::default(),
        });
        config.hold_to(&RigFacts {
            input: "USB Audio".to_owned(),
            output: "Speakers".to_owned(),
            monitor: Some("Headphones".to_owned()),
            ..RigFacts::default()
        });
        let RigConfig::System(config) = config else {
            unreachable!()
        };
        assert_eq!(config.input.as_deref(), Some("USB Audio"));
        assert_eq!(config.output, None);
        assert!(config.monitor_may_miss);
        assert_eq!(
            config.monitor,
            Some(("Headphones".to_owned(), Decibels(-6.0)))
        );
    }
}
