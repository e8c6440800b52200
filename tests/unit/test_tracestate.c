/* SPDX-License-Identifier: MIT */
/* W3C Trace Context "tracestate": the grammar's vectors, mutation, and what is cut when it grows too long. */
#include <spanloom/propagation.h>

#include "tests/unit/guard_page.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>
#include <string.h>

#define TEN(c)              c c c c c c c c c c
#define Z100                TEN(TEN("z"))
#define Z256                Z100 Z100 TEN("z") TEN("z") TEN("z") TEN("z") TEN("z") "zzzzzz"
#define T100                TEN(TEN("t"))
#define T241                T100 T100 TEN("t") TEN("t") TEN("t") TEN("t") "t"
#define V14                 TEN("v") "vvvv"
#define FIVE(a, b, c, d, e) a "=1," b "=2," c "=3," d "=4," e "=5"
#define MEMBERS30                                                                                                      \
    FIVE("a0", "b0", "c0", "d0", "e0")                                                                                 \
    "," FIVE("a1", "b1", "c1", "d1", "e1") "," FIVE("a2", "b2", "c2", "d2", "e2") "," FIVE(                            \
        "a3", "b3", "c3", "d3", "e3") "," FIVE("a4", "b4", "c4", "d4", "e4") "," FIVE("a5", "b5", "c5", "d5", "e5")

static bool holds(const slm_span_context *context, const char *expected)
{
    return slm_string_equal(slm_string_of(context->tracestate, context->tracestate_len), slm_string_from_c(expected));
}

static slm_span_context parsed(const char *text)
{
    slm_span_context context = { .tracestate_len = 0 };
    slm_string line = slm_string_from_c(text);
    cr_assert(eq(int, (int)slm_tracestate_parse(&line, 1, &context), (int)SLM_OK), "%s", text);
    return context;
}

static const struct {
    const char *why, *header, *stored; /* NULL: refused */
} cases[] = {
    { "empty", "", "" },
    { "white space and commas alone", " ,\t, ,", "" },
    { "one member", "foo=1", "foo=1" },
    { "white space around members", "foo=1 \t , \t bar=2, \t baz=3", "foo=1,bar=2,baz=3" },
    { "white space around the whole", " \tfoo=1\t ", "foo=1" },
    { "empty members", "foo=1,,bar=2,", "foo=1,bar=2" },
    { "a space that starts a value", "foo= 1", "foo= 1" },
    { "a space inside a value", "foo=1 2,bar=3", "foo=1 2,bar=3" },
    { "values of every character", "k=!\"#$%&'()*+-./09:;<>?@AZ[\\]^_`az{|}~",
      "k=!\"#$%&'()*+-./09:;<>?@AZ[\\]^_`az{|}~" },
    { "keys of every character", "09az_-*/@=1", "09az_-*/@=1" },
    { "key of one digit", "0=1", "0=1" },
    { "key that ends with @", "foo@=1", "foo@=1" },
    { "two @ side by side", "foo@@bar=1", "foo@@bar=1" },
    { "two @ apart", "foo@bar@baz=1", "foo@bar@baz=1" },
    { "longest key", Z256 "=1", Z256 "=1" },
    { "longest tenant and system", T241 "@" V14 "=1", T241 "@" V14 "=1" },
    { "tenant beyond level 2's bound", T241 "t@v=1", T241 "t@v=1" },
    { "system beyond level 2's bound", "t@" V14 "v=1", "t@" V14 "v=1" },
    { "longest value", "k=" Z256, "k=" Z256 },
    { "repeated key keeps the first", "foo=1,foo=2", "foo=1" },
    { "repeated key between others", "a=1,b=2,a=3,c=4,b=5", "a=1,b=2,c=4" },
    { "repeated long key", Z100 "=1," Z100 "=2", Z100 "=1" },
    { "keys that differ late", Z100 "a=1," Z100 "b=2", Z100 "a=1," Z100 "b=2" },
    { "keys that differ at a sign", "a@b=1,a*b=2,a-b=3", "a@b=1,a*b=2,a-b=3" },
    { "32 members", MEMBERS30 ",y=1,z=2", MEMBERS30 ",y=1,z=2" },

    { "33 members", MEMBERS30 ",x=0,y=1,z=2", NULL },
    { "33 members, one of them repeated", MEMBERS30 ",y=0,y=1,z=2", NULL },
    { "space before =", "foo =1", NULL },
    { "tab before =", "foo\t=1", NULL },
    { "upper-case key", "FOO=1", NULL },
    { "dot in a key", "foo.bar=1", NULL },
    { "key that starts with @", "@foo=1,bar=2", NULL },
    { "key that starts with _", "_foo=1", NULL },
    { "key that starts with -", "-foo=1", NULL },
    { "key of 257 characters", Z256 "z=1", NULL },
    { "two =", "foo=bar=baz", NULL },
    { "= alone", "=", NULL },
    { "no key", "=1", NULL },
    { "no =", "foo", NULL },
    { "no value", "foo=,bar=3", NULL },
    { "no value at the end", "bar=3,foo=", NULL },
    { "a value of spaces", "foo=  ,bar=3", NULL },
    { "a tab inside a value", "foo=1\t2", NULL },
    { "a value of 257 characters", "k=" Z256 "z", NULL },
    { "a line end", "foo=1\r\nbar=2", NULL },
    { "a control character", "foo=1\x01", NULL },
    { "delete", "foo=1\x7f", NULL },
    { "not ASCII", "foo=\xc3\xa9", NULL },
    { "one bad member of three", "a=1,B=2,c=3", NULL },
};

Test(tracestate, accepts_and_refuses_what_the_specification_says)
{
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        slm_span_context got;
        memset(&got, 0x5a, sizeof got);
        slm_span_context before = got;
        slm_string line = slm_string_from_c(cases[i].header);
        slm_status status = slm_tracestate_parse(&line, 1, &got);
        if (!cases[i].stored) {
            cr_expect(eq(int, (int)status, (int)SLM_ERR_MALFORMED), "%s: \"%s\"", cases[i].why, cases[i].header);
            cr_expect(memcmp(&got, &before, sizeof got) == 0, "%s: written", cases[i].why);
            continue;
        }
        cr_expect(eq(int, (int)status, (int)SLM_OK), "%s: \"%s\"", cases[i].why, cases[i].header);
        cr_expect(holds(&got, cases[i].stored), "%s: \"%s\" became \"%.*s\"", cases[i].why, cases[i].header,
                  (int)got.tracestate_len, got.tracestate);
    }
}

Test(tracestate, judges_every_byte_of_a_key_and_of_a_value)
{
    for (unsigned byte = 0; byte < 256; byte++) {
        bool inner = byte != 0 && strchr("abcdefghijklmnopqrstuvwxyz0123456789_-*/@", (int)byte);
        bool value = byte >= 0x20 && byte <= 0x7e && byte != ',' && byte != '=';
        for (size_t at = 0; at < 20; at++) {
            char key[] = "abcdefghijklmnopqrstuv=1", text[] = "k=abcdefghijklmnopqrstu";
            key[1 + at] = (char)byte;
            text[2 + at] = (char)byte;
            slm_span_context got;
            slm_string line = slm_string_of(key, sizeof key - 1);
            bool taken = slm_tracestate_parse(&line, 1, &got) == SLM_OK;
            cr_expect(eq(int, taken, inner), "byte %u at %zu of a key", byte, at);
            line = slm_string_of(text, sizeof text - 1);
            taken = slm_tracestate_parse(&line, 1, &got) == SLM_OK;
            cr_expect(eq(int, taken, value), "byte %u at %zu of a value", byte, at);
        }
    }
}

Test(tracestate, joins_lines_in_their_order)
{
    slm_string lines[] = { { "a=1,b=2", 7 }, { "", 0 }, { NULL, 0 }, { "c=3, a=9", 8 }, { " ,", 2 }, { "d=4", 3 } };
    slm_span_context got;
    cr_assert(eq(int, (int)slm_tracestate_parse(lines, 6, &got), (int)SLM_OK));
    cr_expect(holds(&got, "a=1,b=2,c=3,d=4"), "%.*s", (int)got.tracestate_len, got.tracestate);
    cr_assert(eq(int, (int)slm_tracestate_parse(NULL, 0, &got), (int)SLM_OK));
    cr_expect(eq(int, got.tracestate_len, 0));
}

Test(tracestate, counts_members_over_all_lines)
{
    slm_string lines[] = { slm_string_from_c(MEMBERS30), slm_string_from_c("x=1,y=2,z=3") };
    slm_span_context got;
    cr_expect(eq(int, (int)slm_tracestate_parse(lines, 2, &got), (int)SLM_ERR_MALFORMED));
    lines[1] = slm_string_from_c("x=1,y=2");
    cr_expect(eq(int, (int)slm_tracestate_parse(lines, 2, &got), (int)SLM_OK));
}

Test(tracestate, does_not_join_lines_that_lie_side_by_side_in_memory)
{
    const char text[] = "a=1\nb=2";
    slm_string lines[] = { { text, 3 }, { text + 4, 3 } };
    slm_span_context got;
    cr_assert(eq(int, (int)slm_tracestate_parse(lines, 2, &got), (int)SLM_OK));
    cr_expect(holds(&got, "a=1,b=2"));
}

/* KEY=xxx… of `len` bytes in all. */
static size_t put_member(char *out, const char *key, size_t len)
{
    size_t key_len = strlen(key);
    memcpy(out, key, key_len);
    out[key_len] = '=';
    memset(out + key_len + 1, 'x', len - key_len - 1);
    return len;
}

static const struct {
    const char *why;
    size_t lens[6]; /* of the members a, b, c, …; 0 ends */
    const char *survivors;
} too_long[] = {
    { "512 bytes fit", { 128, 128, 128, 125 }, "abcd" },
    { "513 bytes lose the last", { 128, 128, 128, 126 }, "abc" },
    { "a big one goes first", { 129, 128, 128, 128 }, "bcd" },
    { "of big ones the rightmost goes first", { 200, 100, 200, 100 }, "abd" },
    { "128 is not big", { 128, 128, 128, 128 }, "abc" },
    { "then from the right", { 250, 120, 120, 120, 120, 120 }, "bcde" },
    { "all big ones if need be", { 200, 200, 128, 128, 128, 128 }, "cde" },
    { "two that are big", { 256, 258 }, "a" },
};

Test(tracestate, loses_whole_members_big_ones_first_then_from_the_right)
{
    for (size_t i = 0; i < sizeof too_long / sizeof *too_long; i++) {
        char text[2048];
        size_t len = 0;
        for (size_t m = 0; m < 6 && too_long[i].lens[m] > 0; m++) {
            const char key[] = { (char)('a' + m), '\0' };
            if (m > 0)
                text[len++] = ',';
            len += put_member(text + len, key, too_long[i].lens[m]);
        }
        slm_span_context got;
        slm_string line = slm_string_of(text, len);
        cr_assert(eq(int, (int)slm_tracestate_parse(&line, 1, &got), (int)SLM_OK), "%s", too_long[i].why);
        cr_expect(got.tracestate_len <= SLM_TRACESTATE_MAX);
        char keys[8] = "";
        size_t cursor = 0, count = 0;
        slm_string key, value;
        while (slm_tracestate_next(&got, &cursor, &key, &value)) {
            size_t at = (size_t)(key.data[0] - 'a');
            cr_expect(eq(sz, key.len + 1 + value.len, too_long[i].lens[at]), "%s", too_long[i].why);
            keys[count++] = key.data[0];
        }
        cr_expect(eq(str, keys, (char *)too_long[i].survivors), "%s", too_long[i].why);
    }
}

Test(tracestate, finds_a_value_by_its_whole_key)
{
    slm_span_context context = parsed("ab=1,a=2,abc=x y");
    cr_expect(slm_string_equal(slm_tracestate_get(&context, slm_string_from_c("a")), slm_string_from_c("2")));
    cr_expect(slm_string_equal(slm_tracestate_get(&context, slm_string_from_c("abc")), slm_string_from_c("x y")));
    cr_expect(slm_tracestate_get(&context, slm_string_from_c("b")).data == NULL);
    cr_expect(slm_tracestate_get(&context, slm_string_from_c("")).data == NULL);
}

Test(tracestate, puts_what_is_set_leftmost_and_keeps_the_order_of_others)
{
    slm_span_context context = { .flags = 1 };
    static const struct {
        const char *key, *value, *after;
    } steps[] = {
        { "a", "1", "a=1" },         { "b", "2", "b=2,a=1" },     { "c", "3", "c=3,b=2,a=1" },
        { "b", "4", "b=4,c=3,a=1" }, { "b", "5", "b=5,c=3,a=1" }, { "a", " x", "a= x,b=5,c=3" },
    };
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
        slm_status status =
            slm_tracestate_set(&context, slm_string_from_c(steps[i].key), slm_string_from_c(steps[i].value));
        cr_expect(eq(int, (int)status, (int)SLM_OK));
        cr_expect(holds(&context, steps[i].after), "%s", steps[i].after);
    }
    cr_expect(slm_tracestate_delete(&context, slm_string_from_c("b")));
    cr_expect(holds(&context, "a= x,c=3"));
    cr_expect(not(slm_tracestate_delete(&context, slm_string_from_c("b"))));
    cr_expect(slm_tracestate_delete(&context, slm_string_from_c("a")));
    cr_expect(slm_tracestate_delete(&context, slm_string_from_c("c")));
    cr_expect(eq(int, context.tracestate_len, 0));
}

Test(tracestate, sets_a_value_that_lies_in_the_context_itself)
{
    slm_span_context context = parsed("a=1,b=two");
    slm_string value = slm_tracestate_get(&context, slm_string_from_c("b"));
    cr_expect(eq(int, (int)slm_tracestate_set(&context, slm_string_from_c("a"), value), (int)SLM_OK));
    cr_expect(holds(&context, "a=two,b=two"));
}

Test(tracestate, drops_the_rightmost_of_33)
{
    slm_span_context context = parsed(MEMBERS30 ",y=1,z=2");
    cr_expect(
        eq(int, (int)slm_tracestate_set(&context, slm_string_from_c("new"), slm_string_from_c("1")), (int)SLM_OK));
    cr_expect(holds(&context, "new=1," MEMBERS30 ",y=1"));
    cr_expect(eq(int, (int)slm_tracestate_set(&context, slm_string_from_c("y"), slm_string_from_c("2")), (int)SLM_OK));
    cr_expect(holds(&context, "y=2,new=1," MEMBERS30));
}

Test(tracestate, never_drops_the_member_that_is_being_set)
{
    slm_span_context context = parsed("a=" Z100 Z100 ",b=" Z100 ",c=" Z100);
    cr_expect(eq(int, (int)slm_tracestate_set(&context, slm_string_from_c("k"), slm_string_from_c(Z256)), (int)SLM_OK));
    cr_expect(holds(&context, "k=" Z256 ",b=" Z100 ",c=" Z100), "%.*s", (int)context.tracestate_len,
              context.tracestate);
    slm_status status = slm_tracestate_set(&context, slm_string_from_c(Z256), slm_string_from_c(Z256));
    cr_expect(eq(int, (int)status, (int)SLM_ERR_LIMIT));
    cr_expect(holds(&context, "k=" Z256 ",b=" Z100 ",c=" Z100));
}

Test(tracestate, refuses_to_set_what_it_would_refuse_to_read)
{
    static const char *const pairs[][2] = {
        { "", "1" },  { "A", "1" },  { "a b", "1" }, { "@a", "1" },     { "a=b", "1" },       { "a,b", "1" },
        { "a", "" },  { "a", "1 " }, { "a", "1,2" }, { "a", "1=2" },    { "a", "1\r\nb: c" }, { "a", "\x7f" },
        { "a", " " }, { "a", "\t" }, { "a ", "1" },  { Z256 "z", "1" }, { "a", Z256 "z" },    { "\xc3", "1" },
    };
    slm_span_context context = parsed("k=1");
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
        slm_status status =
            slm_tracestate_set(&context, slm_string_from_c(pairs[i][0]), slm_string_from_c(pairs[i][1]));
        cr_expect(eq(int, (int)status, (int)SLM_ERR_INVALID_ARGUMENT), "%s=%s", pairs[i][0], pairs[i][1]);
        cr_expect(holds(&context, "k=1"));
    }
}

Test(tracestate, steps_over_what_a_host_stored_by_hand)
{
    slm_span_context context = { .tracestate_len = 600 };
    memset(context.tracestate, ',', sizeof context.tracestate);
    memcpy(context.tracestate, "A=1,b=2=3, c=4,d=5\n,e=6", 23);
    size_t cursor = 0;
    slm_string key, value;
    cr_assert(slm_tracestate_next(&context, &cursor, &key, &value));
    cr_expect(slm_string_equal(key, slm_string_from_c("e")));
    cr_expect(not(slm_tracestate_next(&context, &cursor, &key, &value)));
}

Test(tracestate, reads_no_byte_behind_a_line_of_any_length)
{
    const char *whole = "congo=t61rcWkgMzE,rojo@vendor=00f067aa0ba902b7 ,, x=1";
    struct guard_page page = guard_page_new(4096);
    for (size_t len = 0; len <= strlen(whole); len++) {
        slm_span_context a = { .tracestate_len = 0 }, b = a;
        char copy[128] = { 0 };
        memcpy(copy, whole, len);
        slm_string guarded = guard_page_put(&page, whole, len), plain = slm_string_of(copy, len);
        slm_status status = slm_tracestate_parse(&guarded, 1, &a);
        cr_expect(eq(int, (int)status, (int)slm_tracestate_parse(&plain, 1, &b)), "%zu bytes", len);
        cr_expect(memcmp(&a, &b, sizeof a) == 0, "%zu bytes", len);
    }
    guard_page_free(&page);
}

Test(tracestate, survives_a_mebibyte_that_ends_at_an_unmapped_page)
{
    enum { MEBIBYTE = 1 << 20 };
    static const struct {
        char filler;
        slm_status expected;
    } fillers[] = {
        { ',', SLM_OK },
        { ' ', SLM_OK },
        { 'a', SLM_ERR_MALFORMED },
        { '=', SLM_ERR_MALFORMED },
        { '@', SLM_ERR_MALFORMED },
        { '\0', SLM_ERR_MALFORMED },
        { '\n', SLM_ERR_MALFORMED },
        { '\xff', SLM_ERR_MALFORMED },
    };
    struct guard_page page = guard_page_new(MEBIBYTE);
    char *text = page.end - MEBIBYTE;
    slm_string line = slm_string_of(text, MEBIBYTE);
    for (size_t i = 0; i < sizeof fillers / sizeof *fillers; i++) {
        slm_span_context got;
        memset(text, fillers[i].filler, MEBIBYTE);
        cr_expect(eq(int, (int)slm_tracestate_parse(&line, 1, &got), (int)fillers[i].expected), "byte %d",
                  fillers[i].filler);
        memcpy(text, "k=", 2);
        cr_expect(eq(int, (int)slm_tracestate_parse(&line, 1, &got), (int)SLM_ERR_MALFORMED), "byte %d in a value",
                  fillers[i].filler);
    }
    guard_page_free(&page);
}
