//! Three curves side by side as SVG: one line each, from zero up, every point labelled.

use std::fmt::Write;

/// One curve: what stands below, and the points: label, speed, what memcpy had in the same run.
pub(crate) struct Panel {
    pub(crate) title: String,
    pub(crate) points: Vec<(String, f64, f64)>,
}

const WIDTH: f64 = 330.0;
const HEIGHT: f64 = 200.0;
const LEFT: f64 = 48.0;
const TOP: f64 = 30.0;

/// The picture of all `panels`, on one scale.
pub(crate) fn page(panels: &[Panel]) -> String {
    let most = panels.iter().flat_map(|panel| &panel.points).map(|point| point.1).fold(1.0, f64::max);
    let (scale, step) = scale(most);
    let wide = panels.len() as f64 * (WIDTH + LEFT) + 12.0;
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {wide} 290\" font-family=\"sans-serif\" \
         font-size=\"11\">\n<rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n\
         <text x=\"{LEFT}\" y=\"16\">inkout, the library: MB/s a core over mixed logs</text>\n"
    );
    for (number, panel) in panels.iter().enumerate() {
        let left = number as f64 * (WIDTH + LEFT) + LEFT;
        draw(&mut svg, panel, left, scale, step);
    }
    svg + "</svg>\n"
}

/// The top of the scale, and the distance of its lines.
fn scale(most: f64) -> (f64, f64) {
    let power = 10_f64.powf(most.log10().floor());
    let step = if most / power < 2.0 { power / 2.0 } else { power };
    ((most / step).ceil() * step, step)
}

fn draw(svg: &mut String, panel: &Panel, left: f64, scale: f64, step: f64) {
    let y = |speed: f64| TOP + HEIGHT * (1.0 - speed / scale);
    let apart = WIDTH / panel.points.len() as f64;
    let x = |number: usize| left + apart * (number as f64 + 0.5);
    let mut at = 0.0;
    // Writing into a String does not fail.
    while at <= scale {
        let (to, line) = (left + WIDTH, y(at));
        let _ = writeln!(svg, "<path d=\"M{left} {line:.1}H{to}\" stroke=\"#ddd\"/>");
        let _ =
            writeln!(svg, "<text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"end\">{at:.0}</text>", left - 5.0, line + 4.0);
        at += step;
    }
    let points: Vec<String> =
        panel.points.iter().enumerate().map(|(i, p)| format!("{:.1},{:.1}", x(i), y(p.1))).collect();
    let points = points.join(" ");
    let _ = writeln!(svg, "<polyline points=\"{points}\" fill=\"none\" stroke=\"#1f5fa8\" stroke-width=\"2\"/>");
    for (i, (label, speed, _)) in panel.points.iter().enumerate() {
        let (x, y, below) = (x(i), y(*speed), TOP + HEIGHT + 16.0);
        let _ = writeln!(svg, "<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"3\" fill=\"#1f5fa8\"/>");
        let _ = writeln!(svg, "<text x=\"{x:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{speed:.0}</text>", y - 7.0);
        let _ = writeln!(svg, "<text x=\"{x:.1}\" y=\"{below:.1}\" text-anchor=\"middle\">{label}</text>");
    }
    let (middle, below) = (left + WIDTH / 2.0, TOP + HEIGHT + 36.0);
    let _ = writeln!(svg, "<text x=\"{middle:.1}\" y=\"{below:.1}\" text-anchor=\"middle\">{}</text>", panel.title);
}
