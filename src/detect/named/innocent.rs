//! Values that are plainly no secret: nothing, a mask, a variable, a piece of code, a word of prose.
//!
//! Each way of being innocent is a function of its own. In doubt a value is guilty: what these functions let
//! through stays in the log.

use super::code::{code, constant, prose, sentence, spliced};
use super::glyph::{MARKER, mark};
use super::link::Join;
use super::shape;
use crate::detect::check::words;
use crate::detect::text::{Kinds, contains, position};

/// How much of a value is looked at: a longer one is judged by its beginning.
pub(super) const LOOK: usize = 256;

/// A value in its place.
#[derive(Clone, Copy, Debug)]
pub(in crate::detect) struct Value<'l> {
    pub(in crate::detect) text: &'l [u8],
    pub(in crate::detect) quoted: bool,
    pub(in crate::detect) join: Join,
    /// What stands behind it in its line.
    pub(in crate::detect) behind: &'l [u8],
}

impl Value<'_> {
    pub(super) fn loose(&self) -> bool {
        matches!(self.join, Join::Sign { loose: true, .. } | Join::Blank)
    }
}

/// Whether no name can make `value` a secret.
///
/// A marker in it stands for what a pass before has taken out, and that pass let the rest stay: the rest decides.
pub(in crate::detect) fn plainly(value: &Value<'_>) -> bool {
    let judged = |text: &[u8]| innocent(&Value { text, ..*value });
    match replaced(value.text, b"") {
        Some(rest) => {
            (rest.len() < 3 && !rest.iter().any(u8::is_ascii_alphanumeric))
                || no_text(&rest)
                || rest.starts_with(b"://")
                || judged(&rest)
                || replaced(value.text, b"x").is_some_and(|text| judged(&text))
        }
        None => innocent(value),
    }
}

/// `text` with `by` in place of its markers, if there are any.
fn replaced(text: &[u8], by: &[u8]) -> Option<Vec<u8>> {
    let mut from = position(text, MARKER)?;
    let mut rest = text[..from].to_vec();
    while from < text.len() {
        match mark(text, from) {
            0 => {
                rest.push(text[from]);
                from += 1;
            }
            len => {
                rest.extend_from_slice(by);
                from += len;
            }
        }
    }
    (rest != text).then_some(rest)
}

fn innocent(value: &Value<'_>) -> bool {
    let text = value.text;
    // A key block is a rule of its own, which lets the frame stay.
    // JSON in a string has names of its own.
    let nested = value.quoted && (text.starts_with(b"{\"") || text.starts_with(b"{\\"));
    if nested || text.starts_with(b"-----BEGIN") || sealed(text) {
        return true;
    }
    if text.len() > LOOK {
        return false;
    }
    let kinds = Kinds::of(text);
    let holds = |these: Kinds| kinds.any(these);
    ((text.len() == 3 || !holds(Kinds::ALNUM)) && no_text(text))
        || is_state(text)
        || masked(text, kinds)
        || bracketed(text, kinds)
        || variable(text)
        || placeholder(text, kinds)
        || time(text)
        || constant(text)
        || (holds(Kinds::SLASH.or(Kinds::COLON)) && location(text))
        || (value.quoted && ((holds(Kinds::BLANK) && sentence(text)) || spliced(text)))
        || (value.quoted && holds(Kinds::BRACE) && template(text))
        || (!value.quoted && (text[0] == b'}' || opens_slot(value.behind)))
        || (!value.quoted && (code(value, kinds) || prose(value)))
}

/// What a tool has encrypted so that it may be shown: Kubernetes' sealed secrets (base64 of an RSA block's length, 256
/// or 512 bytes, and the block), sops.
fn sealed(text: &[u8]) -> bool {
    let head = &text[..text.len().min(LOOK)];
    let base64 = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/');
    let length = matches!(head, [b'A', b'g' | b'Q', b'A'..=b'D', ..]);
    let block = text.len() >= 344 && head.iter().all(base64) && head.iter().any(|b| !b.is_ascii_alphanumeric());
    (length && block) || (head.starts_with(b"ENC[AES256_GCM,data:") && text.ends_with(b"]"))
}

/// No letter and no digit of any language.
fn no_text(text: &[u8]) -> bool {
    let encoded = |text: &[u8]| {
        text.len() == 3
            && text[0] == b'%'
            && (text[1] == b'2' && text[2].is_ascii_hexdigit() || text[1] == b'3' && text[2].is_ascii_alphabetic())
    };
    encoded(text) || !text.iter().any(u8::is_ascii_alphanumeric) && (text.is_ascii() || latin_signs(text))
}

/// Only ASCII and the signs of Latin-1 in UTF-8.
fn latin_signs(text: &[u8]) -> bool {
    let mut bytes = text.iter();
    while let Some(byte) = bytes.next() {
        let sign = byte.is_ascii() || (*byte == 0xc2 && bytes.next().is_some_and(|b| *b >= 0x80));
        if !sign {
            return false;
        }
    }
    true
}

/// A word that says that there is no value, or of what type it is, or how it fared.
fn is_state(text: &[u8]) -> bool {
    /// Sorted.
    #[rustfmt::skip]
    const STATES: &[&[u8]] = &[
        b"a", b"absent", b"an", b"and", b"any", b"are", b"array", b"async", b"await", b"bad", b"basic",
        b"be", b"bearer", b"bool", b"boolean", b"byte", b"bytes", b"cannot", b"changed", b"char", b"could",
        b"created", b"default", b"deleted", b"denied", b"dict", b"digest", b"disabled", b"empty", b"enabled",
        b"error", b"expired", b"failed", b"failure", b"false", b"filtered", b"for", b"forbidden", b"from",
        b"func", b"function", b"generated", b"has", b"have", b"hidden", b"in", b"incorrect", b"int",
        b"integer", b"invalid", b"is", b"lambda", b"list", b"masked", b"mismatch", b"missing", b"must", b"n/a",
        b"na", b"nan", b"new", b"nil", b"no", b"none", b"not", b"not-set", b"not_set", b"notset", b"null",
        b"number", b"obfuscated", b"object", b"of", b"off", b"ok", b"omitted", b"on", b"optional", b"or",
        b"placeholder", b"present", b"redacted", b"refreshed", b"rejected", b"removed", b"required", b"return",
        b"revoked", b"sanitized", b"scrubbed", b"self", b"set", b"short", b"should", b"str", b"string", b"success",
        b"successful", b"text", b"the", b"this", b"to", b"token", b"true", b"unauthorized", b"undefined",
        b"unknown", b"unset", b"updated", b"valid", b"varchar", b"void", b"was", b"will", b"with", b"wrong",
        b"yes",
    ];
    /// By a word's first letter, the lengths that words with it have, a bit each.
    const LENGTHS: [u16; 26] = {
        let (mut lengths, mut i) = ([0; 26], 0);
        while i < STATES.len() {
            lengths[(STATES[i][0] - b'a') as usize] |= 1 << STATES[i].len();
            i += 1;
        }
        lengths
    };
    debug_assert!(STATES.is_sorted());
    let text = text.trim_ascii();
    let text = text.strip_suffix(b":").or_else(|| text.strip_suffix(b".")).unwrap_or(text);
    let letter = text.first().map(|b| usize::from(b.to_ascii_lowercase().wrapping_sub(b'a')));
    let Some(lengths) = letter.and_then(|letter| LENGTHS.get(letter)) else { return false };
    if lengths.checked_shr(text.len() as u32).unwrap_or(0) & 1 == 0 {
        return false;
    }
    let mut lower = [0; 12];
    let Some(word) = lower.get_mut(..text.len()) else { return false };
    word.copy_from_slice(text);
    word.make_ascii_lowercase();
    STATES.binary_search(&&*word).is_ok()
}

/// Whether `text` is one of `words`, in either case.
pub(super) fn listed(words: &[&str], text: &[u8]) -> bool {
    words.iter().any(|word| word.as_bytes().eq_ignore_ascii_case(text))
}

/// Blacked out already, at least in good part.
fn masked(text: &[u8], kinds: Kinds) -> bool {
    // `1111` and `aaaa` are passwords that people have.
    let ink = |b: u8| text.len() == 3 || !b.is_ascii_alphanumeric() || matches!(b, b'x' | b'X' | b'0');
    let same = || text.len() > 2 && ink(text[0]) && text.iter().all(|b| b.eq_ignore_ascii_case(&text[0]));
    same()
        || ((text.len() >= DULL || kinds.any(Kinds::INK.or(Kinds::DOT))) && repeats(text))
        || (kinds.any(Kinds::WIDE) && contains(text, "•••".as_bytes()))
        || (kinds.any(Kinds::DIGIT) && !kinds.any(Kinds::LOWER.or(Kinds::UPPER)) && zeros(text))
        || (!kinds.any(Kinds::ALNUM) && zeros(text))
}

/// So often does no secret repeat a character.
const DULL: usize = 16;

/// Whether one character stands so often in a row that it stands for something else.
fn repeats(text: &[u8]) -> bool {
    let mut run = 1;
    text.windows(2).any(|pair| {
        if !pair[0].eq_ignore_ascii_case(&pair[1]) {
            run = 1;
            return false;
        }
        run += 1;
        run >= match pair[0] {
            b'*' => 3,
            b'.' | b'#' => 4,
            b'x' | b'X' => 5,
            _ => DULL,
        }
    })
}

/// Nothing but zeros and dashes, as the nil UUID.
fn zeros(text: &[u8]) -> bool {
    text.len() > 5 && text.iter().all(|b| matches!(b, b'0' | b'-'))
}

/// A marker such as `[FILTERED]`, a template such as `{{x}}` or `<password>`: whole, from bracket to bracket.
fn bracketed(text: &[u8], kinds: Kinds) -> bool {
    let (Some(first), Some(last)) = (text.first(), text.last()) else { return false };
    let inside = || &text[1..text.len() - 1];
    match (first, last) {
        _ if text.len() < 2 => false,
        (b'(', b')') if text.starts_with(b"((") => true,
        (b'[', b']') | (b'(', b')') => {
            marker(inside()) || weak_marker(inside()) || inside().iter().all(|b| b.is_ascii_uppercase() || *b == b'_')
        }
        (b'<', b'>') => {
            marker(inside()) || inside().iter().all(|b| b.is_ascii_alphabetic() || b" _-.,'/%=\"[]()".contains(b))
        }
        // As ODBC encloses a value.
        (b'{', b'}') if random(inside()) => false,
        (b'{', b'}') => inside().iter().all(|b| b.is_ascii_alphanumeric() || b" _-.{}|'\"()[]\\".contains(b)),
        _ => kinds.any(Kinds::JOINT.or(Kinds::COLON)) && marker(text),
    }
}

/// Letters of both cases with digits among them, as no name of a variable is.
fn random(text: &[u8]) -> bool {
    shape::password(text) && text.iter().filter(|b| b.is_ascii_digit()).count() > 1 && shape::mixes(text)
}

/// `REDACTED`, `FILTERED` ..., alone or with the kind of what was there behind a colon or a dash.
fn marker(text: &[u8]) -> bool {
    #[rustfmt::skip]
    const MARKERS: &[&str] = &[
        "redacted", "filtered", "masked", "hidden", "removed", "omitted", "obfuscated", "scrubbed", "sanitized",
        "stripped", "concealed", "censored",
    ];
    behind_word(text, MARKERS)
}

/// What only between brackets says that something was taken out.
fn weak_marker(text: &[u8]) -> bool {
    #[rustfmt::skip]
    const MARKERS: &[&str] = &[
        "secret", "sensitive", "protected", "private", "encrypted", "deleted", "null", "none", "not", "empty",
        "password", "token",
    ];
    behind_word(text, MARKERS)
}

fn behind_word(text: &[u8], words: &[&str]) -> bool {
    let text = text.trim_ascii();
    words.iter().any(|word| {
        let head = text.get(..word.len()).is_some_and(|head| head.eq_ignore_ascii_case(word.as_bytes()));
        head && match &text[word.len()..] {
            [] => true,
            [b':' | b'-' | b'_' | b' ', rest @ ..] => {
                rest.len() < 64 && rest.iter().all(|b| b.is_ascii_alphanumeric() || b":-_ ".contains(b))
            }
            _ => false,
        }
    })
}

/// `$X`, `${X}`, `$(x)`, `#{x}`, `%s`, `%(x)s`, `%X%`, `@x@`.
fn variable(text: &[u8]) -> bool {
    let text = text.strip_prefix(b"'").unwrap_or(text);
    let text = text.strip_suffix(b"'").unwrap_or(text);
    let word = |text: &[u8]| !text.is_empty() && text.iter().all(|b| b.is_ascii_alphanumeric() || *b == b'_');
    match text {
        [b'$', b'$', b'{', .., b'}'] => true,
        // The shell's message where nothing is set: `${X:?must be set}`.
        [b'$', b'{', rest @ ..] if contains(rest, b":?") => true,
        // Escaped once or more often.
        [b'\\', ..] => text.iter().find(|b| **b != b'\\') == Some(&b'$'),
        [b'$' | b'#' | b'%' | b'@', b'{', .., b'}'] | [b'$', b'(', ..] | [b'%', b'(', ..] | [b'<', b'%', ..] => true,
        [b'$', b'$', rest @ ..] => variable_name(rest),
        // A shell's variable, or a place for a parameter: `$2`.
        [b'$', rest @ ..] => variable_name(rest) || (rest.len() < 3 && rest.iter().all(u8::is_ascii_digit)),
        [b'%', b'A'..=b'Z' | b'a'..=b'z', rest @ ..] if rest.is_empty() || rest.last() == Some(&b'%') => {
            rest.is_empty() || word(&rest[..rest.len() - 1])
        }
        [b'%', b'+' | b'#', b'A'..=b'Z' | b'a'..=b'z'] => true,
        [b'@', rest @ .., b'@'] | [b'_', b'_', rest @ .., b'_', b'_'] => word(rest),
        // An annotation with its package: `@javax.inject.Named`.
        [b'@', rest @ ..] => rest.iter().filter(|b| **b == b'.').count() > 1 && words::plain(rest),
        [b':', rest @ ..] => {
            rest.iter().all(|b| b.is_ascii_lowercase() || *b == b'_') && (rest.is_empty() || words::plain(rest))
        }
        [b'?', rest @ ..] => rest.len() < 3 && rest.iter().all(u8::is_ascii_digit),
        _ => false,
    }
}

/// A name as a variable has it, with what may follow: `x`, `x->y`, `x.y`, `_POST[`. Names have few digits.
fn variable_name(text: &[u8]) -> bool {
    text.first().is_some_and(|b| b.is_ascii_alphabetic() || *b == b'_')
        && text.iter().filter(|b| b.is_ascii_digit()).count() < 5
        && text.iter().all(|b| b.is_ascii_alphanumeric() || b"_->.[]'(){}:".contains(b))
}

/// `prefix_{name}`: words around what a program fills in.
fn template(text: &[u8]) -> bool {
    let Some(open) = text.iter().position(|b| *b == b'{') else { return false };
    let Some(len) = text[open..].iter().position(|b| *b == b'}') else { return false };
    let inside = &text[open + 1..open + len];
    let rest = [&text[..open], &text[open + len + 1..]].concat();
    let name = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.' | b'!');
    inside.iter().all(name) && rest.len() > 2 && words::plain(rest.trim_ascii())
}

/// `your_api_key`, `insert-key-here`.
fn placeholder(text: &[u8], kinds: Kinds) -> bool {
    let begins = |word: &[u8]| text.len() > word.len() && text[..word.len()].eq_ignore_ascii_case(word);
    let ends = |word: &[u8]| text.len() > word.len() && text[text.len() - word.len()..].eq_ignore_ascii_case(word);
    let heads: &[&[u8]] = match text.first().map(u8::to_ascii_lowercase) {
        Some(b'y') => &[b"your_", b"your-", b"your "],
        Some(b'm') => &[b"my-secret-name"],
        Some(b'i') => &[b"insert_", b"insert-", b"insert "],
        Some(b'e') => &[b"enter_", b"enter-", b"enter "],
        Some(b'<') => &[b"<your"],
        Some(b't') => &[b"todo"],
        _ => &[],
    };
    heads.iter().any(|w| begins(w))
        || contains(text, b"placeholder")
        || [&b"dummy"[..], b"example", b"sample"].iter().any(|w| w.eq_ignore_ascii_case(text))
        || (kinds.any(Kinds::MARKUP) && slot(text))
        || [&b"_here"[..], b"-here", b" here"].iter().any(|w| ends(w))
}

/// `sha256~` before `<some-token>`.
fn opens_slot(behind: &[u8]) -> bool {
    let Some(rest) = behind.strip_prefix(b"<") else { return false };
    let len = rest.iter().take(64).take_while(|b| b.is_ascii_alphabetic() || matches!(b, b'_' | b'-' | b' ')).count();
    len > 2 && rest.get(len) == Some(&b'>') && rest[..len].iter().any(|b| matches!(b, b'-' | b'_' | b' '))
}

/// `sha256~<some-token>`, `&lt;password&gt;`: angle brackets around words, somewhere in it.
fn slot(text: &[u8]) -> bool {
    let inside = |open: &[u8], close: &[u8]| {
        let start = position(text, open)? + open.len();
        let len = position(&text[start..], close)?;
        let words = &text[start..start + len];
        Some(len > 2 && words.iter().all(|b| b.is_ascii_alphabetic() || b" _-".contains(b)))
    };
    inside(b"<", b">").or_else(|| inside(b"&lt;", b"&gt;")) == Some(true)
}

/// A date, with or without a time: `2024-05-06T07:08:09Z`.
fn time(text: &[u8]) -> bool {
    text.len() >= 10
        && text.len() <= 40
        && text[..10]
            .iter()
            .enumerate()
            .all(|(i, b)| if i == 4 || i == 7 { matches!(b, b'-' | b'/') } else { b.is_ascii_digit() })
        && text[10..].iter().all(|b| b.is_ascii_digit() || b"TZ:.+- ,".contains(b))
}

/// A URL, or a path made of words.
fn location(text: &[u8]) -> bool {
    let text = text.strip_prefix(b"&quot;").unwrap_or(text);
    if let Some(at) = position(text, b"://") {
        return at > 1 && text[..at].iter().all(|b| b.is_ascii_alphanumeric() || b"+-.".contains(b));
    }
    let rest = match text {
        [b'/', rest @ ..] | [b'.', b'/', rest @ ..] | [b'~', b'/', rest @ ..] | [b'.', b'.', b'/', rest @ ..] => rest,
        [drive, b':', b'\\' | b'/', rest @ ..] if drive.is_ascii_alphabetic() => rest,
        _ if text.contains(&b'/') => return text.iter().all(|b| !b.is_ascii_digit()) && segments(text),
        _ => return false,
    };
    !rest.is_empty() && segments(rest)
}

fn segments(path: &[u8]) -> bool {
    path.split(|b| matches!(b, b'/' | b'\\')).all(|segment| {
        segment.len() < 4
            || segment.iter().all(|b| b.is_ascii_digit() || *b == b'.')
            || (segment.iter().all(|b| b.is_ascii_alphanumeric() || b"_-.@+ ".contains(b))
                && segment.split(|b| !b.is_ascii_alphabetic()).all(|run| run.is_empty() || words::plain(run))
                && segment.iter().filter(|b| b.is_ascii_digit()).count() * 3 <= segment.len())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn case(text: &str, quoted: bool, join: Join, want: bool) {
        let value = Value { text: text.as_bytes(), quoted, join, behind: b"" };
        assert_eq!(plainly(&value), want, "{text}");
    }

    const TIGHT: Join = Join::Sign { colon: false, loose: false };
    const LOOSE: Join = Join::Sign { colon: false, loose: true };

    #[test]
    fn nothing_masks_and_templates_are_innocent() {
        for text in [
            "",
            "null",
            "None",
            "nil",
            "true",
            "***",
            "********",
            "xxxxxxx",
            "[FILTERED]",
            "<redacted>",
            "[REDACTED]",
            "[REDACTED:github-pat]",
            "[hidden]",
            "${VAR}",
            "$VAR",
            "{{ x }}",
            "%s",
            "%(x)s",
            "<password>",
            "{password}",
            "#{password}",
            "$(pass show x)",
            "%PASS%",
            "<%= ENV['X'] %>",
            "00000000-0000-0000-0000-000000000000",
            "your_api_key",
            "2024-05-06T07:08:09Z",
            "https://auth.example.com/x",
            "/run/secrets/db",
            "!?*",
        ] {
            case(text, true, TIGHT, true);
            case(text, false, TIGHT, true);
        }
    }

    #[test]
    fn secrets_are_not() {
        for text in [
            "hunter2",
            "foo",
            "root",
            "[REDACTED]x",
            "x[REDACTED]",
            "super$ecret",
            "$6$ab$cd",
            "$argon2id$v=19$m=1",
            "p{a}ss1",
            "correct horse battery staple",
            "/GNvEGXEXm9BS/YNvE",
            "a.b",
            "пароль",
            "(abc123)",
            "[abc1]",
            "<abc1>",
        ] {
            case(text, true, TIGHT, false);
        }
        case("hunter2", false, LOOSE, false);
        case("letmein", false, TIGHT, false);
    }

    #[test]
    fn code_is_innocent_where_it_is_bare() {
        for text in [
            "os.getenv(",
            "request.headers.get(",
            "self.password",
            "process.env.X",
            "config[",
            "createToken(s.mock",
            "new_token",
            "quux",
            "testJWTSecret",
            "USER_PASSWORD",
            "&schema.Password{",
        ] {
            case(text, false, LOOSE, true);
        }
    }

    #[test]
    fn prose_is_innocent() {
        case("Unable to reset your password.", true, LOOSE, true);
        let value =
            |behind| Value { text: b"user", quoted: false, join: Join::Sign { colon: true, loose: true }, behind };
        assert!(plainly(&value(b" not found")));
        assert!(!plainly(&value(b" ip=1")));
        assert!(!plainly(&value(b"")));
    }
}
