//! The library for programs in C and what can call it: text in, clean text out.
//!
//! It fails closed: whatever goes wrong, the caller's buffer holds no text of ours, and a panic never crosses the
//! border. The only place beside the sieve for `unsafe`; each pointer is looked at once, at the border, and becomes a
//! slice. `packaging/c/inkout.h` is made of this file.

#![allow(unsafe_code, reason = "the border to C has no other form; every block says what the caller promises")]

use std::ffi::{CStr, c_char, c_int};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::str::FromStr;

use crate::Redactor;
use crate::catalogue::Profile;

/// The text is redacted.
pub const INKOUT_OK: c_int = 0;
/// The buffer is too small; the length that is needed is told.
pub const INKOUT_TOO_SMALL: c_int = 1;
/// A pointer is null where none may be.
pub const INKOUT_INVALID: c_int = 2;
/// The matcher failed. Take the text as a secret.
pub const INKOUT_INTERNAL: c_int = 3;

/// A redactor. It may be used by several threads at once.
pub struct Inkout(Redactor);

/// Settings as a configuration file has them; those of the program alone are read over.
#[derive(serde::Deserialize, Default)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
struct Settings {
    profile: Option<String>,
    rules: Vec<PathBuf>,
    enable: Vec<String>,
    disable: Vec<String>,
    marker: Option<String>,
    label: bool,
    #[serde(rename = "stats")]
    _stats: Option<toml::Value>,
    #[serde(rename = "explain")]
    _explain: Option<toml::Value>,
    #[serde(rename = "threads")]
    _threads: Option<toml::Value>,
    #[serde(rename = "block-size")]
    _block_size: Option<toml::Value>,
    #[serde(rename = "grace")]
    _grace: Option<toml::Value>,
}

impl Settings {
    fn redactor(self) -> Result<Redactor, String> {
        let mut builder = Redactor::builder().label(self.label);
        if let Some(profile) = self.profile {
            builder = builder.profile(Profile::from_str(&profile)?);
        }
        if let Some(marker) = self.marker {
            builder = builder.marker(marker);
        }
        for path in self.rules {
            let text = std::fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))?;
            builder = builder.rules(path.display().to_string(), text);
        }
        builder = self.enable.into_iter().fold(builder, crate::redact::Builder::enable);
        builder = self.disable.into_iter().fold(builder, crate::redact::Builder::disable);
        builder.build().map_err(|error| error.to_string())
    }
}

/// Makes a redactor of `settings`: TOML with the words of the configuration file, such as `profile = "strict"`. NULL is
/// the standard profile.
///
/// Gives NULL where that cannot be; then `error`, if it is not NULL, holds why, as a text of less than `error_len` bytes
/// that ends in a NUL.
///
/// # Safety
/// `settings` is NULL or ends in a NUL. `error` is NULL or has room for `error_len` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn inkout_new(settings: *const c_char, error: *mut c_char, error_len: usize) -> *mut Inkout {
    let made = catch_unwind(|| {
        let text = if settings.is_null() {
            ""
        } else {
            // SAFETY: not null, and the caller promises that it ends in a NUL.
            unsafe { CStr::from_ptr(settings) }.to_str().map_err(|_| "the settings are not UTF-8".to_owned())?
        };
        let settings: Settings = toml::from_str(text).map_err(|error| error.message().to_owned())?;
        settings.redactor()
    });
    let why = match made {
        Ok(Ok(redactor)) => return Box::into_raw(Box::new(Inkout(redactor))),
        Ok(Err(why)) => why,
        Err(_) => "internal error".to_owned(),
    };
    if !error.is_null() && error_len > 0 {
        let len = why.len().min(error_len - 1);
        // SAFETY: the caller promises room for `error_len` bytes, and `len` and the NUL are no more than that.
        let room = unsafe { std::slice::from_raw_parts_mut(error.cast::<u8>(), len + 1) };
        room[..len].copy_from_slice(&why.as_bytes()[..len]);
        room[len] = 0;
    }
    std::ptr::null_mut()
}

/// Redacts `len` bytes of `text` into `out`, which has room for `capacity` bytes, and tells the length in `out_len`. The
/// text is complete: its last line ends where it ends.
///
/// Gives INKOUT_OK, or INKOUT_TOO_SMALL where the result needs `*out_len` bytes, or INKOUT_INVALID or INKOUT_INTERNAL.
/// In all cases but the first `out` is as it was: never use `text` in its place.
///
/// # Safety
/// `inkout` came from `inkout_new` and was not freed. `text` and `out` have `len` and `capacity` bytes and do not
/// overlap; each may be NULL if that is 0. `out_len` can be written to.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn inkout_redact(
    inkout: *const Inkout,
    text: *const u8,
    len: usize,
    out: *mut u8,
    capacity: usize,
    out_len: *mut usize,
) -> c_int {
    if inkout.is_null() || out_len.is_null() || text.is_null() && len > 0 || out.is_null() && capacity > 0 {
        return INKOUT_INVALID;
    }
    // SAFETY: not null, and the caller promises that it is alive; it is only ever shared.
    let Inkout(redactor) = unsafe { &*inkout };
    // SAFETY: the caller promises `len` bytes; a null pointer was sorted out, but for the empty text.
    let text = if len == 0 { &[] } else { unsafe { std::slice::from_raw_parts(text, len) } };
    let Ok(clean) = catch_unwind(AssertUnwindSafe(|| redactor.redact(text))) else { return INKOUT_INTERNAL };
    // SAFETY: not null, and the caller promises that it can be written to.
    unsafe { out_len.write(clean.len()) };
    if clean.len() > capacity {
        return INKOUT_TOO_SMALL;
    }
    if !clean.is_empty() {
        // SAFETY: not null as `capacity` is not 0, with room for `capacity` bytes, apart from `text`.
        unsafe { std::slice::from_raw_parts_mut(out, clean.len()) }.copy_from_slice(&clean);
    }
    INKOUT_OK
}

/// Frees a redactor. NULL is nothing to free.
///
/// # Safety
/// `inkout` came from `inkout_new` and was not freed, and nobody uses it any more.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn inkout_free(inkout: *mut Inkout) {
    if !inkout.is_null() {
        // SAFETY: the caller promises that it came out of `Box::into_raw` above, once.
        let redactor = unsafe { Box::from_raw(inkout) };
        drop(catch_unwind(AssertUnwindSafe(move || drop(redactor))));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::ffi::CString;

    fn new(settings: &str) -> Result<*mut Inkout, String> {
        let (settings, mut error) = (CString::new(settings).unwrap(), [1 as c_char; 80]);
        // SAFETY: both are alive and as long as is said.
        let inkout = unsafe { inkout_new(settings.as_ptr(), error.as_mut_ptr(), error.len()) };
        // SAFETY: it ends in a NUL where nothing was made.
        if inkout.is_null() {
            Err(unsafe { CStr::from_ptr(error.as_ptr()) }.to_str().unwrap().to_owned())
        } else {
            Ok(inkout)
        }
    }

    fn redact(inkout: *const Inkout, text: &[u8], capacity: usize) -> (c_int, usize, Vec<u8>) {
        let (mut out, mut len) = (vec![b'.'; capacity], usize::MAX);
        // SAFETY: all of it is alive and as long as is said.
        let code =
            unsafe { inkout_redact(inkout, text.as_ptr(), text.len(), out.as_mut_ptr(), capacity, &raw mut len) };
        (code, len, out)
    }

    #[test]
    fn text_comes_back_clean_or_not_at_all() {
        let inkout = new("label = true\nthreads = 2").unwrap();
        let text = b"a password=hunter2\n\xff";
        let want = b"a password=[REDACTED:named-value]\n\xff";
        assert_eq!(redact(inkout, text, want.len()), (INKOUT_OK, want.len(), want.to_vec()));
        let small = want.len() - 1;
        assert_eq!(redact(inkout, text, small), (INKOUT_TOO_SMALL, want.len(), vec![b'.'; small]));
        assert_eq!(redact(inkout, b"", 0), (INKOUT_OK, 0, vec![]));
        assert_eq!(redact(std::ptr::null(), text, 9).0, INKOUT_INVALID);
        // SAFETY: null pointers are what is tried; the redactor is freed once, at the end.
        unsafe {
            let mut len = 0;
            let null = std::ptr::null_mut;
            assert_eq!(inkout_redact(inkout, std::ptr::null(), 1, null(), 0, &raw mut len), INKOUT_INVALID);
            assert_eq!(inkout_redact(inkout, text.as_ptr(), 1, null(), 1, &raw mut len), INKOUT_INVALID);
            assert_eq!(inkout_redact(inkout, text.as_ptr(), 1, null(), 0, std::ptr::null_mut()), INKOUT_INVALID);
            inkout_free(inkout);
            inkout_free(std::ptr::null_mut());
        }
    }

    #[test]
    fn wrong_settings_are_told() {
        for (settings, why) in [
            ("profile = \"all\"", "none of secrets"),
            ("profil = 1", "unknown field"),
            ("disable = [\"emial\"]", "did you mean \"email\""),
            ("rules = [\"/nowhere/at/all\"]", "/nowhere/at/all: No such file"),
            ("marker = \"\"", "1 to 64"),
            ("=", ""),
        ] {
            let said = new(settings).unwrap_err();
            assert!(said.contains(why) && said.len() < 80, "{settings}: {said}");
        }
        // SAFETY: nothing is given, and nothing wanted back.
        unsafe {
            let inkout = inkout_new(std::ptr::null(), std::ptr::null_mut(), 0);
            assert!(!inkout.is_null());
            inkout_free(inkout);
        }
    }

    #[test]
    fn whatever_comes_nothing_is_written_behind_what_there_is() {
        use proptest::prelude::*;
        use proptest::test_runner::{Config, TestRunner};
        let inkout = new("").unwrap();
        let word = prop_oneof![
            Just(b"password=".to_vec()),
            Just(b"-----BEGIN RSA PRIVATE KEY-----\n".to_vec()),
            Just(b"\"api_key\":\"".to_vec()),
            proptest::collection::vec(any::<u8>(), 0..40),
        ];
        let text = proptest::collection::vec(word, 0..12).prop_map(|words| words.concat());
        let mut runner = TestRunner::new(Config::with_cases(2000));
        let ran = runner.run(&(text, 0_usize..600), |(text, capacity)| {
            let (code, len, out) = redact(inkout, &text, capacity + 8);
            prop_assert!(code == INKOUT_OK || code == INKOUT_TOO_SMALL);
            prop_assert_eq!(code == INKOUT_OK, len <= capacity + 8);
            let written = if code == INKOUT_OK { len } else { 0 };
            prop_assert!(out[written..].iter().all(|byte| *byte == b'.'));
            // The size that was asked for is enough.
            let (code, again, all) = redact(inkout, &text, len);
            prop_assert_eq!((code, again), (INKOUT_OK, len));
            // Clean text comes back as it is.
            prop_assert_eq!(redact(inkout, &all, len), (INKOUT_OK, len, all.clone()));
            Ok(())
        });
        // Settings are hostile as well: they are refused, or make something that is freed.
        let settings = runner.run(&"[ -~\n]{0,200}", |settings| {
            if let Ok(made) = new(&settings) {
                // SAFETY: it was just made, and nobody else has it.
                unsafe { inkout_free(made) };
            }
            Ok(())
        });
        // SAFETY: it was made above and is freed once.
        unsafe { inkout_free(inkout) };
        assert_eq!((ran, settings), (Ok(()), Ok(())));
    }
}
