//! What `syrinx voices inspect` shows of a voice.

use serde::Serialize;
use syrinx_models::bundle::StreamError;

use crate::report::TermReport;
use crate::voices::streams;

/// A speaker, as shown.
#[derive(Debug, Serialize)]
pub struct SpeakerLine {
    pub id: u32,
    pub name: String,
    pub median_f0_hz: Option<f32>,
}

impl SpeakerLine {
    /// As a line.
    pub fn in_words(&self) -> String {
        let f0 = self.median_f0_hz;
        let f0 = f0.map(|hz| format!(", median F0 {hz:.0} Hz"));
        format!(
            "speaker      {} {}{}",
            self.id,
            self.name,
            f0.unwrap_or_default()
        )
    }
}

/// A file of the bundle, as shown.
#[derive(Debug, Serialize)]
pub struct FileLine {
    pub role: String,
    pub path: String,
    pub bytes: u64,
    pub sha256: String,
}

impl FileLine {
    /// As a line.
    pub fn in_words(&self) -> String {
        format!(
            "file         {} {} ({} bytes)",
            self.role, self.path, self.bytes
        )
    }
}

/// A network of the bundle, as shown.
#[derive(Debug, Serialize)]
pub struct NetworkLine {
    pub role: String,
    pub parameters: u64,
    pub opset: i64,
    /// Operators that draw random numbers, which no seed reaches.
    pub random: Vec<String>,
}

/// How a voice computes with fewer bits, as shown.
#[derive(Debug, Serialize)]
pub struct FewerBits {
    /// Which networks or layers do.
    pub what: String,
    pub snr_db: f64,
    pub log_spectral_distance_db: f64,
    pub f0_error_cents: Option<f64>,
}

/// What converting costs here, measured on a test signal.
#[derive(Debug, Serialize)]
pub struct Cost {
    /// Seconds of work per second of audio.
    pub seconds: f64,
    /// Seconds of the test signal.
    pub of_seconds: u32,
    pub backend: String,
    pub device: String,
    pub threads: usize,
}

/// Memory in bytes, estimated, as shown.
#[derive(Debug, Serialize)]
pub struct Memory {
    /// Weights: on the CPU shared between all instances and processes.
    pub weights: u64,
    /// What one stream takes beside them.
    pub stream: u64,
    /// What a whole file takes beside them.
    pub file: u64,
}

/// The voice's own latency, as shown; resampling and the host's blocks add to it.
#[derive(Debug, Serialize)]
pub struct Latency {
    pub total_ms: f64,
    pub chunk_ms: f64,
    pub terms: Vec<TermReport>,
}

/// A voice, as shown.
#[derive(Debug, Serialize)]
pub struct Inspection {
    pub path: String,
    pub name: String,
    pub kind: String,
    pub description: String,
    pub licence: String,
    pub consent: String,
    pub rate: u32,
    pub sha256: String,
    pub bytes: u64,
    pub speakers: Vec<SpeakerLine>,
    pub files: Vec<FileLine>,
    pub dialect: Option<String>,
    pub networks: Vec<NetworkLine>,
    /// What computing with eight bits costs in sound, where that is planned.
    pub int8: Option<FewerBits>,
    /// The same for sixteen bits on GPUs.
    pub fp16: Option<FewerBits>,
    /// An estimate of the memory that a stream takes, and a whole file.
    pub memory: Option<Memory>,
    /// What the streams of a parted voice cost in sound, where that was measured.
    pub streams: Vec<StreamError>,
    pub cost: Cost,
    pub latency: Latency,
    pub card: Option<String>,
}

/// Everything, line by line.
pub fn in_words(voice: &Inspection) -> String {
    let mut lines = vec![
        format!("name         {}", voice.name),
        format!("description  {}", voice.description),
        format!("kind         {}", voice.kind),
        format!("place        {}", voice.path),
        format!("licence      {}", voice.licence),
        format!("consent      {}", voice.consent),
        format!("rate         {} Hz", voice.rate),
        format!("SHA-256      {}", voice.sha256),
        format!("size         {:.1} MB", voice.bytes as f64 / 1e6),
    ];
    lines.extend(voice.speakers.iter().map(SpeakerLine::in_words));
    lines.extend(voice.files.iter().map(FileLine::in_words));
    lines.extend(of_networks(voice));
    lines.extend(of_streams(voice));
    let card = voice.card.as_ref();
    lines.extend(card.map(|card| format!("\n{}", card.trim_end())));
    lines.join("\n")
}

/// Dialect and networks.
fn of_networks(voice: &Inspection) -> Vec<String> {
    let mut lines = Vec::new();
    if let Some(dialect) = &voice.dialect {
        lines.push(format!("dialect      {dialect}"));
    }
    for network in &voice.networks {
        let random = match network.random.is_empty() {
            true => String::new(),
            false => format!(", draws random numbers: {}", network.random.join(", ")),
        };
        lines.push(format!(
            "network      {}: {:.2} million parameters, opset {}{random}",
            network.role,
            network.parameters as f64 / 1e6,
            network.opset
        ));
    }
    for (name, bits) in [("int8", &voice.int8), ("fp16", &voice.fp16)] {
        let Some(bits) = bits else { continue };
        let f0 = bits
            .f0_error_cents
            .map(|cents| format!(", F0 off by {cents:.2} cents"));
        lines.push(format!(
            "{name}         {}: {:.1} dB above its error, spectra {:.2} dB apart{}",
            bits.what,
            bits.snr_db,
            bits.log_spectral_distance_db,
            f0.unwrap_or_default()
        ));
    }
    lines
}

/// Cost, latency, and what streams cost in sound.
fn of_streams(voice: &Inspection) -> Vec<String> {
    let mut lines = Vec::new();
    let cost = &voice.cost;
    lines.push(format!(
        "cost         {:.3} s per second of audio ({}, {}, {} threads; {} s of a tone)",
        cost.seconds, cost.backend, cost.device, cost.threads, cost.of_seconds
    ));
    if let Some(memory) = &voice.memory {
        let mb = |bytes: u64| bytes as f64 / 1e6;
        lines.push(format!(
            "memory       {:.0} MB of weights; beside them a stream takes about {:.0} MB, a whole file {:.0} MB, with int8 less",
            mb(memory.weights),
            mb(memory.stream),
            mb(memory.file)
        ));
    }
    lines.push(format!(
        "latency      {:.1} ms in chunks of {:.1} ms, of which",
        voice.latency.total_ms, voice.latency.chunk_ms
    ));
    for term in &voice.latency.terms {
        lines.push(format!(
            "  {:>7.1} ms {} ({})",
            term.ms, term.name, term.note
        ));
    }
    lines.extend(streams::in_words(&voice.streams));
    lines
}
