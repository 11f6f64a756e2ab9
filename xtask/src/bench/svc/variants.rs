//! Which forms of a voice are measured, and what they are held to.

/// Lookahead of both sides when streaming, in milliseconds: the command's own for `--streamed`.
pub const LOOKAHEAD_MS: u32 = 60;

/// A length of block.
pub struct Block {
    pub ms: u32,
    /// Its place in [`Variant::live_limits`].
    pub index: usize,
}

/// The blocks: where delay is small, and the fork's own preset for a small GPU.
pub const BLOCKS_MS: [Block; 2] = [Block { ms: 100, index: 0 }, Block { ms: 350, index: 1 }];

/// A form of a voice, and the peer that it is measured beside.
///
/// Another form is another entry: its bundle is imported into the peers' folder under `bundles` with the command that is
/// measured, and options choose what the command does with it. A bundle that is missing is a row that says so.
pub struct Variant {
    pub name: &'static str,
    pub bundle: &'static str,
    /// Further options of `syrinx convert`.
    pub options: &'static [&'static str],
    /// The peer, and the parts of `time_peers.py` for files and streams.
    pub peer: &'static str,
    pub file_part: &'static str,
    pub live_part: &'static str,
    /// The context that the peer's own program gives its network.
    pub peer_context_ms: u32,
    /// Our time over the peer's.
    pub file_limit: f64,
    /// The same when streaming, for each of [`BLOCKS_MS`].
    pub live_limits: [f64; 2],
    /// Whether it must keep up with its input at every block.
    pub keeps_up: bool,
}

/// The fork's command keeps 200 ms before a block; RVC's program 2.5 s.
pub const VARIANTS: [Variant; 4] = [
    Variant {
        name: "So-VITS fp32",
        bundle: "sovits_fp32",
        options: &[],
        peer: "so-vits-svc-fork",
        file_part: "fork-file",
        live_part: "fork-live",
        peer_context_ms: 200,
        file_limit: 1.0 / 1.2,
        live_limits: [1.0 / 2.5, 1.0 / 1.5],
        keeps_up: false,
    },
    Variant {
        name: "So-VITS int8",
        bundle: "sovits_int8",
        options: &[],
        peer: "so-vits-svc-fork",
        file_part: "fork-file",
        live_part: "fork-live",
        peer_context_ms: 200,
        file_limit: 1.0 / 2.2,
        live_limits: [1.0 / 5.0, 1.0 / 3.0],
        keeps_up: true,
    },
    Variant {
        name: "RVC fp32",
        bundle: "rvc_fp32",
        options: &[],
        peer: "RVC",
        file_part: "rvc-file",
        live_part: "rvc-live",
        peer_context_ms: 2500,
        file_limit: 1.0 / 1.2,
        live_limits: [1.0 / 1.5, 1.0 / 1.5],
        keeps_up: false,
    },
    Variant {
        name: "RVC int8",
        bundle: "rvc_int8",
        options: &[],
        peer: "RVC",
        file_part: "rvc-file",
        live_part: "rvc-live",
        peer_context_ms: 2500,
        file_limit: 1.0 / 2.2,
        live_limits: [1.0 / 3.0, 1.0 / 3.0],
        keeps_up: false,
    },
];
