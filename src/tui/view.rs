//! Draws the model. Nothing here changes it.

use ratatui::Frame;
use ratatui::style::Style;
use ratatui::widgets::Block;

use super::layout::regions;
use super::model::{Model, Overlay};
use super::screens::{
    bars, browser, confirm, copy, editor, export, glossary, imported, palette, requests, stacks,
    themes, toasts, verdict,
};
use super::theme::Meaning;

/// Draws everything.
///
/// ```text
///  corscope   www.yourcompany.example → api.yourcompany.example              Chromium   F1 keys
/// ╭▸ Request ──────────────────────────╮╭─ Trace ───────────────────────────────────────────────╮
/// │                                    ││                                                        │
/// │                                    │╰────────────────────────────────────────────────────────╯
/// │                                    │╭─ Detail ─ Why  Headers  Body ──────────────────────────╮
/// │                                    ││                                                        │
/// ╰────────────────────────────────────╯╰────────────────────────────────────────────────────────╯
///  ✗ BLOCKED  by Access-Control-Allow-Origin: missing · answer to GET /prices
///  The reply does not say who may read it.                                      Standard agrees
///  F5 send   F3 other server   F2 lessons
/// ```
pub fn view(model: &Model, frame: &mut Frame) {
    let ground = Block::new().style(model.theme[Meaning::Text]);
    frame.render_widget(ground, frame.area());
    let parts = regions(model);
    // Between two sizes the model may not know the new one yet; draw nothing out of bounds.
    if parts.footer.bottom() > frame.area().bottom() || parts.verdict.right() > frame.area().right()
    {
        return;
    }
    bars::draw_top(model, parts.top, frame);
    model.screen.draw(model, parts.body, frame);
    verdict::draw(model, parts.verdict, frame);
    bars::draw_footer(model, parts.footer, frame);
    // Behind the list of themes the screen shows what they look like.
    if !matches!(model.overlay, Overlay::None | Overlay::Themes(_)) {
        dim(model, frame);
    }
    match &model.overlay {
        Overlay::None => {}
        Overlay::Browser(held) => browser::draw(model, held, frame),
        Overlay::Imported(notes) => imported::draw(model, notes, frame),
        Overlay::Palette(palette) => palette::draw(model, palette, frame),
        Overlay::WhatIf(editor) => editor::draw(model, editor, frame),
        Overlay::Glossary(glossary) => glossary::draw(model, glossary, frame),
        Overlay::Confirm(question) => confirm::draw(model, question, frame),
        Overlay::Themes(open) => themes::draw(model, open, frame),
        Overlay::Copy(open) => copy::draw(model, open, frame),
        Overlay::Requests(open) => requests::draw(model, open, frame),
        Overlay::Stacks(open) => stacks::draw(model, open, frame),
        Overlay::Export(taken) => export::draw(model, taken, frame),
    }
    // Over everything: what an overlay cannot do is said while it is open.
    toasts::draw(&model.toasts, &model.theme, parts.body, frame);
}

/// Puts everything under an overlay out of the way of the eyes; the bars stay.
fn dim(model: &Model, frame: &mut Frame) {
    let parts = regions(model);
    let area = frame.area();
    for y in parts.top.bottom()..parts.verdict.top() {
        for x in area.left()..area.right() {
            if let Some(cell) = frame.buffer_mut().cell_mut((x, y)) {
                cell.set_style(Style::reset());
                cell.set_style(model.theme[Meaning::Text].patch(model.theme[Meaning::Border]));
            }
        }
    }
}
