//! Uses the editor as people do: with pointer and keys, through what a screen reader is told.

mod support;

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use egui::accesskit::Role;
use egui::{Key, Modifiers, vec2};
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT, Queryable};
use nice_plug::prelude::*;
use support::Host;
use syrinx_engine::{Status, VoiceSlots};
use syrinx_plugin::VoiceParameters;
use syrinx_plugin::editor::{
    Board, Control, EditorMemory, EditorParts, Form, Page, ParameterBoard, Presets, Pulse,
    Reported, Voices,
};
use syrinx_plugin::host_presets::QuietHost;
use syrinx_views::{Preset, Section, factory_presets, theme};

/// How long other threads may take for something, before a test gives up.
const PATIENCE: Duration = Duration::from_secs(60);

/// What an open window shows.
struct Shown {
    parts: EditorParts,
    memory: EditorMemory,
    host: QuietHost,
}

impl Shown {
    fn new(parts: EditorParts, folder: Option<&Path>) -> Shown {
        let within = |name: &str| folder.map(|folder| folder.join(name));
        Shown {
            memory: EditorMemory::within(
                &parts,
                within("voices"),
                within("presets"),
                within("for hosts"),
            ),
            parts,
            host: QuietHost,
        }
    }

    fn board(&self) -> ParameterBoard<'_> {
        ParameterBoard::new(&self.parts, ParamSetter::new(&self.host))
    }

    fn transpose(&self) -> i32 {
        self.parts.parameters.transpose.value()
    }
}

fn alone() -> EditorParts {
    let voices = Arc::new(VoiceSlots::default());
    EditorParts {
        parameters: Arc::new(VoiceParameters::new(&voices, &Arc::default())),
        voices,
        status: Arc::new(Status::default()),
        reported: Reported::default(),
    }
}

type Window = Harness<'static, Shown>;

/// An open window that has come to rest.
fn window(shown: Shown) -> Window {
    let mut window = Harness::builder()
        .with_size(vec2(840.0, 700.0))
        .with_step_dt(1.0 / 30.0)
        .with_context_setup(theme::apply)
        .build_ui_state(
            |ui, shown: &mut Shown| {
                let board = shown.board();
                let desk = shown.memory.desk(&board);
                shown.memory.panel.lock().show(ui, &desk);
            },
            shown,
        );
    let context = window.ctx.clone();
    window.state().memory.open(context);
    window.run_steps(8);
    window
}

fn turn_to(window: &mut Window, page: Page) {
    window
        .get_by_role_and_label(Role::Button, page.name())
        .click();
    window.run_steps(3);
}

fn press(window: &mut Window, label: &str) {
    window.get_by_role_and_label(Role::Button, label).click();
    window.run_steps(4);
}

/// Types into the field beside a slider.
fn type_into(window: &mut Window, label: &str, text: &str) {
    window
        .get_by_role_and_label(Role::SpinButton, label)
        .focus();
    window.run_steps(2);
    window.event(egui::Event::Text(text.to_owned()));
    window.run_steps(2);
    window.key_press(Key::Enter);
    window.run_steps(3);
}

/// Shows pictures until something has come true.
fn wait(window: &mut Window, what: &str, come_true: impl Fn(&Window) -> bool) {
    let begun = Instant::now();
    while !come_true(window) {
        assert!(begun.elapsed() < PATIENCE, "waited for {what}");
        std::thread::sleep(Duration::from_millis(20));
        window.run_steps(1);
    }
}

fn says(window: &Window, text: &str) -> bool {
    window.query_all_by_label_contains(text).next().is_some()
}

/// A bundle like the default voice, under another name.
fn bundle(folder: &Path, name: &str) -> PathBuf {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("../models/voices/default");
    let target = folder.join(name);
    fs::create_dir_all(&target).unwrap();
    for file in fs::read_dir(&source).unwrap() {
        let file = file.unwrap();
        fs::copy(file.path(), target.join(file.file_name())).unwrap();
    }
    let manifest = target.join("voice.json");
    let text = fs::read_to_string(&manifest).unwrap();
    let renamed = text.replacen("\"name\": \"default\"", &format!("\"name\": \"{name}\""), 1);
    assert_ne!(renamed, text);
    fs::write(manifest, renamed).unwrap();
    target
}

/// A file that was dropped on the window.
#[derive(Debug)]
struct Dropped(PathBuf);

impl egui::DroppedFile for Dropped {
    fn path(&self) -> &Path {
        &self.0
    }

    fn bytes(&self) -> Result<Vec<u8>, String> {
        fs::read(&self.0).map_err(|error| error.to_string())
    }
}

fn drop_on(window: &mut Window, path: &Path) {
    let file = Arc::new(Dropped(path.to_owned()));
    window.input_mut().dropped_files.push(file);
    window.run_steps(2);
}

#[test]
fn values_are_typed_as_people_write_them() {
    let mut window = window(Shown::new(alone(), None));
    for (label, typed, control, expected) in [
        ("Transpose", "+3", Control::Transpose, "+3 st"),
        ("Transpose", "-5 st", Control::Transpose, "-5 st"),
        ("Output Gain", "-12dB", Control::OutputGain, "-12.0 dB"),
        ("Mix", "50", Control::Mix, "50 %"),
        ("Gate", "-40 dB", Control::Gate, "-40 dB"),
        ("Gate", "nonsense", Control::Gate, "-40 dB"),
    ] {
        type_into(&mut window, label, typed);
        let board = window.state().board();
        let text = board.text(control, board.position(control));
        assert_eq!(text, expected, "{label}: {typed:?}");
    }
}

#[test]
fn steps_are_taken_back_and_again() {
    let mut window = window(Shown::new(alone(), None));
    let undo = |window: &mut Window, modifiers| {
        window.key_press_modifiers(modifiers, Key::Z);
        window.run_steps(3);
        window.state().transpose()
    };
    assert!(window.get_by_label("Undo").accesskit_node().is_disabled());
    type_into(&mut window, "Transpose", "+3");
    type_into(&mut window, "Transpose", "+7");
    // What an automation turns is no step.
    Host::set(&window.state().parts.parameters.mix, 20.0);
    assert_eq!(undo(&mut window, Modifiers::COMMAND), 3);
    assert_eq!(undo(&mut window, Modifiers::COMMAND), 0);
    assert_eq!(undo(&mut window, Modifiers::COMMAND), 0, "nothing is left");
    assert_eq!(window.state().parts.parameters.mix.value(), 20.0);
    assert_eq!(undo(&mut window, Modifiers::COMMAND | Modifiers::SHIFT), 3);
    press(&mut window, "Redo");
    assert_eq!(window.state().transpose(), 7);
    press(&mut window, "Undo");
    assert_eq!(window.state().transpose(), 3);
    // A new change, and what was taken back is gone.
    type_into(&mut window, "Transpose", "-2");
    assert!(window.get_by_label("Redo").accesskit_node().is_disabled());
}

#[test]
fn a_drag_is_one_step() {
    let mut window = window(Shown::new(alone(), None));
    let slider = window
        .get_by_role_and_label(Role::Slider, "Transpose")
        .rect();
    let from = slider.center();
    window.drag_at(from);
    window.run_steps(2);
    for step in 1..=5 {
        window.hover_at(from + vec2(8.0 * step as f32, 0.0));
        window.run_steps(1);
    }
    window.drop_at(from + vec2(40.0, 0.0));
    window.run_steps(3);
    assert!(
        window.state().transpose() > 3,
        "{}",
        window.state().transpose()
    );
    press(&mut window, "Undo");
    assert_eq!(window.state().transpose(), 0);
    assert!(window.get_by_label("Undo").accesskit_node().is_disabled());
}

#[test]
fn typed_lines_are_taken_back_in_steps_of_people() {
    let mut window = window(Shown::new(alone(), None));
    turn_to(&mut window, Page::Speech);
    let lines = |window: &Window| window.state().parts.parameters.speech.lines.0.all();
    let before = lines(&window);
    window.get_by_label("Text of line 1").focus();
    window.run_steps(2);
    for letter in ["a", "b", "c"] {
        window.event(egui::Event::Text(letter.to_owned()));
        window.run_steps(1);
    }
    assert!(
        lines(&window)[0].text.contains("abc"),
        "{:?}",
        lines(&window)
    );
    press(&mut window, "Add a line");
    assert_eq!(lines(&window).len(), 2);
    press(&mut window, "Undo");
    assert_eq!(lines(&window).len(), 1);
    press(&mut window, "Undo");
    assert_eq!(lines(&window), before, "three letters are one step");
}

#[test]
fn two_sides_are_compared() {
    let mut window = window(Shown::new(alone(), None));
    type_into(&mut window, "Transpose", "+2");
    press(&mut window, "B");
    assert_eq!(window.state().transpose(), 2, "B begins like A");
    type_into(&mut window, "Transpose", "+9");
    press(&mut window, "A");
    assert_eq!(window.state().transpose(), 2);
    press(&mut window, "Undo");
    assert_eq!(window.state().transpose(), 0, "A has its own history");
    press(&mut window, "B");
    assert_eq!(window.state().transpose(), 9);
    press(&mut window, "B to A");
    press(&mut window, "A");
    assert_eq!(window.state().transpose(), 9);
}

#[test]
fn presets_are_saved_chosen_and_removed() {
    let folder = tempfile::tempdir().unwrap();
    let mut window = window(Shown::new(alone(), Some(folder.path())));
    let files = || fs::read_dir(folder.path().join("presets")).map_or(0, Iterator::count);
    type_into(&mut window, "Transpose", "+5");
    press(&mut window, "Save");
    window.get_by_label("Name of the preset").accesskit_node();
    window
        .get_by_role_and_label(Role::TextInput, "Name of the preset")
        .focus();
    window.run_steps(2);
    window.event(egui::Event::Text("Mine / 1".to_owned()));
    window.run_steps(2);
    press(&mut window, "Save preset");
    wait(&mut window, "the file", |window| {
        files() == 1 && !window.state().memory.presets.all().is_empty()
    });
    let for_hosts = |name: &str| folder.path().join("for hosts").join(name);
    wait(&mut window, "the file for hosts", |_| {
        for_hosts("Mine - 1.vstpreset").exists() && for_hosts("Calm.vstpreset").exists()
    });
    type_into(&mut window, "Transpose", "-1");
    type_into(&mut window, "Mix", "70");
    let choose = |window: &mut Window, name: &str| {
        window
            .get_by_role_and_label(Role::ComboBox, "Presets")
            .click();
        window.run_steps(4);
        // The list is longer than its window.
        let entry = window.get_by_role_and_label(Role::Button, name);
        entry.scroll_to_me();
        window.run_steps(20);
        press(window, name);
    };
    choose(&mut window, "Mine / 1");
    assert_eq!(window.state().transpose(), 5);
    press(&mut window, "Undo");
    assert_eq!(window.state().transpose(), -1, "a preset is one step");
    assert_eq!(window.state().parts.parameters.mix.value(), 70.0);
    choose(&mut window, "An octave up");
    assert_eq!(window.state().transpose(), 12);
    assert_eq!(window.state().parts.parameters.formant.value(), 2.0);
    choose(&mut window, "Natural");
    assert_eq!(window.state().transpose(), 0);
    assert_eq!(window.state().parts.parameters.formant.value(), 0.0);
    choose(&mut window, "Mine / 1");
    press(&mut window, "Save");
    press(&mut window, "Remove");
    wait(&mut window, "the file to go", |_| files() == 0);
    wait(&mut window, "the file for hosts to go", |_| {
        !for_hosts("Mine - 1.vstpreset").exists() && for_hosts("Calm.vstpreset").exists()
    });
}

#[test]
fn factory_presets_say_what_the_controls_understand() {
    let shown = Shown::new(alone(), None);
    let presets = factory_presets();
    for preset in &presets {
        let problems = preset.put(&shown.board());
        assert!(problems.is_empty(), "{}: {problems:?}", preset.name);
        for (id, text) in &preset.values {
            let control = *Control::ALL
                .iter()
                .find(|control| control.id() == id)
                .unwrap();
            assert!(
                [Section::Voice, Section::Pitch, Section::Harmony].contains(&control.section()),
                "{}: {id} would outlast the next preset",
                preset.name
            );
            let wanted = shown.board().parse(control, text).unwrap();
            let stands = shown.board().position(control);
            assert_eq!(
                stands,
                shown.board().snap(control, wanted),
                "{}: {id}",
                preset.name
            );
        }
    }
    assert!(presets[0].put(&shown.board()).is_empty());
    for &control in Control::ALL {
        let board = shown.board();
        assert_eq!(
            board.position(control),
            board.default_position(control),
            "{control:?}"
        );
    }
}

#[test]
fn a_preset_tells_of_what_it_cannot_do() {
    let shown = Shown::new(alone(), None);
    let value = |id: &str, text: &str| (id.to_owned(), text.to_owned());
    let preset = Preset {
        values: vec![
            value("Later", "1"),
            value("Mix", "loud"),
            value("Gate", "-30 dB"),
        ],
        ..Preset::default()
    };
    let problems = preset.put(&shown.board());
    assert_eq!(problems.len(), 2, "{problems:?}");
    assert!(problems[0].contains("Later") && problems[1].contains("loud"));
    assert_eq!(shown.parts.parameters.gate.value(), -30.0);
}

#[test]
fn what_a_control_says_in_a_file_is_understood() {
    let shown = Shown::new(alone(), None);
    let board = shown.board();
    for &control in Control::ALL {
        if control.form() == Form::Button {
            continue;
        }
        for share in 0..=20 {
            let position = board.snap(control, share as f32 / 20.0);
            let text = board.lasting_text(control, position);
            let read = board
                .parse(control, &text)
                .map(|read| board.snap(control, read));
            // Values are written with the decimals of their steps.
            let near =
                read.is_some_and(|read| (read - position).abs() <= board.step(control) * 0.51);
            assert!(
                near,
                "{control:?} at {position}: {text:?} is read as {read:?}"
            );
        }
    }
}

#[test]
fn a_dropped_voice_is_installed_searched_and_chosen() {
    let folder = tempfile::tempdir().unwrap();
    let anna = bundle(&folder.path().join("elsewhere"), "Anna");
    let mut window = window(Shown::new(alone(), Some(folder.path())));
    drop_on(&mut window, &anna);
    assert_eq!(window.state().memory.panel.lock().page(), Page::Voices);
    wait(&mut window, "the voice", |window| {
        says(window, "Anna is installed")
    });
    assert!(folder.path().join("voices/Anna/voice.json").is_file());
    press(&mut window, "OK");
    assert!(!says(&window, "is installed"));
    let search = window.get_by_role_and_label(Role::TextInput, "Search voices");
    search.focus();
    window.run_steps(2);
    window.event(egui::Event::Text("aNN".to_owned()));
    window.run_steps(3);
    assert!(
        window
            .query_by_role_and_label(Role::Button, "default")
            .is_none()
    );
    press(&mut window, "Anna");
    assert_eq!(window.state().parts.parameters.voice.value(), 1);
    wait(&mut window, "the card", |window| {
        says(window, "MIT OR Apache-2.0")
    });
    assert!(says(&window, "The default voice"), "the card's heading");
    // The same once more: it is there already.
    drop_on(&mut window, &anna);
    wait(&mut window, "a refusal", |window| {
        says(window, "of this name already")
    });
}

/// The folder of what belongs to Syrinx follows from the environment, which belongs to a whole process: runs the test
/// `name` in one of its own, where this returns the folder.
fn own_home(name: &str) -> Option<PathBuf> {
    const INSIDE: &str = "SYRINX_TEST_INSIDE";
    if std::env::var_os(INSIDE).is_some() {
        return std::env::var_os("SYRINX_HOME").map(PathBuf::from);
    }
    let home = tempfile::tempdir().unwrap();
    let status = std::process::Command::new(std::env::current_exe().unwrap())
        .args(["--exact", name])
        .env(INSIDE, "1")
        .env("SYRINX_HOME", home.path())
        .status()
        .unwrap();
    assert!(status.success());
    None
}

#[test]
fn a_dropped_folder_of_a_public_export_becomes_a_voice() {
    let Some(home) = own_home("a_dropped_folder_of_a_public_export_becomes_a_voice") else {
        return;
    };
    let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/golden/sovits");
    let export = home.join("elsewhere/Li");
    fs::create_dir_all(&export).unwrap();
    for file in ["v40_sid.onnx", "encoder_256.onnx"] {
        fs::copy(golden.join(file), export.join(file)).unwrap();
    }
    let config = r#"{"data": {"sampling_rate": 44100}, "spk": {"Li": 0}}"#;
    fs::write(export.join("config.json"), config).unwrap();
    let mut shown = Shown::new(alone(), None);
    shown.memory = EditorMemory::new(&shown.parts);
    let mut window = window(shown);
    drop_on(&mut window, &export);
    assert!(says(&window, "Importing"), "progress is seen");
    wait(&mut window, "the voice", |window| {
        says(window, "is imported")
    });
    assert!(says(&window, "So-VITS-SVC"));
    let voices = window.state().parts.voices.identities();
    assert_eq!(voices.len(), 2, "{voices:?}");
    press(&mut window, &voices[1].name);
    assert_eq!(window.state().parts.parameters.voice.value(), 1);
    wait(&mut window, "its card", |window| {
        says(window, "so-vits, 44100 Hz")
    });
}

#[test]
fn a_voice_that_is_put_into_the_folder_is_seen() {
    let Some(home) = own_home("a_voice_that_is_put_into_the_folder_is_seen") else {
        return;
    };
    let mut shown = Shown::new(alone(), None);
    shown.memory = EditorMemory::new(&shown.parts);
    let mut window = window(shown);
    turn_to(&mut window, Page::Voices);
    wait(&mut window, "the card", |window| says(window, "Licence"));
    assert!(!says(&window, "Bert"));
    bundle(&home.join("voices"), "Bert");
    wait(&mut window, "the voice", |window| says(window, "Bert"));
    assert_eq!(
        window.state().parts.parameters.voice.value(),
        0,
        "nobody chose it"
    );
}

#[test]
fn what_is_no_voice_is_refused_in_words() {
    let folder = tempfile::tempdir().unwrap();
    let text = folder.path().join("notes.onnx");
    fs::write(&text, "no graph").unwrap();
    let mut window = window(Shown::new(alone(), Some(folder.path())));
    drop_on(&mut window, &text);
    wait(&mut window, "a refusal", |window| {
        says(window, "notes.onnx")
    });
    assert!(!folder.path().join("voices").join("notes").exists());
    assert_eq!(window.state().parts.voices.identities().len(), 1);
}

#[test]
fn every_control_is_reached_by_the_keyboard() {
    let mut window = window(Shown::new(alone(), None));
    for page in Page::ALL {
        turn_to(&mut window, page);
        let mut reached = Vec::new();
        // More than there are on a page.
        for _ in 0..120 {
            window.key_press(Key::Tab);
            window.run_steps(1);
            let focused = window.query_all_by(|node| node.is_focused());
            reached.extend(focused.filter_map(|node| node.accesskit_node().label()));
        }
        let shown = window.state().board();
        for &control in Control::ALL {
            let on_page = match page {
                Page::Voice => [Section::Voice, Section::Signal].contains(&control.section()),
                Page::Pitch => [Section::Pitch, Section::Harmony].contains(&control.section()),
                Page::Speech => [Section::Speech, Section::Delivery].contains(&control.section()),
                Page::Voices => false,
            } || control.section() == Section::Top;
            let name = shown.name(control);
            assert!(
                !on_page || reached.contains(&name),
                "{name} on {page:?}: reached {reached:?}"
            );
        }
        for name in ["Presets", "Undo", "A to B", "Size", page.name(), "reset"] {
            let is_off = name == "Undo";
            assert!(
                is_off || reached.iter().any(|label| label == name),
                "{name}: {reached:?}"
            );
        }
        assert!(
            window.unnamed_widgets().is_empty(),
            "{:?}",
            window.unnamed_widgets()
        );
    }
}

#[test]
fn keys_turn_a_slider_and_the_pages() {
    let mut window = window(Shown::new(alone(), None));
    window
        .get_by_role_and_label(Role::Slider, "Transpose")
        .focus();
    window.run_steps(2);
    for _ in 0..3 {
        window.key_press(Key::ArrowRight);
        window.run_steps(1);
    }
    assert_eq!(window.state().transpose(), 3);
    for (key, page) in [(Key::Num3, Page::Speech), (Key::Num1, Page::Voice)] {
        window.key_press_modifiers(Modifiers::COMMAND, key);
        window.run_steps(2);
        assert_eq!(window.state().memory.panel.lock().page(), page);
    }
}

/// Time until the next picture that was asked for.
fn pause(window: &Window) -> Duration {
    let output = &window.output().viewport_output;
    output[&egui::ViewportId::ROOT].repaint_delay
}

#[test]
fn a_window_at_rest_is_painted_five_times_a_second_at_most() {
    let mut window = window(Shown::new(alone(), None));
    // The folder of voices is looked at once, on another thread.
    wait(&mut window, "the first look", |window| {
        window.state().memory.voices.version() > 1
    });
    for page in Page::ALL {
        turn_to(&mut window, page);
        if page == Page::Voices {
            wait(&mut window, "the card", |window| says(window, "Licence"));
        }
        window.remove_cursor();
        window.run_steps(5);
        // A card is read meanwhile, and hints of the pointer fade.
        wait(&mut window, "rest", |window| {
            pause(window) >= Duration::from_millis(200)
        });
        for _ in 0..20 {
            window.run_steps(1);
            assert!(
                pause(&window) >= Duration::from_millis(200),
                "{page:?}: {:?}",
                pause(&window)
            );
        }
    }
}

#[test]
fn sound_moves_the_meters_and_the_trace() {
    let mut host = Host::new();
    host.activate(1, 48_000.0, 480, ProcessMode::Offline);
    let mut window = window(Shown::new(host.plugin.editor_parts(), None));
    let mut phase = 0.0_f32;
    for _ in 0..100 {
        let block = (0..480).map(|_| {
            phase = (phase + 220.0 / 48_000.0).fract();
            0.4 * (phase - 0.5)
        });
        host.process(&mut [block.collect()]);
    }
    window.run_steps(2);
    assert!(
        pause(&window) <= Duration::from_millis(40),
        "{:?}",
        pause(&window)
    );
    assert!(says(&window, "In: peak -14"), "0.2 is -14 dBFS");
    // 220 Hz is A3; the tracker is right within a few cents.
    wait(&mut window, "the pitch", |window| says(window, "in A3"));
}

#[test]
fn a_resting_window_is_woken_by_a_voice() {
    let status = Arc::new(Status::default());
    let context = egui::Context::default();
    let woken = Arc::new(AtomicU32::new(0));
    let count = Arc::clone(&woken);
    context.set_request_repaint_callback(move |_| {
        count.fetch_add(1, Ordering::Relaxed);
    });
    let pulse = Pulse::new(&status, context).unwrap();
    let sing = |hz| {
        let frame = syrinx_engine::PitchFrame {
            input_hz: hz,
            output_hz: hz,
        };
        status.pitch().push(&[frame]);
        // Several looks.
        std::thread::sleep(Duration::from_millis(300));
        woken.load(Ordering::Relaxed)
    };
    assert_eq!(sing(220.0), 0, "it moves by itself");
    pulse.set_resting(true);
    assert_eq!(sing(0.0), 0, "silence");
    let begun = Instant::now();
    while sing(220.0) == 0 {
        assert!(begun.elapsed() < PATIENCE, "it sleeps on");
    }
}

#[test]
fn a_window_that_opens_again_shows_what_it_showed() {
    let mut first = window(Shown::new(alone(), None));
    turn_to(&mut first, Page::Pitch);
    type_into(&mut first, "Correction", "40");
    let shown = first.into_state();
    shown.memory.close(Some(&shown.board()));
    let mut second = window(shown);
    assert_eq!(second.state().memory.panel.lock().page(), Page::Pitch);
    press(&mut second, "Undo");
    assert_eq!(
        second.state().parts.parameters.pitch.strength.value(),
        100.0
    );
}

#[test]
fn nothing_overlaps_in_a_small_window() {
    for size in [(640.0, 480.0), (560.0, 400.0)] {
        let mut window = window(Shown::new(alone(), None));
        window.set_size(vec2(size.0, size.1));
        for page in Page::ALL {
            turn_to(&mut window, page);
            let within = egui::Rect::from_min_size(egui::Pos2::ZERO, vec2(size.0, size.1));
            let roles = [
                Role::Slider,
                Role::SpinButton,
                Role::ComboBox,
                Role::TextInput,
            ];
            let rects: Vec<_> = window
                .query_all_by(|node| roles.contains(&node.role()))
                .map(|node| (node.accesskit_node().label(), node.rect()))
                .collect();
            for (at, (name, rect)) in rects.iter().enumerate() {
                let wide = rect.left() >= 0.0 && rect.right() <= within.right();
                assert!(wide, "{size:?}, {page:?}: {name:?} at {rect:?}");
                for (other_name, other) in &rects[at + 1..] {
                    let common = rect.shrink(1.0).intersect(other.shrink(1.0));
                    assert!(
                        !common.is_positive(),
                        "{size:?}, {page:?}: {name:?} at {rect:?} and {other_name:?} at {other:?}"
                    );
                }
            }
        }
    }
}
