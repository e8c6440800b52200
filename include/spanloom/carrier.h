/* SPDX-License-Identifier: MIT */
/** @file Carriers that are ready to use: header arrays and HTTP/1.1 header blocks. */
#ifndef SPANLOOM_CARRIER_H
#define SPANLOOM_CARRIER_H

#include <spanloom/propagation.h>

SLM_BEGIN_DECLS

/** Whether a header's name is `lower`, a lower-case name, without regard to case. For getters of your own. Any thread,
 *  async-signal-safe. RFC 9110 5.1. @since 0.1.0 */
SLM_API bool slm_header_name_is(slm_string name, slm_string lower);

/** One header. @since 0.1.0 */
typedef struct slm_header {
    slm_string name;
    slm_string value;
} slm_header;

/** An array of headers in memory of the caller's. To extract, `items` and `count` are enough. @since 0.1.0 */
typedef struct slm_headers {
    slm_header *items;
    size_t count;
    size_t capacity;       /**< Of `items`; a setter adds no more. */
    char *bytes;           /**< A setter copies names and values here. */
    size_t bytes_used;     /**< Only grows: a value that is set again leaves its old bytes behind. */
    size_t bytes_capacity; /**< Of `bytes`. */
} slm_headers;

/** Names are compared without regard to case. The carrier is a `const slm_headers *`. Static. Any thread.
 *  @since 0.1.0 */
SLM_API const slm_getter *slm_headers_getter(void);

/** The carrier is a `slm_headers *`; SLM_ERR_LIMIT, and nothing changed, when either memory is full. Static. Any
 *  thread. @since 0.1.0 */
SLM_API const slm_setter *slm_headers_setter(void);

/** The header part of an HTTP/1.1 message as it was received: lines `Name: value`, ended by CRLF or LF alone, up to the
 *  first empty line or the end. The carrier is a `const slm_string *`.
 *
 *  A request or status line is skipped, as is a line without a colon or with space before it. A value that is folded
 *  over lines keeps its line ends, so that every parser refuses it. Static. Any thread.
 *  @spec RFC 9112 5.       @since 0.1.0 */
SLM_API const slm_getter *slm_http1_getter(void);

/** Header lines being written, in memory of the caller's. @since 0.1.0 */
typedef struct slm_http1_lines {
    char *data;
    size_t len;
    size_t capacity;
} slm_http1_lines;

/** Appends `name: value` and CRLF, or replaces the lines of that name; SLM_ERR_LIMIT, and nothing changed, when they
 *  do not fit. The carrier is a `slm_http1_lines *`. Static. Any thread. @since 0.1.0 */
SLM_API const slm_setter *slm_http1_setter(void);

/** The environment of a process: the carrier is a `char *const *`, such as `environ` or the `envp` of main().
 *
 *  Names are looked up in upper case with `_` for what no variable name has (TRACEPARENT, X_B3_TRACEID); the first
 *  entry counts, and an empty one is none. Reads only; start-up is the time for it. Static. Any thread while nobody
 *  changes the environment.
 *  @spec OpenTelemetry, Environment Variables as Context Propagation Carriers.       @since 0.1.0 */
SLM_API const slm_getter *slm_environment_getter(void);

/** An environment for execve() or posix_spawn(), in one block of the caller's: the process's own is never changed.
 *  @since 0.1.0 */
typedef struct slm_environment {
    char **entries; /**< Ended by NULL; entries of the base are borrowed. */
    size_t count;   /**< Of entries, without the NULL. */
    char *low;      /**< Between the entries and the strings that were set lies what is free, up to here. */
} slm_environment;

/** Bytes of a block for `base` and all that the library's propagators set, a full baggage included. `base` may be NULL.
 *  Any thread. @since 0.1.0 */
SLM_API size_t slm_environment_room(char *const *base);

/** Copies `base` (pointers only; NULL for none) into `memory`, which is aligned for a pointer.
 *  SLM_ERR_LIMIT, and nothing usable, if it does not fit. Any thread. @since 0.1.0 */
SLM_API SLM_NODISCARD slm_status slm_environment_init(slm_environment *out, void *memory, size_t bytes,
                                                      char *const *base);

/** Sets `NAME=value` in place of the entries of that name. SLM_ERR_LIMIT, and nothing changed, when the block is full;
 *  SLM_ERR_INVALID_ARGUMENT for a NUL in a value. The carrier is a `slm_environment *`. Static. Any thread.
 *  @since 0.1.0 */
SLM_API const slm_setter *slm_environment_setter(void);

SLM_END_DECLS

#endif
