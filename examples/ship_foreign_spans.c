/* SPDX-License-Identifier: MIT */
/* Spans that a program has already, from a log line, a plan's nodes, another process's ring: it fills them in, and the
 * library delivers them. They need no macro, and what is wrong with one is mended or said. */
#include <spanloom/encode.h>
#include <spanloom/sdk.h>
#include <spanloom/ship.h>

#include <stdio.h>
#include <string.h>

/* A line of a log, as the program read it. */
struct line {
    unsigned id, parent;
    const char *what;
    uint64_t start_ms, end_ms;
    int64_t rows;
};

static const struct line lines[] = {
    { 1, 0, "SELECT", 1000, 1250, 3 },
    { 2, 1, "Sort", 1010, 1240, 3 },
    { 3, 2, "Seq Scan", 1020, 1015, 9 }, /* the clock stepped */
    { 0, 2, "lost", 1020, 1200, 0 },     /* half a line: it has no id */
};
enum { LINES = sizeof lines / sizeof *lines };

static slm_span_id id_of(unsigned number)
{
    slm_span_id id = { { 0 } };
    id.bytes[7] = (uint8_t)number;
    return id;
}

static void fill(slm_span_data *span, slm_field *rows, const struct line *line)
{
    static const slm_scope_data scope = { .name = { "plans", 5 } };
    memset(span, 0, sizeof *span);
    span->size = sizeof *span;
    memset(span->trace_id.bytes, 0x11, sizeof span->trace_id.bytes);
    span->span_id = id_of(line->id);
    span->parent_span_id = id_of(line->parent);
    span->flags = SLM_FLAG_SAMPLED;
    span->name = slm_string_from_c(line->what);
    span->start_ns = line->start_ms * 1000000u;
    span->end_ns = line->end_ms * 1000000u;
    rows->key = slm_string_from_c("rows");
    rows->value = slm_value_i64(line->rows);
    span->fields = rows;
    span->field_count = 1;
    span->scope = &scope;
}

int main(void)
{
    slm_span_data spans[LINES];
    slm_field rows[LINES];
    const slm_span_data *pointers[LINES];
    for (unsigned i = 0; i < LINES; i++) {
        fill(&spans[i], &rows[i], &lines[i]);
        pointers[i] = &spans[i];
    }

    slm_config config = SLM_CONFIG_INIT;
    config.exporters = SLM_EXPORTER_CONSOLE;
    if (slm_init(&config) != SLM_OK)
        return 1;
    slm_shipment shipment = { .size = sizeof shipment };
    slm_status status = slm_ship(pointers, LINES, &shipment);
    if (slm_shutdown(5000) != SLM_OK)
        return 1;
    printf("%s: %u taken, %u of them repaired, %u malformed\n", slm_status_text(status), (unsigned)shipment.taken,
           (unsigned)shipment.repaired, (unsigned)shipment.malformed);

    /* Or the bytes alone, for whoever has a connection of his own. */
    slm_encoded body = { .size = sizeof body };
    if (slm_encode(SLM_ENCODING_ZIPKIN_JSON, pointers, 1, NULL, &body) != SLM_OK)
        return 1;
    printf("%.*s\n", (int)body.len, body.data);
    slm_encoded_free(&body);
    return 0;
}
