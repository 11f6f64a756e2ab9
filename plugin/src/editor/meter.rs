//! A level meter with a held peak.

use egui::{Align2, Color32, FontId, Rect, Sense, Ui, pos2, vec2};

/// The bottom of the scale, in dBFS: below, speech is noise.
const BOTTOM: f32 = -60.0;
/// How fast the bar falls, in dB per second: the ballistics of an IEC 60268-10 type I meter, 20 dB in 1.5 s, rounded.
const FALL: f32 = 13.0;
/// How long the peak is held, in seconds, before it falls too.
const HOLD: f32 = 1.5;
/// Width of the peak in words, in points: `-12.3 dB` fits.
const TEXT_WIDTH: f32 = 60.0;
/// Height in points.
const HEIGHT: f32 = 14.0;

/// A level meter with a held peak.
#[derive(Clone, Debug)]
pub struct Meter {
    level: f32,
    peak: f32,
    held_for: f32,
}

impl Default for Meter {
    fn default() -> Self {
        Meter {
            level: BOTTOM,
            peak: BOTTOM,
            held_for: 0.0,
        }
    }
}

impl Meter {
    /// Takes the highest value, linear, of the last `seconds`.
    pub fn update(&mut self, value: f32, seconds: f32) {
        let decibels = 20.0 * value.max(1e-6).log10();
        self.level = decibels.max(self.level - FALL * seconds).max(BOTTOM);
        self.held_for += seconds;
        if decibels >= self.peak {
            self.peak = decibels;
            self.held_for = 0.0;
        } else if self.held_for > HOLD {
            self.peak = (self.peak - FALL * seconds).max(self.level);
        }
    }

    /// The bar, in dBFS.
    pub fn level(&self) -> f32 {
        self.level
    }

    /// The held peak, in dBFS.
    pub fn peak(&self) -> f32 {
        self.peak
    }

    /// Whether it will look different soon.
    pub fn moves(&self) -> bool {
        self.level > BOTTOM || self.peak > BOTTOM
    }

    /// Shows it, as wide as there is room.
    pub fn show(&self, ui: &mut Ui) {
        let (whole, response) =
            ui.allocate_exact_size(vec2(ui.available_width(), HEIGHT), Sense::hover());
        let rect = whole.with_max_x(whole.right() - TEXT_WIDTH);
        let along = |decibels: f32| {
            let share = ((decibels - BOTTOM) / -BOTTOM).clamp(0.0, 1.0);
            rect.left() + share * rect.width()
        };
        let painter = ui.painter_at(rect);
        painter.rect_filled(rect, 2.0, ui.visuals().extreme_bg_color);
        for (from, to, colour) in [
            (BOTTOM, -12.0_f32, Color32::from_rgb(70, 150, 90)),
            (-12.0, -3.0, Color32::from_rgb(190, 160, 60)),
            (-3.0, 0.0, Color32::from_rgb(200, 80, 60)),
        ] {
            if self.level > from {
                let to = to.min(self.level);
                let part = Rect::from_min_max(
                    pos2(along(from), rect.top()),
                    pos2(along(to), rect.bottom()),
                );
                painter.rect_filled(part, 0.0, colour);
            }
        }
        let text = match self.peak > BOTTOM {
            true => format!("{:.1} dB", self.peak),
            false => "silent".to_owned(),
        };
        if self.peak > BOTTOM {
            let line = (1.5, ui.visuals().strong_text_color());
            painter.vline(
                along(self.peak).min(rect.right() - 1.0),
                rect.y_range(),
                line,
            );
        }
        ui.painter().text(
            whole.right_center(),
            Align2::RIGHT_CENTER,
            &text,
            FontId::proportional(12.0),
            ui.visuals().text_color(),
        );
        response.on_hover_text(format!("Peak {text}, held for {HOLD} s"));
    }
}
