/* SPDX-License-Identifier: MIT */
/* Callsites that are described at run time: what they say, how they are interned and bounded, and misuse. */
#include <spanloom/diagnostic.h>
#include <spanloom/dynamic.h>
#include <spanloom/test.h>
#include <spanloom/trace.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "core/site.h"

static slm_mock *m;

static void begin(void)
{
    m = slm_mock_begin(NULL);
}

static void end(void)
{
    slm_mock_end(m);
}

TestSuite(dynamic, .init = begin, .fini = end);

static const slm_string absent = { NULL, 0 };

static slm_callsite site_of(const char *name)
{
    return (slm_callsite){ .size = sizeof(slm_callsite), .level = SLM_LEVEL_INFO, .name = slm_string_from_c(name) };
}

static slm_field field_of(const char *key, slm_value value)
{
    return (slm_field){ slm_string_from_c(key), value };
}

Test(dynamic, spans_and_events_say_what_they_were_given)
{
    char name[] = "GET", target[] = "web", key[] = "path", text[] = "/yaks";
    slm_callsite span = site_of(name), event = site_of("constant text");
    span.target = slm_string_from_c(target);
    span.level = SLM_LEVEL_DEBUG;
    slm_field fields[] = { field_of(key, slm_value_string(text, 5)), field_of("n", slm_value_i64(3)) };
    slm_span_options options = { .size = sizeof options, .kind = SLM_KIND_SERVER };
    slm_span s = slm_span_start(&span, fields, 2, &options);
    memset(name, 'x', 3);
    memset(target, 'x', 3);
    memset(key, 'x', 4);
    memset(text, 'x', 5);
    slm_token t = slm_enter(s);
    slm_event(&event, absent, NULL, 0, NULL);
    slm_event(&event, slm_string_from_c("its own text"), fields + 1, 1, NULL);
    slm_exit(t);
    slm_span_end(s);
    cr_expect(slm_expect_only_tree(m, "GET{path='/yaks', n=3}[SERVER,level=DEBUG,target=web] > "
                                      "('constant text'[INFO,target=dynamic], 'its own text'{n=3})"));
}

Test(dynamic, equal_descriptions_are_one_callsite)
{
    uint32_t before = slmi_site_count();
    for (int i = 0; i < 1000; i++) {
        slm_callsite one = site_of("one"), other = site_of("one");
        other.line = 7;
        slm_field field = field_of("k", slm_value_i64(i));
        slm_event(&one, absent, NULL, 0, NULL);
        slm_event(&one, absent, &field, 1, NULL);
        slm_event(&other, absent, NULL, 0, NULL);
        slm_span_end(slm_span_start(&one, NULL, 0, NULL));
    }
    cr_expect(eq(u32, slmi_site_count() - before, 4));
}

Test(dynamic, asking_asks_of_its_level_target_and_kind)
{
    slm_mock_options options = { .size = sizeof options, .filter = slm_filter_level(SLM_LEVEL_INFO) };
    slm_mock *info = slm_mock_begin(&options);
    slm_callsite site = site_of("s");
    for (uint8_t level = SLM_LEVEL_ERROR; level <= SLM_LEVEL_TRACE; level++) {
        site.level = level;
        cr_expect(eq(int, slm_callsite_enabled(&site, true), level <= SLM_LEVEL_INFO));
        cr_expect(eq(int, slm_callsite_enabled(&site, false), level <= SLM_LEVEL_INFO));
        slm_span s = slm_span_start(&site, NULL, 0, NULL);
        cr_expect(eq(int, slm_span_is_enabled(s), level <= SLM_LEVEL_INFO));
        slm_span_end(s);
    }
    slm_mock_end(info);
}

Test(dynamic, beyond_thirty_two_fields_a_span_is_set_more_and_an_event_is_not)
{
    slm_field fields[40];
    char keys[40][8];
    slm_callsite site = site_of("many");
    for (int i = 0; i < 40; i++) {
        (void)snprintf(keys[i], sizeof keys[i], "k%d", i);
        fields[i] = field_of(keys[i], slm_value_i64(i));
    }
    slm_span_end(slm_span_start(&site, fields, 40, NULL));
    cr_expect(slm_expect_tree(m, "many{k0=0, k31=31, k32=32, k39=39}"));
    slm_event(&site, absent, fields, 40, NULL);
    cr_expect(slm_expect_tree(m, "'many'{k0=0, k31=31}"));
    cr_expect(eq(sz, slm_mock_count(m, SLM_MOCK_RECORD, "many"), 8));
}

Test(dynamic, misuse_is_refused_quietly)
{
    slm_callsite good = site_of("good"), sizeless = good, silent = good, loud = good;
    sizeless.size = 0;
    silent.level = SLM_LEVEL_OFF;
    loud.level = SLM_LEVEL_TRACE + 1;
    const slm_callsite *bad[] = { NULL, &sizeless, &silent, &loud };
    for (int i = 0; i < 4; i++) {
        cr_expect(not(slm_callsite_enabled(bad[i], true)));
        cr_expect(not(slm_span_is_enabled(slm_span_start(bad[i], NULL, 0, NULL))));
        slm_event(bad[i], slm_string_from_c("text"), NULL, 0, NULL);
    }
    cr_expect(eq(str, (char *)slm_mock_calls(m), (char *)""));
}

Test(dynamic, hostile_texts_are_kept_within_bounds)
{
    static char long_text[100000];
    memset(long_text, 'x', sizeof long_text - 1);
    slm_callsite site = site_of(long_text);
    site.target = slm_string_from_c(long_text);
    site.file = slm_string_from_c(long_text);
    slm_field fields[] = { { { NULL, 0 }, slm_value_i64(1) },
                           { { "", 0 }, slm_value_i64(2) },
                           { { "a\0b", 3 }, slm_value_i64(3) },
                           { { "\xff\xfe", 2 }, slm_value_string("\xff\0\x80", 3) },
                           { { long_text, sizeof long_text - 1 }, slm_value_string(long_text, sizeof long_text - 1) } };
    for (int i = 0; i < 2; i++) {
        slm_span s = slm_span_start(&site, fields, 5, NULL);
        cr_expect(slm_span_is_enabled(s));
        slm_span_set(s, fields[4].key, fields[4].value);
        slm_span_set(s, fields[0].key, fields[0].value);
        slm_span_end(s);
        slm_event(&site, slm_string_of(long_text, sizeof long_text - 1), fields, 5, NULL);
        slm_event(&site, slm_string_of("nul \0 inside", 12), fields, 5, NULL);
    }
    cr_expect(eq(sz, slm_mock_count(m, SLM_MOCK_NEW, "x*"), 2));
    cr_expect(eq(sz, slm_mock_count(m, SLM_MOCK_EVENT, NULL), 4));
}

static void *describe_many(void *first)
{
    char name[32];
    for (unsigned i = 0; i < 4000; i++) {
        (void)snprintf(name, sizeof name, "span %u", *(unsigned *)first + i);
        slm_callsite site = site_of(name);
        slm_span_end(slm_span_start(&site, NULL, 0, NULL));
    }
    return NULL;
}

Test(dynamic, there_are_so_many_callsites_and_the_rest_is_counted_and_disabled)
{
    slm_mock_options options = { .size = sizeof options, .process_wide = true, .max_calls = 8 };
    slm_mock *all = slm_mock_begin(&options);
    slm_callsite known = site_of("known");
    slm_span_end(slm_span_start(&known, NULL, 0, NULL));
    pthread_t threads[4];
    unsigned first[4] = { 0, 3000, 8000, 13000 };
    for (int i = 0; i < 4; i++)
        cr_assert(eq(int, pthread_create(&threads[i], NULL, describe_many, &first[i]), 0));
    for (int i = 0; i < 4; i++)
        pthread_join(threads[i], NULL);
    unsigned rest = 20000;
    (void)describe_many(&rest);
    cr_expect(eq(u32, slmi_site_count(), SLMI_SITES_MAX));
    cr_expect(slm_diagnostic_count(SLM_DIAG_SITES) > 0);
    slm_callsite late = site_of("too late");
    cr_expect(not(slm_span_is_enabled(slm_span_start(&late, NULL, 0, NULL))));
    uint64_t before = slm_diagnostic_count(SLM_DIAG_SITES);
    cr_expect(not(slm_callsite_enabled(&late, false)));
    cr_expect(slm_diagnostic_count(SLM_DIAG_SITES) > before, "each is counted");
    slm_span s = slm_span_start(&known, NULL, 0, NULL);
    cr_expect(slm_span_is_enabled(s), "those that are known go on");
    slm_span_end(s);
    slm_span_end(SLM_SPAN("a macro's, too late"));
    slm_mock_end(all);
}
