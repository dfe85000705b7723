//! Whether a value goes, by what its name says and by what joins the two.

use super::example;
use super::innocent::{Value, plainly};
use super::link::{self, Join, Link};
use super::{ident, login, shape};
use crate::catalogue::names::{Class, Key, Names};
use crate::detect::check::{basic, encoded_words, words};
use crate::detect::text::contains;
use crate::span::Span;

/// A sensitive name in its line.
#[derive(Clone, Copy, Debug)]
pub(super) struct Site<'l> {
    pub(super) line: &'l [u8],
    pub(super) name: Span,
    pub(super) class: Class,
}

impl Site<'_> {
    /// Whether the value at `span` is to go.
    pub(super) fn is_secret(&self, names: &Names, link: &Link, span: Span, quoted: bool) -> bool {
        let text = &self.line[span.range()];
        let value = Value { text, quoted, join: link.join, behind: &self.line[span.end..] };
        let pair = || {
            let loose = matches!(link.join, Join::Sign { colon: true, loose: true });
            loose && !quoted && link::names_more(self.line, span.start) && !shape::token(text)
        };
        let unlikely =
            || pair() || self.says_its_name(names, &value) || self.prompts(&value) || self.is_example(link, &value);
        if self.class == Class::Strong && value.quoted && nested(text) && self.is_issued() {
            return true;
        }
        let innocent = || plainly(&value) || unlikely() || (self.class == Class::Strong && self.is_word_for_it(text));
        if text.is_empty() || (innocent() && !self.is_login_of(link, &value)) {
            return false;
        }
        match (self.class, link.join) {
            (_, Join::Compare) if is_stand_in(text) => false,
            (_, Join::Default) => !words::plain(text) && !small_number(text),
            // What an attribute names may be a label for people.
            (_, Join::Markup) if link.named && (text.contains(&b' ') || words::plain(text)) => false,
            (_, Join::Route) => self.is_word() && (shape::token(text) || shape::uuid(text)),
            (Class::Weak, Join::Sign { colon: true, loose: true }) if self.is_header() => true,
            // What was taken out before the name may have held its first word: `public key`.
            (Class::Weak, Join::Blank) if quoted && self.is_secretive() => shape::contrived(text),
            (Class::Weak, Join::Blank) => shape::free_token(text) && !self.line[..self.name.start].ends_with(b"] "),
            (Class::Weak, _) if self.is_login() && basic(text) => true,
            (Class::Weak, _) => shape::token(text) || (quoted && self.is_secretive() && shape::contrived(text)),
            (_, Join::Call) => self.sets() || shape::token(text) || shape::contrived(text),
            (Class::Password, Join::Pair) => {
                self.is_closed_pair(span.end) || (shape::token(text) && !self.is_argument())
            }
            (_, Join::Pair) => self.is_closed_pair(span.end) || shape::token(text),
            (Class::Password, Join::Blank) => {
                quoted
                    || shape::free_token(text)
                    || shape::password(text)
                    || self.follows_user()
                    || self.is_sent(&value)
            }
            (_, Join::Blank) if quoted && self.is_secretive() && shape::contrived(text) => true,
            (_, Join::Blank) => shape::free_token(text) || shape::uuid(text),
            (Class::Strong, Join::Sign { colon: true, loose: false }) if !quoted && !self.text().contains(&b'-') => {
                !(small_number(text) || (text.len() > 3 && words::plain(text)))
            }
            // What is issued is rarely a mere word; what is said behind a colon often is.
            (Class::Strong, Join::Sign { colon: true, loose: true }) if !quoted && !self.text().contains(&b'-') => {
                !(small_number(text) || (text.len() <= 16 && text.iter().all(u8::is_ascii_alphabetic)))
            }
            (Class::Strong, _) => !small_number(text),
            (Class::Password, _) if self.is_pin() => text.iter().all(u8::is_ascii_alphanumeric),
            // A count, or what manuals write.
            (Class::Password, _) if text.len() < 4 && !self.is_code() => !text.iter().all(u8::is_ascii_digit),
            _ => true,
        }
    }

    fn text(&self) -> &[u8] {
        &self.line[self.name.range()]
    }

    /// A header of an API's own, as in `X-Partner-Key: abc`: any value is one.
    fn is_header(&self) -> bool {
        let name = self.text();
        // Other headers are told from code by their dashes.
        name.get(..2).is_some_and(|x| x.eq_ignore_ascii_case(b"x-")) && name[2..].contains(&b'-')
    }

    /// A name of one thing that is issued: `token`, `api_key`.
    fn is_issued(&self) -> bool {
        let name = self.text();
        [&b"token"[..], b"key"]
            .iter()
            .any(|end| name.len() >= end.len() && name[name.len() - end.len()..].eq_ignore_ascii_case(end))
    }

    /// A short word as the value of what is issued by machines, which make no words: `access_token=foo`. Secrets and
    /// headers may be words of people's own.
    fn is_word_for_it(&self, text: &[u8]) -> bool {
        let most = if text.iter().any(|b| matches!(b, b'-' | b'_')) { 16 } else { 12 };
        let short = (4..=most).contains(&text.len())
            && text.iter().all(|b| b.is_ascii_alphabetic() || matches!(b, b'-' | b'_' | b' '));
        short && self.is_issued() && !self.is_header() && words::plain(text)
    }

    /// A password directly behind its user, and nothing but a word: `{user: bob, password: pass}`. A bare one might be
    /// a variable in code; then the user is one, too, or the two are the same.
    fn is_login_of(&self, link: &Link, value: &Value<'_>) -> bool {
        let Join::Sign { colon, .. } = link.join else { return false };
        let word = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-');
        if self.class != Class::Password || !value.text.iter().all(word) {
            return false;
        }
        let Some(user) = login::before(self.line, self.name) else { return false };
        let told = value.quoted || user.quoted || user.value == value.text || (colon && self.in_braces());
        // What people write for any word at all is as short as this.
        let example = value.text.len() < 4 || value.text.eq_ignore_ascii_case(self.text());
        told && !example && !plainly(&Value { join: Join::Flag, ..*value })
    }

    /// Whether a brace opens before the name.
    fn in_braces(&self) -> bool {
        let before = &self.line[self.name.start.saturating_sub(128)..self.name.start];
        before.iter().rev().find(|b| matches!(b, b'{' | b'}')) == Some(&b'{')
    }

    /// `auth`, which docker's configuration has before a user and a password in base64.
    fn is_login(&self) -> bool {
        let name = self.text();
        name.len() >= 4 && name[name.len() - 4..].eq_ignore_ascii_case(b"auth")
    }

    /// A name that says `password` or `secret` somewhere.
    fn is_secretive(&self) -> bool {
        let name = self.text();
        let has = |word: &[u8]| name.windows(word.len()).any(|w| w.eq_ignore_ascii_case(word));
        has(b"passw") || has(b"secret")
    }

    /// A name of words alone, not the end of something random.
    fn is_word(&self) -> bool {
        let name = self.text();
        name.len() > 2 && !name.iter().any(u8::is_ascii_digit) && plain_name(name)
    }

    /// A code of a few digits, which has no signs in it.
    fn is_pin(&self) -> bool {
        let name = self.text();
        [&b"pin"[..], b"otp", b"cvv", b"cvc"]
            .iter()
            .any(|end| name.len() >= end.len() && name[name.len() - end.len()..].eq_ignore_ascii_case(end))
    }

    /// A code that may be as short as a few digits.
    fn is_code(&self) -> bool {
        self.text().windows(4).any(|w| w.eq_ignore_ascii_case(b"code"))
    }

    /// `setPassword(`.
    fn sets(&self) -> bool {
        let method = self.text().rsplit(|b| *b == b'.').next().unwrap_or_default();
        method.get(..3).is_some_and(|w| w.eq_ignore_ascii_case(b"set"))
    }

    /// `login alice pw`, `user alice and password`: the words before the name are a user.
    fn follows_user(&self) -> bool {
        let before = self.line[..self.name.start].trim_ascii_end();
        let before = &before[before.len().saturating_sub(64)..];
        let before = before.strip_suffix(b" and").or_else(|| before.strip_suffix(b" with")).unwrap_or(before);
        let mut words = before.rsplit(|b| *b == b' ').skip(1).filter(|w| !w.is_empty());
        let user = words.next().unwrap_or_default();
        // The first word of a JSON string is glued to what is before it.
        let user = user.rsplit(|b| !b.is_ascii_alphabetic()).next().unwrap_or_default();
        ["login", "user", "username", "uid", "logon"].iter().any(|w| w.as_bytes().eq_ignore_ascii_case(user))
    }

    /// `> PASS x`, `C: PASS x`: what a client of FTP or POP3 sends. Test runners write `PASS` and a path.
    fn is_sent(&self, value: &Value<'_>) -> bool {
        let before = &self.line[..self.name.start];
        self.text() == b"PASS"
            && (before.ends_with(b"> ") || before.ends_with(b"C: "))
            && !value.text.iter().any(|b| matches!(b, b'/' | b'.' | b':'))
            && matches!(value.behind.trim_ascii_start().first(), None | Some(b'"' | b'\\'))
    }

    /// Whether `(` or `[` opens directly before the quoted name and closes directly behind the value's quote.
    fn is_closed_pair(&self, end: usize) -> bool {
        let before = &self.line[..self.name.start];
        let quotes = before.iter().rev().take(16).take_while(|b| matches!(b, b'"' | b'\'' | b'\\' | b'b')).count();
        let after =
            self.line[end..].iter().take(32).skip_while(|b| matches!(b, b'"' | b'\'' | b'\\')).find(|b| **b != b' ');
        // `define( 'NAME', 'value' );` as PHP's style guides have it.
        let open = before[..before.len() - quotes].trim_ascii_end();
        let Some((bracket @ (b'(' | b'['), function)) = open.split_last() else { return false };
        let len = function.iter().rev().take(40).take_while(|b| b.is_ascii_alphanumeric() || **b == b'_').count();
        let function = function[function.len() - len..].to_ascii_lowercase();
        let sets = |word: &&str| contains(&function, word.as_bytes());
        let stores =
            ["set", "env", "define", "put", "add", "append", "header", "property", "param", "field", "with", "fetch"]
                .iter()
                .any(sets)
                || function == b"get";
        // PHP's takes a third argument.
        let third = function == b"define" && after == Some(&b',');
        third || matches!((bracket, after), (b'(', Some(b')')) | (b'[', Some(b']'))) && (function.is_empty() || stores)
    }

    /// Whether the quoted name is an argument of a function: `check("password", ...`.
    fn is_argument(&self) -> bool {
        let before = &self.line[..self.name.start];
        let quotes = before.iter().rev().take(8).take_while(|b| matches!(b, b'"' | b'\'' | b'\\')).count();
        before[..before.len() - quotes]
            .strip_suffix(b"(")
            .is_some_and(|f| f.last().is_some_and(|b| b.is_ascii_alphanumeric() || *b == b'_'))
    }

    /// Whether the value is a sensitive name itself: `token=token`, `{"password": "password"}`, `key: "api_key"`.
    fn says_its_name(&self, names: &Names, value: &Value<'_>) -> bool {
        let text = value.text;
        if text.len() > 64 || !text.iter().all(|b| b.is_ascii_alphabetic() || matches!(b, b'_' | b'-' | b'.')) {
            return false;
        }
        // What code and its tests write; no one logs it with blanks around the sign.
        let code = value.quoted && matches!(value.join, Join::Sign { loose: true, colon: false });
        if self.class == Class::Password && (text.eq_ignore_ascii_case(b"pw") || (code && text == b"password")) {
            return true;
        }
        let (name, own) = (Key::new(self.text()), Key::new(text));
        // `kong-admin-token: kongadmintoken` is one spelt differently.
        if name.text() == own.text() {
            return text.contains(&b'_') || own.is_word() == name.is_word();
        }
        let known = names.best(&own).is_some_and(|class| class < Class::Weak && class > Class::Excluded);
        if self.is_header() {
            return false;
        }
        if value.quoted {
            return known
                && (text.contains(&b'.') || (own.is_word() && text.len() <= 8 && self.class != Class::Password));
        }
        match value.join {
            Join::Sign { colon: true, loose: true } => {
                known && (text.len() <= 8 || text.iter().any(u8::is_ascii_uppercase))
            }
            Join::Sign { loose: true, .. } => known,
            _ => own.is_word() && text.len() <= 8 && name.ends_in(&own),
        }
    }

    /// What people write into source code and its tests, and no one logs: `Password: "pwd"`, `TOKEN=waka_short`. In
    /// JSON, pairs and headers any word is believed to be a password.
    fn is_example(&self, link: &Link, value: &Value<'_>) -> bool {
        let text = value.text;
        let loose = matches!(link.join, Join::Sign { loose: true, .. });
        // A variable's name in place of its value, and what tests are full of.
        let constant = text.len() <= 64
            && text.contains(&b'_')
            && text.iter().all(|b| b.is_ascii_uppercase() || *b == b'_')
            && words::plain(text);
        if made_up(text) || text.eq_ignore_ascii_case(b"xx") || (constant && self.class == Class::Strong) {
            return true;
        }
        let made = || example::issued_by_no_one(text) || (!link.named && example::counts(text));
        if self.class == Class::Strong && !self.is_header() && made() {
            return true;
        }
        if loose && !link.named && !self.is_header() && invented(text) {
            return true;
        }
        let lower = text.iter().all(|b| b.is_ascii_lowercase() || matches!(b, b'-' | b'_'));
        if !lower || link.named || link.query || text.len() > 40 || self.is_header() {
            return false;
        }
        let compound = text.iter().any(|b| matches!(b, b'-' | b'_')) && words::plain(text);
        let flow = matches!(value.behind.first(), Some(b',' | b'}')) && self.class == Class::Password;
        let short = (1..=5).contains(&text.len()) && loose && (value.quoted || flow);
        let telling = || EXAMPLES.iter().any(|word| contains(text, word.as_bytes()));
        short || (compound && ((loose && value.quoted && telling()) || self.is_issued()))
    }

    /// PAM's `(passwd:chauthtok)`, and the shell's working directory.
    fn prompts(&self, value: &Value<'_>) -> bool {
        let tight = matches!(value.join, Join::Sign { colon: true, loose: false });
        let opened = self.line[..self.name.start].ends_with(b"(");
        let closed = value.behind.first() == Some(&b')');
        (tight && opened && closed && value.text.iter().all(u8::is_ascii_alphabetic))
            || (self.text().eq_ignore_ascii_case(b"pwd") && value.text.starts_with(b"/"))
    }
}

/// JSON in a string.
fn nested(text: &[u8]) -> bool {
    text.starts_with(b"{\"") || text.starts_with(b"{\\")
}

/// `some-password`, `fake_key`: a word of testers first and a sensitive one last.
fn made_up(text: &[u8]) -> bool {
    const FIRST: &[&[u8]] = &[
        b"some",
        b"example",
        b"test",
        b"fake",
        b"dummy",
        b"sample",
        b"different",
        b"correct",
        b"invalid",
        b"wrong",
        b"any",
    ];
    const LAST: &[&[u8]] = &[b"password", b"passwd", b"token", b"key", b"secret", b"verifier", b"credential", b"value"];
    let mut parts = text.split(|b| matches!(b, b'-' | b'_'));
    let is = |part: Option<&[u8]>, list: &[&[u8]]| part.is_some_and(|p| list.iter().any(|w| w.eq_ignore_ascii_case(p)));
    text.len() <= 32 && is(parts.next(), FIRST) && is(parts.next_back(), LAST)
}

/// What code compares a password with only in its tests: its own name, a few digits.
fn is_stand_in(text: &[u8]) -> bool {
    const WORDS: &[&[u8]] = &[b"password", b"passwd", b"pwd", b"pass", b"secret", b"token", b"key"];
    (text.len() < 4 && text.iter().all(u8::is_ascii_digit)) || WORDS.contains(&text)
}

/// Two words or more of testers and nothing but words, `randomSecretString`, or a name of four words or more.
fn invented(text: &[u8]) -> bool {
    if text.len() > 64 || !words::plain(text) {
        return false;
    }
    let lower = text.to_ascii_lowercase();
    let said = |word: &&&str| contains(&lower, word.as_bytes());
    let testers = EXAMPLES.iter().chain(&["random", "string", "format"]).filter(said).count();
    testers >= 2 || text.iter().filter(|b| **b == b'_').count() >= 3
}

/// Words of made-up values.
const EXAMPLES: &[&str] =
    &["password", "secret", "token", "key", "test", "fake", "example", "dummy", "sample", "invalid", "short"];

fn plain_name(name: &[u8]) -> bool {
    name.split(|b| !b.is_ascii_alphabetic()).all(|run| run.is_empty() || words::plain(run))
}

/// A count or a flag, rather than something issued.
pub(super) fn small_number(text: &[u8]) -> bool {
    let digits = text.strip_prefix(b"-").unwrap_or(text);
    (digits.len() <= 6 && digits.iter().all(|b| b.is_ascii_digit() || *b == b'.'))
        || (text.len() <= 18 && text.strip_prefix(b"0x").is_some_and(|hex| hex.iter().all(u8::is_ascii_hexdigit)))
}

/// The string that code compares with the name at `name`: `"value" == password`.
pub(super) fn compared(line: &[u8], name: Span, names: &Names) -> Option<Span> {
    let before = line[..name.start].trim_ascii_end();
    let sign = before.strip_suffix(b"==").or_else(|| before.strip_suffix(b"!="))?;
    let sign = sign.strip_suffix(b"=").unwrap_or(sign).trim_ascii_end();
    let sign = sign.strip_suffix(b"!").unwrap_or(sign).trim_ascii_end();
    let (quote @ (b'"' | b'\''), text) = sign.split_last()? else { return None };
    let reach = &text[text.len().saturating_sub(COMPARED)..];
    let len = reach.iter().rev().position(|b| b == quote)?;
    let class = names.best(&Key::new(&line[name.range()]))?;
    let span = Span::new(text.len() - len, text.len());
    let join = Join::Compare;
    let value = Value { text: &line[span.range()], quoted: true, join, behind: &line[span.end..] };
    let goes = matches!(class, Class::Password | Class::Strong) && len > 3 && !plainly(&value);
    (goes && !words::plain(value.text)).then_some(span)
}

/// How long such a string may be.
const COMPARED: usize = 128;

/// A value that hangs on its name by a dash, as in `vendor-secret-key-5f4dcc3b5aa765d6`, with the whole of it at
/// `name`.
pub(super) fn joined(line: &[u8], name: Span, names: &Names) -> Option<Span> {
    let text = &line[name.range()];
    let dash = text.iter().rposition(|b| *b == b'-').filter(|i| *i > 0)?;
    let start = name.start + dash + 1;
    let len = line[start..].iter().take(128).take_while(|b| ident::is_part(**b)).count();
    let value = &line[start..start + len];
    let hangs = len >= 20
        && !encoded_words(value)
        && value.iter().all(|b| b.is_ascii_alphanumeric() || *b == b'_')
        && shape::token(value);
    let key = Key::new(&text[..dash]);
    let class = if hangs && plain_name(&text[..dash]) { names.best(&key) } else { None };
    // `key-5f4dcc3b...` is how caches and objects are called.
    let telling =
        matches!(class, Some(Class::Password | Class::Strong)) || (class == Some(Class::Weak) && !key.is_word());
    telling.then_some(Span::new(start, start + len))
}
