//! The pitch of the last seconds over the keys of a piano.

use std::collections::VecDeque;

use egui::{
    Align2, FontId, Painter, Pos2, Rect, Role, Sense, Shape, Stroke, Ui, WidgetInfo, pos2, vec2,
};

use crate::{Board, PitchFrame, note, theme};

/// Frames that are seen: 5 s.
const SEEN: usize = 500;
/// What is seen before anybody sings: C2 to C5, the range of most voices.
const AT_FIRST: (f32, f32) = (36.0, 72.0);
/// The fewest semitones that are seen: fewer, and vibrato looks like a mistake.
const FEWEST: f32 = 15.0;
/// Semitones that are seen above and below what is sung.
const MARGIN: f32 = 3.0;
/// How far the range moves towards what is sung in each picture: within a second, without a jump.
const EASE: f32 = 0.12;
/// Width of the keys, in points: `A#3` fits.
const KEYS: f32 = 30.0;
/// Pictures without new frames after which nothing runs any more: a third of a second at thirty a second.
const STILL: u32 = 10;
/// Frames at the end of which one has a pitch while somebody sings: a third of a second, longer than most consonants.
const SINGING: usize = 33;
/// Of so many frames one is drawn: 20 ms apart, a vibrato of 7 Hz still has seven points.
const DRAWN: usize = 2;

/// The pitch of the last seconds over the keys of a piano.
#[derive(Debug)]
pub struct PitchView {
    frames: VecDeque<PitchFrame>,
    fresh: Vec<PitchFrame>,
    next: u64,
    still: u32,
    range: (f32, f32),
}

impl Default for PitchView {
    fn default() -> Self {
        PitchView {
            frames: VecDeque::with_capacity(SEEN),
            fresh: Vec::with_capacity(SEEN),
            next: 0,
            still: STILL,
            range: AT_FIRST,
        }
    }
}

impl PitchView {
    /// Takes what was sung since the last picture.
    pub fn update(&mut self, board: &dyn Board) {
        self.fresh.clear();
        let next = board.pitch(self.next, &mut self.fresh);
        if next < self.next {
            // Another engine counts anew.
            self.frames.clear();
        }
        self.next = next;
        self.still = match self.fresh.is_empty() {
            true => self.still.saturating_add(1),
            false => 0,
        };
        for &frame in &self.fresh {
            if self.frames.len() == SEEN {
                self.frames.pop_front();
            }
            self.frames.push_back(frame);
        }
        self.follow();
    }

    /// Whether it will look different soon: while frames come, and some of those that are seen have a pitch.
    pub fn moves(&self) -> bool {
        self.still < STILL && self.pitches().next().is_some()
    }

    /// Whether somebody sings at this moment.
    pub fn sounds(&self) -> bool {
        let latest = self.frames.iter().rev().take(SINGING);
        self.still < STILL && latest.into_iter().any(|frame| frame.input_hz > 0.0)
    }

    /// The frames that are seen, oldest first.
    pub fn frames(&self) -> impl Iterator<Item = PitchFrame> {
        self.frames.iter().copied()
    }

    fn pitches(&self) -> impl Iterator<Item = f32> {
        let both = |frame: &PitchFrame| [frame.input_hz, frame.output_hz];
        self.frames.iter().flat_map(both).filter_map(note::pitch_of)
    }

    /// Moves the range towards what is sung.
    fn follow(&mut self) {
        let (low, high) = self
            .pitches()
            .fold((f32::MAX, f32::MIN), |(low, high), pitch| {
                (low.min(pitch), high.max(pitch))
            });
        if low > high {
            return;
        }
        let missing = (FEWEST - (high - low + 2.0 * MARGIN)).max(0.0) / 2.0;
        let wanted = (low - MARGIN - missing, high + MARGIN + missing);
        self.range.0 += EASE * (wanted.0 - self.range.0);
        self.range.1 += EASE * (wanted.1 - self.range.1);
    }

    /// Shows it as wide as there is room, `height` points high. Notes of `scale`, a bit for each from C on, are lit.
    pub fn show(&self, ui: &mut Ui, height: f32, scale: Option<u16>) {
        let size = vec2(ui.available_width(), height);
        let (rect, response) = ui.allocate_exact_size(size, Sense::hover());
        let painter = ui.painter_at(rect);
        painter.rect_filled(rect, 4.0, theme::WELL);
        self.keys(&painter, rect, scale);
        let field = rect.with_min_x(rect.left() + KEYS);
        let lines = painter.with_clip_rect(field);
        self.line(&lines, field, |frame| frame.input_hz, theme::INPUT, 1.5);
        self.line(&lines, field, |frame| frame.output_hz, theme::ACCENT, 2.0);
        let words = self.in_words();
        let font = FontId::proportional(11.0);
        let corner = rect.right_top() + vec2(-6.0, 4.0);
        let colours = [theme::ACCENT, theme::INPUT];
        for (row, (text, colour)) in words.iter().rev().zip(colours).enumerate() {
            let at = corner + vec2(0.0, 14.0 * (1 - row) as f32);
            let text = painter.layout_no_wrap(text.clone(), font.clone(), colour);
            let place = Align2::RIGHT_TOP.anchor_size(at, text.size());
            // Readable where a line runs behind it.
            painter.rect_filled(place.expand(2.0), 2.0, theme::WELL.gamma_multiply(0.8));
            painter.galley(place.min, text, colour);
        }
        response.widget_info(|| {
            WidgetInfo::labeled(Role::Image, true, format!("Pitch: {}", words.join(", ")))
        });
        response.on_hover_text(
            "The pitch of the last five seconds: what goes in, and what comes out. The notes that the pitch is led to \
             are lit",
        );
    }

    fn in_words(&self) -> [String; 2] {
        let last = self.frames.back().copied().unwrap_or_default();
        [("in", last.input_hz), ("out", last.output_hz)].map(|(name, hz)| match hz > 0.0 {
            true => format!("{name} {} ({hz:.0} Hz)", note::in_words(hz)),
            false => format!("{name} -"),
        })
    }

    fn height_of(&self, rect: Rect, pitch: f32) -> f32 {
        let (low, high) = self.range;
        rect.bottom() - (pitch - low) / (high - low) * rect.height()
    }

    fn keys(&self, painter: &Painter, rect: Rect, scale: Option<u16>) {
        let (low, high) = self.range;
        let one = rect.height() / (high - low);
        for note in low.floor() as i32..=high.ceil() as i32 {
            let top = self.height_of(rect, note as f32 + 0.5);
            let row = Rect::from_min_size(pos2(rect.left(), top), vec2(rect.width(), one));
            let lit = scale.is_some_and(|scale| scale >> note.rem_euclid(12) & 1 == 1);
            if lit {
                painter.rect_filled(row, 0.0, theme::ACCENT_GROUND.gamma_multiply(0.45));
            } else if !note::is_black(note) {
                painter.rect_filled(row, 0.0, theme::SECTION);
            }
            let is_c = note.rem_euclid(12) == 0;
            if is_c || note.rem_euclid(12) == 5 {
                let line = Stroke::new(0.5, theme::QUIET.gamma_multiply(0.35));
                painter.hline(rect.x_range(), row.bottom(), line);
            }
            // Each name needs the height of its letters; otherwise only every octave has one.
            if is_c || (one >= 11.0 && !note::is_black(note)) {
                let at = pos2(rect.left() + 5.0, row.center().y);
                let font = FontId::proportional(10.0);
                painter.text(
                    at,
                    Align2::LEFT_CENTER,
                    note::name(note),
                    font,
                    theme::QUIET,
                );
            }
        }
    }

    fn line(
        &self,
        painter: &Painter,
        rect: Rect,
        hz: impl Fn(&PitchFrame) -> f32,
        colour: egui::Color32,
        width: f32,
    ) {
        let step = rect.width() / SEEN as f32;
        let start = rect.right() - step * self.frames.len() as f32;
        let mut points: Vec<Pos2> = Vec::new();
        let draw = |points: &mut Vec<Pos2>| {
            if points.len() > 1 {
                let stroke = Stroke::new(width, colour);
                painter.add(Shape::line(std::mem::take(points), stroke));
            }
            points.clear();
        };
        // Always the same frames, or the line would tremble as it moves on.
        let oldest = self.next.wrapping_sub(self.frames.len() as u64);
        let first = (DRAWN - oldest as usize % DRAWN) % DRAWN;
        for (index, frame) in self.frames.iter().enumerate().skip(first).step_by(DRAWN) {
            match note::pitch_of(hz(frame)) {
                Some(pitch) => {
                    let x = start + step * index as f32;
                    points.push(pos2(x, self.height_of(rect, pitch)));
                }
                None => draw(&mut points),
            }
        }
        draw(&mut points);
    }
}
