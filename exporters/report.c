/* SPDX-License-Identifier: MIT */
#include "exporters/report.h"

#include "core/diagnostics.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

/* What it takes. */
static const char *records_of(const slmi_pipeline *pipeline)
{
    return pipeline->options.encoder->log ? "log records" : "spans";
}

void slmi_report_unreachable(const slmi_pipeline *pipeline, const slmi_answer *answer, uint32_t wait_ms)
{
    const char *advice = answer->advice;
    if (!advice && answer->nobody_listens && pipeline->transport->local)
        advice = "No collector? Run: spanloom view";
    const char *dot = advice ? ". " : "";
    if (!advice)
        advice = "";
    if (wait_ms == 0) {
        slmi_diagnose(SLM_DIAG_UNREACHABLE, "cannot deliver to %s: %s%s%s", pipeline->transport->target, answer->text,
                      dot, advice);
        return;
    }
    /* Jitter is nobody's business: 1 s is said of 0.8 to 1.2. */
    uint32_t wait_s = wait_ms < 1500 ? 1 : (wait_ms + 500) / 1000;
    slmi_diagnose(SLM_DIAG_UNREACHABLE,
                  "cannot deliver to %s: %s; keeping up to %" PRIu32 " %s, next try in %" PRIu32 " s%s%s",
                  pipeline->transport->target, answer->text, pipeline->options.queue_spans, records_of(pipeline),
                  wait_s, dot, advice);
}

void slmi_report_refused(const slmi_pipeline *pipeline, const slmi_answer *answer)
{
    slmi_diagnose(SLM_DIAG_REFUSED, "%s refused %" PRIu32 " %s: %s%s%s", pipeline->transport->target, pipeline->batch,
                  records_of(pipeline), answer->text, answer->advice ? ". " : "", answer->advice ? answer->advice : "");
}

void slmi_report_partial(const slmi_pipeline *pipeline, const slmi_answer *answer, uint32_t rejected)
{
    const char *text = answer->text[0] ? answer->text : "no reason given";
    if (rejected == 0)
        slmi_diagnose(SLM_DIAG_REFUSED, "%s accepted all %s, but says: %s", pipeline->transport->target,
                      records_of(pipeline), text);
    else
        slmi_diagnose(SLM_DIAG_REFUSED, "%s rejected %" PRIu32 " of %" PRIu32 " %s: %s", pipeline->transport->target,
                      rejected, pipeline->batch, records_of(pipeline), text);
}

void slmi_report_queue_full(const slmi_pipeline *pipeline)
{
    slmi_diagnose(SLM_DIAG_QUEUE_FULL, "the queue to %s is full (%" PRIu32 " %s): new %s are dropped",
                  pipeline->transport->target, pipeline->options.queue_spans, records_of(pipeline),
                  records_of(pipeline));
}

void slmi_report_too_large(const slmi_pipeline *pipeline)
{
    slmi_diagnose(SLM_DIAG_REFUSED, "a %s is too large for a request to %s and was dropped",
                  pipeline->options.encoder->log ? "log record" : "span", pipeline->transport->target);
}

/* A line that is cut at its size. */
typedef struct text_line {
    char text[400];
    size_t len;
} text_line;

static void add(text_line *line, const char *format, ...) SLM_PRINTF(2, 3);
static void add(text_line *line, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    int wanted = vsnprintf(line->text + line->len, sizeof line->text - line->len, format, arguments);
    va_end(arguments);
    if (wanted > 0)
        line->len += (size_t)wanted;
    if (line->len >= sizeof line->text)
        line->len = sizeof line->text - 1;
}

static void add_losses(text_line *line, const char *name, const char *records, const slm_pipeline_stats *stats)
{
    static const char *const reasons[SLM_DROP_REASONS] = {
        [SLM_DROP_QUEUE_FULL] = "queue full", [SLM_DROP_UNREACHABLE] = "unreachable",
        [SLM_DROP_TIMED_OUT] = "timed out",   [SLM_DROP_TOO_LARGE] = "too large",
        [SLM_DROP_SHUT_DOWN] = "shut down",   [SLM_DROP_NO_MEMORY] = "no memory",
    };
    uint64_t lost = slmi_ledger_losses(stats);
    if (lost == 0)
        return;

    add(line, "%s%s%s%" PRIu64 " of %" PRIu64 " %s not delivered (", line->len > 0 ? "; " : "", name, *name ? ": " : "",
        lost, lost + stats->delivered, records);
    const char *comma = "";
    for (unsigned reason = 0; reason < SLM_DROP_REASONS; reason++) {
        if (stats->dropped[reason] > 0 && reasons[reason]) {
            add(line, "%s%s %" PRIu64, comma, reasons[reason], stats->dropped[reason]);
            comma = ", ";
        }
    }
    if (stats->rejected > 0)
        add(line, "%srejected %" PRIu64, comma, stats->rejected);
    add(line, ")");
}

static void subtract(slm_pipeline_stats *stats, const slm_pipeline_stats *before)
{
    stats->delivered -= before->delivered;
    stats->rejected -= before->rejected;
    for (unsigned reason = 0; reason < SLM_DROP_REASONS; reason++)
        stats->dropped[reason] -= before->dropped[reason];
}

void slmi_report_losses(slmi_pipeline *pipelines, unsigned count)
{
    text_line line = { .len = 0 };
    for (unsigned i = 0; i < count; i++) {
        slm_pipeline_stats stats = { .ended = 0 };
        slmi_ledger_read(pipelines[i].options.ledger, &stats);
        subtract(&stats, &pipelines[i].opened);
        add_losses(&line, count > 1 ? pipelines[i].options.name : "", records_of(&pipelines[i]), &stats);
    }
    if (line.len > 0)
        slmi_diagnose(SLM_DIAG_UNDELIVERED, "%s", line.text);
}
