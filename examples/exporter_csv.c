/* SPDX-License-Identifier: MIT */
/* An exporter of your own: spans as lines of comma-separated values. Every finished span comes once, in batches, on the
 * library's thread; the answer says what became of the batch. */
#include <spanloom/pipeline.h>
#include <spanloom/sdk.h>
#include <spanloom/trace.h>

#include <stdio.h>
#include <string.h>

static void put_text(FILE *out, slm_string text)
{
    putc('"', out);
    for (size_t i = 0; i < text.len; i++) {
        if (text.data[i] == '"')
            putc('"', out);
        putc(text.data[i], out);
    }
    putc('"', out);
}

/* The name of the parent, if it is in the same batch. */
static slm_string parent_of(const slm_span_data *span, const slm_span_data *const *spans, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (memcmp(&spans[i]->span_id, &span->parent_span_id, sizeof span->span_id) == 0)
            return spans[i]->name;
    return slm_string_from_c("");
}

static slm_export_verdict write_lines(void *self, const slm_span_data *const *spans, size_t count,
                                      const slm_resource *resource, slm_export_call *call)
{
    FILE *out = self;
    (void)resource;
    for (size_t i = 0; i < count; i++) {
        put_text(out, spans[i]->name);
        putc(',', out);
        put_text(out, parent_of(spans[i], spans, count));
        fprintf(out, ",%s,%u", spans[i]->status == SLM_SPAN_ERROR ? "error" : "ok", (unsigned)spans[i]->event_count);
        for (uint32_t f = 0; f < spans[i]->field_count; f++) {
            putc(',', out);
            put_text(out, spans[i]->fields[f].key);
        }
        putc('\n', out);
    }
    if (!ferror(out))
        return SLM_EXPORT_ACCEPTED;
    snprintf(call->reason, sizeof call->reason, "the file cannot be written");
    return SLM_EXPORT_FATAL;
}

static slm_status flush(void *self, uint32_t timeout_ms)
{
    (void)timeout_ms;
    return fflush(self) == 0 ? SLM_OK : SLM_ERR_SYSTEM;
}

int main(void)
{
    static const slm_exporter_ops csv = { .size = sizeof csv, .export_spans = write_lines, .flush = flush };
    const slm_pipeline_config pipeline = {
        .size = sizeof pipeline, .custom = &csv, .custom_self = stdout, .name = "csv", .filter = "info"
    };
    slm_config config = SLM_CONFIG_INIT;
    config.pipelines = &pipeline;
    config.pipeline_count = 1;
    if (slm_init(&config) != SLM_OK)
        return 1;
    {
        SLM_SCOPE("shaving_yaks", ("yaks", 2));
        for (int yak = 1; yak <= 2; yak++) {
            SLM_SCOPE("shave \"the\" yak", ("yak", yak), ("with", "clippers"));
            if (yak == 2)
                SLM_ERROR("missing yak");
        }
    }
    return slm_shutdown(5000) == SLM_OK ? 0 : 1;
}
