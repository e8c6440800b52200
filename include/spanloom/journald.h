/* SPDX-License-Identifier: MIT */
/** @file The layer that sends events to systemd's journal, in its native protocol: every field stays a field, and any
 * byte may be in it. https://systemd.io/JOURNAL_NATIVE_PROTOCOL/ */
#ifndef SPANLOOM_JOURNALD_H
#define SPANLOOM_JOURNALD_H

#include <spanloom/layer.h>

SLM_BEGIN_DECLS

/** Events on their way to the journal. Opaque; the layer has one reference, the caller another. @since 0.1.0 */
typedef struct slm_journald slm_journald;

/** The bounds of its options. @since 0.1.0 */
enum { SLM_JOURNALD_VALUE_BYTES_MAX = 65536, SLM_JOURNALD_EVENT_BYTES_MAX = 524288, SLM_JOURNALD_FIELDS_MAX = 32 };

/** Options of slm_journald_new(); zero means the default. @since 0.1.0 */
typedef struct slm_journald_options {
    uint32_t size;           /**< sizeof(slm_journald_options). */
    uint32_t field_count;    /**< At most SLM_JOURNALD_FIELDS_MAX. */
    const char *path;        /**< Of the socket. Default /run/systemd/journal/socket. */
    const char *identifier;  /**< SYSLOG_IDENTIFIER. Default: what the program was called by. */
    const char *prefix;      /**< Of the fields of events and spans, which keeps them apart from the journal's own: the
                                  field `user.id` is sent as F_USER_ID. Default "F"; "": none. */
    const slm_field *fields; /**< More fields of every event, without prefix; copied. Strings only. */
} slm_journald_options;

/**
 * Makes a layer that sends each event as one entry: MESSAGE, PRIORITY (ERROR 3, WARN 4, INFO 5, DEBUG 6, TRACE 7),
 * SYSLOG_IDENTIFIER, TARGET, CODE_FILE, CODE_LINE; in a span TRACE_ID, SPAN_ID, and SPAN_NAME for each span around that
 * the layer takes, outermost first, with their fields; then the event's own fields. Names are in upper case, with `_`
 * for what the journal does not take. An event without text has its fields as MESSAGE.
 *
 * Never blocks: an entry for which the journal has no room right now is lost and counted. One that is too large for a
 * datagram goes as sealed memory, a value longer than SLM_JOURNALD_VALUE_BYTES_MAX or an entry longer than
 * SLM_JOURNALD_EVENT_BYTES_MAX is cut and counted. The journal need not run, nor run yet. A forked child goes on
 * sending, and counts from zero.
 *
 * @param options  NULL for the defaults.
 * @param filter   Put into `*layer`: slm_subscriber_of_layers() takes it. NULL takes all.
 * @param layer    Written on success. For one subscriber; one that gets none calls `layer->ops->destroy(layer->self)`.
 * @param out      Written on success; given up by slm_journald_release().
 * @retval SLM_OK, SLM_ERR_INVALID_ARGUMENT, SLM_ERR_NO_MEMORY, SLM_ERR_SYSTEM (no socket can be made).
 * @threadsafety Any thread.    @since 0.1.0
 */
SLM_API SLM_NODISCARD slm_status slm_journald_new(const slm_journald_options *options, slm_filter *filter,
                                                  slm_layer *layer, slm_journald **out);

/** What became of events. @since 0.1.0 */
typedef struct slm_journald_stats {
    uint64_t sent;
    uint64_t lost; /**< The journal had no room, or is not there. */
    uint64_t cut;  /**< Among those sent and lost. */
} slm_journald_stats;

/** Reads the counts. Any thread. @since 0.1.0 */
SLM_API slm_journald_stats slm_journald_stats_read(const slm_journald *journald);

/** Gives the caller's reference up. NULL is fine. Any thread. @since 0.1.0 */
SLM_API void slm_journald_release(slm_journald *journald);

SLM_END_DECLS

#endif
