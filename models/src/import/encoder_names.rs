//! Knows the names that programs have for content encoders, and that their files have.

/// A content encoder that voices are trained with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct KnownEncoder {
    /// What So-VITS-SVC's `config.json` calls it.
    pub(super) name: &'static str,
    /// What its file is usually called, without `.onnx`: MoeVS' names, which So-VITS-SVC and RVC use as well.
    pub(super) file: &'static str,
    /// Values per frame.
    pub(super) dim: usize,
}

/// So-VITS-SVC's `vencoder` and MoeVS' `hubert`.
const KNOWN: [KnownEncoder; 9] = [
    known("vec768l12", "vec-768-layer-12", 768),
    known("vec256l9", "vec-256-layer-9", 256),
    known("vec768l9", "vec-768-layer-9", 768),
    known("vec256l12", "vec-256-layer-12", 256),
    known("hubertsoft", "hubert-soft", 256),
    known("hubert4.0", "hubert4.0", 256),
    known("cnhubertlarge", "cnhubertlarge", 1024),
    known("wavlmbase+", "wavlmbase+", 768),
    known("dphubert", "dphubert", 768),
];

const fn known(name: &'static str, file: &'static str, dim: usize) -> KnownEncoder {
    KnownEncoder { name, file, dim }
}

/// The known encoder of this name, however it is written: `vec768l12`, `vec768l12-onnx`, `vec-768-layer-12`.
pub(super) fn recognise(name: &str) -> Option<KnownEncoder> {
    let plain = plain(name);
    KNOWN
        .into_iter()
        .find(|known| plain == self::plain(known.name))
}

/// Whether two names are of one encoder.
pub(super) fn are_one(one: &str, other: &str) -> bool {
    plain(one) == plain(other)
}

/// The encoder that most voices with content of this width are trained with.
pub(super) fn usual(dim: usize) -> Option<KnownEncoder> {
    KNOWN.into_iter().find(|known| known.dim == dim)
}

/// A name without what is written differently.
fn plain(name: &str) -> String {
    let name = name.to_lowercase();
    let name = name.strip_suffix("-onnx").unwrap_or(&name);
    let letters = name.replace("layer", "l");
    letters
        .chars()
        .filter(|letter| letter.is_alphanumeric())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_way_of_writing_is_one_encoder() {
        for name in [
            "vec768l12",
            "vec768l12-onnx",
            "vec-768-layer-12",
            "Vec-768-Layer-12",
        ] {
            assert_eq!(recognise(name).unwrap().file, "vec-768-layer-12", "{name}");
        }
        assert_eq!(recognise("hubert-soft").unwrap().dim, 256);
        assert_eq!(recognise("hubertsoft-onnx").unwrap().dim, 256);
        for other in ["hubert_base, layer 12", "vec768l1", "", "my encoder"] {
            assert_eq!(recognise(other), None, "{other}");
        }
        assert!(are_one("My Encoder", "my-encoder") && !are_one("vec768l12", "vec768l9"));
    }

    #[test]
    fn the_usual_ones_are_contentvec() {
        assert_eq!(usual(768).unwrap().name, "vec768l12");
        assert_eq!(usual(256).unwrap().name, "vec256l9");
        assert_eq!(usual(512), None);
    }
}
