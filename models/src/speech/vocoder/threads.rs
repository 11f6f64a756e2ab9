//! Says how many threads the large networks of speech get.

use crate::runtime::Runtime;

/// The most threads of one network: with more, layers as narrow as a vocoder's wait for each other.
const MOST: usize = 4;

/// The runtime for acoustic networks and vocoders: with a thread for each core that this program may use, unless it has
/// more already. Networks of a live stream keep to one thread because they are small and run every few milliseconds;
/// these run for longer, and ahead of what is heard, so that the first sound and the whole of it come sooner.
pub(crate) fn shared_out(runtime: &Runtime) -> Runtime {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    runtime.with_threads(runtime.threads().max(cores.min(MOST)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::runtime::{Backend, RuntimeConfig};

    #[test]
    fn threads_are_as_many_as_cores_and_never_fewer_than_asked_for() {
        let runtime = |threads| {
            let config = RuntimeConfig {
                backend: Some(Backend::Tract),
                threads,
                ..RuntimeConfig::default()
            };
            shared_out(&Runtime::new(config).unwrap()).threads()
        };
        let cores = std::thread::available_parallelism().unwrap().get();
        assert_eq!(runtime(1), cores.min(MOST));
        assert_eq!(runtime(9), 9);
    }
}
