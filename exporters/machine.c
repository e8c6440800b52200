/* SPDX-License-Identifier: MIT */
#include "exporters/machine.h"

#include "exporters/console.h"
#include "exporters/custom.h"
#include "exporters/deadline.h"
#include "exporters/exporter_type.h"
#include "exporters/grpc.h"
#include "exporters/host_transport.h"
#include "exporters/http.h"
#include "exporters/reply.h"
#include "exporters/sink.h"
#include <spanloom/suppress.h>

#include <sys/random.h>
#include <unistd.h>

static const slmi_encoder *otlp_encoder(const slmi_settings *settings)
{
    return settings->otlp_protobuf ? &slmi_encoder_otlp_protobuf : &slmi_encoder_otlp_json;
}

/* Over the host's client if it gave one, else over libcurl. */
static slmi_transport *http_transport(slmi_machine *machine, const slmi_settings *settings,
                                      const slmi_http_options *options)
{
    if (settings->transport.begin)
        return slmi_host_transport_new(&machine->loop, &settings->transport, options);
    return slmi_http_new(&machine->loop, machine->names, options);
}

static const char *grpc_path(const slmi_settings *settings)
{
    return settings->logs ? "/opentelemetry.proto.collector.logs.v1.LogsService/Export"
                          : "/opentelemetry.proto.collector.trace.v1.TraceService/Export";
}

static slmi_transport *grpc_transport(slmi_machine *machine, const slmi_settings *settings)
{
    const slmi_grpc_options options = {
        .url = settings->otlp_url,
        .proxy = settings->otlp_proxy,
        .path = grpc_path(settings),
        .gzip = settings->otlp_gzip,
        .headers = (const char *const *)settings->headers,
        .header_count = settings->header_count,
        .read_reply = slmi_reply_read_otlp_protobuf,
        .identity = { settings->ca.data ? settings->ca : settings->system_ca, settings->certificate, settings->key },
    };
    return slmi_grpc_new(&machine->loop, machine->names, &options);
}

static slmi_transport *otlp_transport(slmi_machine *machine, const slmi_settings *settings)
{
    if (settings->otlp_grpc)
        return grpc_transport(machine, settings);
    slmi_http_options options = {
        .url = settings->otlp_url,
        .proxy = settings->otlp_proxy,
        .content_type = otlp_encoder(settings)->content_type,
        .gzip = settings->otlp_gzip,
        .headers = (const char *const *)settings->headers,
        .header_count = settings->header_count,
        .read_reply = settings->otlp_protobuf ? slmi_reply_read_otlp_protobuf : slmi_reply_read_otlp,
        .ca = settings->ca.data ? settings->ca : settings->system_ca,
        .certificate = settings->certificate,
        .key = settings->key,
    };
    if (settings->open_spans && !settings->transport.begin)
        machine->open[machine->count] =
            slmi_open_spans_new(&machine->loop, machine->names, &options, machine->count, settings->who);
    return http_transport(machine, settings, &options);
}

static slmi_transport *zipkin_transport(slmi_machine *machine, const slmi_settings *settings)
{
    /* An instrumented receiver must not trace what traces bring it. */
    static const char *const unsampled[] = { "b3: 0" };
    const slmi_http_options options = {
        .url = settings->zipkin_url,
        .proxy = settings->zipkin_proxy,
        .content_type = slmi_encoder_zipkin_json.content_type,
        .headers = unsampled,
        .header_count = 1,
        .ca = settings->system_ca,
    };
    return http_transport(machine, settings, &options);
}

static slmi_transport *console_transport(slmi_machine *machine, const slmi_settings *settings)
{
    (void)machine, (void)settings;
    return slmi_sink_new(STDOUT_FILENO, "standard output");
}

static slmi_transport *file_transport(slmi_machine *machine, const slmi_settings *settings)
{
    (void)machine;
    return slmi_sink_open(settings->file);
}

static slmi_transport *custom_transport(slmi_machine *machine, const slmi_settings *settings)
{
    (void)machine;
    const slmi_custom_options options = {
        .ops = settings->custom,
        .self = settings->custom_self,
        .name = settings->name,
        .resource = settings->who,
    };
    return slmi_custom_new(&options);
}

/* One row an exporter, in the order of its pipeline. */
static const struct {
    uint32_t bit;
    bool http;
    const char *name;            /* NULL: as the settings say, as of the next */
    const slmi_encoder *encoder; /* NULL: as the settings say */
    slmi_transport *(*transport)(slmi_machine *machine, const slmi_settings *settings);
} exporters[] = {
    { SLM_EXPORTER_OTLP, true, "otlp", NULL, otlp_transport },
    { SLM_EXPORTER_ZIPKIN, true, "zipkin", &slmi_encoder_zipkin_json, zipkin_transport },
    { SLM_EXPORTER_CONSOLE, false, "console", &slmi_encoder_console, console_transport },
    { SLM_EXPORTER_OTLP_STDOUT, false, "otlp/stdout", &slmi_encoder_otlp_lines, console_transport },
    { SLMI_EXPORTER_FILE, false, "file", &slmi_encoder_otlp_lines, file_transport },
    { SLMI_EXPORTER_CUSTOM, false, NULL, &slmi_encoder_collect, custom_transport },
};
enum { EXPORTERS = sizeof exporters / sizeof *exporters };
_Static_assert((int)EXPORTERS <= (int)SLM_PIPELINES_MAX, "a pipeline each");

unsigned slmi_machine_pipelines(const slmi_settings *settings)
{
    unsigned count = settings->pipeline_count;
    for (unsigned i = 0; i < EXPORTERS; i++)
        count += (settings->exporters & exporters[i].bit) != 0;
    return count;
}

static uint64_t any_seed(const slmi_machine *machine)
{
    uint64_t seed = 0;
    if (getrandom(&seed, sizeof seed, GRND_NONBLOCK) != (ssize_t)sizeof seed)
        seed = slmi_deadline_now() ^ (uint64_t)(uintptr_t)machine ^ ((uint64_t)getpid() << 32);
    return seed;
}

static const char *name_of(const slmi_settings *settings, unsigned i)
{
    return settings->logs ? "logs" : exporters[i].name ? exporters[i].name : settings->name;
}

static const slmi_encoder *encoder_of(const slmi_settings *settings, unsigned i)
{
    const slmi_encoder *encoder = exporters[i].encoder ? exporters[i].encoder : otlp_encoder(settings);
    return settings->logs ? encoder->logs : encoder;
}

static slm_status open_pipeline(slmi_machine *machine, const slmi_settings *settings, slmi_ledger *ledgers, unsigned i)
{
    const slmi_pipeline_options options = {
        .name = name_of(settings, i),
        .number = machine->count,
        .encoder = encoder_of(settings, i),
        .resource = settings->who,
        .ledger = &ledgers[machine->count],
        .queue_spans = settings->queue_spans,
        .batch_spans = settings->batch_spans,
        .schedule_delay_ms = settings->schedule_delay_ms,
        .export_timeout_ms = settings->export_timeout_ms,
        .request_timeout_ms =
            exporters[i].bit == SLM_EXPORTER_ZIPKIN ? settings->zipkin_timeout_ms : settings->otlp_timeout_ms,
        .request_max = SLMI_HTTP_REQUEST_MAX,
        .simple = settings->simple,
        .seed = any_seed(machine),
        .tail = { .spans = settings->tail_slow_ms > 0 ? settings->tail_spans : 0,
                  .trace_spans = settings->tail_trace_spans,
                  .slow_ns = settings->tail_slow_ms * UINT64_C(1000000),
                  .hold_ns = settings->tail_hold_ms * UINT64_C(1000000) },
    };
    slmi_transport *transport = exporters[i].transport(machine, settings);
    if (!transport)
        return SLM_ERR_NO_MEMORY;
    slmi_ledger_describe(options.ledger, slmi_exporter_type(settings, exporters[i].bit), options.queue_spans,
                         options.simple, settings->logs);
    slm_status status = slmi_pipeline_init(&machine->pipelines[machine->count], &options, transport);
    machine->count += status == SLM_OK;
    return status;
}

static slm_status open_http(slmi_machine *machine, const slmi_settings *settings)
{
    slm_status status = slmi_loop_multi(&machine->loop);
    if (status == SLM_OK && !machine->names) {
        const slmi_names_options options = {
            .wake_fd = atomic_load_explicit(&machine->loop.wake_fd, memory_order_relaxed),
            .threadless = settings->by_host,
            .resolver = settings->resolver,
            .worker = settings->worker,
            .inherited = machine->inherited,
        };
        machine->names = slmi_names_new(&options);
        status = machine->names ? SLM_OK : SLM_ERR_NO_MEMORY;
    }
    return status;
}

static slm_status open_exporters(slmi_machine *machine, const slmi_settings *settings, slmi_ledger *ledgers)
{
    slm_status status = SLM_OK;
    for (unsigned i = 0; i < EXPORTERS && status == SLM_OK; i++) {
        if (!(settings->exporters & exporters[i].bit))
            continue;
        if (exporters[i].http && !settings->transport.begin)
            status = open_http(machine, settings);
        if (status == SLM_OK)
            status = open_pipeline(machine, settings, ledgers, i);
    }
    return status;
}

slm_status slmi_machine_open(slmi_machine *machine, const slmi_settings *settings, slmi_ledger *ledgers)
{
    machine->names = NULL;
    machine->ledgers = ledgers;
    machine->count = 0;
    machine->finishing = false;
    for (unsigned i = 0; i < SLM_PIPELINES_MAX; i++)
        machine->open[i] = NULL;
    slm_status status = slmi_loop_open(&machine->loop);
    if (status != SLM_OK)
        return status;
    status = open_exporters(machine, settings, ledgers);
    for (unsigned i = 0; i < settings->pipeline_count && status == SLM_OK; i++)
        status = open_exporters(machine, settings->pipelines[i], ledgers);
    if (status != SLM_OK)
        slmi_machine_close(machine);
    unsigned eager = 0, of_spans = 0;
    for (unsigned i = 0; i < machine->count; i++) {
        eager |= machine->pipelines[i].options.simple ? 1u << i : 0;
        of_spans += machine->pipelines[i].options.encoder->span != NULL; /* the one of log records is the last */
    }
    slmi_export_eager(eager);
    if (status == SLM_OK)
        slmi_foreign_open(&machine->loop, of_spans);
    return status;
}

void slmi_machine_close(slmi_machine *machine)
{
    if (!machine->finishing)
        slmi_foreign_close();
    for (unsigned i = 0; i < machine->count; i++)
        slmi_pipeline_destroy(&machine->pipelines[i]);
    machine->count = 0;
    for (unsigned i = 0; i < SLM_PIPELINES_MAX; i++) {
        slmi_open_spans_free(machine->open[i]);
        machine->open[i] = NULL;
    }
    slmi_names_close(machine->names);
    machine->names = NULL;
    slmi_loop_close(&machine->loop);
}

int slmi_machine_fd(const slmi_machine *machine)
{
    return machine->loop.epoll_fd;
}

void slmi_machine_wake(slmi_machine *machine)
{
    slmi_loop_wake(&machine->loop);
}

/* It was queued too late for the machine before this one, which had more pipelines. */
static void drop_unwanted(slmi_machine *machine, unsigned pipeline, uint32_t record)
{
    slmi_ledger_add(&machine->ledgers[pipeline], slmi_term_of_drop(SLM_DROP_SHUT_DOWN), 1);
    slmi_record_release(record);
}

static void take(void *user, unsigned pipeline, uint32_t record)
{
    slmi_machine *machine = user;
    if (pipeline < machine->count)
        slmi_pipeline_take(&machine->pipelines[pipeline], slmi_parcel_of_record(record));
    else
        drop_unwanted(machine, pipeline, record);
}

/* It has a pin for each pipeline of spans that there was when it was shipped: these. */
static void take_foreign(void *user, slmi_span_block *block)
{
    slmi_machine *machine = user;
    for (uint32_t i = 0, pins = block->pins; i < pins; i++) {
        if (i < machine->count)
            slmi_pipeline_take(&machine->pipelines[i], slmi_parcel_of_block(block));
        else
            slmi_foreign_release(block);
    }
}

static void drain(slmi_machine *machine)
{
    slmi_export_drain(take, machine);
    slmi_foreign_drain(take_foreign, machine);
}

int slmi_machine_timeout_ms(slmi_machine *machine)
{
    uint64_t due = slmi_loop_due(&machine->loop);
    for (unsigned i = 0; i < machine->count; i++)
        due = slmi_deadline_earlier(due, slmi_pipeline_due(&machine->pipelines[i]));
    for (unsigned i = 0; i < machine->count; i++)
        due = machine->open[i] ? slmi_deadline_earlier(due, slmi_open_spans_due(machine->open[i])) : due;
    int wait_ms = slmi_deadline_poll_ms(slmi_deadline_now(), due);
    if (wait_ms != 0 && !slmi_export_sleep())
        wait_ms = 0;
    return wait_ms;
}

void slmi_machine_step(slmi_machine *machine)
{
    /* What the host's own code says on behalf of an export would be more to export. */
    bool suppressed = slm_suppress(true);
    slmi_export_awake();
    /* The eventfd is emptied before the rings are: a wake in between is not lost, it only comes twice. */
    slmi_loop_step(&machine->loop);
    drain(machine);
    uint64_t now = slmi_deadline_now();
    for (unsigned i = 0; i < machine->count; i++)
        slmi_pipeline_step(&machine->pipelines[i], now);
    for (unsigned i = 0; i < machine->count; i++)
        if (machine->open[i])
            slmi_open_spans_step(machine->open[i], now);
    (void)slm_suppress(suppressed);
}

slmi_mark slmi_machine_flush(slmi_machine *machine)
{
    slmi_mark mark = { .until = { 0 } };
    drain(machine);
    uint64_t now = slmi_deadline_now();
    for (unsigned i = 0; i < machine->count; i++)
        mark.until[i] = slmi_pipeline_flush(&machine->pipelines[i], now);
    return mark;
}

bool slmi_machine_reached(const slmi_machine *machine, const slmi_mark *mark)
{
    for (unsigned i = 0; i < machine->count; i++) {
        if (!slmi_pipeline_flushed(&machine->pipelines[i], mark->until[i]))
            return false;
    }
    return true;
}

void slmi_machine_finish(slmi_machine *machine, uint64_t due_ns)
{
    slmi_foreign_close();
    drain(machine);
    uint64_t now = slmi_deadline_now();
    machine->finishing = true;
    for (unsigned i = 0; i < machine->count; i++)
        if (machine->open[i])
            slmi_open_spans_stop(machine->open[i]);
    for (unsigned i = 0; i < machine->count; i++)
        slmi_pipeline_finish(&machine->pipelines[i], now, due_ns);
}

bool slmi_machine_finished(const slmi_machine *machine)
{
    for (unsigned i = 0; i < machine->count; i++) {
        if (!slmi_pipeline_finished(&machine->pipelines[i]))
            return false;
    }
    return machine->finishing;
}

static void drop_late(void *user, unsigned pipeline, uint32_t record)
{
    drop_unwanted(user, pipeline, record);
}

void slmi_machine_sweep(slmi_machine *machine)
{
    slmi_export_drain(drop_late, machine);
}

slm_status slmi_machine_outcome(const slmi_machine *machine)
{
    slm_status status = SLM_OK;
    for (unsigned i = 0; i < machine->count; i++) {
        const slmi_pipeline *pipeline = &machine->pipelines[i];
        if (pipeline->given_up > 0 && status != SLM_ERR_TIMED_OUT)
            status = pipeline->given_up_for == SLM_DROP_TIMED_OUT ? SLM_ERR_TIMED_OUT : SLM_ERR_UNDELIVERED;
    }
    return status;
}
