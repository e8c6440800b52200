/* SPDX-License-Identifier: MIT */
#include "exporters/config.h"

#include "core/alloc.h"
#include "exporters/config_pipelines.h"
#include "core/install.h"
#include "exporters/config_grpc.h"
#include "exporters/curl_process.h"
#include "exporters/deadline.h"
#include "exporters/headers.h"
#include "exporters/sampler.h"
#include "exporters/unsupported.h"

#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

enum { QUEUE_MAX = 1 << 20, RECORDS_DEFAULT = 4096, RECORDS_MAX = 1 << 20, PATH_BYTES = 4096 };

#define OTLP        "OTEL_EXPORTER_OTLP_"
#define OTLP_TRACES OTLP "TRACES_"

static const char otlp_path[] = "v1/traces", zipkin_path[] = "api/v2/spans";
static const char default_otlp_url[] = "http://localhost:4318/v1/traces";
static const char default_zipkin_url[] = "http://localhost:9411/api/v2/spans";

static const struct {
    const char *name;
    uint32_t bit;
} exporter_names[] = {
    { "otlp", SLM_EXPORTER_OTLP }, { "zipkin", SLM_EXPORTER_ZIPKIN },           { "console", SLM_EXPORTER_CONSOLE },
    { "none", SLM_EXPORTER_NONE }, { "otlp/stdout", SLM_EXPORTER_OTLP_STDOUT },
};

static uint32_t exporter_named(slm_string name)
{
    for (size_t i = 0; i < sizeof exporter_names / sizeof *exporter_names; i++) {
        if (slm_string_equal(name, slm_string_from_c(exporter_names[i].name)))
            return exporter_names[i].bit;
    }
    return 0;
}

static void read_exporters(slmi_settings *settings, const slm_config *config, slmi_complaints *complaints)
{
    const char *list = slmi_env("OTEL_TRACES_EXPORTER");
    const uint32_t all = 2 * (uint32_t)SLM_EXPORTER_OTLP_STDOUT - 1;
    slm_string name;
    bool unknown = false;
    settings->exporters = config->exporters & all;
    if (config->exporters & ~all)
        slmi_complain(complaints, "config.exporters has bits that are no exporter");
    while (config->exporters == 0 && slmi_list_next(&list, &name)) {
        uint32_t bit = exporter_named(name);
        settings->exporters |= bit;
        if (bit == 0 && name.len > 0) {
            slmi_complain(complaints, "OTEL_TRACES_EXPORTER: no exporter is named \"%.*s\"",
                          (int)(name.len < 40 ? name.len : 40), name.data);
            unknown = true;
        }
    }
    if (unknown && settings->exporters == 0)
        slmi_complain(complaints, "using otlp");
    if (settings->exporters == 0)
        settings->exporters = SLM_EXPORTER_OTLP;
    slmi_settings_leave_http(settings, config, complaints);
    if (settings->exporters & SLM_EXPORTER_NONE && settings->exporters != SLM_EXPORTER_NONE) {
        slmi_complain(complaints, "exporter none stands beside others, which are used");
        settings->exporters &= ~(uint32_t)SLM_EXPORTER_NONE;
    }
}

/* Tries `text`, and complains of it. `path` is put below a base's; `socket_path` is what a Unix socket is asked for. */
static bool try_url(const char *name, const char *text, const char *path, const char *socket_path, slmi_url *out,
                    slmi_complaints *complaints)
{
    if (!text)
        return false;
    slm_status status = slmi_url_parse_unix(text, socket_path, out);
    if (status == SLM_ERR_MALFORMED)
        status = path ? slmi_url_parse_base(text, path, out) : slmi_url_parse(text, out);
    if (status != SLM_OK)
        slmi_complain(complaints, "%s=%.80s is no http or https URL, and not used", name, text);
    return status == SLM_OK;
}

static void default_url(const char *text, slmi_url *out)
{
    slm_status status = slmi_url_parse(text, out);
    (void)status; /* ours, and well formed */
}

static void choose_proxy(const slmi_url *url, slmi_proxy *out, slmi_complaints *complaints)
{
    const char *unused;
    const slmi_proxy_environment environment = {
        /* HTTP_PROXY in capitals is what a CGI client can set by a header. */
        .http_proxy = slmi_env("http_proxy"),
        .https_proxy = slmi_env_either("https_proxy", "HTTPS_PROXY", &unused),
        .all_proxy = slmi_env_either("all_proxy", "ALL_PROXY", &unused),
        .no_proxy = slmi_env_either("no_proxy", "NO_PROXY", &unused),
    };
    if (slmi_proxy_choose(url, &environment, out) != SLM_OK)
        slmi_complain(complaints, "the proxy variables name no proxy that can be used, going without");
}

static void choose_text(char **out, const char *in_code, const char *in_environment, size_t max,
                        slmi_complaints *complaints)
{
    const char *text = in_code && *in_code ? in_code : in_environment;
    if (!text)
        return;
    if (strlen(text) >= max) {
        slmi_complain(complaints, "\"%.40s...\" is too long and is ignored", text);
        return;
    }
    *out = slmi_alloc(strlen(text) + 1);
    if (*out)
        memcpy(*out, text, strlen(text) + 1);
    else
        slmi_complain(complaints, "no memory for \"%.40s\", which is ignored", text);
}

/* A setting that has two values. */
typedef struct choice {
    const char *wanted, *otherwise;
    const char *in_code, *name_in_code;
    const char *in_environment, *name;
} choice;

/* Whether the code, else the environment, says `wanted`. */
static bool chooses(const choice *c, slmi_complaints *complaints)
{
    bool by_code = c->in_code && *c->in_code;
    const char *text = by_code ? c->in_code : c->in_environment;
    if (!text || strcmp(text, c->otherwise) == 0)
        return false;
    if (strcmp(text, c->wanted) == 0)
        return true;
    slmi_complain(complaints, "%s=%.40s is not supported, using %s", by_code ? c->name_in_code : c->name, text,
                  c->otherwise);
    return false;
}

static void read_protocol(slmi_settings *settings, const slm_config *config, slmi_complaints *complaints)
{
    choice protocol = { "http/protobuf", "http/json", config->protocol, "config.protocol", NULL, NULL };
    choice compression = { "gzip", "none", config->compression, "config.compression", NULL, NULL };
    protocol.in_environment = slmi_env_either(OTLP_TRACES "PROTOCOL", OTLP "PROTOCOL", &protocol.name);
    compression.in_environment = slmi_env_either(OTLP_TRACES "COMPRESSION", OTLP "COMPRESSION", &compression.name);
    const char *text = protocol.in_code && *protocol.in_code ? protocol.in_code : protocol.in_environment;
    settings->otlp_grpc = text && strcmp(text, "grpc") == 0;
    settings->otlp_protobuf = !settings->otlp_grpc && chooses(&protocol, complaints);
    settings->otlp_gzip = chooses(&compression, complaints);
}

/* A file that cannot be read is complained of, and its place stays empty. */
static void read_pem(const char *path, slmi_pem *out, slmi_complaints *complaints)
{
    char room[80];
    int error = path ? slmi_pem_read(path, out) : 0;
    if (error != 0)
        slmi_complain(complaints, "%.80s cannot be read: %s", path, strerror_r(error, room, sizeof room));
}

/* The CAs that libcurl was built to trust. Without them it looks for itself, each time. */
static void read_system_ca(slmi_settings *settings)
{
    const char *path = slmi_curl_ca_file();
    bool otlp = settings->exporters & SLM_EXPORTER_OTLP && settings->otlp_url.tls && !settings->ca.data;
    bool zipkin = settings->exporters & SLM_EXPORTER_ZIPKIN && settings->zipkin_url.tls;
    if (path && (otlp || zipkin) && slmi_pem_read(path, &settings->system_ca) != 0)
        slmi_pem_free(&settings->system_ca);
}

static void read_otlp(slmi_settings *settings, const slm_config *config, slmi_complaints *complaints)
{
    const char *name;
    slmi_url *url = &settings->otlp_url;
    read_protocol(settings, config, complaints);
    settings->otlp_grpc = settings->otlp_grpc && slmi_grpc_configure(config, url, complaints);
    settings->otlp_protobuf = settings->otlp_protobuf || settings->otlp_grpc;
    if (!settings->otlp_grpc && !try_url("config.endpoint", config->endpoint, NULL, otlp_path, url, complaints) &&
        !try_url(OTLP_TRACES "ENDPOINT", slmi_env(OTLP_TRACES "ENDPOINT"), NULL, otlp_path, url, complaints) &&
        !try_url(OTLP "ENDPOINT", slmi_env(OTLP "ENDPOINT"), otlp_path, otlp_path, url, complaints))
        default_url(default_otlp_url, url);
    choose_proxy(url, &settings->otlp_proxy, complaints);

    settings->otlp_timeout_ms = 10000;
    if (slmi_env_either(OTLP_TRACES "TIMEOUT", OTLP "TIMEOUT", &name))
        slmi_env_timeout(name, &settings->otlp_timeout_ms, complaints);
    if (config->request_timeout_ms > 0)
        settings->otlp_timeout_ms = config->request_timeout_ms;

    const char *headers = slmi_env_either(OTLP_TRACES "HEADERS", OTLP "HEADERS", &name);
    if (config->headers) {
        headers = config->headers;
        name = "config.headers";
    }
    settings->header_count = slmi_headers_parse(name, headers, settings->headers, complaints);
    for (size_t i = 0; settings->otlp_grpc && i < settings->header_count; i++) {
        if (!slmi_headers_is_metadata(settings->headers[i]))
            slmi_complain(complaints, "%s: header number %zu cannot go over gRPC", name, i + 1);
    }
    choose_text(&settings->ca_file, config->ca_file,
                slmi_env_either(OTLP_TRACES "CERTIFICATE", OTLP "CERTIFICATE", &name), PATH_BYTES, complaints);
    choose_text(&settings->certificate_file, config->certificate_file,
                slmi_env_either(OTLP_TRACES "CLIENT_CERTIFICATE", OTLP "CLIENT_CERTIFICATE", &name), PATH_BYTES,
                complaints);
    choose_text(&settings->key_file, config->key_file,
                slmi_env_either(OTLP_TRACES "CLIENT_KEY", OTLP "CLIENT_KEY", &name), PATH_BYTES, complaints);
}

static void read_zipkin(slmi_settings *settings, const slm_config *config, slmi_complaints *complaints)
{
    static const char endpoint[] = "OTEL_EXPORTER_ZIPKIN_ENDPOINT";
    slmi_url *url = &settings->zipkin_url;
    if (!try_url("config.zipkin_endpoint", config->zipkin_endpoint, NULL, zipkin_path, url, complaints) &&
        !try_url(endpoint, slmi_env(endpoint), NULL, zipkin_path, url, complaints))
        default_url(default_zipkin_url, url);
    choose_proxy(url, &settings->zipkin_proxy, complaints);

    settings->zipkin_timeout_ms = 10000;
    slmi_env_timeout("OTEL_EXPORTER_ZIPKIN_TIMEOUT", &settings->zipkin_timeout_ms, complaints);
    if (config->request_timeout_ms > 0)
        settings->zipkin_timeout_ms = config->request_timeout_ms;
}

static void read_batching(slmi_settings *settings, const slm_config *config, slmi_complaints *complaints)
{
    settings->queue_spans = 2048;
    settings->batch_spans = 512;
    settings->schedule_delay_ms = 5000;
    settings->export_timeout_ms = 30000;
    slmi_env_number("OTEL_BSP_MAX_QUEUE_SIZE", 1, QUEUE_MAX, &settings->queue_spans, complaints);
    slmi_env_number("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", 1, QUEUE_MAX, &settings->batch_spans, complaints);
    slmi_env_number("OTEL_BSP_SCHEDULE_DELAY", 1, INT32_MAX, &settings->schedule_delay_ms, complaints);
    slmi_env_timeout("OTEL_BSP_EXPORT_TIMEOUT", &settings->export_timeout_ms, complaints);
    if (config->queue_spans > 0)
        settings->queue_spans = config->queue_spans < QUEUE_MAX ? config->queue_spans : QUEUE_MAX;
    if (config->batch_spans > 0)
        settings->batch_spans = config->batch_spans;
    if (config->schedule_delay_ms > 0)
        settings->schedule_delay_ms = config->schedule_delay_ms;
    if (config->export_timeout_ms > 0)
        settings->export_timeout_ms = config->export_timeout_ms;
    if (settings->batch_spans > settings->queue_spans)
        settings->batch_spans = settings->queue_spans;
}

static void read_log_level(slmi_settings *settings, slmi_complaints *complaints)
{
    static const char *const others[] = { "error", "warn", "info" };
    const char *level = slmi_env("OTEL_LOG_LEVEL");
    if (!level)
        return;
    settings->quiet = strcasecmp(level, "none") == 0;
    settings->show = strcasecmp(level, "debug") == 0;
    bool known = settings->quiet || settings->show;
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        known = known || strcasecmp(level, others[i]) == 0;
    if (!known)
        slmi_complain(complaints, "OTEL_LOG_LEVEL=%.40s is no level, using info", level);
}

/* What is printed, and what an exported span says of itself. */
static void read_appearance(slmi_settings *settings, const slm_config *config, slmi_complaints *complaints)
{
    static const char *const details[] = { "code", "level", "target", "thread", "times" }; /* in slm_detail's order */
    const uint32_t count = sizeof details / sizeof *details, all = (UINT32_C(1) << count) - 1;
    const char *style = slmi_env("SPANLOOM_LOG_FORMAT"), *list = slmi_env("SPANLOOM_EXPORT_DETAILS");
    settings->log_format = config->log_format;
    if (!config->log_format && style && !slmi_style_named(style, &settings->log_style))
        slmi_complain(complaints, "SPANLOOM_LOG_FORMAT: no format is named \"%.40s\", using full", style);

    slm_string name;
    settings->details = config->export_details & all;
    if (config->export_details & ~all)
        slmi_complain(complaints, "config.export_details has bits that are no detail");
    while (config->export_details == 0 && slmi_list_next(&list, &name)) {
        uint32_t at = 0;
        while (at < count && !slm_string_equal(name, slm_string_from_c(details[at])))
            at++;
        settings->details |= at < count ? UINT32_C(1) << at : 0;
        if (at == count && name.len > 0)
            slmi_complain(complaints, "SPANLOOM_EXPORT_DETAILS: no detail is named \"%.*s\"",
                          (int)(name.len < 40 ? name.len : 40), name.data);
    }
}

/* What the caller's library knew of the struct. */
static bool adopt(const slm_config *config, slm_config *known)
{
    *known = (slm_config)SLM_CONFIG_INIT;
    if (!config)
        return true;
    if (config->size < 2 * sizeof(uint32_t))
        return false;
    memcpy(known, config, config->size < sizeof *known ? config->size : sizeof *known);
    if (!known->resource)
        known->resource_count = 0;
    return true;
}

slmi_settings *slmi_settings_read(const slm_config *config, slmi_complaints *complaints, slm_status *status)
{
    slm_config known;
    if (!adopt(config, &known)) {
        *status = SLM_ERR_INVALID_ARGUMENT;
        return NULL;
    }
    slmi_settings *settings = slmi_alloc_zeroed(sizeof *settings);
    if (!settings) {
        *status = SLM_ERR_NO_MEMORY;
        return NULL;
    }
    *status = SLM_OK;
    if (!slmi_memory_limit_read())
        slmi_complain(complaints, "SPANLOOM_MEMORY_LIMIT is not a number of bytes, there is no limit");
    read_log_level(settings, complaints);
    settings->disabled = slmi_env_bool("OTEL_SDK_DISABLED", complaints);
    choose_text(&settings->log_filter, known.log_filter, slmi_env("SPANLOOM_LOG"), SLMI_FILTER_BYTES, complaints);
    choose_text(&settings->export_filter, known.export_filter, slmi_env("SPANLOOM_EXPORT"), SLMI_FILTER_BYTES,
                complaints);
    read_appearance(settings, &known, complaints);
    settings->max_records = RECORDS_DEFAULT;
    slmi_env_number("SPANLOOM_MAX_RECORDS", 1, RECORDS_MAX, &settings->max_records, complaints);
    if (known.max_records > 0)
        settings->max_records = known.max_records;
    settings->ids = known.id_generator;
    slmi_span_limits_read(&settings->limits, &known, complaints);
    slmi_settings_read_drive(settings, &known, complaints);
    if (settings->disabled) {
        settings->exporters = SLM_EXPORTER_NONE;
        return settings;
    }
    slmi_unsupported_name(complaints);
    settings->sampler = slmi_sampler_read(&known, complaints);
    if (known.pipelines) {
        known.exporters = SLM_EXPORTER_NONE;
        known.file = NULL;
    }
    read_exporters(settings, &known, complaints);
    choose_text(&settings->file, known.file, NULL, PATH_BYTES, complaints);
    if (settings->file)
        settings->exporters = (settings->exporters & ~(uint32_t)SLM_EXPORTER_NONE) | SLMI_EXPORTER_FILE;
    read_batching(settings, &known, complaints);
    slmi_settings_read_tail(settings, &known, complaints);
    if (settings->exporters & SLM_EXPORTER_OTLP)
        read_otlp(settings, &known, complaints);
    if (settings->exporters & SLM_EXPORTER_ZIPKIN)
        read_zipkin(settings, &known, complaints);
    read_pem(settings->ca_file, &settings->ca, complaints);
    read_pem(settings->certificate_file, &settings->certificate, complaints);
    read_pem(settings->key_file, &settings->key, complaints);
    read_system_ca(settings);
    slmi_settings_trust(settings);
    slmi_resource_build(&settings->resource, &known, complaints);
    settings->who = &settings->resource.resource;
    *status = slmi_config_pipelines_read(settings, &known, complaints);
    if (*status == SLM_OK)
        return settings;
    slmi_settings_free(settings);
    return NULL;
}

void slmi_settings_trust(slmi_settings *settings)
{
    bool tls = settings->otlp_url.tls || settings->zipkin_url.tls;
    if (settings->ca.data && tls)
        slmi_pem_trust(&settings->ca);
    if (settings->system_ca.data)
        slmi_pem_trust(&settings->system_ca);
    for (unsigned i = 0; i < settings->pipeline_count; i++)
        slmi_settings_trust(settings->pipelines[i]);
}

void slmi_settings_free(slmi_settings *settings)
{
    if (!settings)
        return;
    for (size_t i = 0; i < settings->header_count; i++)
        slmi_free(settings->headers[i]);
    slmi_pem_free(&settings->ca);
    slmi_pem_free(&settings->certificate);
    slmi_pem_free(&settings->key);
    slmi_pem_free(&settings->system_ca);
    slmi_free(settings->ca_file);
    slmi_free(settings->certificate_file);
    slmi_free(settings->key_file);
    slmi_free(settings->file);
    slmi_free(settings->log_filter);
    slmi_free(settings->export_filter);
    slm_sampler_release(settings->sampler);
    for (unsigned i = 0; i < settings->pipeline_count; i++)
        slmi_settings_free(settings->pipelines[i]);
    slmi_free(settings->name);
    slmi_free(settings);
}
