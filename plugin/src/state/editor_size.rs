//! The size of the editor's window, and how large its contents are.

use std::sync::atomic::{AtomicU32, Ordering};

use nice_plug::params::persist::PersistentField;

/// The size of the editor's window in points, which do not depend on the screen, and the scale at which they are shown.
///
/// Saved as `[width, height, scale]`; states without a scale mean 100 %.
#[derive(Debug)]
pub struct EditorSize {
    width: AtomicU32,
    height: AtomicU32,
    scale: AtomicU32,
}

impl EditorSize {
    /// Everything is seen without scrolling.
    pub const DEFAULT: (u32, u32) = (840, 700);
    /// Smaller, and labels would be cut.
    pub const SMALLEST: (u32, u32) = (560, 320);
    /// Larger than any screen; a damaged state must not ask for more.
    const LARGEST: (u32, u32) = (7680, 4320);

    /// The smallest and the largest scale, per cent.
    pub const SCALES: (u32, u32) = (100, 200);

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

impl EditorSize {
    /// How large everything is shown: 1 to 2.
    pub fn zoom(&self) -> f32 {
        self.scale.load(Ordering::Relaxed) as f32 / 100.0
    }

    /// Notes a scale in per cent, brought into its range.
    pub fn set_scale(&self, scale: u32) {
        let scale = scale.clamp(Self::SCALES.0, Self::SCALES.1);
        self.scale.store(scale, Ordering::Relaxed);
    }
}

impl Default for EditorSize {
    fn default() -> Self {
        EditorSize {
            width: AtomicU32::new(Self::DEFAULT.0),
            height: AtomicU32::new(Self::DEFAULT.1),
            scale: AtomicU32::new(Self::SCALES.0),
        }
    }
}

impl PersistentField<'_, Vec<u32>> for EditorSize {
    fn set(&self, saved: Vec<u32>) {
        if let [width, height, rest @ ..] = saved.as_slice() {
            EditorSize::set(self, (*width, *height));
            self.set_scale(rest.first().copied().unwrap_or(Self::SCALES.0));
        }
    }

    fn map<F, R>(&self, f: F) -> R
    where
        F: Fn(&Vec<u32>) -> R,
    {
        let (width, height) = self.get();
        f(&vec![width, height, self.scale.load(Ordering::Relaxed)])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn restored(saved: &[u32]) -> (u32, u32, f32) {
        let size = EditorSize::default();
        PersistentField::set(&size, saved.to_vec());
        let (width, height) = size.get();
        (width, height, size.zoom())
    }

    #[test]
    fn older_states_have_no_scale_and_damaged_ones_are_brought_into_range() {
        assert_eq!(restored(&[900, 600]), (900, 600, 1.0));
        assert_eq!(restored(&[900, 600, 150]), (900, 600, 1.5));
        assert_eq!(restored(&[0, 1 << 30, 1000]), (560, 4320, 2.0));
        let (width, height) = EditorSize::DEFAULT;
        assert_eq!(restored(&[900]), (width, height, 1.0));
    }
}
