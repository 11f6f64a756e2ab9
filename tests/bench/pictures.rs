//! Weighs the pictures of the plugin's window without a window: layout and triangles, but no drawing.

use std::sync::Arc;
use std::time::Instant;

use egui::{Pos2, RawInput, Rect, vec2};
use nice_plug::prelude::*;
use syrinx_plugin::VoicePlugin;
use syrinx_plugin::editor::{EditorMemory, Page, ParameterBoard};
use syrinx_plugin::host_presets::QuietHost;

use crate::row::print;

/// Pictures that are made of each page.
const PICTURES: u32 = 300;
/// Pictures in a second while something moves.
const RATE: f64 = 30.0;

/// What thirty pictures of each page in a second take of a core, with five seconds of pitch in the trace.
pub fn of_each_page() {
    let plugin = VoicePlugin::default();
    let parts = plugin.editor_parts();
    let sung: Vec<_> = (0..512)
        .map(|at| syrinx_engine::PitchFrame {
            input_hz: 220.0 + (at % 50) as f32,
            output_hz: 330.0 + (at % 50) as f32,
        })
        .collect();
    parts.status.pitch().push(&sung);
    let memory = EditorMemory::within(&parts, None, None, None);
    let context = egui::Context::default();
    memory.open(context.clone());
    let host = Arc::new(QuietHost);
    for page in Page::ALL {
        memory.panel.lock().turn_to(page);
        let picture = |number: u32| {
            let input = RawInput {
                screen_rect: Some(Rect::from_min_size(Pos2::ZERO, vec2(840.0, 700.0))),
                time: Some(f64::from(number) / RATE),
                ..RawInput::default()
            };
            let board = ParameterBoard::new(&parts, ParamSetter::new(&*host));
            let desk = memory.desk(&board);
            let output = context.run_ui(input, |ui| memory.panel.lock().show(ui, &desk));
            context
                .tessellate(output.shapes, output.pixels_per_point)
                .len()
        };
        // The first ones lay out letters that are kept.
        (0..30).for_each(|number| {
            picture(number);
        });
        let begun = Instant::now();
        (30..30 + PICTURES).for_each(|number| {
            picture(number);
        });
        let share = begun.elapsed().as_secs_f64() / f64::from(PICTURES) * RATE;
        let note = "of a core at 30 a second: layout and triangles, without drawing";
        print(
            &format!("pictures of the page {}", page.name()),
            100.0 * share,
            "%",
            note,
        );
    }
}
