/* SPDX-License-Identifier: MIT */
/* W3C Baggage: the grammar's vectors, limits, decoding, and change. */
#include <spanloom/baggage.h>
#include <spanloom/carrier.h>

#include "tests/unit/guard_page.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>
#include <string.h>

static bool is(slm_string text, const char *expected)
{
    return expected ? text.data && slm_string_equal(text, slm_string_from_c(expected)) : text.data == NULL;
}

static bool holds(const slm_baggage *baggage, const char *expected)
{
    return is(slm_string_of(baggage->text, baggage->len), expected);
}

static const struct {
    const char *why, *header, *kept;
    slm_status expected;
} cases[] = {
    { "empty", "", "", SLM_OK },
    { "commas and white space alone", " ,\t,", "", SLM_OK },
    { "one member", "k=v", "k=v", SLM_OK },
    { "white space around everything", "SomeKey \t = \t SomeValue \t ; \t SomeProp \t , \t K2=V2;p=v",
      "SomeKey=SomeValue;SomeProp,K2=V2;p=v", SLM_OK },
    { "white space around a property's value", "k=v ; p\t= x ;q , l=w", "k=v;p=x;q,l=w", SLM_OK },
    { "white space at the end", "k=v \t", "k=v", SLM_OK },
    { "white space behind a property", "k=v;p=1 \t", "k=v;p=1", SLM_OK },
    { "= in a value", "k=a=b", "k=a=b", SLM_OK },
    { "no value", "k=,l= ,m= ;p", "k=,l=,m=;p", SLM_OK },
    { "encoded values", "userId=Am%C3%A9lie,serverNode=DF%2028,isProduction=false",
      "userId=Am%C3%A9lie,serverNode=DF%2028,isProduction=false", SLM_OK },
    { "a property that looks encoded", "k=v;ValueProp%20%3D", "k=v;ValueProp%20%3D", SLM_OK },
    { "repeated properties are kept", "k=v;p=1;p=1;p", "k=v;p=1;p=1;p", SLM_OK },
    { "empty properties go", "k=v;;p; ;q;,l=w;", "k=v;p;q,l=w", SLM_OK },
    { "every character of a token", "!#$%&'*+-.^_`|~09azAZ=1", "!#$%&'*+-.^_`|~09azAZ=1", SLM_OK },
    { "every character of a value", "k=!#$%&'()*+-./09:<=>?@AZ[]^_`az{|}~", "k=!#$%&'()*+-./09:<=>?@AZ[]^_`az{|}~",
      SLM_OK },
    { "a repeated key keeps the last", "a=1,b=2,a=3", "b=2,a=3", SLM_OK },
    { "a repeated key at the end", "b=2,a=1,a=3", "b=2,a=3", SLM_OK },
    { "a repeated key alone", "a=1,a=2;p", "a=2;p", SLM_OK },
    { "keys that differ in case", "a=1,A=2", "a=1,A=2", SLM_OK },

    { "no =", "a=1,foo,b=2", "a=1,b=2", SLM_ERR_MALFORMED },
    { "no key", "=1,b=2", "b=2", SLM_ERR_MALFORMED },
    { "a key of two words", "a b=1,c=2", "c=2", SLM_ERR_MALFORMED },
    { "a key in quotes", "\"a\"=1,c=2", "c=2", SLM_ERR_MALFORMED },
    { "a value of two words", "a=1 2,c=2", "c=2", SLM_ERR_MALFORMED },
    { "a value in quotes", "a=\"1,2\",c=2", "c=2", SLM_ERR_MALFORMED },
    { "a backslash", "a=\\,c=2", "c=2", SLM_ERR_MALFORMED },
    { "a property without a key", "a=1;=2,c=2", "c=2", SLM_ERR_MALFORMED },
    { "a property of two words", "a=1;p q,c=2", "c=2", SLM_ERR_MALFORMED },
    { "not ASCII", "a=\xc3\xa9,c=2", "c=2", SLM_ERR_MALFORMED },
    { "a line end", "a=1\r\nX: y,c=2", "c=2", SLM_ERR_MALFORMED },
    { "a control character", "a=\x01", "", SLM_ERR_MALFORMED },
    { "delete", "a\x7f=1", "", SLM_ERR_MALFORMED },
};

Test(baggage, keeps_what_is_well_formed_without_its_white_space)
{
    struct guard_page page = guard_page_new(4096);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char text[256];
        slm_baggage got = SLM_BAGGAGE_IN(text);
        slm_string line = guard_page_put(&page, cases[i].header, strlen(cases[i].header));
        slm_status status = slm_baggage_parse(&line, 1, &got);
        cr_expect(eq(int, (int)status, (int)cases[i].expected), "%s", cases[i].why);
        cr_expect(holds(&got, cases[i].kept), "%s: \"%.*s\"", cases[i].why, (int)got.len, text);
    }
    guard_page_free(&page);
}

Test(baggage, judges_every_byte_of_a_key_a_value_and_a_property)
{
    for (unsigned byte = 0; byte < 256; byte++) {
        bool alnum = (byte >= '0' && byte <= '9') || (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z');
        bool token = alnum || (byte != 0 && strchr("!#$%&'*+-.^_`|~", (int)byte));
        bool octet = byte > 0x20 && byte < 0x7f && !strchr("\",;\\", (int)byte);
        for (size_t at = 0; at < 10; at++) {
            char key[] = "abcdefghijkl=1", value[] = "k=abcdefghijkl", property[] = "k=1;p=abcdefghijkl";
            key[1 + at] = value[3 + at] = property[7 + at] = (char)byte;
            slm_string line = slm_string_of(key, sizeof key - 1);
            char text[64];
            slm_baggage got = SLM_BAGGAGE_IN(text);
            /* '=' ends a key, and ',' a value or property, in good order; white space and ';' are for the table above.
             */
            if (byte != '=') {
                bool taken = slm_baggage_parse(&line, 1, &got) == SLM_OK;
                cr_expect(eq(int, taken, token), "byte %u at %zu of a key", byte, at);
            }
            if (byte == ',' || byte == ';')
                continue;
            line = slm_string_of(value, sizeof value - 1);
            cr_expect(eq(int, slm_baggage_parse(&line, 1, &got) == SLM_OK, octet), "byte %u at %zu of a value", byte,
                      at);
            line = slm_string_of(property, sizeof property - 1);
            cr_expect(eq(int, slm_baggage_parse(&line, 1, &got) == SLM_OK, octet), "byte %u of a property", byte);
        }
    }
}

Test(baggage, joins_lines_in_their_order)
{
    slm_string lines[] = { { "a=1,b=2", 7 }, { "", 0 }, { NULL, 0 }, { "c=3, a=9", 8 }, { " ,", 2 } };
    char text[64];
    slm_baggage got = SLM_BAGGAGE_IN(text);
    cr_expect(eq(int, (int)slm_baggage_parse(lines, 5, &got), (int)SLM_OK));
    cr_expect(holds(&got, "b=2,c=3,a=9"), "%.*s", (int)got.len, text);
    cr_expect(eq(int, (int)slm_baggage_parse(NULL, 0, &got), (int)SLM_OK));
    cr_expect(eq(sz, got.len, 0));
}

static const struct {
    const char *why, *value, *decoded;
} values[] = {
    { "plain", "abc", "abc" },
    { "empty", "", "" },
    { "two bytes of UTF-8", "Am%C3%A9lie", "Am\xc3\xa9lie" },
    { "lower-case codes", "Am%c3%a9lie", "Am\xc3\xa9lie" },
    { "a space", "DF%2028", "DF 28" },
    { "plus is plus", "a+b", "a+b" },
    { "marks", "%09%20%22%27%3B%3Dasdf%21%40%23%24%25%5E%26%2A%28%29", "\t \"';=asdf!@#$%^&*()" },
    { "four bytes of UTF-8", "%F0%9F%90%82", "\xf0\x9f\x90\x82" },
    { "% that starts no code", "100%,50%2", "100%,50%2" },
    { "% before what is no digit", "%zz%4g%", "%zz%4g%" },
    { "a stray continuation", "a%80b",
      "a\xef\xbf\xbd"
      "b" },
    { "a byte that is never UTF-8", "%FF", "\xef\xbf\xbd" },
    { "half a character", "%C3", "\xef\xbf\xbd" },
    { "half a character, then more", "%E2%82x", "\xef\xbf\xbdx" },
    { "a character cut by another", "%E2%C3%A9", "\xef\xbf\xbd\xc3\xa9" },
    { "an overlong form", "%C0%AF", "\xef\xbf\xbd\xef\xbf\xbd" },
    { "an overlong form of three", "%E0%80%AF", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd" },
    { "a surrogate", "%ED%A0%80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd" },
    { "beyond Unicode", "%F4%90%80%80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd" },
    { "the last of Unicode", "%F4%8F%BF%BF", "\xf4\x8f\xbf\xbf" },
};

Test(baggage, decodes_values_to_utf_8)
{
    struct guard_page page = guard_page_new(4096);
    for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
        char out[64];
        slm_string value = guard_page_put(&page, values[i].value, strlen(values[i].value));
        cr_expect(eq(sz, slm_baggage_decode(value, out, sizeof out), strlen(values[i].decoded)), "%s", values[i].why);
        cr_expect(eq(str, out, (char *)values[i].decoded), "%s", values[i].why);
        cr_expect(eq(sz, slm_baggage_decode(value, NULL, 0), strlen(values[i].decoded)), "%s", values[i].why);
    }
    guard_page_free(&page);
}

Test(baggage, cuts_a_decoded_value_between_characters)
{
    char out[8];
    slm_string value = slm_string_from_c("ab%C3%A9cd");
    static const char *const expected[] = { "",
                                            "",
                                            "a",
                                            "ab",
                                            "ab",
                                            "ab\xc3\xa9",
                                            "ab\xc3\xa9"
                                            "c",
                                            "ab\xc3\xa9"
                                            "cd" };
    for (size_t room = 1; room < sizeof out; room++) {
        cr_expect(eq(sz, slm_baggage_decode(value, out, room), 6));
        cr_expect(eq(str, out, (char *)expected[room]), "%zu bytes", room);
    }
}

Test(baggage, gives_back_any_value_that_is_set)
{
    char text[1024], out[256];
    slm_baggage baggage = SLM_BAGGAGE_IN(text);
    char every[128];
    for (size_t i = 0; i < sizeof every; i++)
        every[i] = (char)i;
    const slm_string given[] = { slm_string_from_c("\t \"';=asdf!@#$%^&*()"), slm_string_from_c(""),
                                 slm_string_from_c("1+1"), slm_string_from_c("Am\xc3\xa9lie, 100% \\ \xf0\x9f\x90\x82"),
                                 slm_string_of(every, sizeof every) };
    for (size_t i = 0; i < sizeof given / sizeof *given; i++) {
        slm_string none = { NULL, 0 };
        cr_expect(eq(int, (int)slm_baggage_set(&baggage, slm_string_from_c("k"), given[i], none), (int)SLM_OK));
        slm_string line = slm_string_of(baggage.text, baggage.len);
        char again_text[1024];
        slm_baggage again = SLM_BAGGAGE_IN(again_text);
        cr_expect(eq(int, (int)slm_baggage_parse(&line, 1, &again), (int)SLM_OK));
        slm_baggage_member member;
        cr_assert(slm_baggage_find(&again, slm_string_from_c("k"), &member));
        cr_expect(eq(sz, slm_baggage_decode(member.value, out, sizeof out), given[i].len), "%zu", i);
        cr_expect(memcmp(out, given[i].data, given[i].len) == 0, "%zu", i);
        cr_expect(member.properties.data == NULL);
    }
}

Test(baggage, sets_replaces_and_removes)
{
    char text[64];
    slm_baggage baggage = SLM_BAGGAGE_IN(text);
    static const struct {
        const char *key, *value, *properties, *after;
        slm_status expected;
    } steps[] = {
        { "a", "1", NULL, "a=1", SLM_OK },
        { "b", "2", "p;q=x", "a=1,b=2;p;q=x", SLM_OK },
        { "a", "3", NULL, "b=2;p;q=x,a=3", SLM_OK },
        { "b", "4", NULL, "a=3,b=4", SLM_OK },
        { "b", "5", NULL, "a=3,b=5", SLM_OK },
        { "", "1", NULL, "a=3,b=5", SLM_ERR_INVALID_ARGUMENT },
        { "c d", "1", NULL, "a=3,b=5", SLM_ERR_INVALID_ARGUMENT },
        { "c=d", "1", NULL, "a=3,b=5", SLM_ERR_INVALID_ARGUMENT },
        { "c,d", "1", NULL, "a=3,b=5", SLM_ERR_INVALID_ARGUMENT },
        { "\xc3\xa9", "1", NULL, "a=3,b=5", SLM_ERR_INVALID_ARGUMENT },
        { "c", "1", "", "a=3,b=5", SLM_ERR_INVALID_ARGUMENT },
        { "c", "1", "p q", "a=3,b=5", SLM_ERR_INVALID_ARGUMENT },
        { "c", "1", "p,d=1", "a=3,b=5", SLM_ERR_INVALID_ARGUMENT },
        { "c", "1", "p;", "a=3,b=5", SLM_ERR_INVALID_ARGUMENT },
        { "c", "1", "p=\r\nX: y", "a=3,b=5", SLM_ERR_INVALID_ARGUMENT },
        { "c", "a value that is too long for an array of 64 bytes, by far", NULL, "a=3,b=5", SLM_ERR_LIMIT },
    };
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
        slm_status status = slm_baggage_set(&baggage, slm_string_from_c(steps[i].key),
                                            slm_string_from_c(steps[i].value), slm_string_from_c(steps[i].properties));
        cr_expect(eq(int, (int)status, (int)steps[i].expected), "step %zu", i);
        cr_expect(holds(&baggage, steps[i].after), "step %zu: %.*s", i, (int)baggage.len, text);
    }
    cr_expect(not(slm_baggage_remove(&baggage, slm_string_from_c("c"))));
    cr_expect(slm_baggage_remove(&baggage, slm_string_from_c("b")));
    cr_expect(holds(&baggage, "a=3"));
    cr_expect(slm_baggage_remove(&baggage, slm_string_from_c("a")));
    cr_expect(eq(sz, baggage.len, 0));
}

Test(baggage, lists_members_and_properties)
{
    char text[64];
    slm_baggage baggage = SLM_BAGGAGE_IN(text);
    slm_string line = slm_string_from_c("a=1;p;q=x=y,b=");
    cr_assert(eq(int, (int)slm_baggage_parse(&line, 1, &baggage), (int)SLM_OK));
    size_t cursor = 0, inner = 0;
    slm_baggage_member member;
    slm_string key, value;
    cr_assert(slm_baggage_next(&baggage, &cursor, &member));
    cr_expect(is(member.key, "a") && is(member.value, "1") && is(member.properties, "p;q=x=y"));
    cr_assert(slm_baggage_next_property(member.properties, &inner, &key, &value));
    cr_expect(is(key, "p") && is(value, NULL));
    cr_assert(slm_baggage_next_property(member.properties, &inner, &key, &value));
    cr_expect(is(key, "q") && is(value, "x=y"));
    cr_expect(not(slm_baggage_next_property(member.properties, &inner, &key, &value)));
    cr_assert(slm_baggage_next(&baggage, &cursor, &member));
    cr_expect(is(member.key, "b") && is(member.value, "") && is(member.properties, NULL));
    inner = 0;
    cr_expect(not(slm_baggage_next_property(member.properties, &inner, &key, &value)));
    cr_expect(not(slm_baggage_next(&baggage, &cursor, &member)));
}

Test(baggage, keeps_64_members_and_drops_the_65th)
{
    char header[1024], text[1024];
    size_t len = 0;
    for (int i = 0; i < 65; i++)
        len += (size_t)snprintf(header + len, sizeof header - len, "%sk%02d=v", i > 0 ? "," : "", i);
    slm_baggage got = SLM_BAGGAGE_IN(text);
    slm_string line = slm_string_of(header, len - 6);
    cr_expect(eq(int, (int)slm_baggage_parse(&line, 1, &got), (int)SLM_OK));
    cr_expect(eq(sz, got.len, len - 6));
    line.len = len;
    cr_expect(eq(int, (int)slm_baggage_parse(&line, 1, &got), (int)SLM_ERR_LIMIT));
    cr_expect(eq(sz, got.len, len - 6));
    slm_string none = { NULL, 0 }, value = slm_string_from_c("w");
    cr_expect(eq(int, (int)slm_baggage_set(&got, slm_string_from_c("new"), value, none), (int)SLM_ERR_LIMIT));
    cr_expect(eq(int, (int)slm_baggage_set(&got, slm_string_from_c("k07"), value, none), (int)SLM_OK));
}

Test(baggage, keeps_8192_bytes_and_drops_whole_members_beyond)
{
    static char header[10000], text[10000];
    memset(header, 'x', sizeof header);
    memcpy(header, "a=", 2);
    slm_baggage got = SLM_BAGGAGE_IN(text);
    slm_string line = slm_string_of(header, 8192);
    cr_expect(eq(int, (int)slm_baggage_parse(&line, 1, &got), (int)SLM_OK));
    cr_expect(eq(sz, got.len, 8192));
    line.len = 8193;
    cr_expect(eq(int, (int)slm_baggage_parse(&line, 1, &got), (int)SLM_ERR_LIMIT));
    cr_expect(eq(sz, got.len, 0));

    header[8000] = ',';
    memcpy(header + 8001, "b=", 2);
    header[8500] = ',';
    memcpy(header + 8501, "c=1", 3);
    line.len = 8504;
    cr_expect(eq(int, (int)slm_baggage_parse(&line, 1, &got), (int)SLM_ERR_LIMIT));
    cr_expect(eq(sz, got.len, 8004), "the one that fits behind one that does not");
    cr_expect(memcmp(got.text + 8000, ",c=1", 4) == 0);
}

Test(baggage, replaces_a_member_in_a_text_that_is_full)
{
    char text[11];
    slm_baggage got = SLM_BAGGAGE_IN(text);
    slm_string line = slm_string_from_c("aa=1,bb=234"), none = { NULL, 0 };
    cr_assert(eq(int, (int)slm_baggage_parse(&line, 1, &got), (int)SLM_OK));
    cr_expect(
        eq(int, (int)slm_baggage_set(&got, slm_string_from_c("bb"), slm_string_from_c("567"), none), (int)SLM_OK));
    cr_expect(holds(&got, "aa=1,bb=567"));
    cr_expect(eq(int, (int)slm_baggage_set(&got, slm_string_from_c("aa"), slm_string_from_c("8"), none), (int)SLM_OK));
    cr_expect(holds(&got, "bb=567,aa=8"));
    cr_expect(eq(int, (int)slm_baggage_set(&got, slm_string_from_c("aa"), slm_string_from_c("89"), none),
                 (int)SLM_ERR_LIMIT));
    cr_expect(holds(&got, "bb=567,aa=8"));
}

Test(baggage, crosses_a_carrier_and_leaves_no_old_one_behind)
{
    char text[64], copy[64], lines_text[128] = "Baggage: old=1\r\nHost: x\r\nbaggage: old=2\r\n";
    slm_http1_lines lines = { lines_text, strlen(lines_text), sizeof lines_text };
    slm_baggage baggage = SLM_BAGGAGE_IN(text), got = SLM_BAGGAGE_IN(copy);
    slm_string block = slm_string_of(lines.data, lines.len);
    cr_expect(eq(int, (int)slm_baggage_extract(slm_http1_getter(), &block, &baggage), (int)SLM_OK));
    cr_expect(holds(&baggage, "old=2"));
    cr_expect(eq(int, (int)slm_baggage_inject(&baggage, slm_http1_setter(), &lines), (int)SLM_OK));
    block.len = lines.len;
    cr_expect(is(block, "Host: x\r\nbaggage: old=2\r\n"));
    cr_expect(eq(int, (int)slm_baggage_extract(slm_http1_getter(), &block, &got), (int)SLM_OK));
    cr_expect(holds(&got, "old=2"));
    baggage.len = 0;
    cr_expect(eq(int, (int)slm_baggage_inject(&baggage, slm_http1_setter(), &lines), (int)SLM_OK));
    block.len = lines.len;
    cr_expect(is(block, "Host: x\r\n"));
    cr_expect(eq(int, (int)slm_baggage_extract(slm_http1_getter(), &block, &got), (int)SLM_ERR_NOT_FOUND));
    cr_expect(holds(&got, "old=2"), "untouched");

    memcpy(text, "a=1\r\nX: y", 9);
    baggage.len = 9;
    cr_expect(eq(int, (int)slm_baggage_inject(&baggage, slm_http1_setter(), &lines), (int)SLM_ERR_INVALID_ARGUMENT));
}

Test(baggage, survives_a_mebibyte_that_ends_at_an_unmapped_page)
{
    enum { MEBIBYTE = 1 << 20 };
    static const char *const patterns[] = { ",",    " ",  "a",   "=",  ";",    "%",   "a=1,",
                                            "a=1;", "a;", "\t=", "\n", "\xff", "a= ;" };
    struct guard_page page = guard_page_new(MEBIBYTE);
    char *at = page.end - MEBIBYTE;
    slm_string line = slm_string_of(at, MEBIBYTE);
    for (size_t i = 0; i < sizeof patterns / sizeof *patterns; i++) {
        static char text[SLM_BAGGAGE_BYTES_MAX];
        slm_baggage got = SLM_BAGGAGE_IN(text);
        for (size_t j = 0; j < MEBIBYTE; j++)
            at[j] = patterns[i][j % strlen(patterns[i])];
        (void)slm_baggage_parse(&line, 1, &got);
        cr_expect(got.len <= sizeof text);
        memcpy(at, "k=", 2);
        (void)slm_baggage_parse(&line, 1, &got);
        cr_expect(got.len <= sizeof text);
    }
    guard_page_free(&page);
}
