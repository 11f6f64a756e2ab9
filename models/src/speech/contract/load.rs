//! Loads a voice that was recognised.

use std::sync::Arc;

use syrinx_text::IpaStyle;

use super::metadata::Metadata;
use super::{SpeechContract, SpeechKind, SymbolFiles};
use crate::graph::GraphError;
use crate::runtime::{Device, Runtime};
use crate::speech::error::SpeechError;
use crate::speech::network::{
    Acoustic, AcousticGraph, Feeding, Framing, FrontEnd, NetworkVoice, PiperConfig, PiperPhonemes,
    Role, Spelling, Styles, TokenLexicon, Tokens, Voicing, main_output,
};
use crate::speech::spec::{SpeechVoiceSpec, Streaming};
use crate::speech::vocoder::{F0, Sharing, SpectralVocoder, StreamedVocoder, Vocoder};
use crate::speech::voice::SpeechVoice;

/// Loads a voice that [`recognise_speech`](super::recognise_speech) has recognised, and speaks a few symbols with it.
///
/// # Errors
/// If its files do not fit each other, or the backend refuses a network.
pub fn load_speech(
    contract: &SpeechContract,
    runtime: &Runtime,
    device: Device,
) -> Result<Box<dyn SpeechVoice>, SpeechError> {
    let network = &contract.network;
    let metadata = Metadata(&network.graph);
    let mut feeding = Feeding::of(&network.file.name, &network.graph.specs()?.0)?;
    let (front_end, rate, mut speakers) = match &contract.symbols {
        SymbolFiles::Piper(config) => {
            feeding.scales = [config.noise_scale, config.length_scale, config.noise_w];
            (piper(config), config.rate, config.speakers.clone())
        }
        SymbolFiles::Table(tokens, lexicon) => {
            let front_end = table(contract.kind, tokens, lexicon.as_ref(), &metadata)?;
            (front_end, metadata.rate()?, metadata.speakers()?)
        }
    };
    if !feeding.has(Role::Speaker) && contract.styles.is_none() {
        speakers.truncate(1);
    }
    if let Some(file) = &contract.styles {
        let dimensions = metadata.text("style_dim").unwrap_or_default();
        let styles = Styles::parse(&file.name, &file.bytes, dimensions, speakers.len())?;
        feeding.styles = Some(styles);
    }
    feeding.sample = front_end.tokens.some();
    let (acoustic, voicing) = networks(contract, &feeding, runtime, device)?;
    let spec = SpeechVoiceSpec {
        kind: contract.kind.name(),
        rate,
        languages: contract.languages(),
        speakers,
        emotions: Vec::new(),
        has_pitch: false,
        // The voice replaces it by what its networks can do.
        streaming: Streaming::PerSegment {
            reason: String::new(),
        },
    };
    let voice = NetworkVoice::new(spec, front_end, feeding, acoustic, voicing)?;
    Ok(Box::new(voice))
}

/// Piper's own way: `^ _ p _ p _ .. $`.
fn piper(config: &PiperConfig) -> FrontEnd {
    let ids = |symbol: &str| config.tokens.get(symbol).unwrap_or_default().to_vec();
    FrontEnd {
        spelling: match config.phonemes {
            PiperPhonemes::Ipa => Spelling::Ipa(IpaStyle::Espeak),
            PiperPhonemes::Letters => Spelling::Letters,
        },
        framing: Framing {
            begin: ids("^"),
            blank: ids("_"),
            end: ids("$"),
        },
        tokens: config.tokens.clone(),
    }
}

/// The front-end of a table of symbols, as metadata ask for it. Source: sherpa-onnx.
fn table(
    kind: SpeechKind,
    tokens: &Tokens,
    lexicon: Option<&TokenLexicon>,
    metadata: &Metadata<'_>,
) -> Result<FrontEnd, SpeechError> {
    let comment = metadata.text("comment").unwrap_or_default();
    let is_ipa = metadata.number("has_espeak", 0)? == 1;
    let spelling = match lexicon {
        _ if metadata.text("frontend") == Some("characters") => Spelling::Letters,
        Some(lexicon) => Spelling::Lexicon(lexicon.clone()),
        None if kind == SpeechKind::Kokoro => Spelling::Ipa(IpaStyle::Misaki),
        None if is_ipa => Spelling::Ipa(IpaStyle::Espeak),
        None => Spelling::Phones,
    };
    let one = |id: i64| vec![id];
    let framing = if kind == SpeechKind::Kokoro {
        Framing {
            begin: one(0),
            blank: Vec::new(),
            end: one(0),
        }
    } else if comment.contains("piper") {
        let ids = |symbol: &str| tokens.need(symbol, "a piper voice").map(<[i64]>::to_vec);
        Framing {
            begin: ids("^")?,
            blank: ids("_")?,
            end: ids("$")?,
        }
    } else {
        let blank = match kind {
            SpeechKind::Matcha => metadata.number("pad_id", 0)?,
            _ => metadata.number("blank_id", 0)?,
        };
        let framed = comment.contains("coqui") && metadata.number("use_eos_bos", 1)? == 1;
        let when = |holds: bool, id: i64| if holds { one(id) } else { Vec::new() };
        Framing {
            begin: when(framed, metadata.number("bos_id", 0)?),
            blank: when(metadata.number("add_blank", 0)? == 1, blank),
            end: when(framed, metadata.number("eos_id", 0)?),
        }
    };
    Ok(FrontEnd {
        tokens: tokens.clone(),
        spelling,
        framing,
    })
}

fn networks(
    contract: &SpeechContract,
    feeding: &Feeding,
    runtime: &Runtime,
    device: Device,
) -> Result<(Acoustic, Voicing), SpeechError> {
    let network = &contract.network;
    let output = main_output(&network.graph)?;
    let prepared =
        |wanted: &[&str]| AcousticGraph::new(network.graph.clone(), wanted, feeding, runtime);
    if contract.vocoder.is_some() {
        let bands = bands(contract, &output)?;
        let vocoder = vocoder(contract, bands, runtime, device)?;
        let wanted = [output.as_str(), F0];
        let graph = prepared(&wanted[..1 + usize::from(vocoder.hears_pitch())])?;
        let acoustic = graph.load(feeding, runtime, device)?;
        return Ok((acoustic, Voicing::Mel(Box::new(vocoder), bands)));
    }
    let graph = prepared(&[&output])?;
    let parted = || -> Result<(Acoustic, Arc<StreamedVocoder>), GraphError> {
        let cut = graph.cut(feeding, runtime)?;
        let vocoder = StreamedVocoder::load(&cut, None, (runtime, device), Sharing::Parts)?;
        Ok((graph.load_head(&cut, runtime, device)?, vocoder))
    };
    match parted() {
        Ok((acoustic, vocoder)) => Ok((acoustic, Voicing::Latents(vocoder))),
        Err(why @ GraphError::Structure { .. }) => {
            let acoustic = graph.load(feeding, runtime, device)?;
            Ok((acoustic, Voicing::Audio(why.to_string())))
        }
        Err(error) => Err(error.into()),
    }
}

fn vocoder(
    contract: &SpeechContract,
    bands: usize,
    runtime: &Runtime,
    device: Device,
) -> Result<Vocoder, SpeechError> {
    let Some(network) = &contract.vocoder else {
        return Err(SpeechError::File {
            file: "the voice".to_owned(),
            expected: "a vocoder".to_owned(),
            found: "none".to_owned(),
        });
    };
    let (name, onnx) = (&network.file.name, &network.file.bytes);
    let (_, outputs) = network.graph.specs()?;
    Ok(match outputs.len() {
        3 => Vocoder::Spectral(SpectralVocoder::load(name, onnx, bands, (runtime, device))?),
        _ => Vocoder::load(name, onnx, bands, (runtime, device))?,
    })
}

/// How many bands the mel frames have that go from network to vocoder: what either declares.
fn bands(contract: &SpeechContract, output: &str) -> Result<usize, SpeechError> {
    let (_, outputs) = contract.network.graph.specs()?;
    let given = outputs.iter().find(|spec| spec.name == output);
    let taken = match &contract.vocoder {
        Some(vocoder) => {
            let mut inputs = vocoder.graph.specs()?.0.into_iter();
            inputs.find(|input| input.name != F0)
        }
        None => None,
    };
    // The first axis is the batch, where there are three.
    let size = |spec: &crate::model::TensorSpec| {
        let axes = &spec.shape[spec.shape.len().saturating_sub(2)..];
        axes.iter().flatten().copied().find(|&size| size > 1)
    };
    let (given, taken) = (given.and_then(size), taken.as_ref().and_then(size));
    match (given, taken) {
        (Some(given), Some(taken)) if given != taken => Err(SpeechError::File {
            file: "the vocoder".to_owned(),
            expected: format!("mel frames of {given} bands, which the acoustic network gives"),
            found: format!("{taken} bands"),
        }),
        (Some(bands), _) | (None, Some(bands)) => Ok(bands),
        (None, None) => Err(SpeechError::File {
            file: "the voice".to_owned(),
            expected: "a declared number of mel bands in network or vocoder".to_owned(),
            found: "none".to_owned(),
        }),
    }
}
