//! What a file is besides its content.

use std::fs::File;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::Path;

use rustix::fs::{XattrFlags, fgetxattr, flistxattr, fsetxattr};

use crate::clean::{clean, log};
use crate::run::Place;

fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

/// Sets an attribute where the file system has any.
fn set(path: &Path, name: &str, value: &[u8]) -> bool {
    fsetxattr(File::open(path).unwrap(), name, value, XattrFlags::empty()).is_ok()
}

fn attributes(path: &Path) -> Vec<(String, Vec<u8>)> {
    let file = File::open(path).unwrap();
    let (mut list, mut value) = (vec![0; 1 << 16], vec![0; 1 << 16]);
    let len = flistxattr(&file, &mut list[..]).unwrap_or(0);
    let names = list[..len].split(|b| *b == 0).filter(|n| !n.is_empty()).map(|n| str::from_utf8(n).unwrap().to_owned());
    let mut all: Vec<_> = names
        .map(|name| {
            let len = fgetxattr(&file, &name, &mut value[..]).unwrap();
            (name, value[..len].to_vec())
        })
        .collect();
    all.sort();
    all
}

/// An access list that lets user 4711 read: version 2, then tag, permissions and id of each entry.
fn access_list() -> Vec<u8> {
    let entries: [(u16, u16, u32); 5] = [(1, 6, !0), (2, 4, 4711), (4, 4, !0), (0x10, 4, !0), (0x20, 0, !0)];
    let entries = entries
        .iter()
        .flat_map(|(tag, may, id)| [&tag.to_le_bytes()[..], &may.to_le_bytes(), &id.to_le_bytes()].concat());
    2u32.to_le_bytes().into_iter().chain(entries).collect()
}

#[test]
fn every_combination_is_kept() {
    let place = Place::new();
    let owners: &[(u32, u32)] = if is_root() { &[(0, 0), (4711, 0), (4711, 4712)] } else { &[] };
    let own = (rustix::process::geteuid().as_raw(), rustix::process::getegid().as_raw());
    let owners = if owners.is_empty() { &[own][..] } else { owners };
    let mut count = 0;
    for mode in [0o400, 0o600, 0o640, 0o644, 0o666, 0o755, 0o4755, 0o2750, 0o1644] {
        for (uid, gid) in owners {
            for extras in 0..8 {
                if !is_root() && mode & 0o2000 != 0 && *gid != own.1 {
                    continue;
                }
                let name = format!("logs/{mode:o}-{uid}-{gid}-{extras}");
                let path = place.file(&name, log(4));
                let mut skipped = false;
                for (bit, attribute, value) in [
                    (1, "user.origin", b"some value".to_vec()),
                    (2, "system.posix_acl_access", access_list()),
                    (4, "user.empty", Vec::new()),
                ] {
                    skipped |= extras & bit != 0 && !set(&path, attribute, &value);
                }
                std::os::unix::fs::chown(&path, Some(*uid), Some(*gid)).unwrap();
                std::fs::set_permissions(&path, PermissionsExt::from_mode(mode)).unwrap();
                let stamp =
                    std::time::UNIX_EPOCH + std::time::Duration::new(1_600_000_000 + u64::from(mode), 123_456_789);
                File::options().read(true).open(&path).unwrap().set_modified(stamp).unwrap();
                if skipped {
                    println!("SKIPPED: {name}: this file system has no such attributes");
                    std::fs::remove_file(path).unwrap();
                    continue;
                }
                count += 1;
            }
        }
    }
    let state = |path: &Path| {
        let m = std::fs::metadata(path).unwrap();
        (m.mode(), m.uid(), m.gid(), m.mtime(), m.mtime_nsec(), m.nlink(), attributes(path))
    };
    let files = crate::clean::tree(&place.path().join("logs"));
    let before: Vec<_> = files.keys().map(|path| (path.clone(), state(path))).collect();
    place.run(&["clean", "-q", "logs"], b"").is(0, b"").says(&format!("{count} cleaned"));
    for (path, was) in before {
        assert_eq!(state(&path), was, "{}", path.display());
        assert_eq!(std::fs::read_to_string(&path).unwrap(), clean(&log(4)));
    }
}

#[test]
fn a_folders_default_access_list_is_not_taken_on() {
    let place = Place::new();
    let path = place.file("logs/a.log", log(4));
    std::fs::set_permissions(&path, PermissionsExt::from_mode(0o600)).unwrap();
    if !set(&place.path().join("logs"), "system.posix_acl_default", &access_list()) {
        println!("SKIPPED: this file system has no access lists");
        return;
    }
    place.run(&["clean", "-q", "logs"], b"").is(0, b"");
    assert_eq!(attributes(&path), []);
    assert_eq!(std::fs::metadata(&path).unwrap().mode() & 0o7777, 0o600);
}

#[test]
fn times_are_new_where_that_is_wanted() {
    let place = Place::new();
    let path = place.file("a.log", log(4));
    let old = std::time::UNIX_EPOCH + std::time::Duration::from_secs(1_600_000_000);
    File::options().write(true).open(&path).unwrap().set_modified(old).unwrap();
    place.run(&["clean", "-q", "-n", "a.log"], b"").is(0, b"");
    place.run(&["clean", "-q", "--times=new", "a.log"], b"").is(0, b"");
    assert!(std::fs::metadata(&path).unwrap().modified().unwrap() > old + std::time::Duration::from_secs(1000));
}

#[test]
fn the_new_file_is_never_open_to_more_than_the_old_one() {
    let place = Place::new();
    let path = place.file("logs/a.log", log(4));
    std::fs::set_permissions(&path, PermissionsExt::from_mode(0o644)).unwrap();
    let ran = place.shell("strace -f -o trace -e trace=openat,openat2 \"$INKOUT\" clean -q logs");
    if ran.code == Some(127) {
        println!("SKIPPED: strace is not installed");
        return;
    }
    ran.ends(0);
    let trace = std::fs::read_to_string(place.path().join("trace")).unwrap();
    let created: Vec<&str> = trace.lines().filter(|line| line.contains("O_CREAT")).collect();
    assert_eq!(created.len(), 1, "{trace}");
    assert!(created[0].contains("O_EXCL") && created[0].contains("O_NOFOLLOW") && created[0].contains(", 0600"));
}

/// The same on file systems of their own, as other defaults hold there: nothing is inherited, and every mode of mounting
/// the attributes in.
#[test]
#[ignore = "campaign: mounts file systems, as root"]
fn every_combination_is_kept_on_other_file_systems() {
    let place = Place::new();
    let program = std::env::current_exe().unwrap();
    for (make, options) in [
        ("mkfs.ext4 -qF", "loop,acl,user_xattr"),
        ("mkfs.ext4 -qF -I 128 -O ^has_journal", "loop,noatime"),
        ("mkfs.xfs -qf", "loop"),
        ("mkfs.btrfs -qf", "loop,compress=zstd"),
    ] {
        let script = format!(
            "command -v {} >/dev/null || exit 100; truncate -s 400M image && {make} image || exit 101
             unshare -m bash -c 'mkdir -p disk && mount -o {options} image disk && chmod 755 disk || exit 102
                 TMPDIR=$PWD/disk {} clean::metadata --nocapture && TMPDIR=$PWD/disk {} clean::refusals'",
            make.split(' ').next().unwrap(),
            program.display(),
            program.display()
        );
        let ran = place.shell(&script);
        match ran.code {
            Some(0) => println!("{make} -o {options}: kept\n{}", ran.out.escape_ascii()),
            Some(100..=102) => println!("SKIPPED: {make} -o {options}: {}", ran.err),
            code => panic!("{make} -o {options}: {code:?} {} {}", ran.err, ran.out.escape_ascii()),
        }
    }
}
