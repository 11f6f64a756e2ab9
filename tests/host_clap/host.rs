//! What the CLAP host of the tests is asked for, and what it notes of that.

use std::cell::OnceCell;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};

use clack_extensions::gui::{GuiSize, HostGui, HostGuiImpl};
use clack_extensions::latency::{HostLatency, HostLatencyImpl};
use clack_extensions::params::{
    HostParams, HostParamsImplMainThread, HostParamsImplShared, ParamClearFlags, ParamRescanFlags,
};
use clack_extensions::state::{HostState, HostStateImpl};
use clack_host::prelude::*;

/// What the plugin asked of the host.
#[derive(Debug, Default)]
pub struct Log {
    /// Calls of `request_restart`.
    pub restarts: AtomicUsize,
    /// Calls of it while the plugin was being activated: hosts take these for a loop.
    pub restarts_in_activate: AtomicUsize,
    /// Calls of `latency.changed`.
    pub latency_changes: AtomicUsize,
    /// Calls of it at another moment than activation, the only one that is allowed.
    pub latency_changes_outside: AtomicUsize,
    pub(super) activating: AtomicBool,
    pub(super) callback: AtomicBool,
}

pub struct Shared(pub(super) Arc<Log>);

impl<'a> SharedHandler<'a> for Shared {
    fn request_restart(&self) {
        self.0.restarts.fetch_add(1, SeqCst);
        if self.0.activating.load(SeqCst) {
            self.0.restarts_in_activate.fetch_add(1, SeqCst);
        }
    }

    fn request_process(&self) {}

    fn request_callback(&self) {
        self.0.callback.store(true, SeqCst);
    }
}

impl HostParamsImplShared for Shared {
    fn request_flush(&self) {}
}

/// The host's windows have one size, and the rig closes them itself.
impl HostGuiImpl for Shared {
    fn resize_hints_changed(&self) {}

    fn request_resize(&self, _new_size: GuiSize) -> Result<(), HostError> {
        Ok(())
    }

    fn request_show(&self) -> Result<(), HostError> {
        Ok(())
    }

    fn request_hide(&self) -> Result<(), HostError> {
        Ok(())
    }

    fn closed(&self, _was_destroyed: bool) {}
}

pub struct MainThread<'a> {
    pub(super) shared: &'a Shared,
    pub(super) plugin: OnceCell<InitializedPluginHandle<'a>>,
}

impl<'a> MainThreadHandler<'a> for MainThread<'a> {
    fn initialized(&self, instance: InitializedPluginHandle<'a>) {
        let _ = self.plugin.set(instance);
    }
}

impl HostLatencyImpl for MainThread<'_> {
    fn changed(&self) {
        let log = &self.shared.0;
        log.latency_changes.fetch_add(1, SeqCst);
        if !log.activating.load(SeqCst) {
            log.latency_changes_outside.fetch_add(1, SeqCst);
        }
    }
}

impl HostParamsImplMainThread for MainThread<'_> {
    fn rescan(&self, _flags: ParamRescanFlags) {}

    fn clear(&self, _param_id: ClapId, _flags: ParamClearFlags) {}
}

impl HostStateImpl for MainThread<'_> {
    fn mark_dirty(&self) {}
}

pub struct TestHost;

impl HostHandlers for TestHost {
    type Shared<'a> = Shared;
    type MainThread<'a> = MainThread<'a>;
    type AudioProcessor<'a> = ();

    fn declare_extensions(builder: &mut HostExtensions<Self>, _shared: &Self::Shared<'_>) {
        builder
            .register::<HostGui>()
            .register::<HostLatency>()
            .register::<HostParams>()
            .register::<HostState>();
    }
}
