//! Private keys, over many lines or escaped inside one.
use crate::span::Span;
/// What begins one.
pub(crate) const NEEDLES: &[&str] = &["-----BEGIN "];
/// A key whose end has not been seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct KeyState {}
/// A frame begins at `at` of `line`: reports what of this line goes; the state if the body goes on in the next line.
pub(crate) fn begin(_line: &[u8], _at: usize, _say: &mut dyn FnMut(Span)) -> Option<KeyState> {
    None
}
/// The next line of an open key.
pub(crate) fn follow(_state: KeyState, _line: &[u8], _say: &mut dyn FnMut(Span)) -> Option<KeyState> {
    None
}
