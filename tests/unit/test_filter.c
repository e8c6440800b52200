/* SPDX-License-Identifier: MIT */
#include <spanloom/filter.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <spanloom/layer.h>
#include <spanloom/trace.h>

static slm_metadata metadata(const char *target, uint8_t level)
{
    return (slm_metadata){ .name = slm_string_from_c("name"),
                           .target = slm_string_from_c(target),
                           .file = slm_string_from_c("file.c"),
                           .level = level };
}

/* The most verbose level that the filter takes of a target. */
static unsigned most(const slm_filter *filter, const char *target)
{
    unsigned level = SLM_LEVEL_OFF;
    while (level < SLM_LEVEL_TRACE) {
        slm_metadata m = metadata(target, (uint8_t)(level + 1));
        if (!slm_filter_takes(filter, &m))
            break;
        level++;
    }
    return level;
}

enum { OFF, ERROR, WARN, INFO, DEBUG, TRACE };

static const struct {
    const char *directives;
    unsigned db, pool, dbus, other; /* most verbose level of targets db, db.pool, dbus, other */
} tables[] = {
    { "", OFF, OFF, OFF, OFF },
    { " , ,", OFF, OFF, OFF, OFF },
    { "info", INFO, INFO, INFO, INFO },
    { "INFO", INFO, INFO, INFO, INFO },
    { "0", OFF, OFF, OFF, OFF },
    { "5", TRACE, TRACE, TRACE, TRACE },
    { "off", OFF, OFF, OFF, OFF },
    { "db", TRACE, TRACE, OFF, OFF },
    { "db=warn", WARN, WARN, OFF, OFF },
    { "info,db=debug", DEBUG, DEBUG, INFO, INFO },
    { "db=debug,info", DEBUG, DEBUG, INFO, INFO },
    { " info , db = debug ", DEBUG, DEBUG, INFO, INFO },
    { "\tinfo\t,\tdb=4", DEBUG, DEBUG, INFO, INFO },
    { "db=error,db.pool=trace", ERROR, TRACE, OFF, OFF },
    { "db.pool=trace,db=error", ERROR, TRACE, OFF, OFF },
    { "db=error,db=debug", DEBUG, DEBUG, OFF, OFF },
    { "warn,error", ERROR, ERROR, ERROR, ERROR },
    { "trace,!db", OFF, OFF, TRACE, TRACE },
    { "trace,db=off", OFF, OFF, TRACE, TRACE },
    { "d*=info", INFO, INFO, INFO, OFF },
    { "*=info", INFO, INFO, INFO, INFO },
    { "dbu", OFF, OFF, OFF, OFF },
};

Test(filter, takes_what_its_directives_say)
{
    for (size_t i = 0; i < sizeof tables / sizeof *tables; i++) {
        slm_filter *filter = NULL;
        slm_filter_error error;
        cr_assert(eq(int, slm_filter_parse(slm_string_from_c(tables[i].directives), &filter, &error), SLM_OK), "%s",
                  tables[i].directives);
        cr_expect(eq(uint, most(filter, "db"), tables[i].db), "%s: db", tables[i].directives);
        cr_expect(eq(uint, most(filter, "db.pool"), tables[i].pool), "%s: db.pool", tables[i].directives);
        cr_expect(eq(uint, most(filter, "db:pool"), tables[i].pool == tables[i].db ? tables[i].db : most(filter, "db")),
                  "%s: db:pool", tables[i].directives);
        cr_expect(eq(uint, most(filter, "dbus"), tables[i].dbus), "%s: dbus", tables[i].directives);
        cr_expect(eq(uint, most(filter, "other"), tables[i].other), "%s: other", tables[i].directives);
        slm_filter_free(filter);
    }
}

static const struct {
    const char *directives;
    size_t at;
    const char *directive;
    unsigned rest; /* what a lossy filter takes of the target db */
} mistakes[] = {
    { "db=loud", 3, "db=loud", OFF },
    { "info,db=loud,net=warn", 8, "db=loud", INFO },
    { "info, db = loud", 11, "db = loud", INFO },
    { "db=", 3, "db=", OFF },
    { "=info", 0, "=info", OFF },
    { "info,=debug", 5, "=debug", INFO },
    { "info,a b", 6, "a b", INFO },
    { "info,a\"b", 6, "a\"b", INFO },
    { "db=info=warn", 3, "db=info=warn", OFF },
    { "db=6", 3, "db=6", OFF },
    { "db=-1", 3, "db=-1", OFF },
    { "info,db=debug,[", 14, "[", DEBUG },
    { "[]", 1, "[]", OFF },
    { "[a", 0, "[a", OFF },
    { "[a{b]", 2, "[a{b]", OFF },
    { "[a{}]", 3, "[a{}]", OFF },
    { "[a{=1}]", 3, "[a{=1}]", OFF },
    { "[a{b=}]", 5, "[a{b=}]", OFF },
    { "[a{b=\"c}]", 5, "[a{b=\"c}]", OFF },
    { "!", 0, "!", OFF },
    { "info,!!a", 6, "!!a", INFO },
    { "inf\xc3\xb6=loud", 6, "inf\xc3\xb6=loud", OFF },
};

Test(filter, says_where_a_directive_is_wrong_and_applies_the_rest)
{
    for (size_t i = 0; i < sizeof mistakes / sizeof *mistakes; i++) {
        const char *text = mistakes[i].directives;
        slm_filter *filter = NULL;
        slm_filter_error error = { 0, { NULL, 0 }, NULL };
        cr_expect(eq(int, slm_filter_parse(slm_string_from_c(text), &filter, &error), SLM_ERR_MALFORMED), "%s", text);
        cr_expect(eq(ptr, filter, NULL), "%s", text);
        cr_expect(eq(int, slm_filter_parse(slm_string_from_c(text), &filter, NULL), SLM_ERR_MALFORMED), "%s", text);
        slm_filter *lossy = slm_filter_parse_lossy(slm_string_from_c(text), &error);
        cr_assert(ne(ptr, lossy, NULL), "%s", text);
        cr_assert(ne(ptr, (void *)(uintptr_t)error.reason, NULL), "%s", text);
        char directive[64];
        snprintf(directive, sizeof directive, "%.*s", (int)error.directive.len, error.directive.data);
        cr_expect(eq(str, directive, (char *)mistakes[i].directive), "%s", text);
        cr_expect(eq(sz, error.at, mistakes[i].at), "%s: %s", text, error.reason);
        cr_expect(error.directive.data >= text && error.directive.data <= text + strlen(text), "%s", text);
        cr_expect(eq(uint, most(lossy, "db"), mistakes[i].rest), "%s", text);
        slm_filter_free(lossy);
    }
    slm_filter_free(NULL);
}

/* Against the end of its memory, and with bytes that no directive has. */
Test(filter, reads_no_further_than_its_text)
{
    static const char text[] = "info,db=debug,!x,a.b:c/d*=3,[request{user=\"a,\\\"b\",path=/x*}]=trace,[{k}],db[s]=off";
    for (size_t len = 0; len < sizeof text; len++) {
        char *exact = malloc(len ? len : 1);
        cr_assert(ne(ptr, exact, NULL));
        memcpy(exact, text, len);
        for (unsigned byte = 0; byte < 256; byte += len ? 5 : 256) {
            slm_filter_error error;
            if (len)
                exact[len - 1] = (char)byte;
            slm_filter *lossy = slm_filter_parse_lossy(slm_string_of(exact, len), &error);
            cr_assert(ne(ptr, lossy, NULL));
            (void)most(lossy, "db");
            slm_filter_free(lossy);
            if (len)
                exact[len - 1] = text[len - 1];
        }
        free(exact);
    }
}

Test(filter, has_a_limit_of_directives)
{
    static char text[(SLM_FILTER_DIRECTIVES_MAX + 1) * 8];
    size_t used = 0;
    for (int i = 0; i <= SLM_FILTER_DIRECTIVES_MAX; i++)
        used += (size_t)snprintf(text + used, sizeof text - used, "t%d=4,", i);
    slm_filter *filter = NULL;
    slm_filter_error error;
    cr_expect(eq(int, slm_filter_parse(slm_string_of(text, used), &filter, &error), SLM_ERR_LIMIT));
    cr_expect(eq(int, memcmp(error.directive.data, "t256=4", 6), 0));
    filter = slm_filter_parse_lossy(slm_string_of(text, used), &error);
    cr_expect(eq(uint, most(filter, "t255"), DEBUG));
    cr_expect(eq(uint, most(filter, "t256"), OFF));
    slm_filter_free(filter);
}

/* -- combinations
 * ------------------------------------------------------------------------------------------------------------ */

static bool takes_db(void *user, const slm_metadata *meta)
{
    ++*(unsigned *)user;
    return slm_string_equal(meta->target, slm_string_from_c("db"));
}

Test(filter, combines)
{
    unsigned asked = 0;
    slm_filter *db = slm_filter_function(takes_db, &asked);
    slm_filter *both = slm_filter_and(slm_filter_level(SLM_LEVEL_INFO), slm_filter_not(db));
    slm_filter *all = slm_filter_or(both, slm_filter_level(SLM_LEVEL_ERROR));
    cr_expect(eq(uint, most(all, "db"), ERROR));
    cr_expect(eq(uint, most(all, "other"), INFO));
    cr_expect(gt(uint, asked, 0));
    slm_filter_free(all);
    cr_expect(eq(ptr, slm_filter_and(slm_filter_level(1), NULL), NULL));
    cr_expect(eq(ptr, slm_filter_or(NULL, slm_filter_level(1)), NULL));
    cr_expect(eq(ptr, slm_filter_not(NULL), NULL));
    cr_expect(eq(ptr, slm_filter_function(NULL, NULL), NULL));
    cr_expect(eq(ptr, slm_filter_new(NULL, NULL), NULL));
}

/* -- spans in directives
 * ------------------------------------------------------------------------------------------------------ */

static char heard[512];

static void hear(void *self, slm_hit *hit)
{
    (void)self;
    slm_string message = slm_hit_message(hit);
    size_t used = strlen(heard);
    snprintf(heard + used, sizeof heard - used, "%s%.*s", used ? " " : "", (int)message.len, message.data);
}

static void serve(const char *path)
{
    SLM_SCOPE_AS(request, "request", ("path", path), ("user", SLM_EMPTY));
    SLM_DEBUG("early");
    SLM_SET(request, "user", 7);
    SLM_DEBUG("late");
    {
        SLM_SCOPE_AT(SLM_LEVEL_TRACE, "inner");
        SLM_TRACE("deep");
    }
    SLM_INFO("always");
}

static const struct {
    const char *directives, *path, *want;
} spans[] = {
    { "info", "/a", "always" },
    { "info,[request]=trace", "/a", "early late deep always" },
    { "info,[request]=debug", "/a", "early late always" },
    { "info,[req*]=debug", "/a", "early late always" },
    { "info,[other]=debug", "/a", "always" },
    { "info,[request{user=7}]=debug", "/a", "late always" },
    { "info,[request{user=8}]=debug", "/a", "always" },
    { "info,[request{path=/a*}]=debug", "/abc", "early late always" },
    { "info,[request{path=/a*}]=debug", "/b", "always" },
    { "info,[request{path=\"/a,b\"}]=debug", "/a,b", "early late always" },
    { "info,[{path}]=trace", "/a", "early late deep always" },
    { "info,[request]=off", "/a", "" },
    { "info,elsewhere[request]=trace", "/a", "always" },
    { "info,test_filter[request]=trace", "/a", "early late deep always" },
};

Test(filter, follows_spans)
{
    static const slm_layer_ops ops = { .size = sizeof ops, .on_event = hear };
    for (size_t i = 0; i < sizeof spans / sizeof *spans; i++) {
        slm_filter *filter = NULL;
        slm_subscriber *subscriber = NULL;
        cr_assert(eq(int, slm_filter_parse(slm_string_from_c(spans[i].directives), &filter, NULL), SLM_OK), "%s",
                  spans[i].directives);
        slm_layer layer = { .size = sizeof layer, .ops = &ops, .filter = filter };
        cr_assert(eq(int, slm_subscriber_of_layers(&layer, 1, &subscriber), SLM_OK));
        slm_set_global_subscriber(subscriber);
        slm_subscriber_release(subscriber);
        heard[0] = '\0';
        serve(spans[i].path);
        cr_expect(eq(str, heard, (char *)spans[i].want), "%s with %s", spans[i].directives, spans[i].path);
        slm_set_global_subscriber(NULL);
    }
}
