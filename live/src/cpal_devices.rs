//! Lists the system's devices and chooses how to open them.

use cpal::traits::{DeviceTrait, HostTrait};
use cpal::{
    BufferSize, Device, Host, HostId, SampleFormat, StreamConfig, SupportedBufferSize,
    SupportedStreamConfigRange,
};

use crate::args::Backend;
use crate::device_list::{DeviceEntry, DeviceList, Role};
use crate::error::LiveError;
use crate::quiet::be_quiet;

/// Rates that a list shows, where a device has them.
const USUAL_RATES: [u32; 6] = [16_000, 32_000, 44_100, 48_000, 96_000, 192_000];

/// Frames of a block unless told otherwise: 5.3 ms at 48 kHz, which most devices have and keep up with.
pub const USUAL_BLOCK: u32 = 256;

/// Formats by preference: floats need no conversion, and more bits are better than fewer.
const FORMATS: [SampleFormat; 7] = [
    SampleFormat::F32,
    SampleFormat::I32,
    SampleFormat::I24,
    SampleFormat::I16,
    SampleFormat::F64,
    SampleFormat::U16,
    SampleFormat::U8,
];

/// The system's devices.
pub struct Devices {
    host: Host,
    devices: Vec<Device>,
    list: DeviceList,
}

/// How a device is opened.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Opening {
    /// Channels, rate and block.
    pub config: StreamConfig,
    /// The format of its samples.
    pub format: SampleFormat,
    /// Frames of a block that can be expected.
    pub block: u32,
}

impl Devices {
    /// The devices of `backend`; of the system's own for [`Backend::Auto`].
    ///
    /// # Errors
    /// If the system has no such backend, or it does not answer.
    pub fn of(backend: Backend) -> Result<Devices, LiveError> {
        be_quiet();
        let wanted = name_of(backend);
        let ids = cpal::available_hosts();
        let id = match backend {
            Backend::Auto => Some(cpal::default_host().id()),
            _ => ids.iter().copied().find(|id| host_name(*id) == wanted),
        };
        let id = id.ok_or_else(|| LiveError::Backend {
            name: wanted,
            problem: format!(
                "not of this system (expected auto, jack or {})",
                ids.iter()
                    .map(|id| host_name(*id))
                    .collect::<Vec<_>>()
                    .join(", ")
            ),
        })?;
        let failure = |error: cpal::Error| LiveError::Backend {
            name: wanted,
            problem: error.to_string(),
        };
        let host = cpal::host_from_id(id).map_err(failure)?;
        let devices: Vec<Device> = host.devices().map_err(failure)?.collect();
        let defaults = [host.default_input_device(), host.default_output_device()];
        let defaults = defaults.map(|device| device.and_then(|device| device.id().ok()));
        let found = devices
            .into_iter()
            .map(|device| (entry(&device, &defaults), device));
        // ALSA names plug-ins too that are no devices.
        let usable = found.filter(|(entry, _)| entry.inputs + entry.outputs > 0);
        let (mut entries, devices): (Vec<_>, Vec<_>) = usable.unzip();
        for (number, entry) in entries.iter_mut().enumerate() {
            entry.number = number;
        }
        let list = DeviceList {
            backend: host_name(id),
            devices: entries,
        };
        Ok(Devices {
            host,
            devices,
            list,
        })
    }

    /// What there is.
    pub fn list(&self) -> &DeviceList {
        &self.list
    }

    /// The device that `asked` means, or else the system's choice, and its name.
    ///
    /// # Errors
    /// If there is none.
    pub fn choose(&self, role: Role, asked: Option<&str>) -> Result<(Device, String), LiveError> {
        if let Some(asked) = asked {
            let index = self.list.find(role, asked)?;
            return Ok((
                self.devices[index].clone(),
                self.list.devices[index].name.clone(),
            ));
        }
        let device = match role {
            Role::Input => self.host.default_input_device(),
            Role::Output | Role::Monitor => self.host.default_output_device(),
        };
        let device = device.ok_or_else(|| LiveError::NoDevice {
            role: role.name(),
            backend: self.list.backend.clone(),
        })?;
        let name = name(&device);
        Ok((device, name))
    }
}

fn name_of(backend: Backend) -> &'static str {
    match backend {
        Backend::Auto => "the system's",
        Backend::Jack => "jack",
        Backend::Alsa => "alsa",
        Backend::Wasapi => "wasapi",
        Backend::Coreaudio => "coreaudio",
    }
}

fn host_name(id: HostId) -> String {
    id.name().to_lowercase().replace(' ', "")
}

fn name(device: &Device) -> String {
    // ALSA gives many devices one description; its identifiers tell them apart.
    let described = device
        .description()
        .map(|description| description.name().to_owned());
    match (described, device.id()) {
        (Ok(name), Ok(id)) if cfg!(target_os = "linux") && id.id() != name => {
            format!("{} ({name})", id.id())
        }
        (Ok(name), _) => name,
        (Err(_), Ok(id)) => id.id().to_owned(),
        (Err(_), Err(_)) => "unnamed".to_owned(),
    }
}

fn entry(device: &Device, defaults: &[Option<cpal::DeviceId>; 2]) -> DeviceEntry {
    let inputs: Vec<_> = device
        .supported_input_configs()
        .into_iter()
        .flatten()
        .collect();
    let outputs: Vec<_> = device
        .supported_output_configs()
        .into_iter()
        .flatten()
        .collect();
    let most = |ranges: &[SupportedStreamConfigRange]| {
        ranges
            .iter()
            .map(|range| range.channels())
            .max()
            .unwrap_or(0)
    };
    let has = |rate: &u32| {
        let mut ranges = inputs.iter().chain(&outputs);
        ranges.any(|range| range.contains_rate(*rate))
    };
    let id = device.id().ok();
    DeviceEntry {
        number: 0,
        name: name(device),
        inputs: most(&inputs),
        outputs: most(&outputs),
        rates: USUAL_RATES.into_iter().filter(|rate| has(rate)).collect(),
        default_input: id.is_some() && id == defaults[0],
        default_output: id.is_some() && id == defaults[1],
    }
}

/// Chooses format, channels and block for a device.
///
/// The wanted rate first, where the device has it; then two channels or as few as it has above that; then the best
/// format. A device without the wanted rate gets its usual one, if `any_rate` permits.
///
/// # Errors
/// In words, with what it has.
pub fn choose_opening(
    ranges: &[SupportedStreamConfigRange],
    rate: u32,
    any_rate: Option<u32>,
    block: u32,
) -> Result<Opening, String> {
    let usable = || {
        ranges
            .iter()
            .filter(|range| rank(range.sample_format()).is_some())
    };
    let at = |rate: u32| {
        usable()
            .filter(move |range| range.contains_rate(rate))
            .min_by_key(|range| {
                let channels = range.channels();
                (channels.abs_diff(2), channels, rank(range.sample_format()))
            })
            .map(|range| (range, rate))
    };
    let found = at(rate).or_else(|| any_rate.and_then(at));
    let (range, rate) = found.ok_or_else(|| {
        let has: Vec<String> = usable()
            .map(|r| format!("{} to {} Hz", r.min_sample_rate(), r.max_sample_rate()))
            .collect();
        match has.is_empty() {
            true => "no format that is understood".to_owned(),
            false => format!("expected a rate of {rate} Hz, found {}", has.join(", ")),
        }
    })?;
    let (buffer_size, block) = match *range.buffer_size() {
        SupportedBufferSize::Range { min, max } => {
            let block = block.clamp(min.max(1), max.max(min).max(1));
            (BufferSize::Fixed(block), block)
        }
        SupportedBufferSize::Unknown => (BufferSize::Default, block),
    };
    Ok(Opening {
        config: StreamConfig {
            channels: range.channels(),
            sample_rate: rate,
            buffer_size,
        },
        format: range.sample_format(),
        block,
    })
}

fn rank(format: SampleFormat) -> Option<usize> {
    FORMATS.iter().position(|known| *known == format)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn range(channels: u16, rates: (u32, u32), format: SampleFormat) -> SupportedStreamConfigRange {
        let buffer = SupportedBufferSize::Range { min: 64, max: 2048 };
        SupportedStreamConfigRange::new(channels, rates.0, rates.1, buffer, format)
    }

    #[test]
    fn the_rate_comes_first_then_two_channels_then_the_format() {
        let ranges = [
            range(8, (48_000, 48_000), SampleFormat::F32),
            range(2, (44_100, 48_000), SampleFormat::I16),
            range(2, (44_100, 48_000), SampleFormat::I32),
            range(2, (44_100, 44_100), SampleFormat::F32),
        ];
        let opening = choose_opening(&ranges, 48_000, None, 256).unwrap();
        assert_eq!(
            (opening.config.channels, opening.format),
            (2, SampleFormat::I32)
        );
        assert_eq!(opening.config.buffer_size, BufferSize::Fixed(256));
        let opening = choose_opening(&ranges, 44_100, None, 16).unwrap();
        assert_eq!((opening.format, opening.block), (SampleFormat::F32, 64));
    }

    #[test]
    fn another_rate_is_taken_only_where_that_is_permitted() {
        let ranges = [range(1, (16_000, 16_000), SampleFormat::I16)];
        let error = choose_opening(&ranges, 48_000, None, 256).unwrap_err();
        assert_eq!(
            error,
            "expected a rate of 48000 Hz, found 16000 to 16000 Hz"
        );
        let opening = choose_opening(&ranges, 48_000, Some(16_000), 256).unwrap();
        assert_eq!(opening.config.sample_rate, 16_000);
        let dsd = [range(2, (48_000, 48_000), SampleFormat::DsdU8)];
        let error = choose_opening(&dsd, 48_000, None, 256).unwrap_err();
        assert_eq!(error, "no format that is understood");
    }
}
