//! The So-VITS-SVC pipeline on what was measured.
//!
//! The peer fills gaps of F0 in its own way, so that what follows is calculated on the peer's F0: each stage is
//! compared on equal inputs.

use syrinx_dsp::f0::contour::coarse_bin;
use syrinx_dsp::{SampleRate, Semitones};
use syrinx_models::Runtime;
use syrinx_models::svc::{
    ContentEncoder, PipelineConfig, Place, Segment, Speaker, SvcPipeline, Synthesizer, Unvoiced,
};

use super::folder::{Failure, Folder};

/// Writes content, F0, coarse bins, the content frame of each frame, voicing, and the audio.
pub fn convert(runtime: &Runtime, folder: &Folder) -> Result<(), Failure> {
    let config = PipelineConfig {
        rate: SampleRate::of(folder.number("rate")? as u32),
        hop: folder.number("hop")? as usize,
        noise_scale: folder.number("noise_scale")? as f32,
        unvoiced: Unvoiced::Interpolate,
    };
    let encoder = || -> Result<_, Failure> {
        let session = folder.network(runtime, "encoder")?;
        Ok(ContentEncoder::new("encoder", Box::new(session))?)
    };
    let synthesizer = || -> Result<_, Failure> {
        let session = folder.network(runtime, "synthesizer")?;
        Ok(Synthesizer::new(
            "synthesizer",
            Box::new(session),
            config.hop,
        )?)
    };
    let content = encoder()?.encode(&folder.floats("speech")?)?;
    let values = content.tensor.as_f32().ok_or("embed is not f32")?;
    folder.put_floats("syrinx_content", values)?;

    let (audio, contour) = (folder.floats("audio")?, folder.floats("contour")?);
    let noise = folder.floats("noise")?;
    let segment = Segment {
        audio: &audio,
        contour: &contour,
        noise: &noise,
    };
    let transpose = Semitones(folder.number("transpose")? as f32);
    let pipeline = SvcPipeline::new(encoder()?, synthesizer()?, config)?;
    let mut features = pipeline.features(&segment, &content, transpose);
    folder.put_floats("syrinx_f0", &features.f0)?;
    folder.put_floats("syrinx_uv", &features.uv)?;
    folder.put_integers("syrinx_mel2ph", &features.mel2ph)?;

    features.f0 = folder.floats("peer_f0")?;
    let bins: Vec<i64> = features
        .f0
        .iter()
        .map(|&hz| coarse_bin(hz).into())
        .collect();
    folder.put_integers("syrinx_coarse", &bins)?;
    // Still graphs draw nothing, so the seed says nothing.
    let place = Place {
        first_frame: 0,
        seed: 0,
    };
    let spoken = synthesizer()?.synthesize(features, &Speaker::One(0), place)?;
    folder.put_floats("syrinx_spoken", &spoken)
}
