//! Compares the stages of a conversion, and shows what was found.

use std::fmt::Write;

use anyhow::{Context, Result};
use serde_json::{Value, json};

use super::arrays::Arrays;
use super::difference::{Difference, log_spectral_distance};
use super::stage::{Bound, Frames, RECORDING_RATE, Rate, STAGES};

/// A compared stage.
#[derive(Clone, Debug)]
pub struct Finding {
    voice: String,
    stage: &'static str,
    difference: Difference,
    /// The log-spectral distance in dB, of audio.
    spectral: Option<f64>,
    bound: Bound,
    note: &'static str,
}

/// Compares every stage that the voice has.
///
/// # Errors
/// If an array is missing on our side, or lengths differ.
pub fn findings(voice: &str, arrays: &Arrays) -> Result<Vec<Finding>> {
    let voicing = match arrays.has("peer_uv") {
        true => Some(arrays.get("peer_uv")?),
        false => None,
    };
    let mut all = Vec::new();
    for stage in &STAGES {
        let (ours, peers) = (
            format!("syrinx_{}", stage.ours),
            format!("peer_{}", stage.peers),
        );
        if !arrays.has(&peers) {
            continue;
        }
        let (mut ours, mut peers) = (arrays.get(&ours)?, arrays.get(&peers)?);
        let describe = || format!("{voice}, {}", stage.name);
        // Before frames are chosen: a choice would cut what is too long.
        Difference::of(&ours, &peers).with_context(describe)?;
        match (stage.frames, &voicing) {
            (Frames::All, _) => {}
            (frames, Some(voicing)) => {
                let wanted = f64::from(u8::from(frames == Frames::Voiced));
                let mut flags = [voicing.iter(), voicing.iter()];
                ours.retain(|_| flags[0].next() == Some(&wanted));
                peers.retain(|_| flags[1].next() == Some(&wanted));
            }
            // RVC fills no gaps: its F0 is compared as a whole.
            (Frames::Voiced, None) => {}
            (Frames::Unvoiced, None) => continue,
        }
        let rate = match stage.audio {
            Some(Rate::Voice) => Some(arrays.rate()?),
            Some(Rate::Recording) => Some(RECORDING_RATE),
            None => None,
        };
        let spectral = rate.map(|rate| log_spectral_distance(&ours, &peers, rate));
        all.push(Finding {
            voice: voice.to_owned(),
            stage: stage.name,
            difference: Difference::of(&ours, &peers).with_context(describe)?,
            spectral: spectral.transpose()?,
            bound: stage.bound,
            note: stage.note,
        });
    }
    Ok(all)
}

impl Finding {
    /// Whether it is as near as it must be.
    pub fn holds(&self) -> bool {
        match self.bound {
            Bound::Same => self.difference.differing == 0,
            Bound::Greatest(most) => self.difference.greatest <= most,
            Bound::Snr(least) => self.difference.snr_db >= least,
            Bound::Shown => true,
        }
    }

    /// The finding as JSON; `snr_db` is null where nothing differs.
    pub fn to_json(&self) -> Value {
        json!({
            "voice": self.voice, "stage": self.stage, "values": self.difference.values,
            "greatest": self.difference.greatest, "snr_db": self.difference.snr_db,
            "spectral_db": self.spectral, "differing": self.difference.differing, "holds": self.holds(),
            "bound": self.bound.shown(), "note": self.note,
        })
    }
}

/// The findings as an aligned table.
pub fn table(findings: &[Finding]) -> String {
    let mut text = format!(
        "{:<11} {:<19} {:>8} {:>9} {:>8} {:>8} {:>9}  {:<9} {}\n",
        "voice", "stage", "values", "max abs", "SNR dB", "LSD dB", "differing", "bound", ""
    );
    for finding in findings {
        let difference = &finding.difference;
        let verdict = match (finding.bound, finding.holds()) {
            (Bound::Shown, _) => "",
            (_, true) => "ok",
            (_, false) => "BEYOND",
        };
        let spectral = finding
            .spectral
            .map_or_else(String::new, |distance| format!("{distance:.3}"));
        let line = format!(
            "{:<11} {:<19} {:>8} {:>9.1e} {:>8.1} {spectral:>8} {:>9}  {:<9} {verdict:<6} {}",
            finding.voice,
            finding.stage,
            difference.values,
            difference.greatest,
            difference.snr_db,
            difference.differing,
            finding.bound.shown(),
            finding.note,
        );
        // Writing to a string does not fail.
        let _ = writeln!(text, "{}", line.trim_end());
    }
    text
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use super::*;

    /// A voice of which both sides say the same, but for what `change` does.
    fn compared(change: impl Fn(&Path)) -> Result<Vec<Finding>> {
        let folder = tempfile::tempdir()?;
        let put = |name: &str, values: &[f32]| {
            let raw: Vec<u8> = values.iter().flat_map(|x| x.to_le_bytes()).collect();
            fs::write(folder.path().join(format!("{name}.f32")), raw).unwrap();
        };
        fs::write(folder.path().join("request.json"), "{\"rate\": 8000}")?;
        let audio: Vec<f32> = (0..2000).map(|n| (n as f32 * 0.1).sin()).collect();
        for side in ["syrinx", "peer"] {
            put(&format!("{side}_uv"), &[1.0, 0.0, 1.0]);
            put(&format!("{side}_f0"), &[100.0, 110.0, 120.0]);
            put(&format!("{side}_spoken"), &audio);
            put(&format!("{side}_whole"), &audio);
        }
        put("peer_spoken_single", &audio);
        change(folder.path());
        findings("voice", &Arrays::open(folder.path())?)
    }

    fn beyond(findings: &[Finding]) -> Vec<&str> {
        let beyond = findings.iter().filter(|finding| !finding.holds());
        beyond.map(|finding| finding.stage).collect()
    }

    #[test]
    fn what_is_the_same_holds_and_stages_that_a_voice_lacks_are_left_out() {
        let all = compared(|_| ()).unwrap();
        assert!(beyond(&all).is_empty());
        let stages: Vec<_> = all.iter().map(|finding| finding.stage).collect();
        assert_eq!(stages.len(), 6, "{stages:?}");
        assert!(table(&all).contains("audio, same sums"));
    }

    #[test]
    fn a_wrong_f0_is_an_error_where_voiced_and_shown_in_gaps() {
        let wrong = |f0: [f32; 3]| {
            move |folder: &Path| {
                let raw: Vec<u8> = f0.iter().flat_map(|x| x.to_le_bytes()).collect();
                fs::write(folder.join("syrinx_f0.f32"), raw).unwrap();
            }
        };
        let gap = compared(wrong([100.0, 115.0, 120.0])).unwrap();
        assert!(beyond(&gap).is_empty());
        let voiced = compared(wrong([100.1, 110.0, 120.0])).unwrap();
        assert_eq!(beyond(&voiced), ["F0 in Hz, voiced"]);
    }

    #[test]
    fn a_file_is_compared_at_the_rate_of_recordings() {
        let louder = compared(|folder| {
            // 0.1 % of the level: -60 dB.
            let audio = (0..2000).map(|n| 1.0011 * (n as f32 * 0.1).sin());
            let raw: Vec<u8> = audio.flat_map(f32::to_le_bytes).collect();
            fs::write(folder.join("syrinx_whole.f32"), raw).unwrap();
        });
        let louder = louder.unwrap();
        assert_eq!(beyond(&louder), ["file"]);
        let file = louder.iter().find(|finding| finding.stage == "file");
        let distance = file.unwrap().spectral.unwrap();
        // 20 log10(1.0011) dB in every bin that is heard.
        assert!((0.001..0.0096).contains(&distance), "{distance}");
    }

    #[test]
    fn missing_and_short_arrays_are_errors() {
        let missing = compared(|folder| fs::remove_file(folder.join("syrinx_uv.f32")).unwrap());
        assert!(missing.is_err());
        let short = compared(|folder| fs::write(folder.join("syrinx_f0.f32"), [0; 8]).unwrap());
        let long = compared(|folder| fs::write(folder.join("syrinx_f0.f32"), [0; 16]).unwrap());
        assert!(short.is_err() && long.is_err());
    }
}
