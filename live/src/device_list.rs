//! Names devices, and finds the one that a user means.

use serde::Serialize;

use crate::error::LiveError;

/// What can be told of a device without opening it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DeviceEntry {
    /// Its number within its backend; inputs and outputs share the count.
    pub number: usize,
    /// Its name.
    pub name: String,
    /// Most channels that it gives; 0 is no input.
    pub inputs: u16,
    /// Most channels that it takes; 0 is no output.
    pub outputs: u16,
    /// The usual rates that it has, in Hz.
    pub rates: Vec<u32>,
    /// Whether the system takes it as input unless told otherwise.
    pub default_input: bool,
    /// Whether the system takes it as output unless told otherwise.
    pub default_output: bool,
}

/// The devices of one backend.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DeviceList {
    /// The backend's name, as `--backend` takes it.
    pub backend: String,
    /// Its devices.
    pub devices: Vec<DeviceEntry>,
}

/// What a device is wanted for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// The microphone.
    Input,
    /// Where the changed voice goes.
    Output,
    /// A second output.
    Monitor,
}

impl Role {
    /// Its name for people.
    pub fn name(self) -> &'static str {
        match self {
            Role::Input => "input",
            Role::Output => "output",
            Role::Monitor => "monitor",
        }
    }

    fn fits(self, device: &DeviceEntry) -> bool {
        match self {
            Role::Input => device.inputs > 0,
            Role::Output | Role::Monitor => device.outputs > 0,
        }
    }
}

impl DeviceList {
    /// The index of the device that `asked` means: its number, its name, or a part of the name that no other device
    /// of this role has. Upper and lower case are the same.
    ///
    /// # Errors
    /// If there is none, or more than one.
    pub fn find(&self, role: Role, asked: &str) -> Result<usize, LiveError> {
        let fitting = || {
            let devices = self.devices.iter().enumerate();
            devices.filter(move |(_, device)| role.fits(device))
        };
        if let Ok(number) = asked.parse::<usize>()
            && let Some((index, _)) = fitting().find(|(_, device)| device.number == number)
        {
            return Ok(index);
        }
        let wanted = asked.to_lowercase();
        if let Some((index, _)) = fitting().find(|(_, d)| d.name.to_lowercase() == wanted) {
            return Ok(index);
        }
        let partial: Vec<_> = fitting()
            .filter(|(_, device)| {
                !wanted.is_empty() && device.name.to_lowercase().contains(&wanted)
            })
            .collect();
        let problem = match partial.as_slice() {
            [(index, _)] => return Ok(*index),
            [] => "not found".to_owned(),
            several => format!("fits {} devices", several.len()),
        };
        let candidates = if partial.is_empty() {
            fitting().collect()
        } else {
            partial
        };
        let names = candidates
            .iter()
            .map(|(_, d)| format!("{} {:?}", d.number, d.name));
        let names: Vec<String> = names.collect();
        Err(LiveError::Device {
            role: role.name(),
            asked: asked.to_owned(),
            problem,
            expected: match names.is_empty() {
                true => "a device, but there is none".to_owned(),
                false => format!("one of {}", names.join(", ")),
            },
        })
    }

    /// One line per device, under the backend's name.
    pub fn to_text(&self) -> String {
        let mut text = format!("{}\n", self.backend);
        if self.devices.is_empty() {
            text.push_str("  no devices\n");
        }
        for device in &self.devices {
            let rates: Vec<String> = device.rates.iter().map(u32::to_string).collect();
            text.push_str(&format!(
                "  {:>3}  {}  in {}, out {}, {} Hz{}{}\n",
                device.number,
                device.name,
                device.inputs,
                device.outputs,
                if rates.is_empty() {
                    "?".to_owned()
                } else {
                    rates.join("/")
                },
                if device.default_input {
                    ", default input"
                } else {
                    ""
                },
                if device.default_output {
                    ", default output"
                } else {
                    ""
                },
            ));
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list() -> DeviceList {
        let device = |number, name: &str, inputs, outputs| DeviceEntry {
            number,
            name: name.to_owned(),
            inputs,
            outputs,
            rates: vec![44_100, 48_000],
            default_input: number == 0,
            default_output: false,
        };
        DeviceList {
            backend: "alsa".to_owned(),
            devices: vec![
                device(0, "Built-in Mic", 2, 0),
                device(1, "USB Audio", 1, 2),
                device(2, "USB Audio Headset", 1, 0),
                device(3, "Headphones", 0, 2),
            ],
        }
    }

    #[test]
    fn numbers_names_and_unique_parts_are_found() {
        let find = |role, asked| list().find(role, asked).unwrap();
        assert_eq!(find(Role::Input, "2"), 2);
        assert_eq!(find(Role::Input, "built-in mic"), 0);
        assert_eq!(find(Role::Input, "HEADSET"), 2);
        // A whole name counts before being a part of another.
        assert_eq!(find(Role::Input, "usb audio"), 1);
        // Among the outputs it is unique.
        assert_eq!(find(Role::Output, "usb"), 1);
        assert_eq!(find(Role::Monitor, "head"), 3);
    }

    #[test]
    fn what_is_not_found_or_not_unique_lists_what_there_is() {
        for (role, asked, expected) in [
            (
                Role::Output,
                "mic",
                "output \"mic\": not found (expected one of 1 \"USB Audio\", 3 \"Headphones\")",
            ),
            (
                Role::Input,
                "3",
                "input \"3\": not found (expected one of 0 \"Built-in Mic\", 1",
            ),
            (
                Role::Input,
                "usb",
                "fits 2 devices (expected one of 1 \"USB Audio\", 2 \"USB Audio Headset\")",
            ),
            (Role::Input, "", "not found"),
        ] {
            let error = list().find(role, asked).unwrap_err().to_string();
            assert!(error.contains(expected), "{error}");
        }
        let empty = DeviceList {
            backend: "alsa".to_owned(),
            devices: Vec::new(),
        };
        let error = empty.find(Role::Input, "mic").unwrap_err().to_string();
        assert!(
            error.contains("expected a device, but there is none"),
            "{error}"
        );
    }

    #[test]
    fn the_text_tells_defaults_and_channels() {
        let text = list().to_text();
        assert!(
            text.contains("    0  Built-in Mic  in 2, out 0, 44100/48000 Hz, default input\n"),
            "{text}"
        );
    }
}
