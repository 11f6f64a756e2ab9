//! Which voices are measured beside which program, and what they are held to.

/// Lookahead of both sides when streaming, in milliseconds: the command's own for `--streamed`.
pub const LOOKAHEAD_MS: u32 = 60;

/// A length of block.
pub struct Block {
    pub ms: u32,
    /// Its place in [`Form::live_limits`].
    pub index: usize,
}

/// The blocks: where delay is small, and the fork's own preset for a small GPU.
pub const BLOCKS_MS: [Block; 2] = [Block { ms: 100, index: 0 }, Block { ms: 350, index: 1 }];

/// A kind of voice, and the program that it is measured beside.
pub struct Family {
    pub name: &'static str,
    /// The program, and the parts of `time_peers.py` for files and streams.
    pub peer: &'static str,
    pub file_part: &'static str,
    pub live_part: &'static str,
    /// The context that the peer's own program gives its network when streaming.
    pub peer_context_ms: u32,
    pub forms: [Form; 2],
}

/// A form of a voice: its bundle is imported into the peers' folder under `bundles` with the command that is measured.
pub struct Form {
    pub name: &'static str,
    pub bundle: &'static str,
    /// Our time over the peer's.
    pub file_limit: f64,
    /// The same when streaming with the context that is limited, for each of [`BLOCKS_MS`].
    pub live_limits: [f64; 2],
    /// Whether it must keep up with its input at every block.
    pub keeps_up: bool,
}

/// The fork's command keeps 200 ms before a block; RVC's program 2.5 s, in which its encoder hears everything again.
pub const FAMILIES: [Family; 2] = [
    Family {
        name: "So-VITS",
        peer: "so-vits-svc-fork",
        file_part: "fork-file",
        live_part: "fork-live",
        peer_context_ms: 200,
        forms: [
            Form {
                name: "fp32",
                bundle: "sovits_fp32",
                file_limit: 1.0 / 1.2,
                live_limits: [1.0 / 2.5, 1.0 / 1.5],
                keeps_up: false,
            },
            Form {
                name: "int8",
                bundle: "sovits_int8",
                file_limit: 1.0 / 2.2,
                live_limits: [1.0 / 5.0, 1.0 / 3.0],
                keeps_up: true,
            },
        ],
    },
    Family {
        name: "RVC",
        peer: "RVC",
        file_part: "rvc-file",
        live_part: "rvc-live",
        peer_context_ms: 2500,
        forms: [
            Form {
                name: "fp32",
                bundle: "rvc_fp32",
                file_limit: 1.0 / 1.2,
                live_limits: [1.0 / 1.5, 1.0 / 1.5],
                keeps_up: false,
            },
            Form {
                name: "int8",
                bundle: "rvc_int8",
                file_limit: 1.0 / 2.2,
                live_limits: [1.0 / 3.0, 1.0 / 3.0],
                keeps_up: false,
            },
        ],
    },
];

/// The contexts with which a voice is streamed beside a peer: the peer's own, which is the comparison of like with like,
/// and ours; the limits are for the shorter of them where the peer's is longer than a stream of ours needs.
pub fn contexts(family: &Family) -> [Context; 2] {
    let like = Context {
        ms: Some(family.peer_context_ms),
        limited: family.peer_context_ms < OWN_CONTEXT_MS,
    };
    let own = Context {
        ms: None,
        limited: !like.limited,
    };
    [like, own]
}

/// What a parted voice hears again with each chunk at lowest latency.
const OWN_CONTEXT_MS: u32 = 400;

/// How much of the past a stream hears again with each block.
pub struct Context {
    /// In milliseconds; `None` is the voice's own.
    pub ms: Option<u32>,
    /// Whether the limits hold for it.
    pub limited: bool,
}
