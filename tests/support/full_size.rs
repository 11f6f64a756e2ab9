//! Makes networks of full size with random weights: as large and as slow as voices in the world, and nobody's.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use crate::weightless::WeightlessGraph;

/// A network of full size. Nothing in it is trained.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Network {
    /// HuBERT base, 94 M weights: `source` at 16 kHz to `embed` with 768 values per frame.
    Encoder,
    /// So-VITS-SVC at 44.1 kHz, 30 M weights, in the contract of its own exporter.
    SoVits,
    /// RVC v2 at 48 kHz, 29 M weights, in the contract of its WebUI.
    Rvc,
}

impl Network {
    /// All of them.
    pub const ALL: [Network; 3] = [Network::Encoder, Network::SoVits, Network::Rvc];

    /// Its file in a folder of such networks.
    pub fn file(self) -> &'static str {
        match self {
            Network::Encoder => "encoder_768.onnx",
            Network::SoVits => "sovits/voice.onnx",
            Network::Rvc => "rvc/voice.onnx",
        }
    }

    /// What stands in the repository of it.
    ///
    /// # Panics
    /// If that is damaged.
    pub fn graph(self) -> WeightlessGraph {
        let zip: &[u8] = match self {
            Network::Encoder => include_bytes!("../full_size/encoder_768.zip"),
            Network::SoVits => include_bytes!("../full_size/sovits.zip"),
            Network::Rvc => include_bytes!("../full_size/rvc.zip"),
        };
        WeightlessGraph::read(zip).expect("the graphs of the repository are sound")
    }

    /// Makes it in `folder`, unless it is there already, and returns its path.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn make_in(self, folder: &Path) -> io::Result<PathBuf> {
        let graph = self.graph();
        let path = folder.join(self.file());
        // Says which graph and weights the file was made of; written last.
        let made_of = path.with_extension("sha256");
        let is_there = fs::read_to_string(&made_of).is_ok_and(|found| found == graph.sha256())
            && fs::metadata(&path).is_ok_and(|found| found.len() == graph.bytes());
        if is_there {
            return Ok(path);
        }
        fs::create_dir_all(path.parent().unwrap_or(folder))?;
        let aside = path.with_extension("partial");
        let mut file = BufWriter::with_capacity(1 << 20, File::create(&aside)?);
        graph.write(&mut file)?;
        file.flush()?;
        fs::rename(&aside, &path)?;
        fs::write(made_of, graph.sha256())?;
        Ok(path)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_network_is_the_file_whose_hash_is_known() {
        for network in Network::ALL {
            let written = network.graph().write(&mut io::sink());
            assert!(written.is_ok(), "{network:?}: {written:?}");
        }
    }

    #[test]
    fn what_is_there_is_left_alone_and_what_was_broken_off_is_made_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = Network::Rvc.make_in(folder.path()).unwrap();
        let made = fs::metadata(&path).unwrap().modified().unwrap();
        assert_eq!(Network::Rvc.make_in(folder.path()).unwrap(), path);
        assert_eq!(fs::metadata(&path).unwrap().modified().unwrap(), made);
        File::options()
            .write(true)
            .open(&path)
            .and_then(|file| file.set_len(1_000))
            .unwrap();
        Network::Rvc.make_in(folder.path()).unwrap();
        let bytes = fs::metadata(&path).unwrap().len();
        assert_eq!(bytes, Network::Rvc.graph().bytes());
    }
}
