//! A folder of arrays and the request that says what they are.

use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;
use syrinx_models::runtime::OnnxSession;
use syrinx_models::{Device, Runtime};

/// Whatever goes wrong ends the program with a message.
pub type Failure = Box<dyn Error>;

/// A folder of arrays and the request that says what they are.
pub struct Folder {
    path: PathBuf,
    request: Value,
}

impl Folder {
    pub fn open(path: &Path) -> Result<Folder, Failure> {
        let file = path.join("request.json");
        let text = fs::read(&file).map_err(|error| format!("{}: {error}", file.display()))?;
        let request = serde_json::from_slice(&text)?;
        let path = path.to_owned();
        Ok(Folder { path, request })
    }

    pub fn text(&self, key: &str) -> Result<&str, Failure> {
        let found = self.request[key].as_str();
        found.ok_or_else(|| format!("{key}: expected a text in request.json").into())
    }

    pub fn number(&self, key: &str) -> Result<f64, Failure> {
        let found = self.request[key].as_f64();
        found.ok_or_else(|| format!("{key}: expected a number in request.json").into())
    }

    /// The list that stands under `key`.
    pub fn list(&self, key: &str) -> Result<&[Value], Failure> {
        let found = self.request[key].as_array();
        found
            .map(Vec::as_slice)
            .ok_or_else(|| format!("{key}: expected a list in request.json").into())
    }

    /// A file or folder in it.
    pub fn inside(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }

    /// Loads the network whose path stands under `key`.
    pub fn network(&self, runtime: &Runtime, key: &str) -> Result<OnnxSession, Failure> {
        let path = self.text(key)?;
        let graph = fs::read(path).map_err(|error| format!("{path}: {error}"))?;
        Ok(runtime.load_any(key, &graph, Device::Cpu)?)
    }

    pub fn floats(&self, name: &str) -> Result<Vec<f32>, Failure> {
        let file = self.path.join(format!("{name}.f32"));
        let raw = fs::read(&file).map_err(|error| format!("{}: {error}", file.display()))?;
        let number = |x: &[u8]| f32::from_le_bytes([x[0], x[1], x[2], x[3]]);
        Ok(raw.chunks_exact(4).map(number).collect())
    }

    pub fn put_floats(&self, name: &str, values: &[f32]) -> Result<(), Failure> {
        let raw: Vec<u8> = values.iter().flat_map(|x| x.to_le_bytes()).collect();
        Ok(fs::write(self.path.join(format!("{name}.f32")), raw)?)
    }

    pub fn put_integers(&self, name: &str, values: &[i64]) -> Result<(), Failure> {
        let raw: Vec<u8> = values.iter().flat_map(|x| x.to_le_bytes()).collect();
        Ok(fs::write(self.path.join(format!("{name}.i64")), raw)?)
    }
}
