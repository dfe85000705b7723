//! As the compress command of logrotate.

use crate::clean::{clean, log, tool};
use crate::run::Place;

#[test]
fn the_filter_packs() {
    let place = Place::new();
    let ran = place.run(&["--gzip=9"], log(100).as_bytes());
    ran.ends(0);
    let Some(text) = tool(&["gzip", "-dc"], &ran.out) else { return };
    assert_eq!(String::from_utf8(text).unwrap(), clean(&log(100)));
    place.run(&["--gzip=10"], b"").ends(2);
    place.run(&["--gzip", "clean", "x"], b"").ends(2);
}

fn has_logrotate(place: &Place) -> bool {
    let has = place.shell("PATH=$PATH:/usr/sbin logrotate --version").code == Some(0);
    if !has {
        println!("SKIPPED: logrotate is not installed (apt-get install logrotate)");
    }
    has
}

fn rotate(place: &Place, command: &str, options: &str) -> crate::run::Ran {
    let config = format!(
        "{0}/app.log {{\n  rotate 3\n  compress\n  compresscmd {command}\n  compressoptions {options}\n  compressext .gz\n}}\n",
        place.path().display()
    );
    let path = place.file("logrotate.conf", config);
    std::fs::set_permissions(path, std::os::unix::fs::PermissionsExt::from_mode(0o644)).unwrap();
    std::fs::set_permissions(place.path(), std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    place.shell("PATH=$PATH:/usr/sbin logrotate --force --state state logrotate.conf")
}

#[test]
fn logrotate_packs_clean_logs() {
    let place = Place::new();
    if !has_logrotate(&place) {
        return;
    }
    let path = place.file("app.log", log(500));
    std::fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(0o640)).unwrap();
    rotate(&place, env!("CARGO_BIN_EXE_inkout"), "--gzip").ends(0);
    let packed = std::fs::read(place.path().join("app.log.1.gz")).unwrap();
    assert_eq!(String::from_utf8(tool(&["gzip", "-dc"], &packed).unwrap()).unwrap(), clean(&log(500)));
    assert!(!place.path().join("app.log.1").exists());
    let mode = std::fs::metadata(place.path().join("app.log.1.gz")).unwrap().permissions();
    assert_eq!(std::os::unix::fs::PermissionsExt::mode(&mode) & 0o777, 0o640);
}

#[test]
fn logrotate_keeps_the_log_when_that_fails() {
    let place = Place::new();
    if !has_logrotate(&place) {
        return;
    }
    place.file("app.log", log(500));
    let ran = rotate(&place, env!("CARGO_BIN_EXE_inkout"), "--gzip --profile=none");
    assert_ne!(ran.code, Some(0));
    ran.says("none of secrets, standard");
    assert_eq!(std::fs::read_to_string(place.path().join("app.log.1")).unwrap(), log(500));
    assert!(!place.path().join("app.log.1.gz").exists(), "a packed file is left over");
}
