/* SPDX-License-Identifier: MIT */
/* The environment as a carrier, read and written, up to a child that reads what it was given. */
#include "tests/unit/formats.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define PARENT_TEXT "00-" TRACE "-" SPAN "-01"

static const struct {
    const char *why;
    char *entries[5];
    slm_status expected;
    const char *tracestate;
} cases[] = {
    { "both", { "HOME=/", "TRACEPARENT=" PARENT_TEXT, "TRACESTATE=a=1" }, SLM_OK, "a=1" },
    { "traceparent alone", { "TRACEPARENT=" PARENT_TEXT }, SLM_OK, "" },
    { "the first entry counts", { "TRACEPARENT=" PARENT_TEXT, "TRACEPARENT=x" }, SLM_OK, "" },
    { "nothing", { "HOME=/" }, SLM_ERR_NOT_FOUND, NULL },
    { "no entries", { NULL }, SLM_ERR_NOT_FOUND, NULL },
    { "empty is none", { "TRACEPARENT=" }, SLM_ERR_NOT_FOUND, NULL },
    { "lower case is another", { "traceparent=" PARENT_TEXT }, SLM_ERR_NOT_FOUND, NULL },
    { "no =", { "TRACEPARENT" }, SLM_ERR_NOT_FOUND, NULL },
    { "a longer name", { "TRACEPARENT2=" PARENT_TEXT, "XTRACEPARENT=" PARENT_TEXT }, SLM_ERR_NOT_FOUND, NULL },
    { "malformed", { "TRACEPARENT=00" }, SLM_ERR_MALFORMED, NULL },
};

Test(environment, is_read_by_upper_case_names)
{
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        slm_span_context got;
        slm_status status = slm_extract(slm_environment_getter(), cases[i].entries, &got);
        cr_expect(eq(int, (int)status, (int)cases[i].expected), "%s", cases[i].why);
        if (status == SLM_OK)
            cr_expect(slm_string_equal(slm_string_of(got.tracestate, got.tracestate_len),
                                       slm_string_from_c(cases[i].tracestate)),
                      "%s", cases[i].why);
    }
    slm_span_context got;
    cr_expect(eq(int, (int)slm_extract(slm_environment_getter(), NULL, &got), (int)SLM_ERR_NOT_FOUND));
}

Test(environment, makes_variable_names_of_any_name)
{
    static const char *const names[][2] = {
        { "x-b3-traceid", "X_B3_TRACEID" }, { "a.b/c d", "A_B_C_D" }, { "1a", "_1A" }, { "", "_" }, { "\xc3\xa9", "__" }
    };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        char entry[64], memory[1024] __attribute__((aligned(8)));
        snprintf(entry, sizeof entry, "%s=v", names[i][1]);
        char *const entries[] = { entry, NULL };
        uintptr_t cursor = 0;
        slm_string value, name = slm_string_from_c(names[i][0]);
        cr_expect(slm_environment_getter()->get(entries, name, &cursor, &value), "%s", names[i][0]);
        slm_environment made;
        cr_assert(eq(int, (int)slm_environment_init(&made, memory, sizeof memory, NULL), (int)SLM_OK));
        cr_expect(eq(int, (int)slm_environment_setter()->set(&made, name, slm_string_from_c("v")), (int)SLM_OK));
        cr_expect(eq(str, made.entries[0], entry));
        cr_expect(made.entries[1] == NULL);
    }
}

static slm_span_context example(const char *tracestate)
{
    slm_span_context context;
    slm_string line = slm_string_from_c(tracestate);
    cr_assert(eq(int, (int)slm_traceparent_parse(slm_string_from_c(PARENT_TEXT), &context), (int)SLM_OK));
    cr_assert(eq(int, (int)slm_tracestate_parse(&line, 1, &context), (int)SLM_OK));
    return context;
}

Test(environment, is_copied_with_entries_in_place_of_old_ones)
{
    char *const base[] = {
        "TRACESTATE=old", "HOME=/", "TRACEPARENT=old", "TRACEPARENT=older", "TRACESTATE=older", NULL
    };
    char memory[1024] __attribute__((aligned(8)));
    slm_environment made;
    slm_span_context context = example("a=1");
    cr_assert(eq(int, (int)slm_environment_init(&made, memory, sizeof memory, base), (int)SLM_OK));
    cr_expect(eq(int, (int)slm_inject(&context, slm_environment_setter(), &made), (int)SLM_OK));
    cr_expect(eq(sz, made.count, 3));
    cr_expect(eq(str, made.entries[0], "TRACESTATE=a=1"));
    cr_expect(eq(str, made.entries[1], "HOME=/"));
    cr_expect(eq(str, made.entries[2], "TRACEPARENT=" PARENT_TEXT));
    cr_expect(made.entries[3] == NULL);

    context = example("");
    cr_expect(eq(int, (int)slm_inject(&context, slm_environment_setter(), &made), (int)SLM_OK));
    cr_expect(eq(sz, made.count, 2), "the tracestate of another trace is gone");
    cr_expect(eq(str, base[0], "TRACESTATE=old"), "the base is as it was");
}

Test(environment, changes_nothing_when_the_block_is_full)
{
    char *const base[] = { "A=1", "B=2", NULL };
    union {
        char *align;
        char bytes[256];
    } memory;
    slm_environment made;
    slm_span_context context = example("");
    for (size_t room = 0; room <= sizeof memory; room++) {
        memset(&memory, 0x5a, sizeof memory);
        slm_status status = slm_environment_init(&made, &memory, room, base);
        cr_expect(eq(int, (int)status, (int)(room < 3 * sizeof(char *) ? SLM_ERR_LIMIT : SLM_OK)));
        if (status != SLM_OK)
            continue;
        size_t wanted = 4 * sizeof(char *) + sizeof "TRACEPARENT=" PARENT_TEXT;
        status = slm_inject(&context, slm_environment_setter(), &made);
        cr_expect(eq(int, (int)status, (int)(room < wanted ? SLM_ERR_LIMIT : SLM_OK)), "%zu bytes", room);
        cr_expect(eq(sz, made.count, status == SLM_OK ? 3 : 2));
        cr_expect(made.entries[made.count] == NULL);
        if (room < sizeof memory)
            cr_expect(memory.bytes[room] == 0x5a, "%zu bytes", room);
    }
}

Test(environment, has_room_for_all_that_the_propagators_set)
{
    char *const base[] = { "A=1", NULL };
    static char baggage[SLM_BAGGAGE_BYTES_MAX];
    memset(baggage, 'x', sizeof baggage);
    memcpy(baggage, "k=", 2);
    slm_carried carried = { .size = sizeof carried, .span = example("k=v") };
    carried.baggage = (slm_baggage){ baggage, sizeof baggage, sizeof baggage };
    slm_propagators list;
    slm_string names = slm_string_from_c("tracecontext,baggage,b3,b3multi");
    cr_assert(eq(int, (int)slm_propagators_parse(names, NULL, 0, &list), (int)SLM_OK));
    size_t room = slm_environment_room(base);
    void *memory = malloc(room);
    slm_environment made;
    cr_assert(eq(int, (int)slm_environment_init(&made, memory, room, base), (int)SLM_OK));
    cr_expect(eq(int, (int)slm_propagators_inject(&list, &carried, slm_environment_setter(), &made), (int)SLM_OK));
    static char copy[SLM_BAGGAGE_BYTES_MAX];
    slm_carried got = { .size = sizeof got, .baggage = SLM_BAGGAGE_IN(copy) };
    cr_expect(eq(int, (int)slm_propagators_extract(&list, slm_environment_getter(), made.entries, &got), (int)SLM_OK));
    cr_expect(eq(str, (char *)describe(&got), TRACE "-" SPAN "-01"));
    cr_expect(eq(sz, got.baggage.len, sizeof baggage));
    free(memory);
}

Test(environment, refuses_a_value_with_a_nul)
{
    char memory[256] __attribute__((aligned(8)));
    slm_environment made;
    cr_assert(eq(int, (int)slm_environment_init(&made, memory, sizeof memory, NULL), (int)SLM_OK));
    slm_status status = slm_environment_setter()->set(&made, slm_string_from_c("a"), slm_string_of("1\0002", 3));
    cr_expect(eq(int, (int)status, (int)SLM_ERR_INVALID_ARGUMENT));
    cr_expect(eq(sz, made.count, 0));
}

Test(environment, reaches_a_child_and_leaves_this_process_as_it_was)
{
    size_t room = slm_environment_room(environ);
    void *memory = malloc(room);
    slm_environment made;
    slm_span_context context = example("a=1");
    cr_assert(eq(int, (int)slm_environment_init(&made, memory, room, environ), (int)SLM_OK));
    cr_assert(eq(int, (int)slm_inject(&context, slm_environment_setter(), &made), (int)SLM_OK));

    char *const argv[] = { "sh", "-c", "test \"$TRACEPARENT\" = " PARENT_TEXT " && test \"$TRACESTATE\" = a=1", NULL };
    pid_t child;
    int ended = -1;
    cr_assert(eq(int, posix_spawn(&child, "/bin/sh", NULL, NULL, argv, made.entries), 0));
    cr_assert(waitpid(child, &ended, 0) == child);
    cr_expect(eq(int, ended, 0));
    cr_expect(getenv("TRACEPARENT") == NULL);
    free(memory);
}
