//! Passwords on command lines whose option does not name them: `curl -u user:password`, `sshpass -p`, SQL's
//! `IDENTIFIED BY`.

use super::glyph::{glyph, skip_blanks};
use super::innocent::{Value, plainly};
use super::link::Join;
use super::shape;
use crate::detect::check::words;
use crate::detect::text::{contains, position};
use crate::span::Span;

/// What begins one.
pub(super) const NEEDLES: &[&str] =
    &[" -u ", " -u, ", "'-u', '", "--user ", "--user=", "--proxy-user ", "sshpass -p", "identified by ", " -p "];

/// Commands whose `-p` is a password.
const LOGINS: &[&[u8]] = &[b"docker login", b"podman login", b"psexec", b"PsExec", b"PSEXEC"];

/// The same, where they begin a command.
const ACCOUNTS: &[&[u8]] = &[b"useradd ", b"usermod "];

/// How far before an option its command is looked for, and how far behind it its value may reach.
const REACH: usize = 512;

/// The password whose option begins at `at`.
pub(super) fn find(line: &[u8], at: usize) -> Option<Span> {
    let rest = &line[at..];
    // The needles of names come by here too.
    if !matches!(rest, [b' ' | b'-' | b'\'' | b'i' | b'I', ..] | [b's' | b'S', b's' | b'S', ..]) {
        return None;
    }
    let starts = |word: &[u8]| rest.get(..word.len()).is_some_and(|t| t.eq_ignore_ascii_case(word));
    if let Some(needle) = [" -u ", " -u, ", "'-u', ", "--user ", "--user=", "--proxy-user "]
        .iter()
        .find(|n| rest.starts_with(n.as_bytes()))
    {
        let curl = command(line, at, b"curl");
        let value = argument(line, at + needle.len()).and_then(|arg| behind_colon(line, arg))?;
        // A line of its own behind a `\`: what command it is, an earlier line says.
        let goes_on = || {
            line[..at].trim_ascii().is_empty() && shape::free_token(&line[value.range()]) || cased(&line[value.range()])
        };
        return (curl || goes_on()).then_some(value);
    }
    let value = if starts(b"identified by ") {
        let at = skip_blanks(line, at + 14);
        let word = line[at..].get(..9).is_some_and(|w| w.eq_ignore_ascii_case(b"password "));
        let at = if word { at + 9 } else { at };
        glyph(line, at).filter(|g| g.is_quote()).and_then(|_| argument(line, at))?
    } else if starts(b"sshpass -p") {
        argument(line, skip_blanks(line, at + 10))?
    } else if starts(b" -p ")
        && (LOGINS.iter().any(|login| command(line, at, login)) || ACCOUNTS.iter().any(|name| runs(line, at, name)))
    {
        argument(line, at + 4)?
    } else {
        return None;
    };
    innocent_not(line, value)
}

fn command(line: &[u8], at: usize, name: &[u8]) -> bool {
    contains(&line[at.saturating_sub(REACH)..at], name)
}

/// Whether the option at `at` is one of the command `name`, and not of another one behind it.
fn runs(line: &[u8], at: usize, name: &[u8]) -> bool {
    let own = |b: &u8| !matches!(b, b'|' | b';' | b'&');
    let len = line[..at].iter().rev().take(REACH).take_while(|b| own(b)).count();
    contains(&line[at - len..=at], name)
}

/// The argument at `at`, without its quotes.
fn argument(line: &[u8], at: usize) -> Option<Span> {
    let at = skip_blanks(line, at);
    let text = line.get(at..)?;
    let text = &text[..text.len().min(REACH)];
    if let Some(quote) = glyph(line, at).filter(|g| g.is_quote()) {
        let spelt = &text[..quote.len];
        let len = position(&text[quote.len..], spelt)?;
        return Some(Span::new(at + quote.len, at + quote.len + len));
    }
    let ends = |b: &u8| *b <= b' ' || matches!(b, b'"' | b'\'' | b'`' | b';' | b'\\' | b'&' | b'|');
    // A comma ends it where arguments are printed as a list.
    let list = line[..at].ends_with(b", ");
    let len = text.iter().position(|b| ends(b) || (list && matches!(b, b',' | b']')));
    Some(Span::new(at, at + len.unwrap_or(text.len())))
}

fn behind_colon(line: &[u8], user: Span) -> Option<Span> {
    let text = &line[user.range()];
    // `user:'password'`, `"user":"password"`: the shell joins them.
    let quote = glyph(line, user.end).filter(|g| g.is_quote());
    let colon = user.end + quote.map_or(0, |g| g.len);
    let joint = match quote {
        Some(_) if text.ends_with(b":") => Some(user.end),
        Some(_) if line.get(colon) == Some(&b':') => Some(colon + 1),
        _ => None,
    };
    if let Some(at) = joint.filter(|at| glyph(line, *at).is_some_and(|g| g.is_quote())) {
        return innocent_not(line, argument(line, at)?);
    }
    let colon = text.iter().position(|b| *b == b':')?;
    if text.starts_with(b"<") || text.eq_ignore_ascii_case(b"username:password") {
        return None;
    }
    innocent_not(line, Span::new(user.start + colon + 1, user.end))
}

/// Letters of both cases that make no words, as a generator of passwords makes them.
fn cased(text: &[u8]) -> bool {
    text.len() >= 12
        && text.iter().all(u8::is_ascii_alphanumeric)
        && text.iter().any(u8::is_ascii_uppercase)
        && text.iter().any(u8::is_ascii_lowercase)
        && !words::plain(text)
}

fn innocent_not(line: &[u8], span: Span) -> Option<Span> {
    let value = Value { text: &line[span.range()], quoted: true, join: Join::Flag, behind: &line[span.end..] };
    (!span.is_empty() && !plainly(&value)).then_some(span)
}
