/* SPDX-License-Identifier: MIT */
/** @file The layer that sends events to syslog, as RFC 5424 has it, with fields as structured data. */
#ifndef SPANLOOM_SYSLOG_H
#define SPANLOOM_SYSLOG_H

#include <spanloom/layer.h>

SLM_BEGIN_DECLS

/** Events on their way to syslog. Opaque; the layer has one reference, the caller another. @since 0.1.0 */
typedef struct slm_syslog slm_syslog;

enum { SLM_SYSLOG_BYTES_MIN = 480, SLM_SYSLOG_BYTES_MAX = 65000 }; /**< Of a message. @since 0.1.0 */

/** Options of slm_syslog_new(); zero means the default. @since 0.1.0 */
typedef struct slm_syslog_options {
    uint32_t size;      /**< sizeof(slm_syslog_options). */
    uint32_t max_bytes; /**< Of a message; longer ones are cut. Default 8192; RFC 5424 6.1 lets receivers cut at 2048,
                             or at 480. At most SLM_SYSLOG_BYTES_MAX. */
    const char *path;   /**< Of a datagram socket. Default /dev/log. */
    int fd;             /**< A connected datagram socket in place of `path`, such as UDP's; borrowed. 0: none. */
    uint32_t facility;  /**< 1 (user, the default) to 23. RFC 5424 6.2.1. */
    const char *identifier; /**< APP-NAME. Default: what the program was called by. */
    const char *data_id;    /**< The SD-ID of the fields, `name@number` with your private enterprise number. Default
                                 "fields@32473", which is the number that documentation uses. RFC 5424 7.2.2. */
} slm_syslog_options;

/**
 * Makes a layer that sends each event as one message:
 *
 *     <12>1 2026-11-23T02:14:52.123456Z host app 42 yaks [fields@32473 trace_id="…" span_id="…" spans="shear"
 *     yak="3"] yak shaving failed!
 *
 * The severity is ERROR 3, WARN 4, INFO 5, DEBUG 6, TRACE 7; MSGID is the target; `spans` are the names of the spans
 * around that the layer takes, outermost first, separated by `:`; then come the event's fields, and those of these
 * spans, innermost first. An event without text has its fields as MSG. Control bytes are escaped, as SLM_FORMAT_FULL
 * does it.
 *
 * Never blocks: a message for which there is no room right now is lost and counted. Who listens need not run yet. A
 * forked child goes on sending, and counts from zero.
 *
 * @param options  NULL for the defaults.
 * @param filter   Put into `*layer`: slm_subscriber_of_layers() takes it. NULL takes all.
 * @param layer    Written on success. For one subscriber; one that gets none calls `layer->ops->destroy(layer->self)`.
 * @param out      Written on success; given up by slm_syslog_release().
 * @retval SLM_OK, SLM_ERR_INVALID_ARGUMENT, SLM_ERR_NO_MEMORY, SLM_ERR_SYSTEM (no socket can be made).
 * @threadsafety Any thread.    @since 0.1.0
 */
SLM_API SLM_NODISCARD slm_status slm_syslog_new(const slm_syslog_options *options, slm_filter *filter, slm_layer *layer,
                                                slm_syslog **out);

/** What became of events. @since 0.1.0 */
typedef struct slm_syslog_stats {
    uint64_t sent;
    uint64_t lost; /**< There was no room, or nobody listens. */
    uint64_t cut;  /**< Among those sent and lost. */
} slm_syslog_stats;

/** Reads the counts. Any thread. @since 0.1.0 */
SLM_API slm_syslog_stats slm_syslog_stats_read(const slm_syslog *syslog);

/** Gives the caller's reference up. NULL is fine. Any thread. @since 0.1.0 */
SLM_API void slm_syslog_release(slm_syslog *syslog);

SLM_END_DECLS

#endif
