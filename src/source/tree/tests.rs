//! Walks over trees: what is chosen, and what is refused.

use super::*;
use std::fs;
use std::os::unix::fs::symlink;
use std::time::SystemTime;

fn place(files: &[&str]) -> (tempfile::TempDir, PathBuf) {
    let place = tempfile::tempdir().unwrap();
    let top = fs::canonicalize(place.path()).unwrap();
    for file in files {
        let path = top.join(file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, "x\n").unwrap();
    }
    (place, top)
}

fn walk(top: &Path, builder: FilterBuilder) -> (Vec<String>, Vec<String>) {
    let mut tree = Tree::new(vec![top.to_path_buf()], builder.build(SystemTime::now()).unwrap());
    let (mut files, mut passed) = (Vec::new(), Vec::new());
    let short = |path: &Path| path.strip_prefix(top).unwrap().to_str().unwrap().to_owned();
    for step in &mut tree {
        match step {
            Step::File(entry) => files.push(short(&entry.path())),
            Step::Passed { path, why } => passed.push(format!("{} {why}", short(&path))),
        }
    }
    (files, passed)
}

fn only(words: &[&str]) -> Vec<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}

#[test]
fn files_come_sorted_and_filtered() {
    let (_place, top) = place(&["b.log", "a.log", "d/c.log", "d/c.txt", "d/old/x.log", "z.log"]);
    let all = FilterBuilder::default;
    let cases = [
        (all(), "a.log b.log d/c.log d/c.txt d/old/x.log z.log"),
        (FilterBuilder { globs: only(&["*.txt"]), ..all() }, "d/c.txt"),
        (FilterBuilder { globs: only(&["d/*.log"]), ..all() }, "d/c.log"),
        (FilterBuilder { globs: only(&["d/**/*.log"]), ..all() }, "d/c.log d/old/x.log"),
        (FilterBuilder { excludes: only(&["old", "[ab].log"]), ..all() }, "d/c.log d/c.txt z.log"),
        (FilterBuilder { max_depth: Some(1), ..all() }, "a.log b.log z.log"),
        (FilterBuilder { max_depth: Some(2), ..all() }, "a.log b.log d/c.log d/c.txt z.log"),
        (FilterBuilder { older_than: Some(std::time::Duration::from_secs(60)), ..all() }, ""),
        (
            FilterBuilder { newer_than: Some(std::time::Duration::from_secs(60)), globs: only(&["z*"]), ..all() },
            "z.log",
        ),
    ];
    for (builder, want) in cases {
        let shown = format!("{builder:?}");
        assert_eq!(walk(&top, builder), (want.split_whitespace().map(str::to_owned).collect(), vec![]), "{shown}");
    }
    let wrong = FilterBuilder { globs: only(&["[a"]), ..all() }.build(SystemTime::now()).unwrap_err();
    assert!(wrong[0].starts_with("--glob: \"[a\" is no glob"), "{wrong:?}");
}

#[test]
fn links_and_devices_are_passed_by() {
    let (_place, top) = place(&["real/a.log"]);
    symlink("real", top.join("folder-link")).unwrap();
    symlink("real/a.log", top.join("link")).unwrap();
    rustix::fs::mknodat(rustix::fs::CWD, top.join("fifo"), FileType::Fifo, rustix::fs::Mode::RUSR, 0).unwrap();
    let (files, passed) = walk(&top, FilterBuilder::default());
    assert_eq!(files, ["real/a.log"]);
    let link = "is a symbolic link; name what it leads to";
    assert_eq!(
        passed,
        ["fifo is a FIFO, not a file".to_owned(), format!("folder-link {link}"), format!("link {link}")]
    );
    for name in ["link", "folder-link", "folder-link/a.log"] {
        let named = |follow_named| {
            let filter = FilterBuilder { follow_named, ..FilterBuilder::default() }.build(SystemTime::now()).unwrap();
            Tree::new(vec![top.join(name)], filter).next().unwrap()
        };
        assert!(matches!(named(false), Step::Passed { .. }), "{name}");
        assert!(matches!(named(true), Step::File(_)), "{name}");
    }
}

#[test]
fn ignore_files_are_obeyed_below_their_folder() {
    let (_place, top) = place(&["a.log", "d/a.log", "d/b.log", "d/e/a.log"]);
    fs::write(top.join("d/.inkoutignore"), "a.log\n.*\n").unwrap();
    fs::write(top.join("d/e/.inkoutignore"), "!a.log\n").unwrap();
    assert_eq!(walk(&top, FilterBuilder::default()).0, ["a.log", "d/b.log", "d/e/a.log"]);
    let all = walk(&top, FilterBuilder { no_ignore: true, ..FilterBuilder::default() }).0;
    assert_eq!(all.len(), 6, "{all:?}");
}

#[test]
fn a_name_that_becomes_a_link_is_not_followed() {
    let (_place, top) = place(&["a.log", "secret"]);
    let mut tree = Tree::new(vec![top.clone()], FilterBuilder::default().build(SystemTime::now()).unwrap());
    let Some(Step::File(entry)) = tree.next() else { panic!() };
    fs::remove_file(top.join("a.log")).unwrap();
    symlink("secret", top.join("a.log")).unwrap();
    assert_eq!(entry.open().unwrap_err().to_string(), "has become a symbolic link");
}

#[test]
fn it_ends_in_the_depth() {
    let place = tempfile::tempdir().unwrap();
    let top = fs::canonicalize(place.path()).unwrap();
    let deep: PathBuf = std::iter::repeat_n("d", DEEPEST + 3).collect();
    fs::create_dir_all(top.join(deep)).unwrap();
    let (_, passed) = walk(&top, FilterBuilder::default());
    assert_eq!(passed.len(), 1);
    assert!(passed[0].contains("folders deep"));
}
