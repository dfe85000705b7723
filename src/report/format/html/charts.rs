//! Charts as inline SVG. Text stands beside them in HTML, so that it wraps, scales and can be searched.

use std::fmt::Write;

use super::{escaped, grouped, span, time};
use crate::catalogue::Severity;
use crate::report::timeline::PerSeverity;

/// A bar with its label.
pub(super) struct Bar {
    pub(super) label: String,
    pub(super) count: u64,
    /// Its colour.
    pub(super) severity: Severity,
}

/// The score as a ring with the grade in it.
pub(super) fn gauge(score: u8, grade: char) -> String {
    // A circle of circumference 100, so that the score is a length.
    let class = grade.to_ascii_lowercase();
    format!(
        "<svg class=\"gauge grade-{class}\" viewBox=\"0 0 36 36\" role=\"img\" aria-label=\"score {score} of 100, grade {grade}\">\
         <circle class=\"track\" cx=\"18\" cy=\"18\" r=\"15.9155\"/>\
         <circle class=\"value\" cx=\"18\" cy=\"18\" r=\"15.9155\" stroke-dasharray=\"{score} 100\" transform=\"rotate(-90 18 18)\"/>\
         <text x=\"18\" y=\"19.5\" class=\"letter\">{grade}</text><text x=\"18\" y=\"25.5\" class=\"number\">{score} of 100</text></svg>"
    )
}

/// Bars from the longest down, or in the order they come.
pub(super) fn bars(all: &[Bar]) -> String {
    let most = all.iter().map(|bar| bar.count).max().unwrap_or(0).max(1);
    let mut out = String::from("<ul class=\"bars\">\n");
    for bar in all {
        // Something is never shown as nothing.
        let width = if bar.count == 0 { 0.0 } else { (bar.count as f64 / most as f64 * 100.0).max(0.8) };
        let _ = writeln!(
            out,
            "<li><span class=\"label\" title=\"{label}\"><bdi>{label}</bdi></span><span class=\"number\">{}</span>\
             <svg viewBox=\"0 0 100 4\" preserveAspectRatio=\"none\" aria-hidden=\"true\"><rect class=\"track\" width=\"100\" height=\"4\"/>\
             <rect class=\"fill-{}\" width=\"{width:.2}\" height=\"4\"/></svg></li>",
            grouped(bar.count),
            bar.severity,
            label = escaped(&bar.label),
        );
    }
    out + "</ul>\n"
}

/// Columns over time, each stacked by severity, the gravest at the bottom.
pub(super) fn columns(all: &[(i64, PerSeverity)], width: i64) -> String {
    const HEIGHT: f64 = 120.0;
    let most = all.iter().map(|(_, counts)| counts.iter().sum::<u64>()).max().unwrap_or(0).max(1);
    let mut out = format!(
        "<div class=\"plot\"><span class=\"most\">{}</span><svg viewBox=\"0 0 {} {HEIGHT}\" preserveAspectRatio=\"none\" role=\"img\" \
         aria-label=\"occurrences over time\">\n",
        grouped(most),
        all.len() * 10
    );
    for (n, (start, counts)) in all.iter().enumerate() {
        let sum: u64 = counts.iter().sum();
        if sum == 0 {
            continue;
        }
        let _ = write!(out, "<g><title>{}, {}: {}</title>", time(*start), span(width), grouped(sum));
        let mut y = HEIGHT;
        for severity in Severity::ALL.iter().rev().filter(|severity| counts[**severity as usize] > 0) {
            let height = (counts[*severity as usize] as f64 / most as f64 * HEIGHT).max(1.0);
            y -= height;
            let _ = write!(
                out,
                "<rect class=\"fill-{severity}\" x=\"{}\" y=\"{y:.2}\" width=\"8.6\" height=\"{height:.2}\"/>",
                n as f64 * 10.0 + 0.7
            );
        }
        out.push_str("</g>\n");
    }
    out.push_str("</svg></div>\n<div class=\"axis\">");
    let ends = [
        all.first().map(|(start, _)| *start),
        all.get(all.len() / 2).map(|(start, _)| *start),
        all.last().map(|(start, _)| start + width),
    ];
    for moment in ends.into_iter().flatten() {
        let _ = write!(out, "<span>{}</span>", time(moment));
    }
    out.push_str("</div>\n<ul class=\"legend\">");
    for severity in Severity::ALL.iter().rev() {
        let _ = write!(out, "<li><span class=\"dot {severity}\"></span>{severity}</li>");
    }
    out + "</ul>\n"
}
