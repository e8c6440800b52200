/* SPDX-License-Identifier: MIT */
/** @file A string with its length: what the library takes and gives wherever a C string would not do. */
#ifndef SPANLOOM_STRING_H
#define SPANLOOM_STRING_H

#include <string.h>

#include <spanloom/detail/base.h>

SLM_BEGIN_DECLS

/** Bytes and how many; borrowed, not terminated, and not owned by this struct. A NULL `data` means
 *  "absent" and has `len` 0; an empty string has a `data` that is not NULL. @since 0.1.0 */
typedef struct slm_string {
    const char *data;
    size_t len; /**< In bytes. */
} slm_string;

/** The slm_string of a C string; of NULL, the absent one. Any thread. @since 0.1.0 */
static inline slm_string slm_string_from_c(const char *text)
{
    slm_string s;
    s.data = text;
    s.len = text ? strlen(text) : 0;
    return s;
}

/** The slm_string of `len` bytes at `data`. Any thread. @since 0.1.0 */
static inline slm_string slm_string_of(const char *data, size_t len)
{
    slm_string s;
    s.data = data;
    s.len = len;
    return s;
}

/** Whether two strings have the same bytes. Any thread. @since 0.1.0 */
static inline bool slm_string_equal(slm_string a, slm_string b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.data, b.data, a.len) == 0);
}

SLM_END_DECLS

#endif
