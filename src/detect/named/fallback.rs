//! What stands in for a value that is not set: the default of a variable or of a call, behind its name.
//!
//! `${DB_PASSWORD:-x}`, `env["DB_PASSWORD"] || "x"`, `get("DB_PASSWORD").orElse("x")`: what the default is, the service
//! runs with where no one set the variable.

use super::glyph::{Form, glyph, skip_blanks};
use super::link::{Join, Link};

/// Signs and calls between a name and what stands in for its value. Behind those that are words of prose too, the
/// name has to be closed by a bracket.
const SIGNS: &[(&[u8], bool)] = &[
    (b"||", false),
    (b"??", false),
    (b"?:", false),
    (b"or ", true),
    (b"{", true),
    (b".orElse(", true),
    (b".or(", true),
    (b".getOrElse(", true),
    (b".unwrap_or(", true),
];

/// The quoted default behind a name that ends before `at`, with or without the brackets of what it stands in.
pub(super) fn behind(line: &[u8], at: usize, named: bool) -> Option<Link> {
    let brackets = line[at..].iter().take(3).take_while(|b| matches!(b, b')' | b']')).count();
    let closed = named && (brackets > 0 || line[..at].ends_with(b"]"));
    let at = skip_blanks(line, at + brackets);
    let (sign, _) = SIGNS.iter().find(|(sign, prose)| line[at..].starts_with(sign) && (closed || !prose))?;
    let start = skip_blanks(line, at + sign.len());
    glyph(line, start).filter(|g| g.is_quote())?;
    Some(Link::new(line, start, Join::Sign { colon: false, loose: true }, Form::Slashes(0), false))
}

/// The default in a call that reads a setting, as in `getenv("NAME", "x")`, where the call begins at `at`.
pub(super) fn in_call(line: &[u8], at: usize) -> Option<Link> {
    let part = |b: &&u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.' | b':');
    let len = line.get(at..)?.iter().take(48).take_while(part).count();
    let function = &line[at..at + len];
    let last = function.rsplit(|b| matches!(b, b'.' | b':')).next().unwrap_or_default();
    let reads = [&b"env"[..], b"getproperty", b"fetch"]
        .iter()
        .any(|word| last.windows(word.len()).any(|w| w.eq_ignore_ascii_case(word)));
    if !(reads || function.ends_with(b"environ.get")) || line.get(at + len) != Some(&b'(') {
        return None;
    }
    let open = at + len + 1;
    let quote = glyph(line, open).filter(|g| g.is_quote())?;
    let name = line[open + quote.len..].iter().take(64).take_while(part).count();
    let close = open + quote.len + name;
    let comma = close + glyph(line, close).filter(|g| *g == quote)?.len;
    let start = skip_blanks(line, comma + usize::from(line.get(comma) == Some(&b',')));
    glyph(line, start).filter(|g| start > comma && *g == quote)?;
    Some(Link::new(line, start, Join::Sign { colon: false, loose: true }, Form::Slashes(0), false))
}

/// The default in `${NAME:-x}` or `${NAME:x}`, whose name ends at `at`.
pub(super) fn in_braces(line: &[u8], at: usize) -> Option<Link> {
    let rest = line.get(at..)?.strip_prefix(b":")?;
    let sign = 1 + usize::from(matches!(rest.first(), Some(b'-' | b'=')));
    // `:?` has a message, `:+` another value, `::` and `:/` are something else.
    if matches!(line.get(at + sign), None | Some(b'?' | b'+' | b':' | b'/' | b'$' | b'}')) {
        return None;
    }
    Some(Link::new(line, at + sign, Join::Default, Form::Slashes(0), false))
}

#[cfg(test)]
mod tests {
    use crate::detect::trial;

    fn case(marked: &str) {
        trial::case("named-value", marked);
    }

    #[test]
    fn the_default_of_a_variable_goes() {
        case("password: ${DB_PASSWORD:«s3cr3tV4lue»}");
        case("DB_PASS=${DB_PASSWORD:-«s3cr3tV4lue»} run");
        case("url=${DB_PASSWORD:-«s3cr3tV4lue»}@host");
        case("password: ${DB_PASSWORD:?must be set} ${DB_PASSWORD:} ${DB_PASSWORD} ${DB_PASSWORD:-password}");
        case("key: ${API_KEY:${OTHER_KEY}} ${secret:name}");
    }

    #[test]
    fn the_default_of_a_look_up_goes() {
        case("const s = process.env.JWT_SECRET || \"«s3cr3tV4lue»\";");
        case("const s = process.env['JWT_SECRET'] ?? '«s3cr3tV4lue»';");
        case("$p = getenv('DB_PASS') ?: '«s3cr3tV4lue»';");
        case("p = os.environ.get(\"DB_PASSWORD\") or \"«s3cr3tV4lue»\"");
        case("p = ENV.fetch(\"DB_PASSWORD\") { \"«s3cr3tV4lue»\" }");
        case("p = ENV.fetch('DB_PASSWORD', '«s3cr3tV4lue»')");
        case("if SECRET := getenv(\"OTHER\", \"«GEHEIMN1S»\"):");
        case("password = os.environ.get('OTHER', '«s3cr3tV4lue»')");
        case("p = os.environ.get(\"DB_PASSWORD\", \"«s3cr3tV4lue»\")");
        case("Optional.ofNullable(System.getenv(\"DB_PASSWORD\")).orElse(\"«s3cr3tV4lue»\");");
        case("{\"m\":\"s = env['JWT_SECRET'] || \\\"«s3cr3tV4lue»\\\"\"}");
    }

    #[test]
    fn prose_and_other_expressions_stay() {
        case("neither a password or \"token\" was given");
        case("p = env['DB_PASSWORD'] || config.password");
        case("password = translate('user.password', 'Password')");
        case("if (password || \"\") {");
        case("p = headers.get(\"X-API-Key\", \"\")");
    }
}
