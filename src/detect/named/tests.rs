//! One table for all carriers: a line, and the same line with its secrets gone.

use super::{Memo, Named};
use crate::detect::Found;
use crate::sieve::{Shapes, Sieve};
use crate::span::RuleId;

/// `line` with every hit of the detector replaced.
fn redact(named: &Named, line: &str) -> String {
    let sieve = Sieve::new(named.needles(), Shapes::default());
    let bytes = line.as_bytes();
    let (mut memo, mut hits, mut candidates) = (Memo::default(), Vec::new(), Vec::new());
    sieve.scan(bytes, &mut candidates);
    for candidate in &candidates {
        named.find(bytes, candidate.at as usize, &mut memo, &mut Found::in_line(0, &mut hits));
    }
    crate::detect::resolve::resolve(&mut hits);
    let mut out = Vec::new();
    let mut from = 0;
    for hit in hits {
        out.extend_from_slice(&bytes[from..hit.span.start]);
        out.extend_from_slice(b"[REDACTED]");
        from = hit.span.end;
    }
    out.extend_from_slice(&bytes[from..]);
    String::from_utf8(out).unwrap()
}

/// Each row has `§` around what must go; redacted twice it stays the same.
fn table(rows: &[&str]) {
    let named = Named::new(RuleId(0));
    for row in rows {
        let parts: Vec<&str> = row.split('§').collect();
        let line = parts.concat();
        let want: String =
            parts.iter().enumerate().map(|(i, part)| if i % 2 == 1 { "[REDACTED]" } else { *part }).collect();
        let got = redact(&named, &line);
        assert_eq!(got, want, "{line}");
        assert_eq!(redact(&named, &got), got, "again: {line}");
    }
}

#[test]
fn json() {
    table(&[
        r#"{"user":"a","password":"§hunter2§","n":1}"#,
        r#"{"a":{"b":[{"apiKey": "§low§"}]}}"#,
        r#"{"pin":§1234§,"ok":true}"#,
        r#"{"password":"§a\"b\\§"}"#,
        r#"{"msg":"{\"password\":\"§hunter2§\",\"x\":1}"}"#,
        r#"{"m":"{\"n\":\"{\\\"token\\\":\\\"§a1b2§\\\"}\"}"}"#,
        r#"{"msg":"login password=§hunter2§ ok"}"#,
        r#"{"msg":"login password=§hunter2§"}"#,
        r#"{"msg":"A_TOKEN=§abc1§\nB=2"}"#,
        r#"{"msg":"{'password': '§x1§"}"#,
        r#"{"tokens":["§a1b2§","§c3d4§"],"x":1}"#,
        r#"{"name":"x-api-key","value":"§abc§"}"#,
        r#"{"key": "password", "value": "§hunter2§"}"#,
        r#"{"cookie":["","\\",null],"token":null}"#,
        r#"{"m":"{\"password\":","n":1}"#,
        r#"{"password":null,"token":true,"secret":""}"#,
        r#"{"max_tokens":4096,"token_type":"bearer","password":"[FILTERED]"}"#,
    ]);
}

#[test]
fn pairs_queries_and_forms() {
    table(&[
        "password=§hunter2§ ip=10.0.0.1",
        "user=a,password=§foo§,role=b",
        "password=\"§a b§\" x=1",
        "GET /x?api_key=§abc§&page=2 HTTP/1.1",
        "GET /x?a=1&token=§abc§#frag",
        "user%22%3A%22a%22%2C%22password%22%3A%22§hunter2§%22%7D",
        "q=1%26password%3D§hunter2§%26x%3D1",
        r"a=1\u0026token=§abc§\u0026b=2",
        "a=1&amp;token=§abc§&amp;b=2",
        "user[password]=§abc§&user[name]=x",
        "u=1;Password=§abc1§;Timeout=5",
        "jdbc:mysql://h/db?user=a&password=§b1§",
        "AccountKey=§abc+/def==§;EndpointSuffix=x",
        "https://x.blob/c?sv=1&sig=§AbC1dEf2GhI3jKl4MnO5%2Bpq6Rs%3D§&se=2",
        "\x1b[36mpassword\x1b[0m=\x1b[35m§hunter2§\x1b[0m x",
        "token=token client_secret=client_secret, api_key=api_key)",
        "password=${DB_PASSWORD} token=$TOKEN secret=%s key={{x}}",
        "password=*** secret=<secret> token=[REDACTED:github-pat]",
        "password=§[REDACTED]hunter2§",
        "password=[REDACTED] token=[REDACTED]/[REDACTED:jwt] secret=/run/[REDACTED]/x",
        "secret=https://a.example/[REDACTED]?x",
        "(using password: YES)",
        "passwd(passwd:chauthtok): password changed for root",
        "env PWD=/home/app SHELL=/bin/sh OLDPWD=/tmp",
    ]);
}

#[test]
fn headers() {
    table(&[
        "X-API-Key: §abc§",
        "> host: x | x-api-key: §abc§ | accept: */*",
        "{'Host': 'x', 'X-API-Key': '§abc§', 'A': 'b'}",
        "Authorization: Bearer §abc.def§",
        "Authorization: Basic §dXNlcjpwdw==§",
        "Authorization: token §abc§",
        "Authorization: §some auth§",
        "Authorization: Bearer $TOKEN",
        "authorization: §abc123§",
        "Authorization: PVEAPIToken=[REDACTED], x",
        r#""Authorization: Basic §dXNlcjpwdw==§[\r][\n]""#,
        r#"{"headers":{"Authorization":"Bearer §abc1§"}}"#,
        r#"curl -H "Authorization: ApiKey §abc1§" http://x"#,
        "Authorization: Digest username=\"u\", nonce=\"n1\", response=\"§0a1b§\", qop=auth",
        "Authorization: AWS4-HMAC-SHA256 Credential=§AKID1§/2024/us/s3/aws4_request, SignedHeaders=host, Signature=§0a1b2c§",
        "Proxy-Authorization: Negotiate §abc==§",
        "Authorization header missing for /x",
        "Cookie: theme=dark; sessionid=§a1b2c3§; lang=en",
        "Set-Cookie: session=§abc§; HttpOnly; Path=/; Max-Age=3600; SameSite=Lax",
        "Set-Cookie: sid=§a1b2§; Expires=Wed, 21 Oct 2015 07:28:00 GMT; Path=/",
        "{'Cookie': 'a=§x1y2z3§; b=§q1w2e3§', 'Host': 'h'}",
        "{'HTTP_X_API_KEY': '§abc§', 'HTTP_COOKIE': 'sid=§a1§', 'HTTP_AUTHORIZATION': 'Bearer §abc1§'}",
        "[(b'authorization', b'Bearer §abc1§'), (b'x-api-key', b'§abc§')]",
    ]);
}

#[test]
fn prints_of_languages() {
    table(&[
        "{'user': 'a', 'password': '§x§'}",
        "('password', '§x§')",
        "{:password=>\"§x§\", \"token\"=>\"§y§\"}",
        "Foo(user=a, password=§x§)",
        "{Password:§x1§ User:a}",
        "&{User:a Password:§x1§}",
        "Config { user: \"a\", password: Some(\"§x1§\"), n: 1 }",
        "array(1) { [\"password\"]=> string(11) \"§x1§\" }",
        "CREATE LOGIN a WITH PASSWORD = N'§x1§'",
        "export PGPASSWORD=§WFq.DpDYlGi-J§",
        "password=config.dbPassword",
        "Data Source=h;Password=§x1§;Initial Catalog=c",
        "UID=sa;PWD=§{tp9lSX2pfK}§;x=1",
        "[--user, a, --password, §x1§]",
        "setx DB_PASS \"§x1y§\"",
        "Authorization: Token token=\"§0a1b2c§\", email=\"x\"",
        "password = ${DB_PASSWORD:§x1y2§}",
        "map[password:§x1§ user:a]",
        "Password:\"§x§\"",
        "password: §hunter2§  # comment",
        "password = '§xy1§'",
        "CREATE USER a IDENTIFIED BY '§x§'",
        "ALTER ROLE a WITH PASSWORD '§x§';",
        "<password>§x§</password>",
        "<a:password>§x y§</a:password>",
        "<db user=\"a\" password=\"§x§\"/>",
        "<add key=\"password\" value=\"§x§\" />",
        "&lt;password&gt;§x§&lt;/password&gt;",
        "run --password §x1§ --user a",
        "run --password=§x1§",
        "curl -u admin:§x1§ http://h",
        "docker run -u 1000:1000 x",
        r#"{"auths":{"https://r.example/":{"auth":"§dXNlcjpwYXNz§"}}}"#,
        r#"{"auth":"ldap","mode":"x"}"#,
        "  -u app:§yq3DVtkqP2CriaLR7x§ \\",
        "  -u 1000:1000 \\",
        "define( 'DB_PASSWORD', '§x1§' );",
        "define(\"DB_PASSWORD\", \"§x1§\", true);",
        "sshpass -p §x1§ ssh h",
        "define('AUTH_KEY', '§put 1 phrase§');",
        "os.Setenv(\"X_TOKEN\", \"§v§\")",
        "conn.setPassword(\"§v§\")",
        "config[\"password\"] = \"§v§\"",
        "var fooToken string = \"§v1§\"",
        "const val TOKEN: String = \"§v1§\"",
        "foo_TOKEN :::= \"§v1§\" bar_TOKEN ?= \"§v2§\" baz_TOKEN ::= \"§v3§\"",
        "if password == \"§v1§\":",
        "vendor SECRET §abc123DEF456ghi789JKL§",
    ]);
}

#[test]
fn what_is_no_secret_stays() {
    table(&[
        "password must be at least 12 characters",
        "Password: must be at least 8",
        "token expired for user_id=1, expires_in=3 token_type=bearer",
        "prompt_tokens=400 completion_tokens=9 max_tokens=4096",
        "secret orders-db-credentials not found in namespace x",
        "primary key: orders_id, foreign key: customer_id (btree)",
        "password_changed_at=2024-01-02T03:04:05Z has_password=true passenger_count=3",
        "cache miss key=user:123:profile ttl=300",
        "key = request.headers.get(\"X-API-Key\", \"\")",
        "token = os.getenv('TOKEN')",
        "self.password = password",
        "host key SHA256:0a1b2c3d4e5f6a7b8c9d0a1b2c3d4e5f6a7b8c9d0a1",
        "monkey=0123456789abcdef0123456789abcdef",
        "ssl.key.password = null",
        "GET /p?page_token= HTTP/1.1",
        "WHERE a = $1 AND password = $2 AND secret = ? AND token = :token AND pin = %s",
        "f\"api_key={request.headers['X-API-Key']}\"",
        "token_type=bearer max_tokens=4096",
        r#"{"msg":"redirects for authorization","line":42}"#,
        r#"{"msg":"fmt.Println(\"the password is \", password)","line":42}"#,
        r#"{"msg":"\"DB_PASSWORD=\" + x","line":42}"#,
        r#"{"msg":"\\$pwd = \\$_POST[\"password\"];"}"#,
        r#"{"msg":"check(\"password\", \"x\")"}"#,
        "user=manu&password=123",
        "ACME_TOKEN=acme_short oauth_token=foo&oauth_token_secret=bar",
        "env MYSQL_ROOT_PASSWORD=pw",
        "\\prompt -password PASS 'Password for \"'",
        "cache key-8638106f823f455beacc3fda8849d4c744556b3e",
    ]);
}

#[test]
fn words_beside_a_user_are_passwords() {
    table(&[
        "{user: bob, password: §pass§}",
        "users: [{user: derek, password: §derek§}, {username: a, pass: §world§}]",
        "$user = \"mg1021\"; $password = §goodspec§;",
        r#"$user = \"mg1021\";  $password = §goodspec§;"#,
        // The same elsewhere, and what is a variable.
        "$password = goodspec;",
        "{host: bob, password: pass}",
        "user = args; password = goodspec",
        "connect(user=user, password=password)",
        "{user: string, password: string}",
        "{user: u, password: foo}",
    ]);
}

#[test]
fn more_ways_to_say_a_value() {
    table(&[
        "client_secret: !vault §x9KfmQ2§",
        "password: !!str §hunter2§",
        "password: !Ref DbPassword",
        "secret: !vault |",
        "password: §!hunter2§",
        "val password = StringCredentialValue(\"§federation§\")",
        "password=SecretStr('§hunter2§') password=SecretStr('**********')",
        "password = new SecureString(\"§hunter2§\");",
        "password = GetPassword(\"db\")",
        "char secrete[25] = \"§m{{h}o)p§\";",
        "char password[32] = \"§hunter2§\";",
        "SET PASSWORD FOR 'u'@'h' = '§hunter2§'",
        "password for u = 'x' is missing",
        "+ useradd -m -p '§$6$ab$cdefghijk§' -s /bin/sh bob",
        "useradd[88]: new user: name=bob; ssh -p 2222 host",
        "seed1 := \"§A1B2C3D4E5F60718293A4B5C§\"",
        "pin=§1111§ password: §aaaaaa§ password=xxxxxx pin=000",
        "senha=§hunter2§ wachtwoord: §hunter2§",
        "secrete = §A,.:-b*?!§",
        "secrete \"§m{{h}o)p${e]nob§\";",
        "api_key=0123456789012 x",
        "<Password><![CDATA[§hunter2§]]></Password><secret><![CDATA[]]></secret>",
        "login with user bob and password §hunter2§",
        "ftp: ---> PASS §sesame§",
        r#"{"msg":"C: PASS §sesame§"}"#,
        "> PASS src/app.test.js",
        "PASS sesame",
    ]);
}

#[test]
fn where_a_value_stands_decides() {
    table(&[
        // The quote behind the sign ends the string around the name.
        r#"{"msg":"password=","n":"a","m":"b"}"#,
        // A JSON number of a header's name, and numbers in a list.
        r#"{"Authorization": §98813269§, "a": 1}"#,
        r#"{"passwords":[§123456§,§654321§],"a":1}"#,
        r#"{"headers":{"Authorization":["Bearer §abc1§"],"Cookie":["sid=§a1b2§; theme=dark"]}}"#,
        r#"{"Set-Cookie":["a=§b1§; Path=/","c=§d2§; Secure"],"x":"y=z1"}"#,
        "Authorization: §[REDACTED] hunter2§",
        "{Authorization=[Bearer §abc.def§], X=[1]}",
        "map[Authorization:[Basic §dXNlcjpwdw==§] Cookie:[sid=§a1b2§]]",
        "Authorization: aivenv1 §MOLXG502hGM9DsUSyvKVf2cx8zXEdBesHZLS§",
        "X-Partner-Key: §partnerkey§",
        "GET /v2/token/§OTI2NjA3NjU1NTI2Oh2DOnASdOHo§?x=1",
        "login alice pw §biggreenhat§",
        r#"{"msg":"login alice pw §biggreenhat§","n":1}"#,
        r#"{"msg":"password = @\"§m{{h}o)p${e]nob§\";"}"#,
        r#"{"msg":"{\"password\":\"§hunter2§"}"#,
        r#"{"msg":"{\"password\":\"§hun,ter2§"}"#,
        "the password is '§authelia§'",
        "Unseal Key 2: §0tZn+7QQCxphpHwTm7/dC3LpP5JGIbYl3PK8Sy81R+P2§",
        "https://b.s3.example/x?X-Amz-Credential=§AKID0123456789§%2F20240506%2Feu&X-Amz-Signature=§0a1b2c3d4e5f60718293§",
        "git clone https://x-access-token:abc@git.example/x",
        "postfix/smtpd[1]: ECQD0GVX4PW: message-id=<1.A@mx>",
        "  -W, --password               force password prompt",
        "<secret> token=§a1§",
        "password: ((db_password)) secret: SOME_ENV_SECRET",
        r#"{"private_key":"-----BEGIN PRIVATE KEY-----\nMII"}"#,
    ]);
}

#[test]
fn a_line_of_nothing_but_names_is_walked_once() {
    let named = Named::new(RuleId(0));
    for unit in [
        "password=",
        "key=",
        "key=key:",
        "token=\"",
        "authorization: ",
        "cookie: ",
        "\\\"secret\\\":",
        "password='",
        "tokentoken",
        "key=a_",
        "authorization:(",
        "authorization: a( ",
        "authorization: digest a=b, ",
        "cookie: a=b; ",
        "secret=(",
        "/token/",
        "password, ",
        "(password) values ('",
        "(password) values (",
        "(password) values ('a\"b','",
        "(password) values (a, b), (",
        "password, token := \"a\", ",
        "password,password) values (",
        "password, token = ",
    ] {
        let line = unit.repeat(60_000);
        let (mut memo, mut hits) = (Memo::default(), Vec::new());
        let begun = cpu_time::ThreadTime::now();
        for at in (0..line.len()).step_by(unit.len()) {
            named.find(line.as_bytes(), at, &mut memo, &mut Found::in_line(0, &mut hits));
        }
        assert!(begun.elapsed().as_secs() < 5, "{unit}");
    }
}
