//! Against faiss, scikit-learn and the references' formulas, on small files, good and damaged.

mod damaged;
mod refused;
mod searches;
mod timing;

use serde::Deserialize;

use super::*;

const EXPECTED: &str = include_str!("../../../tests/golden/retrieval/retrieval.json");

/// f32 sums in another order differ by some 1e-7 of the values; a wrong neighbour or weight by 1e-2 and more.
const TOLERANCE: f32 = 1e-5;

macro_rules! files {
    ($($name:literal),*) => {
        fn file(name: &str) -> &'static [u8] {
            match name {
                $($name => include_bytes!(concat!("../../../tests/golden/retrieval/", $name)),)*
                _ => panic!("no file {name}"),
            }
        }
    };
}

files!(
    "added.index",
    "feature_and_index.pkl",
    "flat.index",
    "KMeans.npy",
    "kmeans.pt",
    "kmeans_v2.npy",
    "mapped.index",
    "probing.index",
    "product.index",
    "quantised.index",
    "sparse.index",
    "total_fea.npy",
    "trained.index"
);

#[derive(Deserialize)]
struct Expected {
    dim: usize,
    queries: Vec<f32>,
    indexes: Vec<Case>,
    centres: Vec<Vec<f32>>,
    f0: Vec<f32>,
    protected: Vec<Protected>,
}

#[derive(Deserialize)]
struct Case {
    file: String,
    scores: Vec<f32>,
    ids: Vec<u64>,
    blends: Vec<Blend>,
}

#[derive(Deserialize)]
struct Blend {
    rate: f32,
    content: Vec<f32>,
}

#[derive(Deserialize)]
struct Protected {
    amount: f32,
    content: Vec<f32>,
}

fn expected() -> Expected {
    serde_json::from_str(EXPECTED).unwrap()
}

fn index(name: &str, dim: usize) -> FeatureIndex {
    match Retrieval::read_index(name, file(name), dim) {
        Ok(Retrieval::Index(index)) => index,
        other => panic!("{name}: {other:?}"),
    }
}

fn assert_close(name: &str, found: &[f32], wanted: &[f32]) {
    assert_eq!(found.len(), wanted.len(), "{name}");
    for (at, (found, wanted)) in found.iter().zip(wanted).enumerate() {
        let allowed = TOLERANCE * wanted.abs().max(1.0);
        assert!(
            (found - wanted).abs() <= allowed,
            "{name}, value {at}: expected {wanted}, found {found}"
        );
    }
}

fn index_message(bytes: &[u8], dim: usize) -> String {
    Retrieval::read_index("a.index", bytes, dim)
        .unwrap_err()
        .to_string()
}

fn centres_message(bytes: &[u8], dim: usize, each: Option<usize>) -> String {
    Retrieval::read_centres("k", bytes, dim, each)
        .unwrap_err()
        .to_string()
}

/// The file with other bytes at a place.
fn changed(name: &str, at: usize, bytes: &[u8]) -> Vec<u8> {
    let mut content = file(name).to_vec();
    content[at..at + bytes.len()].copy_from_slice(bytes);
    content
}
