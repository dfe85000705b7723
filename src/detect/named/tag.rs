//! Names that markup keeps beside the element's text: in an attribute, `<entry key="password">x</entry>`, or in an
//! element before it, `<key>Password</key><string>x</string>`.

use super::glyph::{Form, glyph, skip_blanks};
use super::link::{Join, Link};
use crate::detect::text::contains;

/// How far the end of the tag is from the name.
const REACH: usize = 96;

/// Elements between a name and its text.
const INNER: &[&[u8]] = &[b"<value>", b"<string>"];

/// The text of the element whose attribute `name` or `key` has the quoted name that ends before `at`.
pub(super) fn attribute(line: &[u8], before: &[u8], at: usize) -> Option<Link> {
    let quotes = before.iter().rev().take(4).take_while(|b| matches!(b, b'"' | b'\'' | b'\\')).count();
    let attribute = &before[..before.len() - quotes];
    if ![&b" name="[..], b" key="].iter().any(|name| attribute.ends_with(name)) {
        return None;
    }
    let len = line[at..].iter().take(REACH).position(|b| matches!(b, b'>' | b'<'))?;
    let close = at + len;
    // Its own value, which is another way to write it.
    let valued = contains(&line[at..close], b" value=");
    (line[close] == b'>' && !line[..close].ends_with(b"/") && !valued).then(|| text(line, close + 1))
}

/// The text of the element behind the one that has the name as its own, which ends at `at`.
pub(super) fn next(line: &[u8], before: &[u8], at: usize) -> Option<Link> {
    let mut tags = [(&b"<key>"[..], &b"</key>"[..]), (b"<name>", b"</name>")].into_iter();
    let (_, close) = tags.find(|(open, close)| before.ends_with(open) && line[at..].starts_with(close))?;
    let at = skip_blanks(line, at + close.len());
    INNER.iter().any(|tag| line[at..].starts_with(tag)).then(|| text(line, at))
}

fn text(line: &[u8], at: usize) -> Link {
    let at = skip_blanks(line, at);
    let inner = INNER.iter().find(|tag| line[at..].starts_with(tag)).map_or(0, |tag| tag.len());
    let form = glyph(line, at).map_or(Form::Slashes(0), |g| g.form);
    Link { join: Join::Markup, at: at + inner, quote: None, form, named: true, query: false }
}

#[cfg(test)]
mod tests {
    use crate::detect::trial;

    fn case(marked: &str) {
        trial::case("named-value", marked);
    }

    #[test]
    fn the_text_of_an_element_goes_by_its_attribute() {
        case("<string name=\"api_key\">«a1b2c3d4e5f6a7b8»</string>");
        case("<entry key='password'>«s3cr3tV4lue»</entry>");
        case("<setting name=\"Password\" serializeAs=\"String\"><value>«s3cr3tV4lue»</value></setting>");
        case("{\"xml\":\"<entry key=\\\"password\\\">«s3cr3tV4lue»</entry>\"}");
        case("<property><name>fs.secret.key</name><value>«a1b2c3d4e5f6a7b8»</value></property>");
        case("<key>Password</key> <string>«s3cr3tV4lue»</string>");
    }

    #[test]
    fn what_people_read_stays() {
        case("<label for=\"password\">Password</label>");
        case("<input name=\"password\"/> <b>text</b>");
        case("<string name=\"password\">Passwort</string>");
        case("<input type=\"password\" name=\"pwd\" value=\"«s3cr3tV4lue»\"> text</b>");
        case("<string name=\"password\">Enter your password</string>");
        case("<string name=\"token_label\">a1b2c3d4e5f6a7b8</string>");
        case("<a name=\"secret\">text without an end");
    }
}
