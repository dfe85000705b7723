//! The two forms in which container runtimes store lines, and in which they cut a long one into parts.
//!
//! CRI (containerd, CRI-O, podman): `TIME stdout P text`, the last part with `F` for `P`. See
//! `kubernetes/kubelet`, `pkg/kubelet/kuberuntime/logs`. Docker's json-file: `{"log":"text","stream":"stdout",...}`, where
//! the text of all parts but the last does not end in `\n`. Nothing here knows of rules.

use std::sync::LazyLock;

use memchr::{memchr, memmem, memrchr};

use crate::span::Span;

/// How a text stores its lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    Cri,
    /// With what a part has at least that goes on: see [`Form::cuts`].
    Docker(usize),
}

/// A line of such a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Part {
    /// The number of its stream.
    pub(super) stream: usize,
    /// The text in it, counted from the line's start.
    pub(super) content: Span,
    /// No other part follows.
    pub(super) last: bool,
}

/// Standard output and standard error.
pub(super) const STREAMS: usize = 2;
/// What docker cuts a line into. Escaped it is never shorter.
pub(super) const PIECE: usize = 16 << 10;

impl Form {
    /// The form that `line` has, as far as one line can tell.
    pub(super) fn of(line: &[u8]) -> Option<Self> {
        if line.starts_with(LOG) {
            return Some(Self::Docker(PIECE));
        }
        cri(line).map(|_| Self::Cri)
    }

    /// Whether a line of docker's, whole, shows that the ends of lines are in it. Where they are, a text without one
    /// goes on, however short; where an agent has taken them off, none says anything.
    pub(super) fn cuts(line: &[u8]) -> bool {
        docker(line, 0).is_some_and(|part| part.last)
    }

    /// `line`, with its newline or without, as a part; `None` if it is not of this form.
    pub(super) fn part(self, line: &[u8]) -> Option<Part> {
        let line = line.strip_suffix(b"\n").unwrap_or(line);
        match self {
            Self::Cri => cri(line),
            Self::Docker(least) => docker(line, least),
        }
    }

    /// The last line of a text that ends within it, if it began as a part: of the stream that is open, if one is.
    pub(super) fn torn(self, line: &[u8], open: [bool; STREAMS]) -> Option<Part> {
        let torn = matches!(self, Self::Docker(_)) && line.starts_with(LOG) && !line.ends_with(b"\n");
        let stream = usize::from(open[1] && !open[0]);
        torn.then(|| Part { stream, content: Span::new(LOG.len(), line.len()), last: true })
    }

    /// Where the first line of `block` begins that another part follows.
    pub(super) fn first(self, block: &[u8]) -> Option<usize> {
        match self {
            Self::Cri => self.first_sign(block),
            Self::Docker(_) => self.first_piece(block),
        }
    }

    /// The first such line by what stands in its head. Piece by piece, each twice as long as the one before: of the two
    /// signs one may be near and the other far.
    fn first_sign(self, block: &[u8]) -> Option<usize> {
        let (mut from, mut len) = (0, HEADER * 16);
        while from < block.len() {
            let end = block.len().min(from + len);
            // A sign may stand over the end of the piece before.
            let back = from.saturating_sub(SIGNS[0].len() - 1);
            let first =
                |sign: &&[u8]| memmem::find_iter(&block[back..end], sign).find_map(|at| self.head(block, back + at));
            if let Some(first) = SIGNS.iter().filter_map(first).min() {
                return Some(first);
            }
            (from, len) = (end, len * 2);
        }
        None
    }

    /// The start of the line in whose head a sign stands at `at`, if another part follows it.
    fn head(self, block: &[u8], at: usize) -> Option<usize> {
        let from = at.saturating_sub(HEADER);
        let start = memrchr(b'\n', &block[from..at]).map_or((from == 0).then_some(0), |n| Some(from + n + 1))?;
        self.goes_on(block, start).1.then_some(start)
    }

    fn first_piece(self, block: &[u8]) -> Option<usize> {
        let mut from = 0;
        for at in STREAM.find_iter(block) {
            if at < from || ends_line(&block[..at]) {
                continue;
            }
            let start = memrchr(b'\n', &block[from..at]).map_or(from, |n| from + n + 1);
            let (end, goes_on) = self.goes_on(block, start);
            if goes_on {
                return Some(start);
            }
            from = end;
        }
        None
    }

    /// Where the line ends that begins at `start`, and whether another part follows.
    fn goes_on(self, block: &[u8], start: usize) -> (usize, bool) {
        let end = memchr(b'\n', &block[start..]).map_or(block.len(), |n| start + n + 1);
        (end, self.part(&block[start..end]).is_some_and(|part| !part.last))
    }
}

const LOG: &[u8] = b"{\"log\":\"";
/// What stands behind the text of a line of docker's. Inside of the text its quotes would be escaped.
static STREAM: LazyLock<memmem::Finder<'static>> = LazyLock::new(|| memmem::Finder::new(b"\",\"stream\":\"std"));
/// What stands in the head of a part that another one follows.
const SIGNS: [&[u8]; STREAMS] = [b"stdout P", b"stderr P"];
/// No time is longer, with the blank behind it.
const HEADER: usize = 40;

/// `2016-10-06T00:17:09.669794202Z stdout P text`, without a newline. More tags than one are parted by `:`.
fn cri(line: &[u8]) -> Option<Part> {
    if line.get(4) != Some(&b'-') || line.get(10) != Some(&b'T') {
        return None;
    }
    let time = memchr(b' ', &line[..line.len().min(HEADER)])?;
    let shape = b"0000-00-00T00:00:00";
    let fits = |(is, want): (&u8, &u8)| if *want == b'0' { is.is_ascii_digit() } else { is == want };
    let rest = line[..time].get(shape.len()..)?;
    let zone = |b: &u8| b.is_ascii_digit() || matches!(b, b'.' | b'Z' | b'+' | b'-' | b':');
    if !line.iter().zip(shape).all(fits) || !rest.iter().all(zone) {
        return None;
    }
    let stream = stream(&line[time + 1..])?;
    let tags = time + 1 + b"stdout".len();
    let last = match line.get(tags..tags + 2)? {
        b" P" => false,
        b" F" => true,
        _ => return None,
    };
    let content = match line.get(tags + 2) {
        // Without any text behind it the blank may be missing.
        None => line.len(),
        Some(b' ') => tags + 3,
        Some(b':') => tags + 3 + memchr(b' ', line[tags..].get(2..64.min(line.len() - tags))?)?,
        Some(_) => return None,
    };
    Some(Part { stream, content: Span::new(content, line.len()), last })
}

/// A line of docker's json-file. What is shorter than `least` and has no end is a line that has lost it.
fn docker(line: &[u8], least: usize) -> Option<Part> {
    let text = line.strip_prefix(LOG)?;
    let end = STREAM.find(text)?;
    let stream = stream(&text[end + b"\",\"stream\":\"".len()..])?;
    let content = Span::new(LOG.len(), LOG.len() + end);
    Some(Part { stream, content, last: end < least || ends_line(&text[..end]) })
}

/// Whether a text of JSON ends in the escape of a newline.
fn ends_line(text: &[u8]) -> bool {
    let Some(before) = text.strip_suffix(b"n") else { return false };
    before.iter().rev().take_while(|b| **b == b'\\').count() % 2 == 1
}

fn stream(text: &[u8]) -> Option<usize> {
    [b"stdout", b"stderr"].iter().position(|name| text.starts_with(*name))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn case(form: Form, line: &str, want: Option<(usize, &str, bool)>) {
        let part = form.part(line.as_bytes());
        let got = part.map(|part| (part.stream, &line[part.content.range()], part.last));
        assert_eq!(got, want, "{line}");
    }

    #[test]
    fn lines_of_a_kubelet() {
        for (line, want) in [
            ("2016-10-06T00:17:09.669794202Z stdout P log content 1\n", Some((0, "log content 1", false))),
            ("2016-10-06T00:17:09.669794203Z stderr F log content", Some((1, "log content", true))),
            ("2016-10-06T00:17:09+02:00 stdout F \n", Some((0, "", true))),
            ("2016-10-06T00:17:09Z stdout P", Some((0, "", false))),
            ("2016-10-06T00:17:09Z stdout P  two\r\n", Some((0, " two\r", false))),
            ("2016-10-06T00:17:09Z stdout P:x:y a b", Some((0, "a b", false))),
            ("2016-10-06T00:17:09Z stdout Partly", None),
            ("2016-10-06T00:17:09Z stdlog P x", None),
            ("2016-10-06 00:17:09 stdout P x", None),
            ("2016-10-06T00:17 stdout P x", None),
            (" 2016-10-06T00:17:09Z stdout P x", None),
            ("2016-10-06T00:17:09Z", None),
            ("", None),
        ] {
            case(Form::Cri, line, want);
        }
    }

    #[test]
    fn lines_of_docker() {
        for (line, want) in [
            (r#"{"log":"a\n","stream":"stdout","time":"t"}"#, Some((0, r"a\n", true))),
            (r#"{"log":"a","stream":"stderr","time":"t"}"#, Some((1, "a", false))),
            (r#"{"log":"a\\n","stream":"stdout","time":"t"}"#, Some((0, r"a\\n", false))),
            (r#"{"log":"a\\\n","stream":"stdout"}"#, Some((0, r"a\\\n", true))),
            (r#"{"log":"\",\"stream\":\"std\n","stream":"stdout"}"#, Some((0, r#"\",\"stream\":\"std\n"#, true))),
            (r#"{"log":"","stream":"stdout","attrs":{"x":"y"},"time":"t"}"#, Some((0, "", false))),
            (r#"{"log":"a","time":"t"}"#, None),
            (r#"{"msg":"a","stream":"stdout"}"#, None),
        ] {
            case(Form::Docker(0), line, want);
        }
        case(Form::Docker(PIECE), r#"{"log":"a","stream":"stdout"}"#, Some((0, "a", true)));
        let long = "x".repeat(PIECE);
        let line = format!(r#"{{"log":"{long}","stream":"stdout"}}"#);
        case(Form::Docker(PIECE), &line, Some((0, &long, false)));
    }

    #[test]
    fn the_first_part_of_a_block() {
        let whole = "2016-10-06T00:17:09Z stdout F stdout P x\n";
        let part = "2016-10-06T00:17:09Z stderr P x\n";
        let first = |text: &str| Form::Cri.first(text.as_bytes());
        assert_eq!(first(whole), None);
        assert_eq!(first(part), Some(0));
        assert_eq!(first(&[whole, part, part].concat()), Some(whole.len()));
        assert_eq!(first(&["x", part].concat()), None);
        for lines in 0..200 {
            let text = whole.repeat(lines) + part + &part.replace("err", "out");
            assert_eq!(first(&text), Some(whole.len() * lines), "{lines}");
        }
        let whole = "{\"log\":\"a\\n\",\"stream\":\"stdout\",\"attrs\":{\"a\":\"b\",\"stream\":\"std\"}}\n";
        let part = "{\"log\":\"a\",\"stream\":\"stdout\"}\n";
        let first = |text: &str| Form::Docker(0).first(text.as_bytes());
        assert_eq!(first(&[whole, whole].concat()), None);
        assert_eq!(first(&[whole, part, part].concat()), Some(whole.len()));
        assert_eq!(first(&[whole, part, whole].concat()), Some(whole.len()));
    }
}
