//! RVC's arithmetic on what was measured.
//!
//! The network speaks on an F0 without gaps, the peer's, and for information on one with zeros where unvoiced.

use syrinx_dsp::Semitones;
use syrinx_dsp::f0::contour::{coarse_bin, interpolate_unvoiced, transpose};
use syrinx_models::svc::{ContentEncoder, mel2ph};
use syrinx_models::{Model, Runtime, Tensor};

use super::folder::{Failure, Folder};

/// Writes content, the same spread to frames of 10 ms, F0, coarse bins and the audio.
pub fn convert(runtime: &Runtime, folder: &Folder) -> Result<(), Failure> {
    let encoder = folder.network(runtime, "encoder")?;
    let content =
        ContentEncoder::new("encoder", Box::new(encoder))?.encode(&folder.floats("speech")?)?;
    let values = content.tensor.as_f32().ok_or("embed is not f32")?;
    folder.put_floats("syrinx_content", values)?;

    let mut f0 = folder.floats("contour")?;
    transpose(&mut f0, Semitones(folder.number("transpose")? as f32));
    folder.put_floats("syrinx_f0", &f0)?;
    folder.put_integers("syrinx_coarse", &bins(&f0))?;
    let mut filled = f0.clone();
    interpolate_unvoiced(&mut filled);
    folder.put_floats("syrinx_filled", &filled)?;

    let (frames, dim) = (f0.len(), content.tensor.shape()[2]);
    // Content frames of 20 ms, each twice.
    let phone: Vec<f32> = mel2ph(content.frames, 2 * content.frames)
        .iter()
        .take(frames)
        .flat_map(|&row| &values[(row as usize - 1) * dim..row as usize * dim])
        .copied()
        .collect();
    folder.put_floats("syrinx_phone", &phone)?;

    let scale = folder.number("noise_scale")? as f32;
    let noise: Vec<f32> = folder.floats("noise")?.iter().map(|x| x * scale).collect();
    let phone = Tensor::f32(&[1, frames, dim], phone);
    let noise = Tensor::f32(&[1, 192, frames], noise);
    let mut synthesizer = folder.network(runtime, "synthesizer")?;
    let mut speak = |name: &str, f0: Vec<f32>| -> Result<(), Failure> {
        let outputs = synthesizer.run(&[
            ("phone", &phone),
            ("phone_lengths", &Tensor::i64(&[1], vec![frames as i64])),
            ("pitch", &Tensor::i64(&[1, frames], bins(&f0))),
            ("pitchf", &Tensor::f32(&[1, frames], f0)),
            ("ds", &Tensor::i64(&[1], vec![0])),
            ("rnd", &noise),
        ])?;
        let audio = outputs.first().and_then(Tensor::as_f32);
        folder.put_floats(name, audio.ok_or("audio is not f32")?)
    };
    speak("syrinx_spoken_gaps", f0)?;
    speak("syrinx_spoken", folder.floats("peer_filled")?)
}

fn bins(f0: &[f32]) -> Vec<i64> {
    f0.iter().map(|&hz| coarse_bin(hz).into()).collect()
}
