/* Secrets and personal data out of text. Text in, clean text out; see inkout_redact. */

#ifndef INKOUT_H
#define INKOUT_H

#include <stddef.h>
#include <stdint.h>

/*
 The text is redacted.
 */
#define INKOUT_OK 0

/*
 The buffer is too small; the length that is needed is told.
 */
#define INKOUT_TOO_SMALL 1

/*
 A pointer is null where none may be.
 */
#define INKOUT_INVALID 2

/*
 The matcher failed. Take the text as a secret.
 */
#define INKOUT_INTERNAL 3

/*
 A redactor. It may be used by several threads at once.
 */
typedef struct inkout inkout;

#ifdef __cplusplus
extern "C" {
#endif // __cplusplus

/*
 Makes a redactor of `settings`: TOML with the words of the configuration file, such as `profile = "strict"`. NULL is
 the standard profile.

 Gives NULL where that cannot be; then `error`, if it is not NULL, holds why, as a text of less than `error_len` bytes
 that ends in a NUL.

 # Safety
 `settings` is NULL or ends in a NUL. `error` is NULL or has room for `error_len` bytes.
 */
inkout *inkout_new(const char *settings,
                   char *error,
                   size_t error_len);

/*
 Redacts `len` bytes of `text` into `out`, which has room for `capacity` bytes, and tells the length in `out_len`. The
 text is complete: its last line ends where it ends.

 Gives INKOUT_OK, or INKOUT_TOO_SMALL where the result needs `*out_len` bytes, or INKOUT_INVALID or INKOUT_INTERNAL.
 In all cases but the first `out` is as it was: never use `text` in its place.

 # Safety
 `inkout` came from `inkout_new` and was not freed. `text` and `out` have `len` and `capacity` bytes and do not
 overlap; each may be NULL if that is 0. `out_len` can be written to.
 */
int inkout_redact(const inkout *inkout,
                  const uint8_t *text,
                  size_t len,
                  uint8_t *out,
                  size_t capacity,
                  size_t *out_len);

/*
 Frees a redactor. NULL is nothing to free.

 # Safety
 `inkout` came from `inkout_new` and was not freed, and nobody uses it any more.
 */
void inkout_free(inkout *inkout);

#ifdef __cplusplus
}  // extern "C"
#endif  // __cplusplus

#endif  /* INKOUT_H */
