/* SPDX-License-Identifier: MIT */
/* How JSON is written: characters into a buffer, fast.
 *
 * A writer carries `at`, where the next byte goes. There is room for SLMI_JSON_ROOM bytes at `at` after each function
 * here that takes a buffer, so that literals, numbers and ids, whose length is bounded, are written without asking;
 * whatever has no such bound makes its own room. Those functions return NULL when the buffer has failed, and take NULL
 * for `at` as well. What was written is content only after slmi_buffer_commit(). */
#ifndef SPANLOOM_EXPORTERS_JSON_WRITER_H
#define SPANLOOM_EXPORTERS_JSON_WRITER_H

#include <string.h>

#include "exporters/buffer.h"
#include <spanloom/string.h>

enum { SLMI_JSON_ROOM = 256 };
_Static_assert(2 * SLMI_JSON_ROOM <= SLMI_BUFFER_SLACK, "what is reserved and not written must fit the slack");

/* Copies a string literal to `at` and returns its end. */
#define SLMI_PUT(at, literal) slmi_json_literal((at), "" literal, sizeof(literal) - 1)

/* Initialises a slm_string with a string literal. */
/* clang-format off */
#define SLMI_STRING(literal) { "" literal, sizeof(literal) - 1 }
/* clang-format on */

static inline char *slmi_json_literal(char *at, const char *text, size_t len)
{
    memcpy(at, text, len);
    return at + len;
}

/* Makes sure of `bytes` bytes, all of which will be written, and SLMI_JSON_ROOM after them. */
static inline char *slmi_json_room(slmi_buffer *buffer, char *at, size_t bytes)
{
    if (!at)
        return NULL;
    size_t used = (size_t)(at - buffer->data);
    if (buffer->room - used >= bytes + SLMI_JSON_ROOM)
        return at;
    return slmi_buffer_grow(buffer, used, bytes + SLMI_JSON_ROOM);
}

/* Where writing starts: the buffer's end. */
static inline char *slmi_json_start(slmi_buffer *buffer)
{
    return slmi_buffer_reserve(buffer, SLMI_JSON_ROOM);
}

/* The text between a JSON string's quotes: quotes, backslashes and control bytes escaped, ill-formed UTF-8 replaced by
 * U+FFFD. Reads exactly `text.len` bytes. */
char *slmi_json_text(slmi_buffer *buffer, char *at, slm_string text);
/* Escapes once more what was written since the buffer's byte `from`, which must be what this writer makes: JSON inside
 * a JSON string. */
char *slmi_json_escape_again(slmi_buffer *buffer, char *at, size_t from);
/* Base64 with padding, RFC 4648 section 4. */
char *slmi_json_base64(slmi_buffer *buffer, char *at, const void *bytes, size_t len);

/* These take no more than 32 bytes and return the end. */

/* Decimal digits. */
char *slmi_json_u64(char *at, uint64_t number);
char *slmi_json_i64(char *at, int64_t number);
/* "0x" and hexadecimal digits, lower case, no leading zeros. */
char *slmi_json_address(char *at, const void *address);
/* The shortest decimal that reads back as the same double, as a JSON number that looks like a fraction ("1.0",
 * "1e+300") in any locale; without quotes NaN, Infinity or -Infinity. Preserves errno. */
char *slmi_json_double(char *at, double number);

/* Two lower-case hexadecimal digits for each of `len` bytes. */
char *slmi_json_hex(char *at, const uint8_t *bytes, size_t len);

#endif
