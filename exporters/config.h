/* SPDX-License-Identifier: MIT */
/* What is in force: the environment, and above it what the code says. Read once, at slm_init(); nothing reads the
 * environment later, for a host may be rewriting it. */
#ifndef SPANLOOM_EXPORTERS_CONFIG_H
#define SPANLOOM_EXPORTERS_CONFIG_H

#include <spanloom/id_generator.h>
#include <spanloom/pipeline.h>
#include <spanloom/transport.h>

#include "exporters/pem.h"
#include "exporters/resource.h"
#include "exporters/span_limits.h"
#include "exporters/url.h"
#include "exporters/worker.h"

/* A bit of `exporters` beside those of slm_exporter: the file. */
#define SLMI_EXPORTER_FILE 0x80000000u
/* The host's own. */
#define SLMI_EXPORTER_CUSTOM 0x40000000u

enum { SLMI_HEADERS_MAX = 32, SLMI_HEADER_BYTES = 4096, SLMI_FILTER_BYTES = 4096 };

/* A timeout of SLMI_ENDLESS_MS has no end. */
typedef struct slmi_settings {
    bool disabled;
    bool quiet; /* OTEL_LOG_LEVEL=none */
    bool show;  /* OTEL_LOG_LEVEL=debug */
    uint32_t exporters;
    uint32_t max_records; /* 0: the core's default */
    uint32_t queue_spans, batch_spans;
    uint32_t schedule_delay_ms, export_timeout_ms;
    uint32_t tail_slow_ms; /* 0: no tail keep */
    uint32_t tail_hold_ms, tail_spans, tail_trace_spans;
    uint32_t otlp_timeout_ms, zipkin_timeout_ms;
    bool otlp_protobuf, otlp_gzip;
    bool otlp_grpc; /* and then otlp_protobuf as well */
    slmi_url otlp_url, zipkin_url;
    slmi_proxy otlp_proxy, zipkin_proxy;
    char *headers[SLMI_HEADERS_MAX]; /* "name: value", for OTLP */
    size_t header_count;
    char *ca_file, *certificate_file, *key_file; /* NULL: none */
    slmi_pem ca, certificate, key;               /* what is in them */
    slmi_pem system_ca;                          /* if there is use for it */
    char *file;                                  /* NULL: none */
    char *log_filter, *export_filter;            /* NULL: none given */
    struct slm_sampler *sampler;                 /* a reference; NULL: ParentBased(AlwaysOn) */
    const slm_id_generator *ids;                 /* the caller's, for the time of its call; NULL: random ones */
    const struct slm_format_options *log_format; /* the caller's, for the time of its call; NULL: `log_style` */
    unsigned log_style;
    uint32_t details;      /* slm_detail */
    bool by_host;          /* the host drives: no thread */
    bool curl_is_ready;    /* the host called curl_global_init() */
    slm_resolver resolver; /* `resolve` NULL: none */
    slmi_worker_options worker;
    slm_transport transport; /* `begin` NULL: libcurl */
    bool open_spans;         /* for a receiver that asks for them */
    bool simple;             /* what has ended is exported at once */
    bool logs;               /* it is a pipeline of log records */
    bool logs_only;          /* there is one, and events go there only, not into their spans as well */
    slm_exporter_ops custom;
    void *custom_self;
    char *name; /* of `custom` */
    /* Those that the code set up one by one, each with one exporter; this one's are not used then. And the one of log
     * records, the last of them. */
    struct slmi_settings *pipelines[SLM_PIPELINES_MAX];
    unsigned pipeline_count;
    const slm_resource *who; /* the process's: that below, or for a pipeline that of the settings it belongs to */
    slm_span_limits limits;
    slmi_resource resource;
} slmi_settings;

/* Reads everything; `config` may be NULL. Complaints are added, not told. NULL without memory, or if `config->size` is
 * none (`*status` says which). */
slmi_settings *slmi_settings_read(const slm_config *config, slmi_complaints *complaints, slm_status *status);
void slmi_settings_free(slmi_settings *settings);
/* Parses the CAs, anew if it was done before: in a forked child, for a thread that the child does not have may have
 * been using what was made of them. */
void slmi_settings_trust(slmi_settings *settings);

/* Reads what is in the files of CAs, certificate and key. */
void slmi_settings_read_certificates(slmi_settings *settings, slmi_complaints *complaints);
/* Leaves out the exporters that nothing in this build can carry. */
void slmi_settings_leave_http(slmi_settings *settings, const slm_config *config, slmi_complaints *complaints);
/* The part of it that says what tail keep keeps. */
void slmi_settings_read_tail(slmi_settings *settings, const slm_config *config, slmi_complaints *complaints);

/* The part of it that says who drives. */
void slmi_settings_read_drive(slmi_settings *settings, const slm_config *config, slmi_complaints *complaints);

/* The settings in one line, values of headers left out. */
void slmi_settings_show(const slmi_settings *settings, char *line, size_t room);

#endif
