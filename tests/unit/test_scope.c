/* SPDX-License-Identifier: MIT */
/* OpenTelemetry's instrumentation scope: what a file or a callsite says of the library that traces. */
#define SLM_INSTRUMENTATION_NAME       "yaks.shop"
#define SLM_INSTRUMENTATION_VERSION    "1.2"
#define SLM_INSTRUMENTATION_SCHEMA_URL "https://example.org/schemas/1"
#define SLM_INSTRUMENTATION_ATTRIBUTES "short=yes , odd,=none,wool=white=ish,short=no"

#include "tests/unit/spans.h"

#include <spanloom/dynamic.h>
#include <spanloom/filter.h>

#include "core/layering.h"
#include "core/site.h"

#include <stdio.h>

static slm_scope_data seen[8];
static const slm_scope_data *pointers[8];
static unsigned count;

static void look(void *self, const slm_view *span)
{
    (void)self;
    const slm_metadata *meta = slm_view_metadata(span);
    seen[count] = meta->scope;
    pointers[count++] = slmi_record_of(meta)->scope;
}

static void watch(const char *directives)
{
    static const slm_layer_ops ops = { .size = sizeof ops, .on_end = look };
    slm_layer layer = { .size = sizeof layer, .ops = &ops };
    recorded_begin(&layer, 1, directives);
}

static bool is(slm_string text, const char *want)
{
    return slm_string_equal(text, slm_string_from_c(want));
}

static void span_of(slm_callsite callsite)
{
    callsite.size = sizeof callsite;
    callsite.level = SLM_LEVEL_INFO;
    slm_span_end(slm_span_start(&callsite, NULL, 0, NULL));
}

Test(scopes_of_instrumentation, are_what_the_file_says)
{
    watch(NULL);
    slm_span_end(SLM_SPAN("a"));
    slm_span_end(SLM_SPAN("b"));
    cr_expect(is(seen[0].name, "yaks.shop") && is(seen[0].version, "1.2"));
    cr_expect(is(seen[0].schema_url, "https://example.org/schemas/1"));
    cr_assert(eq(u32, seen[0].attribute_count, 2));
    cr_expect(is(seen[0].attributes[0].key, "short") && is(seen[0].attributes[1].key, "wool"));
    slm_value wool = seen[0].attributes[1].value, brief = seen[0].attributes[0].value;
    cr_expect(is(slm_string_of(wool.as.s, wool.len), "white=ish"));
    cr_expect(is(slm_string_of(brief.as.s, brief.len), "no"));
    cr_expect(pointers[0] == pointers[1]);
}

Test(scopes_of_instrumentation, differ_by_any_of_their_parts)
{
    static const slm_callsite same = { .target = { "t", 1 },
                                       .scope_name = { "n", 1 },
                                       .scope_version = { "1", 1 },
                                       .scope_schema_url = { "u", 1 },
                                       .scope_attributes = { "a=b", 3 } };
    watch(NULL);
    slm_callsite other[4] = { same, same, same, same };
    other[0].scope_name = slm_string_from_c("m");
    other[1].scope_version = slm_string_from_c("2");
    other[2].scope_schema_url = slm_string_from_c("v");
    other[3].scope_attributes = slm_string_from_c("a=c");
    span_of(same);
    span_of(same);
    for (unsigned i = 0; i < 4; i++)
        span_of(other[i]);
    cr_assert(eq(u32, count, 6));
    cr_expect(pointers[0] == pointers[1]);
    for (unsigned i = 2; i < 6; i++)
        for (unsigned j = 0; j < i; j++)
            cr_expect(pointers[i] != pointers[j], "%u is %u", i, j);
}

Test(scopes_of_instrumentation, without_a_name_the_target_serves)
{
    watch(NULL);
    span_of((slm_callsite){ .name = { "s", 1 }, .target = { "some::target", 12 } });
    cr_expect(is(seen[0].name, "some::target"));
    cr_expect(eq(sz, seen[0].version.len, 0));
    cr_expect(eq(u32, seen[0].attribute_count, 0));
}

Test(scopes_of_instrumentation, of_a_caller_that_knows_less_have_less)
{
    slm_callsite callsite = { .level = SLM_LEVEL_INFO, .scope_name = { "n", 1 }, .scope_schema_url = { "u", 1 } };
    watch(NULL);
    callsite.size = offsetof(slm_callsite, scope_schema_url);
    slm_span_end(slm_span_start(&callsite, NULL, 0, NULL));
    cr_expect(is(seen[0].name, "n"));
    cr_expect(eq(sz, seen[0].schema_url.len, 0));
    callsite.size = 4;
    cr_expect(eq(u64, slm_span_start(&callsite, NULL, 0, NULL).id, 0));
}

Test(scopes_of_instrumentation, hold_no_more_attributes_than_their_bound)
{
    char text[4096] = "";
    for (unsigned i = 0; i < 200; i++)
        snprintf(text + strlen(text), sizeof text - strlen(text), "k%u=v,", i);
    watch(NULL);
    span_of((slm_callsite){ .scope_name = { "n", 1 }, .scope_attributes = slm_string_from_c(text) });
    cr_expect(eq(u32, seen[0].attribute_count, 32));
}

/* OpenTelemetry Trace SDK, TracerConfigurator. */
Test(scopes_of_instrumentation, are_switched_off_by_name)
{
    static const struct {
        const char *directives, *want;
    } cases[] = {
        { "info", "a\nb\nc\n" },
        { "info,scope:yaks.shop=off", "b\nc\n" },
        { "info,scope:yaks=off", "b\nc\n" },
        { "info,scope:*db*=off", "a\nc\n" },
        { "off,scope:mydb.pool=info", "b\n" },
        { "info,!scope:yaks.shop,!scope:other", "b\n" },
        { "off,scope:yaks.sho=info", "" },
    };
    const slm_callsite db = { .size = sizeof db,
                              .level = SLM_LEVEL_INFO,
                              .name = { "b", 1 },
                              .target = { "x", 1 },
                              .scope_name = { "mydb.pool", 9 } };
    const slm_callsite other = { .size = sizeof other,
                                 .level = SLM_LEVEL_INFO,
                                 .name = { "c", 1 },
                                 .target = { "yaks.shop", 9 },
                                 .scope_name = { "other", 5 } };
    recorded_begin(NULL, 0, cases[0].directives);
    slm_subscriber *subscriber = NULL;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        slm_filter *filter = NULL;
        cr_assert(eq(int, slm_filter_parse(slm_string_from_c(cases[i].directives), &filter, NULL), SLM_OK));
        cr_assert(eq(int, slmi_subscriber_make(NULL, 0, 1, filter, &subscriber), SLM_OK));
        slm_set_global_subscriber(subscriber);
        slm_subscriber_release(subscriber);
        slm_span_end(SLM_SPAN("a")); /* the same callsite each time */
        slm_span_end(slm_span_start(&db, NULL, 0, NULL));
        slm_span_end(slm_span_start(&other, NULL, 0, NULL));
        cr_expect(eq(str, (char *)recorded_text(), (char *)cases[i].want), "%s", cases[i].directives);
    }
}
