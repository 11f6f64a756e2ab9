//! The size of the editor's window.

use std::sync::atomic::{AtomicU32, Ordering};

use nice_plug::params::persist::PersistentField;

/// The size of the editor's window in logical pixels, which do not depend on the screen.
#[derive(Debug)]
pub struct EditorSize {
    width: AtomicU32,
    height: AtomicU32,
}

impl EditorSize {
    /// Everything is seen without scrolling.
    pub const DEFAULT: (u32, u32) = (760, 680);
    /// Smaller, and labels would be cut.
    pub const SMALLEST: (u32, u32) = (560, 320);
    /// Larger than any screen; a damaged state must not ask for more.
    const LARGEST: (u32, u32) = (7680, 4320);

    /// Width and height.
    pub fn get(&self) -> (u32, u32) {
        let (width, height) = (&self.width, &self.height);
        (
            width.load(Ordering::Relaxed),
            height.load(Ordering::Relaxed),
        )
    }

    /// Notes a size, brought into its range.
    pub fn set(&self, (width, height): (u32, u32)) {
        let width = width.clamp(Self::SMALLEST.0, Self::LARGEST.0);
        let height = height.clamp(Self::SMALLEST.1, Self::LARGEST.1);
        self.width.store(width, Ordering::Relaxed);
        self.height.store(height, Ordering::Relaxed);
    }
}

impl Default for EditorSize {
    fn default() -> Self {
        EditorSize {
            width: AtomicU32::new(Self::DEFAULT.0),
            height: AtomicU32::new(Self::DEFAULT.1),
        }
    }
}

impl PersistentField<'_, (u32, u32)> for EditorSize {
    fn set(&self, size: (u32, u32)) {
        EditorSize::set(self, size);
    }

    fn map<F, R>(&self, f: F) -> R
    where
        F: Fn(&(u32, u32)) -> R,
    {
        f(&self.get())
    }
}
