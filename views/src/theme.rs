//! How everything looks: colours, letters and distances.

use egui::{
    Color32, Context, CornerRadius, FontFamily, FontId, Frame, Margin, Shadow, Stroke, Style,
    TextStyle, Theme, Visuals, style::WidgetVisuals, vec2,
};

/// Behind everything.
pub const GROUND: Color32 = Color32::from_rgb(0x15, 0x18, 0x1c);
/// Behind a section.
pub const SECTION: Color32 = Color32::from_rgb(0x1d, 0x21, 0x27);
/// Behind what is drawn or written: meters, the trace, fields.
pub const WELL: Color32 = Color32::from_rgb(0x0e, 0x10, 0x13);
/// Words and values: 12 to 1 against a section, where 4.5 is enough for small letters (WCAG 2.2).
pub const TEXT: Color32 = Color32::from_rgb(0xd8, 0xdd, 0xe2);
/// What matters less: 6 to 1 against a section.
pub const QUIET: Color32 = Color32::from_rgb(0x9a, 0xa4, 0xaf);
/// What is chosen, and what comes out.
pub const ACCENT: Color32 = Color32::from_rgb(0x62, 0xc2, 0xc9);
/// The accent behind letters.
pub const ACCENT_GROUND: Color32 = Color32::from_rgb(0x1f, 0x4c, 0x52);
/// What goes in.
pub const INPUT: Color32 = Color32::from_rgb(0xb0, 0xa4, 0x8c);
/// What should be looked at.
pub const WARNING: Color32 = Color32::from_rgb(0xe3, 0xb1, 0x5a);
/// What is wrong.
pub const ALARM: Color32 = Color32::from_rgb(0xe8, 0x7b, 0x6a);

/// The distance between sections, and from the edge, in points.
pub const GAP: f32 = 8.0;
/// Corners of sections.
const CORNERS: u8 = 5;

/// Gives a window the look of Syrinx; once, before the first picture.
pub fn apply(context: &Context) {
    context.set_theme(Theme::Dark);
    context.set_visuals_of(Theme::Dark, visuals());
    context.style_mut_of(Theme::Dark, |style| {
        letters(style);
        let spacing = &mut style.spacing;
        spacing.item_spacing = vec2(6.0, 5.0);
        spacing.button_padding = vec2(7.0, 2.0);
        spacing.interact_size = vec2(36.0, 20.0);
        spacing.slider_rail_height = 5.0;
        style.interaction.tooltip_delay = 0.6;
    });
}

/// Around a section.
pub fn section() -> Frame {
    Frame::new()
        .fill(SECTION)
        .corner_radius(CORNERS)
        .inner_margin(Margin::symmetric(10, 8))
}

/// The style of headings within a section.
pub fn heading(text: &str) -> egui::RichText {
    egui::RichText::new(text).color(QUIET).small().strong()
}

fn letters(style: &mut Style) {
    for (name, size) in [
        (TextStyle::Small, 11.0),
        (TextStyle::Body, 13.0),
        (TextStyle::Button, 13.0),
        (TextStyle::Heading, 17.0),
    ] {
        let font = FontId::new(size, FontFamily::Proportional);
        style.text_styles.insert(name, font);
    }
}

fn visuals() -> Visuals {
    let mut visuals = Visuals::dark();
    visuals.panel_fill = GROUND;
    visuals.window_fill = SECTION;
    visuals.extreme_bg_color = WELL;
    visuals.faint_bg_color = SECTION;
    visuals.text_edit_bg_color = Some(WELL);
    visuals.weak_text_color = Some(QUIET);
    visuals.warn_fg_color = WARNING;
    visuals.error_fg_color = ALARM;
    visuals.hyperlink_color = ACCENT;
    visuals.selection.bg_fill = ACCENT_GROUND;
    visuals.selection.stroke = Stroke::new(1.0, Color32::WHITE);
    visuals.window_stroke = Stroke::new(1.0, Color32::from_gray(0x3a));
    visuals.popup_shadow = Shadow::NONE;
    visuals.window_shadow = Shadow::NONE;
    visuals.slider_trailing_fill = true;
    let widgets = &mut visuals.widgets;
    // Still, pointed at, pressed or reached by the keyboard: lighter each time.
    widgets.noninteractive = look(0x2b, 0x33, TEXT);
    widgets.inactive = look(0x2b, 0x2b, TEXT);
    widgets.hovered = look(0x36, 0x55, Color32::WHITE);
    widgets.active = look(0x40, 0x40, Color32::WHITE);
    // The focus of the keyboard is seen by its ring.
    widgets.active.bg_stroke = Stroke::new(1.5, ACCENT);
    widgets.open = look(0x30, 0x40, TEXT);
    visuals
}

/// A grey of `fill` with a rim of `rim`, both a little blue, with letters of `text`.
fn look(fill: u8, rim: u8, text: Color32) -> WidgetVisuals {
    let grey = |value: u8| Color32::from_rgb(value, value + 5, value + 11);
    WidgetVisuals {
        bg_fill: grey(fill),
        weak_bg_fill: grey(fill),
        bg_stroke: Stroke::new(1.0, grey(rim)),
        corner_radius: CornerRadius::same(4),
        fg_stroke: Stroke::new(1.0, text),
        expansion: 0.0,
    }
}
