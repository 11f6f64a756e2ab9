//! A graph that is read when it is needed.

use std::sync::Arc;

use crate::bundle::VoiceBundle;
use crate::error::LoadError;
use crate::graph::{Graph, GraphError};
use crate::runtime::{Device, OnnxSession, Runtime, Source};

/// A graph that is read when it is needed: a network that was kept optimised is loaded without it.
#[derive(Clone)]
pub(crate) enum GraphFile {
    /// One that was just made.
    Made(Arc<Graph>),
    /// One of a bundle, by its role.
    Bundled(Arc<VoiceBundle>, &'static str),
}

impl std::fmt::Debug for GraphFile {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("GraphFile").field(&self.name()).finish()
    }
}

impl GraphFile {
    /// What it is called in messages.
    fn name(&self) -> &str {
        match self {
            GraphFile::Made(graph) => graph.name(),
            GraphFile::Bundled(_, role) => role,
        }
    }

    /// Reads it.
    ///
    /// # Errors
    /// If the file is not as the manifest says, or no graph.
    pub(crate) fn read(&self) -> Result<Graph, LoadError> {
        match self {
            GraphFile::Made(graph) => Ok(Graph::clone(graph)),
            GraphFile::Bundled(bundle, role) => Graph::decode(role, &bundle.file(role)?),
        }
    }

    /// Loads what `rewrite` makes of it, and gives what `rewrite` said about that; `form` names the rewriting with all
    /// that it depends on. Where networks are kept, neither reading nor rewriting is repeated the next time.
    ///
    /// # Errors
    /// If it cannot be read, rewritten or loaded.
    pub(crate) fn load(
        &self,
        form: &str,
        runtime: &Runtime,
        device: Device,
        rewrite: impl FnOnce(Graph) -> Result<(Graph, String), GraphError>,
    ) -> Result<(OnnxSession, String), GraphError> {
        let make = || -> Result<Source<Vec<u8>>, GraphError> {
            let (graph, about) = rewrite(self.read()?)?;
            Ok(Source {
                onnx: graph.encode(),
                about,
            })
        };
        match self {
            GraphFile::Bundled(bundle, role) => {
                let identity = format!(
                    "{} {form}",
                    bundle.file_hash(role).map_err(LoadError::from)?
                );
                runtime.load_kept(role, &identity, device, make)
            }
            GraphFile::Made(graph) => {
                let source = make()?;
                let session = runtime.load_any(graph.name(), &source.onnx, device)?;
                Ok((session, source.about))
            }
        }
    }
}

/// Loads a network of a bundle as it is.
///
/// # Errors
/// If it cannot be read or loaded.
pub(crate) fn load_as_it_is(
    bundle: &VoiceBundle,
    role: &str,
    runtime: &Runtime,
    device: Device,
) -> Result<OnnxSession, LoadError> {
    let make = || -> Result<Source<Arc<[u8]>>, LoadError> {
        Ok(Source {
            onnx: bundle.file(role)?,
            about: String::new(),
        })
    };
    let (session, _) = runtime.load_kept(role, bundle.file_hash(role)?, device, make)?;
    Ok(session)
}
