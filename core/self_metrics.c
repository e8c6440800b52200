/* SPDX-License-Identifier: MIT */
/* OpenTelemetry, Semantic conventions for SDK metrics; names and units as its Prometheus compatibility page turns them:
 * dots become underscores, units in braces go, counters end in _total. */
#include <spanloom/self_metrics.h>

#include <string.h>

#include <spanloom/diagnostic.h>
#include <spanloom/memory.h>
#include <spanloom/stats.h>
#include <spanloom/task.h>

#include "core/layers/exposition.h"
#include "core/layers/writer.h"

typedef struct page {
    slmi_page text;
    slm_stats stats;
    slm_task_totals tasks;
} page;

/* -- rows -------------------------------------------------------------------------------------------------------------
 */

static void family(page *p, const char *name, const char *type, const char *help)
{
    slmi_page_family(&p->text, name, type, help);
}

static void row(page *p, const char *name, const char *key, const char *value, uint64_t number)
{
    slmi_page_begin(&p->text, name);
    if (key)
        slmi_page_label(&p->text, key, slm_string_from_c(value));
    slmi_page_number(&p->text, number);
}

static void counter(page *p, const char *name, const char *help, uint64_t number)
{
    family(p, name, "counter", help);
    row(p, name, NULL, NULL, number);
}

static void gauge(page *p, const char *name, const char *help, uint64_t number)
{
    family(p, name, "gauge", help);
    row(p, name, NULL, NULL, number);
}

static void seconds(page *p, const char *name, const char *help, uint64_t ns)
{
    family(p, name, "counter", help);
    slmi_page_begin(&p->text, name);
    slmi_page_seconds(&p->text, ns);
}

/* -- a pipeline's two components --------------------------------------------------------------------------------------
 */

typedef const char *component(const slm_pipeline_stats *stats);

static const char *processor(const slm_pipeline_stats *stats)
{
    if (stats->logs)
        return stats->simple ? "simple_log_processor" : "batching_log_processor";
    return stats->simple ? "simple_span_processor" : "batching_span_processor";
}

static const char *exporter(const slm_pipeline_stats *stats)
{
    return stats->exporter ? stats->exporter : "span_exporter";
}

static void component_row(page *p, const char *name, component *type, unsigned at, const char *key, const char *value,
                          uint64_t number)
{
    char room[128];
    slmi_text label = { .data = room, .room = sizeof room };
    slm_string kind = slm_string_from_c(type(&p->stats.pipelines[at]));
    slmi_text_bytes(&label, kind.data, kind.len);
    slmi_text_char(&label, '/');
    slmi_text_u64(&label, at);
    slmi_page_begin(&p->text, name);
    slmi_page_label(&p->text, "otel_component_name", slm_string_of(label.data, label.len));
    slmi_page_label(&p->text, "otel_component_type", kind);
    if (key)
        slmi_page_label(&p->text, key, slm_string_from_c(value));
    slmi_page_number(&p->text, number);
}

static uint64_t lost_by_exporter(const slm_pipeline_stats *s)
{
    return s->dropped[SLM_DROP_UNREACHABLE] + s->dropped[SLM_DROP_TIMED_OUT] + s->dropped[SLM_DROP_TOO_LARGE] +
           s->dropped[SLM_DROP_NO_MEMORY];
}

/* What pipelines of spans, and of log records, have their rows in. */
typedef struct signal {
    bool logs;
    const char *size, *capacity, *processed, *inflight, *exported, *pipeline; /* names of families */
    const char *size_help, *capacity_help, *processed_help, *inflight_help, *exported_help, *pipeline_help;
} signal;

#define SIGNAL(of_logs, name, plural, prefix, things)                                                                  \
    {                                                                                                                  \
        .logs = of_logs, .size = "otel_sdk_processor_" name "_queue_size",                                             \
        .capacity = "otel_sdk_processor_" name "_queue_capacity",                                                      \
        .processed = "otel_sdk_processor_" name "_processed_total", .inflight = "otel_sdk_exporter_" name "_inflight", \
        .exported = "otel_sdk_exporter_" name "_exported_total", .pipeline = "spanloom_pipeline_" plural "_total",     \
        .size_help = things " in the queue of a processor.",                                                           \
        .capacity_help = "The most " prefix " that the queue of a processor holds.",                                   \
        .processed_help = things " that a processor is done with.",                                                    \
        .inflight_help = things " that an exporter has sent and that were not answered yet.",                          \
        .exported_help = things " that an exporter is done with.",                                                     \
        .pipeline_help = things " that came to an exporter's pipeline, and why it did not take them.",                 \
    }

static const signal signals[] = {
    SIGNAL(false, "span", "spans", "spans", "Spans"),
    SIGNAL(true, "log", "log_records", "log records", "Log records"),
};

/* The next pipeline of this signal from `at` on; the count of all if there is none. */
static unsigned next_of(const page *p, const signal *of, unsigned at)
{
    while (at < p->stats.pipeline_count && p->stats.pipelines[at].logs != of->logs)
        at++;
    return at;
}

static void processors(page *p, const signal *of)
{
    const slm_pipeline_stats *s = p->stats.pipelines;
    family(p, of->size, "gauge", of->size_help);
    for (unsigned i = next_of(p, of, 0); i < p->stats.pipeline_count; i = next_of(p, of, i + 1))
        component_row(p, of->size, processor, i, NULL, NULL, s[i].queued);
    family(p, of->capacity, "gauge", of->capacity_help);
    for (unsigned i = next_of(p, of, 0); i < p->stats.pipeline_count; i = next_of(p, of, i + 1))
        component_row(p, of->capacity, processor, i, NULL, NULL, s[i].capacity);
    family(p, of->processed, "counter", of->processed_help);
    for (unsigned i = next_of(p, of, 0); i < p->stats.pipeline_count; i = next_of(p, of, i + 1)) {
        component_row(p, of->processed, processor, i, NULL, NULL,
                      s[i].delivered + s[i].rejected + lost_by_exporter(&s[i]));
        component_row(p, of->processed, processor, i, "error_type", "queue_full", s[i].dropped[SLM_DROP_QUEUE_FULL]);
        component_row(p, of->processed, processor, i, "error_type", "already_shutdown",
                      s[i].dropped[SLM_DROP_SHUT_DOWN]);
    }
}

static void exporters(page *p, const signal *of)
{
    static const struct {
        slm_drop_reason reason;
        const char *error;
    } errors[] = { { SLM_DROP_UNREACHABLE, "unreachable" },
                   { SLM_DROP_TIMED_OUT, "timeout" },
                   { SLM_DROP_TOO_LARGE, "too_large" },
                   { SLM_DROP_NO_MEMORY, "no_memory" } };
    const slm_pipeline_stats *s = p->stats.pipelines;
    family(p, of->inflight, "gauge", of->inflight_help);
    for (unsigned i = next_of(p, of, 0); i < p->stats.pipeline_count; i = next_of(p, of, i + 1))
        component_row(p, of->inflight, exporter, i, NULL, NULL, s[i].in_flight);
    family(p, of->exported, "counter", of->exported_help);
    for (unsigned i = next_of(p, of, 0); i < p->stats.pipeline_count; i = next_of(p, of, i + 1)) {
        component_row(p, of->exported, exporter, i, NULL, NULL, s[i].delivered);
        component_row(p, of->exported, exporter, i, "error_type", "rejected", s[i].rejected);
        for (size_t e = 0; e < sizeof errors / sizeof *errors; e++)
            component_row(p, of->exported, exporter, i, "error_type", errors[e].error, s[i].dropped[errors[e].reason]);
    }
}

static void components(page *p)
{
    static const char held[] = "spanloom_pipeline_spans_held";
    const slm_pipeline_stats *s = p->stats.pipelines;
    for (size_t k = 0; k < sizeof signals / sizeof *signals; k++) {
        const signal *of = &signals[k];
        if (of->logs && next_of(p, of, 0) == p->stats.pipeline_count)
            continue;
        processors(p, of);
        exporters(p, of);
        family(p, of->pipeline, "counter", of->pipeline_help);
        for (unsigned i = next_of(p, of, 0); i < p->stats.pipeline_count; i = next_of(p, of, i + 1)) {
            component_row(p, of->pipeline, exporter, i, "event", "ended", s[i].ended);
            component_row(p, of->pipeline, exporter, i, "event", "shipped", s[i].shipped);
            component_row(p, of->pipeline, exporter, i, "event", "filtered", s[i].filtered);
            component_row(p, of->pipeline, exporter, i, "event", "unsampled", s[i].unsampled);
            component_row(p, of->pipeline, exporter, i, "event", "tail", s[i].dropped[SLM_DROP_TAIL]);
        }
    }
    family(p, held, "gauge", "Spans that tail keep holds until their local root ends.");
    for (unsigned i = next_of(p, &signals[0], 0); i < p->stats.pipeline_count; i = next_of(p, &signals[0], i + 1))
        component_row(p, held, exporter, i, NULL, NULL, s[i].held);
}

/* -- the process ------------------------------------------------------------------------------------------------------
 */

static void spans(page *p)
{
    static const char unrecorded[] = "spanloom_spans_unrecorded_total";
    static const char *const reasons[SLM_UNRECORDED_REASONS] = { [SLM_UNRECORDED_NO_ROOM] = "no_room",
                                                                 [SLM_UNRECORDED_REENTRANT] = "reentrant",
                                                                 [SLM_UNRECORDED_NO_THREAD] = "no_thread",
                                                                 [SLM_UNRECORDED_FORKED] = "forked" };
    const slm_stats *s = &p->stats;
    uint64_t over = s->ended;
    for (unsigned i = 0; i < SLM_UNRECORDED_REASONS; i++)
        over += s->unrecorded[i];
    counter(p, "otel_sdk_span_started_total", "Spans that were started.", s->started);
    gauge(p, "otel_sdk_span_live", "Spans that are recorded and have not ended.",
          s->started > over ? s->started - over : 0);
    counter(p, "spanloom_spans_ended_total", "Recorded spans that ended.", s->ended);
    counter(p, "spanloom_spans_abandoned_total", "Among those that ended, those that a jump skipped.", s->abandoned);
    family(p, unrecorded, "counter", "Spans that were started and not recorded.");
    for (unsigned i = 0; i < SLM_UNRECORDED_REASONS; i++)
        row(p, unrecorded, "reason", reasons[i], s->unrecorded[i]);
    gauge(p, "spanloom_records_in_use", "Records of spans in use.", s->records_in_use);
    gauge(p, "spanloom_records_limit", "The most records of spans.", s->records_limit);
}

static void memory(page *p)
{
    slm_memory m = { .size = sizeof m };
    slm_memory_read(&m);
    family(p, "spanloom_memory_bytes", "gauge", "Memory that the library has.");
    row(p, "spanloom_memory_bytes", "kind", "heap", m.heap);
    row(p, "spanloom_memory_bytes", "kind", "reserved", m.reserved);
    gauge(p, "spanloom_memory_limit_bytes", "The most memory that the library may have; 0: no limit.", m.limit);
    counter(p, "spanloom_memory_refused_total", "Requests for memory that could not be met.", m.refused);
}

static void troubles(page *p)
{
    static const char diagnostics[] = "spanloom_diagnostics_total", lines[] = "spanloom_log_lines_lost_total";
    family(p, diagnostics, "counter", "What the library has to say about itself, by kind.");
    for (int i = 0; i < SLM_DIAGNOSTIC_KINDS; i++)
        row(p, diagnostics, "kind", slm_diagnostic_name((slm_diagnostic_kind)i),
            slm_diagnostic_count((slm_diagnostic_kind)i));
    slmi_writer_losses lost = slmi_writers_lost();
    family(p, lines, "counter", "Lines that a writer could not write, or not whole.");
    row(p, lines, "reason", "dropped", lost.dropped);
    row(p, lines, "reason", "failed", lost.failed);
    row(p, lines, "reason", "cut", lost.cut);
}

static void tasks(page *p)
{
    const slm_task_totals *t = &p->tasks;
    family(p, "spanloom_tasks", "gauge", "Tasks that have not ended.");
    row(p, "spanloom_tasks", "state", "waiting", t->waiting);
    row(p, "spanloom_tasks", "state", "running", t->running);
    counter(p, "spanloom_tasks_finished_total", "Tasks that ended.", t->finished);
    counter(p, "spanloom_tasks_untracked_total", "Tasks that are not followed.", t->untracked);
    counter(p, "spanloom_task_polls_total", "Runs of tasks that ended.", t->polls);
    seconds(p, "spanloom_task_busy_seconds_total", "How long tasks that ended ran.", t->busy_ns);
    seconds(p, "spanloom_task_idle_seconds_total", "How long tasks that ended waited.", t->idle_ns);
}

bool slm_self_metrics_write(slm_sink *sink, void *user)
{
    page p = { .stats = { .size = sizeof p.stats }, .tasks = { .size = sizeof p.tasks } };
    void (*const parts[])(page *) = { spans, components, troubles, memory, tasks };
    slm_stats_read(&p.stats);
    slm_task_totals_read(&p.tasks);
    slmi_page_open(&p.text, "", sink, user);
    for (size_t i = 0; i < sizeof parts / sizeof *parts && p.text.more; i++)
        parts[i](&p);
    return p.text.more;
}
