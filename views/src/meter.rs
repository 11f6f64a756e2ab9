//! A level meter with a held peak.

use egui::{Align2, Color32, FontId, Rect, Role, Sense, Shape, Stroke, Ui, WidgetInfo, pos2, vec2};

use crate::theme;

/// The bottom of the scale, in dBFS: below, speech is noise.
const BOTTOM: f32 = -60.0;
/// How fast the bar falls, in dB per second: the ballistics of an IEC 60268-10 type I meter, 20 dB in 1.5 s, rounded.
const FALL: f32 = 13.0;
/// How long the peak is held, in seconds, before it falls too.
const HOLD: f32 = 1.5;
/// Width of the peak in words, in points: `-12.3 dB` fits.
const TEXT_WIDTH: f32 = 60.0;
/// Width of the name, in points.
const NAME_WIDTH: f32 = 30.0;
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

    /// Shows it under its name, as wide as there is room, with a mark at a level that means something.
    pub fn show(&self, ui: &mut Ui, name: &str, mark: Option<(&str, f32)>) {
        let size = vec2(ui.available_width(), HEIGHT);
        let (whole, response) = ui.allocate_exact_size(size, Sense::hover());
        let rect = Rect::from_x_y_ranges(
            whole.left() + NAME_WIDTH..=whole.right() - TEXT_WIDTH,
            whole.y_range(),
        );
        self.bar(ui, rect, mark);
        let text = match self.peak > BOTTOM {
            true => format!("{:.1} dB", self.peak),
            false => "silent".to_owned(),
        };
        let font = FontId::proportional(12.0);
        let write = |at, align, text: &str, colour| {
            ui.painter().text(at, align, text, font.clone(), colour);
        };
        write(whole.left_center(), Align2::LEFT_CENTER, name, theme::QUIET);
        let colour = if self.peak >= 0.0 {
            theme::ALARM
        } else {
            theme::TEXT
        };
        write(whole.right_center(), Align2::RIGHT_CENTER, &text, colour);
        response.widget_info(|| {
            let label = format!("{name}: peak {text}");
            WidgetInfo::labeled(Role::ProgressIndicator, true, label)
        });
        response.on_hover_ui(|ui| {
            ui.label(format!("Peak {text}, held for {HOLD} s"));
            if let Some((name, level)) = mark {
                ui.label(format!("{name} at {level:.0} dB"));
            }
        });
    }

    fn bar(&self, ui: &Ui, rect: Rect, mark: Option<(&str, f32)>) {
        let along = |decibels: f32| {
            let share = ((decibels - BOTTOM) / -BOTTOM).clamp(0.0, 1.0);
            rect.left() + share * rect.width()
        };
        let painter = ui.painter_at(rect);
        painter.rect_filled(rect, 2.0, theme::WELL);
        for decibels in [-48.0, -36.0, -24.0, -12.0, -6.0] {
            let line = (1.0, theme::SECTION);
            painter.vline(along(decibels), rect.y_range(), line);
        }
        for (from, to, colour) in [
            (BOTTOM, -12.0_f32, theme::ACCENT),
            (-12.0, -3.0, theme::WARNING),
            (-3.0, 0.0, theme::ALARM),
        ] {
            if self.level > from {
                let to = along(to.min(self.level));
                let part = Rect::from_x_y_ranges(along(from)..=to, rect.y_range());
                painter.rect_filled(
                    part.shrink2(vec2(0.0, 2.0)),
                    0.0,
                    colour.gamma_multiply(0.8),
                );
            }
        }
        if let Some((_, level)) = mark {
            let x = along(level);
            painter.vline(x, rect.y_range(), (1.5, theme::TEXT));
            let foot = [
                pos2(x - 4.0, rect.top()),
                pos2(x + 4.0, rect.top()),
                pos2(x, rect.top() + 5.0),
            ];
            painter.add(Shape::convex_polygon(
                foot.to_vec(),
                theme::TEXT,
                Stroke::NONE,
            ));
        }
        if self.peak > BOTTOM {
            let x = along(self.peak).min(rect.right() - 1.0);
            painter.vline(x, rect.y_range(), (2.0, Color32::WHITE));
        }
    }
}
