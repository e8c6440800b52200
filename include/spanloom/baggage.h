/* SPDX-License-Identifier: MIT */
/** @file W3C Baggage: names and values that travel with a trace.
 *
 * A baggage is kept as the text of its header, in memory of the caller's: passing it on copies bytes, and only who
 * reads a value decodes it. Baggage reaches every service that a request reaches: nothing secret belongs in it. */
#ifndef SPANLOOM_BAGGAGE_H
#define SPANLOOM_BAGGAGE_H

#include <spanloom/propagation.h>
#include <spanloom/span.h>

SLM_BEGIN_DECLS

/** What is carried at most: members, and bytes of the whole header. W3C Baggage 3.3.2. @since 0.1.0 */
#define SLM_BAGGAGE_MEMBERS_MAX 64
#define SLM_BAGGAGE_BYTES_MAX   8192

/** A baggage in `capacity` bytes of the caller's, of which no more than SLM_BAGGAGE_BYTES_MAX are used. With `len` 0 it
 *  is empty: setting that clears it. A copy of the struct shares the text. @since 0.1.0 */
typedef struct slm_baggage {
    char *text; /**< A well-formed header value without white space; not terminated. */
    size_t len;
    size_t capacity;
} slm_baggage;

/** An empty baggage in an array of char. @since 0.1.0 */
#define SLM_BAGGAGE_IN(array)                                                                                          \
    {                                                                                                                  \
        (array), 0, sizeof(array)                                                                                      \
    }

/** One member; all point into the baggage and stay valid until it changes. @since 0.1.0 */
typedef struct slm_baggage_member {
    slm_string key;
    slm_string value;      /**< Percent-encoded, as on the wire: see slm_baggage_decode(). May be empty. */
    slm_string properties; /**< `key` or `key=value`, separated by `;`; absent if there are none. */
} slm_baggage_member;

/** Reads the `baggage` of a request, all its header lines in their order.
 *
 *  Members that are malformed, and those that come when there is no more room, are left out; the others are kept. Of a
 *  repeated key the last member is kept.
 *  @param lines  Borrowed for the call.
 *  @param out    Its text is replaced, whatever is returned but SLM_ERR_INVALID_ARGUMENT.
 *  @retval SLM_ERR_MALFORMED  At least one member was malformed.
 *  @retval SLM_ERR_LIMIT      None was malformed, but some had no room.
 *  @threadsafety  Any thread that owns `*out`; async-signal-safe.
 *  @spec  W3C Baggage 3.3.       @since 0.1.0 */
SLM_API slm_status slm_baggage_parse(const slm_string *lines, size_t count, slm_baggage *out);

/** Steps through the members. `*cursor` starts at 0; false after the last. `baggage` is not NULL. Any thread,
 *  async-signal-safe. @since 0.1.0 */
SLM_API bool slm_baggage_next(const slm_baggage *baggage, size_t *cursor, slm_baggage_member *member);

/** Finds the member of a key; false if there is none. OpenTelemetry Baggage API, Get Value. Any thread,
 *  async-signal-safe. @since 0.1.0 */
SLM_API bool slm_baggage_find(const slm_baggage *baggage, slm_string key, slm_baggage_member *member);

/** Steps through the properties of a member, as slm_baggage_next() does. `value` is absent if there is no `=`; neither
 *  is encoded in a way that this library would decode. Any thread. @since 0.1.0 */
SLM_API bool slm_baggage_next_property(slm_string properties, size_t *cursor, slm_string *key, slm_string *value);

/** Decodes a value, like snprintf: writes at most `room` bytes at `out`, a terminator included, cut between characters,
 *  and returns the length it wanted. What is not UTF-8 becomes U+FFFD; a `%` that starts no code stays. Any thread,
 *  async-signal-safe. W3C Baggage 3.3.1.3. @since 0.1.0 */
SLM_API size_t slm_baggage_decode(slm_string value, char *out, size_t room);

/** Adds a member, or replaces the one of that key.
 *
 *  @param key         A token of RFC 9110 5.6.2: not empty, ASCII letters, digits and `!#$%&'*+-.^_`|~`.
 *  @param value       Any UTF-8; encoded as needed. May be empty.
 *  @param properties  As slm_baggage_member has them; absent (NULL) for none.
 *  @param baggage     Not NULL; untouched unless SLM_OK. None of the strings lies in it.
 *  @retval SLM_ERR_INVALID_ARGUMENT  The key is no token, or the properties are malformed.
 *  @retval SLM_ERR_LIMIT             It does not fit, or is the 65th.
 *  @threadsafety  Any thread that owns it; async-signal-safe.
 *  @spec  OpenTelemetry Baggage API, Set Value.       @since 0.1.0 */
SLM_API SLM_NODISCARD slm_status slm_baggage_set(slm_baggage *baggage, slm_string key, slm_string value,
                                                 slm_string properties);

/** Removes a member; whether it was there. Any thread that owns the baggage; async-signal-safe. OpenTelemetry Baggage
 *  API, Remove Value. @since 0.1.0 */
SLM_API bool slm_baggage_remove(slm_baggage *baggage, slm_string key);

/** Reads the baggage of a carrier, as slm_baggage_parse() does; what it leaves out is counted as
 *  SLM_DIAG_MALFORMED_HEADER. SLM_ERR_NOT_FOUND, and `*out` is untouched, without a baggage header. Any thread.
 *  @since 0.1.0 */
SLM_API slm_status slm_baggage_extract(const slm_getter *getter, const void *carrier, slm_baggage *out);

/** Writes a baggage that is not empty into a carrier. What the setter answers, or SLM_ERR_INVALID_ARGUMENT. Any thread.
 *  @since 0.1.0 */
SLM_API slm_status slm_baggage_inject(const slm_baggage *baggage, const slm_setter *setter, void *carrier);

/** Records members of a baggage as fields of a span, under their own keys, decoded and cut at 1,023 bytes: what is
 *  chosen only, since a baggage comes from whoever sent the request.
 *
 *  @param keys  Ended by NULL; those that the baggage does not have are left out. Borrowed for the call.
 *  @threadsafety  Any thread that owns the baggage.       @since 0.1.0 */
SLM_API void slm_span_set_baggage(slm_span span, const slm_baggage *baggage, const char *const *keys);

SLM_END_DECLS

#endif
