//! Leads from one note to the next in a given time.

/// A pitch that reaches each new goal after a given number of frames, straight in semitones.
#[derive(Clone, Debug)]
pub(super) struct Glide {
    now: f32,
    goal: f32,
    remaining: u32,
}

impl Glide {
    /// Rests on `goal`.
    pub(super) fn at(goal: f32) -> Glide {
        Glide {
            now: goal,
            goal,
            remaining: 0,
        }
    }

    /// From `now` to `goal` in so many frames; 0 is at once.
    pub(super) fn between(now: f32, goal: f32, frames: u32) -> Glide {
        match frames {
            0 => Glide::at(goal),
            remaining => Glide {
                now,
                goal,
                remaining,
            },
        }
    }

    /// Lets a frame pass.
    pub(super) fn step(&mut self) {
        if self.remaining > 0 {
            // The last step is the whole distance, so no rounding error stays behind.
            self.now += (self.goal - self.now) / self.remaining as f32;
            self.remaining -= 1;
            if self.remaining == 0 {
                self.now = self.goal;
            }
        }
    }

    /// The pitch of this frame.
    pub(super) fn now(&self) -> f32 {
        self.now
    }

    /// Where it leads.
    pub(super) fn goal(&self) -> f32 {
        self.goal
    }
}
