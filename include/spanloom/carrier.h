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

SLM_END_DECLS

#endif
