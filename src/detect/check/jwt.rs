//! Whether a token is a JSON Web Token: its first part is base64url of a JSON object (RFC 7515, section 7.1).

use super::base64;

/// Whether the part before the first dot decodes to something that begins as a JSON object does.
pub(crate) fn header_is_json(token: &[u8]) -> bool {
    let header = token.split(|b| *b == b'.').next().unwrap_or_default();
    base64::decode(header, 256).is_some_and(|json| {
        let mut visible = json.iter().filter(|b| !b.is_ascii_whitespace());
        visible.next() == Some(&b'{') && matches!(visible.next(), Some(b'"' | b'}'))
    })
}

#[cfg(test)]
mod tests {
    use super::header_is_json;

    #[test]
    fn only_objects_are_headers() {
        assert!(header_is_json(b"eyJhbGciOiJIUzI1NiJ9.e30."));
        assert!(!header_is_json(b"eyJhb GciOi.x"));
        assert!(!header_is_json(b"W10.x"));
    }
}
