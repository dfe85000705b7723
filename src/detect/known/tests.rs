//! Tables of what is known of a secret, however it is spelt.

use crate::Redactor;
use crate::detect::trial::marked_text;

const VALUE: &str = "s3cr3t/Pa$$+w0rd\"x";

fn redactor(values: &[&str], sieve: bool) -> Redactor {
    let builder = Redactor::builder().builtin(false).sieve(sieve);
    values.iter().fold(builder, |builder, value| builder.secret("NAME", value)).build().unwrap()
}

/// Wants exactly what stands between `«` and `»` to go.
#[track_caller]
fn case(value: &str, marked: &str) {
    let (text, want) = marked_text(marked);
    for sieve in [true, false] {
        let redactor = redactor(&[value], sieve);
        let got = redactor.redact(text.as_bytes()).into_owned();
        assert_eq!(String::from_utf8(got.clone()).unwrap(), want, "{marked}");
        assert_eq!(redactor.redact(&got), got, "not idempotent: {marked}");
    }
}

#[test]
fn every_spelling_is_known() {
    case(VALUE, "a«s3cr3t/Pa$$+w0rd\"x»b");
    case(VALUE, "u=«s3cr3t%2FPa%24%24%2Bw0rd%22x»&v=1");
    case(VALUE, "u=«s3cr3t%2fPa%24%24%2bw0rd%22x»&v=1");
    case(VALUE, "u=«s3cr3t/Pa$$%2Bw0rd%22x»");
    case(VALUE, r#"{"m":"«s3cr3t/Pa$$+w0rd\"x»"}"#);
    case(VALUE, r#"{"m":"{\"n\":\"«s3cr3t\/Pa$$+w0rd\\\"x»\"}"}"#);
    case(VALUE, r#"{"m":"«s3cr3t\/Pa$$\u002bw0rd\u0022x»"}"#);
    case(VALUE, r#"echo "«s3cr3t/Pa\$\$+w0rd\"x»""#);
    case(VALUE, r#"echo «s3cr3t/Pa\$\$+w0rd\"x»"#);
    case(VALUE, "<a b='«s3cr3t/Pa$$+w0rd&quot;x»'/>");
    case(VALUE, "<a b='«s3cr3t/Pa$$+w0rd&#34;x»'/>");
    case("it's a secret", r"echo '«it'\''s a secret»'");
    case("it's a secret", r#"echo '«it'"'"'s a secret»'"#);
    case("it's a secret", "u=«it%27s+a+secret»");
    case("it's a secret", "u=«it%27s%20a%20secret»");
    case("пароль1", "m=«пароль1» «%D0%BF%D0%B0%D1%80%D0%BE%D0%BB%D1%8C1»");
    case("пароль1", r"m=«\u043f\u0430\u0440\u043e\u043b\u044c1» «\xd0\xbf\xd0\xb0\xd1\x80\xd0\xbe\xd0\xbb\xd1\x8c1»");
    case(
        "пароль1",
        r"m=«\320\277\320\260\321\200\320\276\320\273\321\2141» «&#1087;&#1072;&#1088;&#1086;&#1083;&#1100;1»",
    );
    case("key😀🔑", r"«key\ud83d\ude00\ud83d\udd11» «key\U0001F600\U0001F511» «key\\ud83d\\ude00\\ud83d\\udd11»");
}

#[test]
fn base64_in_every_alignment_with_anything_around() {
    // "s3cr3t-v4lue" alone, behind one byte, two and with more behind.
    case("s3cr3t-v4lue", "x «czNjcjN0LXY0bHVl» y");
    case("s3cr3t-v4lue", "x e«HMzY3IzdC12NGx1ZQ»== e«HMzY3IzdC12NGx1ZT»o6 y");
    case("s3cr3t-v4lue", "x eH«hzM2NyM3QtdjRsdWU»= eH«hzM2NyM3QtdjRsdWU»6Og== y");
    case("s3cr3t-v4lue", "x «czNjcjN0LXY0bHVl»Og== y");
    case("??>>??>>", "x «Pz8+Pj8/Pj4»= «Pz8-Pj8_Pj4» «Pz8%2BPj8%2FPj4»%3D «Pz8+Pj8\\/Pj4» y");
}

#[test]
fn base64_in_rows() {
    let value = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-987654";
    let text = base64(value.as_bytes());
    for width in [64, 76] {
        let (first, second) = text.split_at(width);
        case(value, &format!("«{first}»\n  «{second}»\n"));
    }
}

fn base64(bytes: &[u8]) -> String {
    // Of a length that is a multiple of three, alone, all characters depend on it alone.
    assert_eq!(bytes.len() % 3, 0);
    let form = super::form::base64(bytes).next().unwrap();
    form.text.iter().map(|b| char::from(*b)).collect()
}

#[test]
fn hexadecimal_in_either_case() {
    case("s3cr3t-v4lue", "0x«7333637233742d76346c7565» «7333637233742D76346C7565»ff");
}

#[test]
fn values_without_letters_are_found_too() {
    case("$#@!%^", "a«$#@!%^»b «%24%23%40%21%25%5E» «\\$\\#\\@\\!\\%\\^» «%24%23@!%25%5e»");
    case("\"'\"'\"'", r#"x«\"'\"'\"'»y «\\\"'\\\"'\\\"'» «&quot;&apos;&quot;&apos;&quot;&apos;»"#);
    case("\\$\\$\\$", r"x «\$\$\$» «\\$\\$\\$» «\\\\$\\\\$\\\\$»");
}

#[test]
fn each_line_of_several_is_a_secret_and_no_brace_is() {
    let value = "{\n  \"id\": \"a1b2c3\",\n  \"k\": \"9z8y7x\"\n}\n";
    case(value, "got {\n");
    case(value, "got «\"id\": \"a1b2c3\",»\n  «\"k\": \"9z8y7x\"»\n}\n");
    case(value, r#"{"m":"«{\n  \"id\": \"a1b2c3\",\n  \"k\": \"9z8y7x\"\n}»\n"}"#);
    case("-----BEGIN X-----\nAbCdEf0123\n-----END X-----", "-----BEGIN X-----\n «AbCdEf0123»\r\n-----END X-----");
}

#[test]
fn json_stays_json() {
    let redactor = redactor(&["987654", "name42", "e9abcd", "tail\\\\\\"], true);
    let check = |text: &str, want: &str| assert_eq!(redactor.redact(text.as_bytes()), want.as_bytes(), "{text}");
    check(r#"{"a":9998765477.5,"b":1}"#, r#"{"a":"[REDACTED]","b":1}"#);
    check(r#"{"a":"x\name42"}"#, r#"{"a":"x[REDACTED]"}"#);
    check(r#"{"a":"x\u00e9abcd"}"#, r#"{"a":"x[REDACTED]"}"#);
    check(r#"{"a":"xtail\\\"b"}"#, r#"{"a":"x[REDACTED]b"}"#);
}

#[test]
fn secrets_that_overlap_themselves_are_found_at_every_place() {
    case("abaaba", "x«abaabaaba»x«abaabaabaaba»b«abaaba»a");
    case("aaaaab", "aaaa«aaaaab»a");
    case("--key--key--", "-«--key--key--»-");
}

#[test]
fn mistakes_name_the_secret_and_not_its_value() {
    let build = |value: &str| Redactor::builder().secret("APP_KEY", value).secret("OTHER", "").build();
    let error = build("docker").unwrap_err();
    let said = error.to_string();
    assert_eq!(error.mistakes().len(), 2);
    assert!(
        said.contains("APP_KEY: the value is a common word") && said.contains("OTHER: the value is empty"),
        "{said}"
    );
    assert!(!said.contains("docker"));
    assert!(!format!("{:?}", Redactor::builder().secret("APP_KEY", "zq-00112233")).contains("zq-"));
}

#[test]
fn a_line_that_is_not_whole_waits_where_a_secret_may_come() {
    let redactor = redactor(&["s3cr3t\"value", "%pass%word"], true);
    let settled = |line: &str| {
        let mut session = crate::Session::new(&redactor);
        session.settle(line.as_bytes(), &mut |_| {})
    };
    for (line, out) in [
        ("Password: ", 10),
        ("x s3cr", 2),
        ("x s3cr3t\\", 2),
        ("x s3cr3t\\\"va", 2),
        ("x s3cr3t&quo", 2),
        ("x s3cr3tx", 9),
        ("x 733363", 2),
        // Base64 may depend on the character before, too.
        ("x: czNjcjN0", 0),
        ("x: 50 %", 4),
        ("x: 50 %2", 3),
    ] {
        let got = settled(line);
        assert!(got <= out, "{line}: {got}");
    }
    assert_eq!(settled("Password: "), 10);
}

#[test]
fn ten_thousand_values_are_no_trouble() {
    let mut state = 1_u64;
    let mut random = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"[(state >> 33) as usize % 64] as char
    };
    let values: Vec<String> = (0..10_000).map(|_| (0..40).map(|_| random()).collect()).collect();
    let builder = values.iter().fold(Redactor::builder(), |b, value| b.secret("N", value));
    let redactor = builder.build().unwrap();
    for value in values.iter().step_by(997) {
        assert_eq!(redactor.redact(format!("a {value} b").as_bytes()), &b"a [REDACTED] b"[..]);
    }
}
