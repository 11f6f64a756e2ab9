//! Says how the cores share the work of speech's large networks.

use crate::runtime::{Device, Runtime};

/// The most threads of one network: with more, layers as narrow as a vocoder's wait for each other.
const MOST: usize = 4;

/// The most parts of an utterance that are computed at the same time: what is made ahead of its turn waits in memory.
const MOST_PARTS: usize = 2;

/// The runtime for acoustic networks and vocoders: with a thread for each core that this program may use, unless it has
/// more already. Networks of a live stream keep to one thread because they are small and run every few milliseconds;
/// these run for longer, and ahead of what is heard, so that the first sound and the whole of it come sooner.
pub(crate) fn shared_out(runtime: &Runtime) -> Runtime {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    runtime.with_threads(runtime.threads().max(cores.min(MOST)))
}

/// How the threads of a runtime share a vocoder's work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sharing {
    /// All of them in every layer: for frames that become known one after the other.
    Layers,
    /// Each in a part of the utterance of its own, so that no thread waits for another in every layer.
    Parts,
}

impl Sharing {
    /// How many parts there are, and the threads of each.
    pub(super) fn parts(self, runtime: &Runtime, device: Device) -> (usize, usize) {
        let threads = runtime.threads();
        match (self, device) {
            (Sharing::Parts, Device::Cpu) => {
                let parts = threads.clamp(1, MOST_PARTS);
                (parts, threads / parts)
            }
            _ => (1, threads),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::runtime::{Backend, RuntimeConfig};

    fn runtime(threads: usize) -> Runtime {
        let config = RuntimeConfig {
            backend: Some(Backend::Tract),
            threads,
            ..RuntimeConfig::default()
        };
        Runtime::new(config).unwrap()
    }

    #[test]
    fn threads_are_as_many_as_cores_and_never_fewer_than_asked_for() {
        let cores = std::thread::available_parallelism().unwrap().get();
        assert_eq!(shared_out(&runtime(1)).threads(), cores.min(MOST));
        assert_eq!(shared_out(&runtime(9)).threads(), 9);
    }

    #[test]
    fn no_thread_is_given_out_twice() {
        let parts = |sharing: Sharing, threads| sharing.parts(&runtime(threads), Device::Cpu);
        assert_eq!(parts(Sharing::Parts, 1), (1, 1));
        assert_eq!(parts(Sharing::Parts, 2), (2, 1));
        assert_eq!(parts(Sharing::Parts, 4), (2, 2));
        assert_eq!(parts(Sharing::Layers, 4), (1, 4));
        assert_eq!(
            Sharing::Parts.parts(&runtime(4), Device::Cuda(0)),
            (1, 4),
            "a card has one queue"
        );
    }
}
