/* SPDX-License-Identifier: MIT */
/* Spans that a host filled in, however carelessly: what is mended, what is refused, and what is encoded of them. */
#include <spanloom/encode.h>

#include "exporters/span_block.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdlib.h>
#include <string.h>

static const slm_scope_data scope = { .name = { "plans", 5 }, .version = { "1", 1 } };

static slm_span_data sound(void)
{
    slm_span_data span;
    memset(&span, 0, sizeof span);
    span.size = sizeof span;
    span.trace_id.bytes[0] = 1;
    span.span_id.bytes[0] = 2;
    span.name = slm_string_from_c("SELECT");
    span.start_ns = 1000;
    span.end_ns = 2000;
    span.scope = &scope;
    return span;
}

static void no_trace(slm_span_data *s)
{
    memset(&s->trace_id, 0, sizeof s->trace_id);
}

static void no_id(slm_span_data *s)
{
    memset(&s->span_id, 0, sizeof s->span_id);
}

static void no_size(slm_span_data *s)
{
    s->size = 4;
}

static void ends_early(slm_span_data *s)
{
    s->end_ns = 10;
}

static void no_name(slm_span_data *s)
{
    s->name = (slm_string){ NULL, 7 };
}

static void bad_kind(slm_span_data *s)
{
    s->kind = 200;
    s->status = 9;
}

static void no_scope(slm_span_data *s)
{
    s->scope = NULL;
}

static void no_lists(slm_span_data *s)
{
    s->field_count = UINT32_MAX;
    s->event_count = 3;
    s->link_count = UINT32_MAX;
}

static void no_utf8(slm_span_data *s)
{
    s->name = slm_string_of("a\xff\xc0z", 4);
}

static void endless_tracestate(slm_span_data *s)
{
    static char long_text[SLM_TRACESTATE_MAX + 1];
    memset(long_text, 'x', sizeof long_text);
    s->tracestate = slm_string_of(long_text, sizeof long_text);
}

static void no_link_ids(slm_span_data *s)
{
    static const slm_span_context nobody;
    static const slm_link_data links[] = { { .context = NULL }, { .context = &nobody } };
    s->links = links;
    s->link_count = 2;
}

static void strange_values(slm_span_data *s)
{
    static slm_field fields[6];
    fields[0] = (slm_field){ { NULL, 0 }, slm_value_i64(1) };
    fields[1] = (slm_field){ { "text", 4 }, { .type = SLM_TYPE_STRING, .len = 5 } };
    fields[2] = (slm_field){ { "what", 4 }, { .type = 77 } };
    fields[3] = (slm_field){ { "array", 5 }, { .type = SLM_TYPE_ARRAY | SLM_TYPE_I64, .len = 1000 } };
    fields[4] = (slm_field){ { "twice", 5 }, slm_value_i64(1) };
    fields[5] = (slm_field){ { "twice", 5 }, slm_value_i64(2) };
    s->fields = fields;
    s->field_count = 6;
}

static void too_long(slm_span_data *s)
{
    static char text[SLMI_SPAN_BLOCK_MAX + 1];
    memset(text, 'x', sizeof text);
    s->status_text = slm_string_of(text, sizeof text);
}

static void nested_too_deep(slm_span_data *s)
{
    static slm_field maps[40];
    maps[0] = (slm_field){ { "leaf", 4 }, slm_value_i64(1) };
    for (unsigned i = 1; i < 40; i++)
        maps[i] = (slm_field){ { "map", 3 }, slm_value_map(&maps[i - 1], 1) };
    s->fields = &maps[39];
    s->field_count = 1;
}

static const struct {
    const char *why;
    void (*spoil)(slm_span_data *span);
    slmi_block_verdict verdict;
} cases[] = {
    { "nothing", NULL, SLMI_BLOCK_SOUND },
    { "no trace id", no_trace, SLMI_BLOCK_MALFORMED },
    { "no span id", no_id, SLMI_BLOCK_MALFORMED },
    { "no size", no_size, SLMI_BLOCK_MALFORMED },
    { "an end before the start", ends_early, SLMI_BLOCK_REPAIRED },
    { "a name that is nowhere", no_name, SLMI_BLOCK_REPAIRED },
    { "a kind and a status that are none", bad_kind, SLMI_BLOCK_REPAIRED },
    { "no scope", no_scope, SLMI_BLOCK_REPAIRED },
    { "lists that are nowhere", no_lists, SLMI_BLOCK_REPAIRED },
    { "text that is no UTF-8", no_utf8, SLMI_BLOCK_REPAIRED },
    { "an endless tracestate", endless_tracestate, SLMI_BLOCK_REPAIRED },
    { "links to nothing", no_link_ids, SLMI_BLOCK_REPAIRED },
    { "values that are none", strange_values, SLMI_BLOCK_REPAIRED },
    { "maps without end", nested_too_deep, SLMI_BLOCK_REPAIRED },
    { "too much text", too_long, SLMI_BLOCK_TOO_LARGE },
};
enum { CASES = sizeof cases / sizeof *cases };

Test(span_block, what_a_host_got_wrong_is_mended_or_refused)
{
    for (unsigned i = 0; i < CASES; i++) {
        slm_span_data span = sound();
        slmi_block_verdict verdict;
        if (cases[i].spoil)
            cases[i].spoil(&span);
        slmi_span_block *block = slmi_span_block_new(&span, &verdict);
        cr_assert(eq(int, (int)verdict, (int)cases[i].verdict), "%s", cases[i].why);
        cr_assert(eq(int, block != NULL, verdict <= SLMI_BLOCK_REPAIRED), "%s", cases[i].why);
        if (!block)
            continue;
        const slm_span_data *copy = &block->span;
        cr_expect(copy->end_ns >= copy->start_ns && copy->kind <= SLM_KIND_CONSUMER && copy->scope != NULL, "%s",
                  cases[i].why);
        cr_expect(copy->name.data != NULL && copy->tracestate.len <= SLM_TRACESTATE_MAX, "%s", cases[i].why);
        cr_expect(eq(uint, copy->event_count, 0));
        cr_expect(eq(uint, copy->link_count, 0));
        slmi_span_block_free(block);
    }
}

Test(span_block, nothing_is_no_span)
{
    slmi_block_verdict verdict;
    cr_expect(slmi_span_block_new(NULL, &verdict) == NULL);
    cr_expect(eq(int, (int)verdict, SLMI_BLOCK_MALFORMED));
}

Test(span_block, the_copy_stands_alone)
{
    char name[] = "SELECT", key[] = "rows", text[] = "many";
    int32_t numbers[] = { -1, 2 };
    const char *words[] = { "a", NULL, "c" };
    slm_field inner = { { "deep", 4 }, slm_value_string(text, 4) };
    slm_value list[] = { slm_value_bool(true), slm_value_map(&inner, 1) };
    slm_field fields[] = { { { key, 4 }, slm_value_string(text, 4) },
                           { { "numbers", 7 }, slm_value_array(SLM_TYPE_I64, numbers, sizeof *numbers, 2) },
                           { { "words", 5 }, slm_value_array(SLM_TYPE_STRING, words, sizeof *words, 3) },
                           { { "bytes", 5 }, slm_value_bytes(text, 4) },
                           { { "list", 4 }, slm_value_list(list, 2) } };
    slm_event_data event = { .name = { text, 4 }, .fields = fields, .field_count = 1 };
    slm_span_data span = sound();
    slmi_block_verdict verdict;
    span.name = slm_string_of(name, 6);
    span.fields = fields;
    span.field_count = 5;
    span.events = &event;
    span.event_count = 1;
    slmi_span_block *block = slmi_span_block_new(&span, &verdict);
    cr_assert(eq(int, (int)verdict, SLMI_BLOCK_SOUND));
    memset(name, '?', 6);
    memset(key, '?', 4);
    memset(text, '?', 4);
    memset(numbers, 0, sizeof numbers);
    const slm_span_data *copy = &block->span;
    cr_expect(slm_string_equal(copy->name, slm_string_from_c("SELECT")));
    cr_assert(eq(uint, copy->field_count, 5));
    cr_expect(slm_string_equal(copy->fields[0].key, slm_string_from_c("rows")));
    cr_expect(eq(int, memcmp(copy->fields[0].value.as.s, "many", 4), 0));
    cr_expect(eq(i64, ((const int64_t *)copy->fields[1].value.as.p)[0], -1));
    const slm_string *strings = copy->fields[2].value.as.p;
    cr_expect(slm_string_equal(strings[2], slm_string_from_c("c")) && strings[1].len == 0);
    cr_expect(eq(int, memcmp(copy->fields[3].value.as.p, "many", 4), 0));
    const slm_value *values = copy->fields[4].value.as.p;
    cr_expect(eq(int, memcmp(((const slm_field *)values[1].as.p)->value.as.s, "many", 4), 0));
    cr_expect(slm_string_equal(copy->events[0].name, slm_string_from_c("many")));
    slmi_span_block_free(block);
}

/* A printer that never says the same twice cannot write beyond what the first walk found. */
static size_t growing(const void *object, char *out, size_t room)
{
    size_t *calls = *(size_t *const *)object;
    size_t len = ++*calls * 600;
    for (size_t i = 0; i + 1 < room && i < len; i++)
        out[i] = 'p';
    return len;
}

Test(span_block, a_printer_that_changes_its_mind_is_cut)
{
    size_t calls = 0, *pointer = &calls;
    slm_field field = { { "printed", 7 }, slm_value_debug(&pointer, growing) };
    slm_span_data span = sound();
    slmi_block_verdict verdict;
    span.fields = &field;
    span.field_count = 1;
    slmi_span_block *block = slmi_span_block_new(&span, &verdict);
    cr_assert(block != NULL);
    slmi_span_block_free(block);
}

Test(encode, whatever_is_given_the_body_is_whole)
{
    slm_span_data spans[CASES];
    const slm_span_data *pointers[CASES + 1];
    for (unsigned i = 0; i < CASES; i++) {
        spans[i] = sound();
        if (cases[i].spoil)
            cases[i].spoil(&spans[i]);
        pointers[i] = &spans[i];
    }
    pointers[CASES] = NULL;
    slm_encoded out = { .size = sizeof out };
    for (int encoding = SLM_ENCODING_OTLP_JSON; encoding <= SLM_ENCODING_ZIPKIN_JSON; encoding++) {
        slm_status status = slm_encode((slm_encoding)encoding, pointers, CASES + 1, NULL, &out);
        cr_expect(eq(int, status, SLM_ERR_MALFORMED));
        cr_expect(eq(u64, out.malformed, 4));
        cr_expect(eq(u64, out.too_large, 1));
        cr_expect(eq(u64, out.repaired, 10));
        cr_expect(out.len > 0);
    }
    cr_expect(eq(chr, out.data[0], '['));
    cr_expect(eq(chr, out.data[out.len - 1], ']'));
    slm_encoded_free(&out);
    cr_expect(eq(sz, out.room, 0));
}

Test(encode, what_is_no_call_is_refused)
{
    slm_span_data span = sound();
    const slm_span_data *pointer = &span;
    slm_encoded out = { .size = sizeof out }, small = { .size = 4 };
    cr_expect(eq(int, slm_encode((slm_encoding)9, &pointer, 1, NULL, &out), SLM_ERR_INVALID_ARGUMENT));
    cr_expect(eq(int, slm_encode(SLM_ENCODING_OTLP_JSON, NULL, 1, NULL, &out), SLM_ERR_INVALID_ARGUMENT));
    cr_expect(eq(int, slm_encode(SLM_ENCODING_OTLP_JSON, &pointer, 1, NULL, &small), SLM_ERR_INVALID_ARGUMENT));
    cr_expect(eq(int, slm_encode(SLM_ENCODING_OTLP_JSON, &pointer, 1, NULL, NULL), SLM_ERR_INVALID_ARGUMENT));
    cr_expect(eq(int, slm_encode(SLM_ENCODING_OTLP_JSON, NULL, 0, NULL, &out), SLM_OK));
    slm_encoded_free(&out);
    slm_encoded_free(NULL);
}

Test(span_block, a_scope_keeps_its_schema_and_attributes)
{
    const slm_field attributes[] = { { { "a", 1 }, { .type = SLM_TYPE_BOOL, .as = { .u = 1 } } } };
    const slm_scope_data whole = {
        .name = { "n", 1 }, .schema_url = { "u", 1 }, .attributes = attributes, .attribute_count = 1
    };
    slm_span_data span = { .size = sizeof span, .trace_id = { { 1 } }, .span_id = { { 1 } }, .scope = &whole };
    slmi_block_verdict verdict;
    slmi_span_block *block = slmi_span_block_new(&span, &verdict);
    cr_assert(block != NULL);
    const slm_scope_data *copy = block->span.scope;
    cr_expect(copy != &whole && copy->attributes != attributes);
    cr_expect(slm_string_equal(copy->schema_url, slm_string_from_c("u")));
    cr_assert(eq(u32, copy->attribute_count, 1));
    cr_expect(slm_string_equal(copy->attributes[0].key, slm_string_from_c("a")));
    slmi_span_block_free(block);
}

Test(span_block, a_link_without_ids_is_kept_if_it_says_something)
{
    const slm_span_context none = { .is_remote = true };
    const slm_field why = { { "why", 3 }, { .type = SLM_TYPE_BOOL } };
    const slm_link_data links[] = { { .context = &none }, { .context = &none, .fields = &why, .field_count = 1 } };
    slm_span_data span = { .size = sizeof span,
                           .trace_id = { { 1 } },
                           .span_id = { { 1 } },
                           .scope = &scope,
                           .links = links,
                           .link_count = 2 };
    slmi_block_verdict verdict;
    slmi_span_block *block = slmi_span_block_new(&span, &verdict);
    cr_assert(block != NULL);
    cr_expect(eq(u32, block->span.link_count, 1));
    cr_expect(eq(u32, block->span.dropped_links, 1));
    slmi_span_block_free(block);
}

/* Eight members each, sixteen deep, and all of a level are the same one. */
Test(span_block, members_that_are_shared_do_not_multiply, .timeout = 30)
{
    enum { MEMBERS = 8, LEVELS = 16 };
    static slm_field maps[LEVELS][MEMBERS];
    static slm_value lists[LEVELS][MEMBERS];
    for (unsigned level = 0; level < LEVELS; level++) {
        for (unsigned i = 0; i < MEMBERS; i++) {
            static const char keys[] = "abcdefgh";
            maps[level][i].key = slm_string_of(keys + i, 1);
            maps[level][i].value = level ? slm_value_map(maps[level - 1], MEMBERS) : slm_value_u64(i);
            lists[level][i] = level ? slm_value_list(lists[level - 1], MEMBERS) : slm_value_u64(i);
        }
    }
    const slm_field fields[] = { { { "map", 3 }, slm_value_map(maps[LEVELS - 1], MEMBERS) },
                                 { { "list", 4 }, slm_value_list(lists[LEVELS - 1], MEMBERS) } };
    for (unsigned i = 0; i < 2; i++) {
        slm_span_data span = sound();
        span.fields = &fields[i];
        span.field_count = 1;
        slmi_block_verdict verdict;
        cr_expect(zero(ptr, slmi_span_block_new(&span, &verdict)));
        cr_expect(eq(int, verdict, SLMI_BLOCK_TOO_LARGE));
    }
}
