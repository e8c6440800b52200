/* SPDX-License-Identifier: MIT */
/** @file Set-up of an application, never of a library: what is exported, and where to. */
#ifndef SPANLOOM_SDK_H
#define SPANLOOM_SDK_H

#include <spanloom/diagnostic.h>
#include <spanloom/span_data.h>
#include <spanloom/stats.h>
#include <spanloom/status.h>
#include <spanloom/value.h>

SLM_BEGIN_DECLS

struct slm_sampler;         /* sampler.h */
struct slm_id_generator;    /* id_generator.h */
struct slm_format_options;  /* format.h */
struct slm_resolver;        /* drive.h */
struct slm_thread_hooks;    /* drive.h */
struct slm_transport;       /* transport.h */
struct slm_pipeline_config; /* pipeline.h */
struct slm_processor;       /* processor.h */
struct slm_span_limits;     /* span_limits.h */

/** Exporters, to be or-ed. Values are pinned. OpenTelemetry SDK environment variables, OTEL_TRACES_EXPORTER.
 *  @since 0.1.0 */
typedef enum slm_exporter {
    SLM_EXPORTER_OTLP = 1,        /**< OTLP over HTTP, as JSON or protobuf, or over gRPC. */
    SLM_EXPORTER_ZIPKIN = 2,      /**< Zipkin v2 JSON. */
    SLM_EXPORTER_CONSOLE = 4,     /**< Lines for people on standard output. */
    SLM_EXPORTER_NONE = 8,        /**< None; on its own only. */
    SLM_EXPORTER_OTLP_STDOUT = 16 /**< OTLP/JSON on standard output, a request a line. */
} slm_exporter;

/** A setting that is on or off. Values are pinned. @since 0.1.0 */
typedef enum slm_switch {
    SLM_SWITCH_DEFAULT = 0, /**< As the environment says. */
    SLM_SWITCH_ON = 1,
    SLM_SWITCH_OFF = 2
} slm_switch;

/** Where events go. Values are pinned.  @since 0.1.0 */
typedef enum slm_events {
    SLM_EVENTS_LOGS = 1, /**< Out as log records, those outside any span too, and not into their spans. */
    SLM_EVENTS_BOTH = 2,
    SLM_EVENTS_SPANS = 3 /**< Into their spans. Without an exporter of logs they go nowhere else. */
} slm_events;

/** A wait without end, in the fields that end in `_ms`. @since 0.1.0 */
#define SLM_ENDLESS_MS UINT32_MAX

/** What slm_init() is told. Start from SLM_CONFIG_INIT; a zero or NULL field means what the environment says, and where
 *  that says nothing, its default. New fields are appended; `size` tells the library which ones the caller was built
 *  with. All is copied.
 *
 *  Environment: OTEL_SDK_DISABLED, OTEL_SERVICE_NAME, OTEL_RESOURCE_ATTRIBUTES, OTEL_TRACES_EXPORTER,
 *  OTEL_EXPORTER_OTLP_[TRACES_]{ENDPOINT,HEADERS,TIMEOUT,PROTOCOL,COMPRESSION},
 *  OTEL_EXPORTER_OTLP_[TRACES_]INSECURE (over gRPC, of an endpoint that is no URL),
 *  OTEL_EXPORTER_OTLP_[TRACES_]{CERTIFICATE,CLIENT_CERTIFICATE,CLIENT_KEY},
 *  OTEL_LOGS_EXPORTER, OTEL_EXPORTER_OTLP_LOGS_... as for traces, OTEL_BLRP_*, SPANLOOM_EVENTS,
 *  OTEL_TRACES_SAMPLER, OTEL_TRACES_SAMPLER_ARG, OTEL_PROPAGATORS (propagator.h),
 *  OTEL_EXPORTER_ZIPKIN_{ENDPOINT,TIMEOUT}, OTEL_BSP_*, OTEL_LOG_LEVEL, SPANLOOM_LOG, SPANLOOM_EXPORT,
 *  SPANLOOM_LOG_FORMAT, SPANLOOM_EXPORT_DETAILS, SPANLOOM_MAX_RECORDS, SPANLOOM_OPEN_SPANS, SPANLOOM_MEMORY_LIMIT
 *  (memory.h), those of `limits` and `resource_detectors` below, and the proxy variables as libcurl has them.
 * Empty is unset; a timeout of 0 has no end. A value that makes no sense is named in one warning
 * (SLM_DIAG_CONFIGURATION), and the rest applies. @since 0.1.0 */
typedef struct slm_config {
    uint32_t size;                /**< sizeof(slm_config); required. */
    uint32_t exporters;           /**< slm_exporter bits. OTEL_TRACES_EXPORTER; SLM_EXPORTER_OTLP. */
    const char *service_name;     /**< OTEL_SERVICE_NAME; "unknown_service:" and the program's name. */
    const slm_field *resource;    /**< Attributes of the resource, which win over OTEL_RESOURCE_ATTRIBUTES. */
    uint32_t resource_count;      /**< At most 64. */
    uint32_t queue_spans;         /**< A pipeline keeps at most this many. OTEL_BSP_MAX_QUEUE_SIZE; 2048. */
    const char *endpoint;         /**< The whole URL for OTLP, used as it is; or "unix:/path", a socket.
                                       OTEL_EXPORTER_OTLP_TRACES_ENDPOINT, or OTEL_EXPORTER_OTLP_ENDPOINT and
                                       "v1/traces"; http://localhost:4318/v1/traces. Over gRPC its path
                                       is not used, it may be a mere "host:port", and the default is
                                       http://localhost:4317. */
    const char *zipkin_endpoint;  /**< OTEL_EXPORTER_ZIPKIN_ENDPOINT; http://localhost:9411/api/v2/spans. */
    const char *headers;          /**< For OTLP, as "name=value,name=value", percent-encoded.
                                       OTEL_EXPORTER_OTLP_HEADERS. */
    const char *ca_file;          /**< PEM. OTEL_EXPORTER_OTLP_CERTIFICATE; the system's. */
    const char *certificate_file; /**< The client's, PEM. OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE. */
    const char *key_file;         /**< The client's, PEM. OTEL_EXPORTER_OTLP_CLIENT_KEY. */
    uint32_t batch_spans;         /**< Most in one request. OTEL_BSP_MAX_EXPORT_BATCH_SIZE; 512. */
    uint32_t schedule_delay_ms;   /**< Longest wait of a queued span. OTEL_BSP_SCHEDULE_DELAY; 5000. */
    uint32_t export_timeout_ms;   /**< For a batch, all attempts. OTEL_BSP_EXPORT_TIMEOUT; 30000. */
    uint32_t request_timeout_ms;  /**< For an attempt. OTEL_EXPORTER_OTLP_TIMEOUT, ..._ZIPKIN_TIMEOUT; 10000. */
    uint32_t max_records;         /**< Most spans at once, open and queued, in slots of 512 bytes; what the first set-up
                                       of the process said holds. SPANLOOM_MAX_RECORDS; 4096, and beside
                                       them as many as the queue of log records takes, where there is one. */
    const char *log_filter;       /**< What is printed on standard error. SPANLOOM_LOG; nothing. */
    const char *export_filter;    /**< What is exported. SPANLOOM_EXPORT; "info". */
    const char *protocol;         /**< Of OTLP: "http/json", "http/protobuf" or "grpc". OTEL_EXPORTER_OTLP_PROTOCOL;
                                       http/json, also where the library was built without what gRPC needs. */
    const char *compression;      /**< Of OTLP's requests: "gzip" or "none". OTEL_EXPORTER_OTLP_COMPRESSION; none. */
    struct slm_sampler *sampler;  /**< See sampler.h. Retained: the caller keeps its own reference.
                                       OTEL_TRACES_SAMPLER; ParentBased(AlwaysOn). */
    /** See id_generator.h. Copied; where slm_init() sets recording up, its destroy() is called in the end. Default: the
     *  library's random ids. */
    const struct slm_id_generator *id_generator;
    const char *file; /**< A file to which spans go as well, as OTLP/JSON, a request a line; it is appended to,
                           and made (0640) if there is none. NULL: none. With SLM_EXPORTER_NONE they go
                           there only. What cannot be written is dropped and counted. */
    /** How what is printed looks, and where it goes if its `writer` is set, which is taken on success. Without it
     *  SPANLOOM_LOG_FORMAT, a name as slm_init_log() has it; full. */
    const struct slm_format_options *log_format;
    uint32_t export_details;  /**< slm_detail bits. SPANLOOM_EXPORT_DETAILS, a list of "code", "level", "target",
                                   "thread" and "times"; none. */
    uint32_t drive;           /**< slm_drive (drive.h): who drives the exporters. SLM_DRIVE_THREAD. */
    bool curl_is_initialized; /**< curl_global_init() was called, and curl_global_cleanup() will not be before
                                   slm_shutdown(). Default: slm_init() calls it. */
    const struct slm_resolver *resolver;         /**< See drive.h. The system's. */
    const struct slm_thread_hooks *thread_hooks; /**< See drive.h. None. */
    const struct slm_transport *transport;       /**< See transport.h. libcurl. */
    /** Pipelines, each with an exporter, a filter, a queue of its own: see pipeline.h. With them `exporters`, `file`
     * and OTEL_TRACES_EXPORTER say nothing; the rest holds for each that does not say otherwise. NULL: the exporters.
     */
    const struct slm_pipeline_config *pipelines;
    uint32_t pipeline_count; /**< At most SLM_PIPELINES_MAX. */
    /** Hooks on the way of each span that a pipeline takes: see processor.h. Members of one `size`. */
    const struct slm_processor *processors;
    uint32_t processor_count; /**< At most SLM_PROCESSORS_MAX. */
    /** See span_limits.h: all of them, and none of the environment's. OTEL_ATTRIBUTE_COUNT_LIMIT,
     *  OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT, OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT, OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT,
     *  OTEL_SPAN_EVENT_COUNT_LIMIT, OTEL_SPAN_LINK_COUNT_LIMIT, OTEL_EVENT_ATTRIBUTE_COUNT_LIMIT,
     *  OTEL_LINK_ATTRIBUTE_COUNT_LIMIT, SPANLOOM_VALUE_BYTES, SPANLOOM_SPAN_BYTES. */
    const struct slm_span_limits *limits;
    /** What the resource says beside: "container", "host", "os", "process", "service" (an instance id of this run), a
     *  list of them, or "all". What a program was given as arguments is not told. SPANLOOM_RESOURCE_DETECTORS; none. */
    const char *resource_detectors;
    const char *resource_schema_url; /**< Of the conventions that `resource` follows. None, or the detectors'. */
    /** Tail keep, if this is set: the spans of a trace that end in this process are held until their local root ends,
     *  and exported only if that took so many milliseconds, if any of them failed, or if the caller is another process
     *  and sampled the trace, for it expects them. See docs/sampling.md. SPANLOOM_TAIL_SLOW; no tail keep. */
    uint32_t tail_slow_ms;
    uint32_t tail_hold_ms;     /**< Longest wait for a local root; what is held longer is exported.
                                    SPANLOOM_TAIL_HOLD; 30000. */
    uint32_t tail_spans;       /**< Most that a pipeline holds; for more the oldest trace is exported.
                                    SPANLOOM_TAIL_SPANS; 1024. */
    uint32_t tail_trace_spans; /**< Most of one trace; a larger one is exported. SPANLOOM_TAIL_TRACE_SPANS; 256. */
    uint32_t open_spans;       /**< slm_switch: whether what is still open goes, at most once a second, to an OTLP/HTTP
                                    receiver that announces `Spanloom-Open-Spans: PATH`; to no other. Not over the
                                    host's transport. SPANLOOM_OPEN_SPANS, "on" or "off"; on. */
    /** The pipeline of log records (docs/logging.md), which takes the events that the filter takes: `exporter` is
     *  SLM_EXPORTER_OTLP, SLM_EXPORTER_OTLP_STDOUT or SLM_EXPORTER_NONE, or there is a `file`. What it does not say,
     *  this struct says, but for `endpoint`. OTEL_LOGS_EXPORTER, "otlp" or "none"; none. */
    const struct slm_pipeline_config *logs;
    uint32_t events; /**< A slm_events. SPANLOOM_EVENTS, "logs", "both" or "spans"; logs if they are exported. */
} slm_config;

#ifdef __cplusplus
static inline slm_config slmi_config_init()
{
    slm_config config = slm_config();
    config.size = (uint32_t)sizeof config;
    return config;
}
#define SLM_CONFIG_INIT slmi_config_init() /**< Sets `size`, and all else to zero. @since 0.1.0 */
#else
#define SLM_CONFIG_INIT                                                                                                \
    {                                                                                                                  \
        .size = (uint32_t)sizeof(slm_config)                                                                           \
    }
#endif

/**
 * Starts to record and to export, with one thread of the library's own that blocks all signals, or by the host's loop
 * (`config->drive`).
 *
 * From here on the default diagnostic handler writes to standard error. An exit without slm_shutdown() still flushes,
 * for at most a second. A forked child exports too, once it traces.
 *
 * @param config  Borrowed for the call; NULL for what the environment says.
 * @retval SLM_OK                    Also when OTEL_SDK_DISABLED is true: nothing is exported then.
 * @retval SLM_ERR_INVALID_ARGUMENT  `config->size` is none.
 * @retval SLM_ERR_EXISTS            It was called before, without a slm_shutdown() since.
 * @retval SLM_ERR_NO_MEMORY, SLM_ERR_SYSTEM  Nothing was started.
 * @threadsafety  Any thread; one call at a time, others wait. Not async-signal-safe.
 * @spec   OpenTelemetry SDK environment variables.       @since 0.1.0
 */
SLM_API slm_status slm_init(const slm_config *config);

/**
 * Exports every span that ended before the call, then returns.
 *
 * Spans that other threads end meanwhile may or may not be included. What tail keep holds is not waited for: its local
 * root has not ended.
 *
 * @param timeout_ms  Milliseconds of monotonic time; 0 asks for it and answers without waiting.
 * @retval SLM_OK              Each such span was delivered, to every exporter.
 * @retval SLM_ERR_UNDELIVERED Every one found its end, but some were refused or dropped.
 * @retval SLM_ERR_TIMED_OUT   Some are still queued; they are kept and tried again.
 * @retval SLM_ERR_SHUT_DOWN   slm_shutdown() came first.
 * @retval SLM_ERR_NOT_FOUND   There was no slm_init().
 * @retval SLM_ERR_INVALID_ARGUMENT  Called from a diagnostic handler on the library's own thread, which cannot wait for
 *                             itself.
 * @threadsafety  Any thread. Not async-signal-safe.
 * @spec   OpenTelemetry Trace SDK, ForceFlush.       @since 0.1.0
 */
SLM_API SLM_NODISCARD slm_status slm_flush(uint32_t timeout_ms);

/**
 * Exports what ended before the call, ends the library's thread, and stops recording for export. What could not be
 * delivered in time is dropped, counted, and said in one line (SLM_DIAG_UNDELIVERED). If nobody listens at an endpoint,
 * it does not wait for that to change.
 *
 * @param timeout_ms  Milliseconds of monotonic time; 0 drops what is queued.
 * @retval SLM_OK              Everything that was left was delivered.
 * @retval SLM_ERR_UNDELIVERED Some spans were refused or dropped.
 * @retval SLM_ERR_TIMED_OUT   The same, because the time was up.
 * @retval SLM_ERR_SHUT_DOWN   It was called before.
 * @retval SLM_ERR_NOT_FOUND   There was no slm_init().
 * @retval SLM_ERR_INVALID_ARGUMENT  As for slm_flush().
 * @threadsafety  Any thread. Not async-signal-safe.
 * @spec   OpenTelemetry Trace SDK, Shutdown.       @since 0.1.0
 */
SLM_API slm_status slm_shutdown(uint32_t timeout_ms);

/**
 * From the next request on, `slm_config.file` is opened anew: for a handler of the signal that a tool such as logrotate
 * sends. If it cannot be opened, the old one stays in use.
 *
 * @threadsafety  Any thread; async-signal-safe.       @since 0.1.0
 */
SLM_API void slm_reopen_file(void);

SLM_END_DECLS

#endif
