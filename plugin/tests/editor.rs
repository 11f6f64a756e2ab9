//! Shows the editor without a window, reads what it says and turns what it offers.

mod support;

use std::sync::Arc;

use egui::accesskit::{Node, Role};
use egui::{Context, Event, PointerButton, Pos2, RawInput, Rect, pos2, vec2};
use nice_plug::context::gui::GuiContextInner;
use nice_plug::plugin::PluginState;
use nice_plug::prelude::*;
use support::Host;
use syrinx_engine::{Quality, Status, VoiceIdentity, VoiceSlots};
use syrinx_plugin::editor::{
    Board, Control, EditorMemory, EditorParts, Meter, Page, ParameterBoard, Reported,
};
use syrinx_plugin::state::EditorSize;
use syrinx_plugin::{VoiceParameters, parameters::QualityChoice};

/// What a host is told about a change.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Told {
    Begin(ParamPtr),
    Set(ParamPtr),
    End(ParamPtr),
}

/// A host that does what it is told, and remembers it.
#[derive(Default)]
struct Recorder(parking_lot::Mutex<Vec<Told>>);

impl GuiContextInner for Recorder {
    fn plugin_api(&self) -> PluginApi {
        PluginApi::Clap
    }

    unsafe fn raw_begin_set_parameter(&self, parameter: ParamPtr) {
        self.0.lock().push(Told::Begin(parameter));
    }

    unsafe fn raw_set_parameter_normalized(&self, parameter: ParamPtr, position: f32) {
        // SAFETY: the parameters outlive the test.
        unsafe { parameter._internal_set_normalized_value(position) };
        self.0.lock().push(Told::Set(parameter));
    }

    unsafe fn raw_end_set_parameter(&self, parameter: ParamPtr) {
        self.0.lock().push(Told::End(parameter));
    }

    fn get_state(&self) -> PluginState {
        Host::new().save()
    }

    fn set_state(&self, _: PluginState) {}

    fn request_restart(&self) {}
}

/// A panel on a desk, with a pointer.
struct Desk {
    context: Context,
    memory: EditorMemory,
    parts: EditorParts,
    host: Recorder,
    time: f64,
    size: (f32, f32),
}

impl Desk {
    fn new() -> Desk {
        let voices = Arc::new(VoiceSlots::default());
        let mut identities = voices.identities();
        identities.push(VoiceIdentity {
            name: "Someone missing".to_owned(),
            sha256: "0".repeat(64),
        });
        voices.restore(identities);
        let parts = EditorParts {
            parameters: Arc::new(VoiceParameters::new(&voices, &Arc::default())),
            voices,
            status: Arc::new(Status::default()),
            reported: Reported::default(),
        };
        let context = Context::default();
        context.enable_accesskit();
        let mut desk = Desk {
            context,
            memory: EditorMemory::within(&parts, None, None, None),
            parts,
            host: Recorder::default(),
            time: 0.0,
            size: (EditorSize::DEFAULT.0 as f32, EditorSize::DEFAULT.1 as f32),
        };
        // Only then is it known how much room the trace has.
        desk.show(vec![]);
        desk
    }

    /// Shows the panel once, with what the pointer did, and returns what a screen reader is told.
    fn show(&mut self, events: Vec<Event>) -> Vec<Node> {
        self.time += 1.0 / 30.0;
        let input = RawInput {
            screen_rect: Some(Rect::from_min_size(
                Pos2::ZERO,
                vec2(self.size.0, self.size.1),
            )),
            time: Some(self.time),
            events,
            ..RawInput::default()
        };
        let board = ParameterBoard::new(&self.parts, ParamSetter::new(&self.host));
        let desk = self.memory.desk(&board);
        let output = self
            .context
            .run_ui(input, |ui| self.memory.panel.lock().show(ui, &desk));
        let update = output.platform_output.accesskit_update.expect("a tree");
        update.nodes.into_iter().map(|node| node.1).collect()
    }

    fn told(&self) -> Vec<Told> {
        std::mem::take(&mut self.host.0.lock())
    }

    /// Presses and releases in two pictures, as a hand does.
    fn click(&mut self, at: Pos2) -> Vec<Node> {
        self.show(vec![Event::PointerMoved(at)]);
        self.show(vec![button(at, true)]);
        self.show(vec![button(at, false)]);
        self.show(vec![])
    }
}

fn button(pos: Pos2, pressed: bool) -> Event {
    Event::PointerButton {
        pos,
        button: PointerButton::Primary,
        pressed,
        modifiers: egui::Modifiers::NONE,
    }
}

/// All that is said: labels and values.
fn said(nodes: &[Node]) -> Vec<String> {
    let label = |node: &Node| node.label().map(str::to_owned);
    let value = |node: &Node| node.value().map(str::to_owned);
    nodes
        .iter()
        .flat_map(|node| [label(node), value(node)])
        .flatten()
        .collect()
}

fn says(nodes: &[Node], text: &str) -> bool {
    said(nodes).iter().any(|said| said.contains(text))
}

/// The middle of the only node of `role` that says `text`.
fn middle(nodes: &[Node], role: Role, text: &str) -> Pos2 {
    let found: Vec<&Node> = nodes
        .iter()
        .filter(|node| node.role() == role && says(&[(*node).clone()], text))
        .collect();
    assert_eq!(found.len(), 1, "{role:?} {text:?} in {:?}", said(nodes));
    let bounds = found[0].bounds().expect("bounds");
    pos2(
        (bounds.x0 + bounds.x1) as f32 / 2.0,
        (bounds.y0 + bounds.y1) as f32 / 2.0,
    )
}

/// The place of a name, from which its slider lies to the right.
fn slider_beside(nodes: &[Node], name: &str) -> (Pos2, f32) {
    let label = middle(nodes, Role::Label, name);
    let beside = nodes
        .iter()
        .filter(|node| node.role() == Role::Slider)
        .filter_map(Node::bounds);
    let bounds = beside
        .filter(|b| (b.y0 as f32..b.y1 as f32).contains(&label.y) && b.x0 as f32 > label.x)
        .min_by(|a, b| a.x0.total_cmp(&b.x0))
        .expect("a slider");
    let y = (bounds.y0 + bounds.y1) as f32 / 2.0;
    (
        pos2((bounds.x0 + bounds.x1) as f32 / 2.0, y),
        (bounds.x1 - bounds.x0) as f32,
    )
}

#[test]
fn every_control_is_shown_with_its_name() {
    let mut desk = Desk::new();
    let mut nodes = Vec::new();
    for page in Page::ALL {
        desk.memory.panel.lock().turn_to(page);
        nodes.extend(desk.show(vec![]));
    }
    let board = ParameterBoard::new(&desk.parts, ParamSetter::new(&desk.host));
    for &control in Control::ALL {
        assert!(
            says(&nodes, &board.name(control)),
            "{control:?} in {:?}",
            said(&nodes)
        );
    }
    for text in [
        "default",
        "not running",
        "load 0 %",
        "underruns 0",
        "no voice loaded yet",
    ] {
        assert!(says(&nodes, text), "{text:?} in {:?}", said(&nodes));
    }
    assert!(desk.told().is_empty(), "showing changes nothing");
}

#[test]
fn a_drag_is_one_change_for_the_host() {
    let mut desk = Desk::new();
    let nodes = desk.show(vec![]);
    let (at, width) = slider_beside(&nodes, "Transpose");
    desk.show(vec![Event::PointerMoved(at)]);
    desk.show(vec![button(at, true)]);
    for step in 1..=4 {
        let to = at + vec2(step as f32 * width / 16.0, 0.0);
        desk.show(vec![Event::PointerMoved(to)]);
    }
    let end = at + vec2(width / 4.0, 0.0);
    desk.show(vec![button(end, false)]);
    desk.show(vec![]);
    let transpose = &desk.parts.parameters.transpose;
    assert!(
        (8..=16).contains(&transpose.value()),
        "{}",
        transpose.value()
    );
    let told = desk.told();
    let pointer = transpose.as_ptr();
    assert_eq!(told.first(), Some(&Told::Begin(pointer)));
    assert_eq!(told.last(), Some(&Told::End(pointer)));
    let sets = &told[1..told.len() - 1];
    assert!(
        sets.len() >= 3 && sets.iter().all(|told| *told == Told::Set(pointer)),
        "{told:?}"
    );
}

#[test]
fn a_double_click_puts_a_control_back() {
    let mut desk = Desk::new();
    Host::set(&desk.parts.parameters.mix, 20.0);
    let nodes = desk.show(vec![]);
    let (at, _) = slider_beside(&nodes, "Mix");
    desk.click(at);
    desk.click(at);
    assert_eq!(desk.parts.parameters.mix.value(), 100.0);
    let told = desk.told();
    let begun = told
        .iter()
        .filter(|told| matches!(told, Told::Begin(_)))
        .count();
    let ended = told
        .iter()
        .filter(|told| matches!(told, Told::End(_)))
        .count();
    assert_eq!(begun, ended, "{told:?}");
}

#[test]
fn a_voice_is_chosen_through_its_parameter() {
    let mut desk = Desk::new();
    let nodes = desk.show(vec![]);
    let at = middle(&nodes, Role::ComboBox, "default");
    let open = desk.click(at);
    let entry = middle(&open, Role::Button, "Someone missing");
    desk.told();
    desk.click(entry);
    let voice = &desk.parts.parameters.voice;
    assert_eq!(voice.value(), 1);
    let pointer = voice.as_ptr();
    assert_eq!(
        desk.told(),
        [Told::Begin(pointer), Told::Set(pointer), Told::End(pointer)]
    );
    assert!(says(&desk.show(vec![]), "Someone missing"));
}

#[test]
fn bypass_is_a_switch() {
    let mut desk = Desk::new();
    let nodes = desk.show(vec![]);
    let at = middle(&nodes, Role::Button, "Bypass");
    desk.click(at);
    assert!(desk.parts.parameters.bypass.value());
    desk.click(at);
    assert!(!desk.parts.parameters.bypass.value());
}

#[test]
fn the_button_that_speaks_is_on_while_it_is_held() {
    let mut desk = Desk::new();
    desk.memory.panel.lock().turn_to(Page::Speech);
    let nodes = desk.show(vec![]);
    let at = middle(&nodes, Role::Button, "Speak Line");
    let speak = |desk: &Desk| desk.parts.parameters.speech.speak.value();
    desk.show(vec![Event::PointerMoved(at)]);
    desk.show(vec![button(at, true)]);
    desk.show(vec![]);
    assert!(speak(&desk));
    desk.show(vec![button(at, false)]);
    desk.show(vec![]);
    assert!(!speak(&desk));
    assert_eq!(desk.parts.parameters.speech.presses(), 1);
    let pointer = desk.parts.parameters.speech.speak.as_ptr();
    let set = Told::Set(pointer);
    assert_eq!(
        desk.told(),
        [Told::Begin(pointer), set, set, Told::End(pointer)]
    );
    // One that an automation holds is not let go by looking at it.
    Host::set(&desk.parts.parameters.speech.speak, true);
    desk.show(vec![]);
    assert!(speak(&desk));
}

#[test]
fn lines_are_added_written_and_taken_away() {
    let mut desk = Desk::new();
    desk.memory.panel.lock().turn_to(Page::Speech);
    let nodes = desk.show(vec![]);
    let lines = |desk: &Desk| desk.parts.parameters.speech.lines.0.all();
    let first = lines(&desk)[0].text.clone();
    assert!(says(&nodes, &first), "{:?}", said(&nodes));
    let at = middle(&nodes, Role::Button, "Add a line");
    let nodes = desk.click(at);
    assert_eq!(lines(&desk).len(), 2);
    let fields = nodes.iter().filter(|node| node.role() == Role::TextInput);
    let bounds = fields.filter_map(Node::bounds);
    let last = bounds
        .max_by(|a, b| a.y0.total_cmp(&b.y0))
        .expect("a field");
    let field = pos2(last.x0 as f32 + 8.0, ((last.y0 + last.y1) / 2.0) as f32);
    desk.click(field);
    desk.show(vec![Event::Text("And then?".to_owned())]);
    assert_eq!(lines(&desk)[1].text, "And then?");
    let nodes = desk.show(vec![]);
    let minus = nodes
        .iter()
        .filter(|node| node.role() == Role::Button && node.label() == Some("-"));
    let bounds = minus.filter_map(Node::bounds);
    let top = bounds
        .min_by(|a, b| a.y0.total_cmp(&b.y0))
        .expect("a button");
    desk.click(pos2(
        (top.x0 + top.x1) as f32 / 2.0,
        (top.y0 + top.y1) as f32 / 2.0,
    ));
    let left = lines(&desk);
    assert_eq!(left.len(), 1);
    assert_eq!(left[0].text, "And then?");
}

#[test]
fn what_goes_wrong_is_seen() {
    let mut desk = Desk::new();
    assert!(!says(&desk.show(vec![]), "error inside Syrinx"));
    desk.parts.status.set_panicked();
    assert!(says(&desk.show(vec![]), "error inside Syrinx"));
}

#[test]
fn a_quality_that_waits_for_the_host_says_so() {
    let mut host = Host::new();
    host.activate(2, 48_000.0, 256, ProcessMode::Realtime);
    let mut desk = Desk::new();
    desk.parts = host.plugin.editor_parts();
    let nodes = desk.show(vec![]);
    let latency = desk.parts.reported.get().expect("a report").latency;
    assert!(
        says(&nodes, &format!("latency {:.1} ms", latency.ms())),
        "{:?}",
        said(&nodes)
    );
    assert!(!says(&nodes, "after the host restarts"));
    Host::set(
        &desk.parts.parameters.quality,
        QualityChoice::from(Quality::Best),
    );
    assert!(says(&desk.show(vec![]), "after the host restarts"));
    Host::set(
        &desk.parts.parameters.quality,
        QualityChoice::from(Quality::default()),
    );
    assert!(!says(&desk.show(vec![]), "after the host restarts"));
    Host::set(&desk.parts.parameters.input.denoise, 50.0);
    assert!(says(&desk.show(vec![]), "the denoiser is heard after"));
}

#[test]
fn choices_are_typed_by_how_they_begin() {
    let desk = Desk::new();
    let board = ParameterBoard::new(&desk.parts, ParamSetter::new(&desk.host));
    for (control, typed, expected) in [
        (Control::Quality, "balanced", "Balanced"),
        (Control::Quality, "LOW", "Low latency"),
        (Control::Quality, "lowest", "Lowest latency"),
        (Control::OnUnderrun, "sil", "Silence"),
        (Control::Mode, "speak", "Speak"),
        (Control::Mode, "speak a", "Speak and convert"),
        (Control::Notes, "sing", "Sing the line"),
    ] {
        let position = board.parse(control, typed);
        let text = position.map(|position| board.text(control, position));
        assert_eq!(text.as_deref(), Some(expected), "{typed:?}");
    }
    for &control in Control::ALL {
        for typed in ["", "xyzzy", "--"] {
            assert_eq!(board.parse(control, typed), None, "{control:?}: {typed:?}");
        }
    }
}

#[test]
fn a_step_is_the_smallest_change_of_every_control() {
    let desk = Desk::new();
    let board = ParameterBoard::new(&desk.parts, ParamSetter::new(&desk.host));
    for &control in Control::ALL {
        let from = board.default_position(control);
        let step = if from < 0.5 {
            board.step(control)
        } else {
            -board.step(control)
        };
        let moved = |share: f32| {
            board.change(control, from + share * step);
            board.position(control) != from
        };
        assert!(moved(1.0), "{control:?}: a step changes it");
        // 0.4: with 0.5 the rounding of f32 would decide.
        assert!(!moved(0.4), "{control:?}: less than half a step leaves it");
    }
}

#[test]
fn meters_rise_at_once_hold_and_fall() {
    let mut meter = Meter::default();
    assert!(!meter.moves());
    meter.update(0.5, 0.033);
    assert!((meter.level() - -6.02).abs() < 0.01 && meter.moves());
    for _ in 0..30 {
        meter.update(0.0, 0.033);
    }
    // A second at 13 dB/s; the peak is still held.
    assert!((meter.level() - -18.9).abs() < 0.1, "{}", meter.level());
    assert!((meter.peak() - -6.02).abs() < 0.01);
    for _ in 0..300 {
        meter.update(0.0, 0.033);
    }
    assert!(!meter.moves(), "at rest the window need not be painted");
}
