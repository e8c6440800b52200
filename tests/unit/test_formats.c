/* SPDX-License-Identifier: MIT */
/* Each style's lines, held by a file; each toggle, by a line. */
#define SLM_TARGET "yaks"
#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "core/platform.h"
#include "tests/unit/yaks.h"

static const char *read_golden(const char *name)
{
    static char text[1 << 16];
    char path[4096];
    snprintf(path, sizeof path, "%s/%s.txt", GOLDEN_FOLDER, name);
    FILE *file = fopen(path, "r");
    cr_assert(file != NULL, "%s", path);
    size_t n = fread(text, 1, sizeof text - 1, file);
    text[n] = '\0';
    fclose(file);
    return text;
}

static const struct {
    const char *name;
    slm_format_options options;
} styles[] = {
    { "full", { .style = SLM_FORMAT_FULL } },
    { "compact", { .style = SLM_FORMAT_COMPACT } },
    { "pretty", { .style = SLM_FORMAT_PRETTY } },
    { "json", { .style = SLM_FORMAT_JSON } },
    { "tree", { .style = SLM_FORMAT_TREE } },
    { "full_ansi", { .style = SLM_FORMAT_FULL, .ansi = SLM_ANSI_ON, .show = SLM_SHOW_FILE | SLM_SHOW_LINE } },
    { "compact_ansi", { .style = SLM_FORMAT_COMPACT, .ansi = SLM_ANSI_ON } },
    { "pretty_ansi", { .style = SLM_FORMAT_PRETTY, .ansi = SLM_ANSI_ON } },
    { "tree_ansi", { .style = SLM_FORMAT_TREE, .ansi = SLM_ANSI_ON } },
    { "full_span_events", { .style = SLM_FORMAT_FULL, .span_events = SLM_SPAN_EVENT_FULL } },
    { "pretty_span_events", { .style = SLM_FORMAT_PRETTY, .span_events = SLM_SPAN_EVENT_CLOSE } },
    { "json_span_events", { .style = SLM_FORMAT_JSON, .span_events = SLM_SPAN_EVENT_FULL } },
    { "tree_span_events", { .style = SLM_FORMAT_TREE, .span_events = SLM_SPAN_EVENT_FULL } },
    { "json_flat", { .style = SLM_FORMAT_JSON, .show = SLM_SHOW_FLAT_EVENT | SLM_SHOW_FLAT_SPANS } },
};

Test(formats, each_style_prints_what_its_golden_file_holds) /* 69 */
{
    for (size_t i = 0; i < sizeof styles / sizeof *styles; i++) {
        lines_begin(styles[i].options);
        shave_yaks();
        lines_end();
        const char *got = lines.text, *wanted = read_golden(styles[i].name);
        while (*got && *got == *wanted)
            got++, wanted++;
        cr_expect(got[0] == wanted[0], "%s.txt, where it goes on \"%.60s\": printed \"%.60s\"", styles[i].name, wanted,
                  got);
    }
}

#define SPANS  "outer{a=1}:inner{b=\"x\"}: "
#define IDS    "trace_id=67008003000000006700800300c00c00 span_id=b200449901c20c00"
#define J_TIME "\"timestamp\":\"" STAMP "\""
#define J_IDS  "\"trace_id\":\"67008003000000006700800300c00c00\",\"span_id\":\"b200449901c20c00\""
#define J_SPAN "\"span\":{\"name\":\"inner\",\"b\":\"x\"}"
#define J_LIST "\"spans\":[{\"name\":\"outer\",\"a\":1},{\"name\":\"inner\",\"b\":\"x\"}]"
#define J_HIDE (SLM_SHOW_IDS | SLM_SHOW_CURRENT_SPAN | SLM_SHOW_SPAN_LIST)

static size_t fake_time(void *user, uint64_t ns, char *out, size_t room)
{
    return (size_t)snprintf(out, room, "%s \"%llu\"", (const char *)user, (unsigned long long)(ns % 1000000000));
}

/* One event in two spans. */
static const struct {
    const char *why;
    slm_format_options options;
    const char *line;
} toggles[] = {
    { "plain", { .size = 0 }, STAMP "  INFO " SPANS "yaks: said k=7\n" },
    { "no level", { .hide = SLM_SHOW_LEVEL }, STAMP " " SPANS "yaks: said k=7\n" },
    { "no target", { .hide = SLM_SHOW_TARGET }, STAMP "  INFO " SPANS "said k=7\n" },
    { "no spans", { .hide = SLM_SHOW_SPAN_LIST }, STAMP "  INFO yaks: said k=7\n" },
    { "no time", { .timer = SLM_TIMER_NONE }, " INFO " SPANS "yaks: said k=7\n" },
    { "nothing but the message",
      { .timer = SLM_TIMER_NONE, .hide = SLM_SHOW_LEVEL | SLM_SHOW_TARGET | SLM_SHOW_SPAN_LIST },
      "said k=7\n" },
    { "file", { .show = SLM_SHOW_FILE }, STAMP "  INFO " SPANS "yaks: yaks.c: said k=7\n" },
    { "line", { .show = SLM_SHOW_LINE }, STAMP "  INFO " SPANS "yaks: 30: said k=7\n" },
    { "file and line", { .show = SLM_SHOW_FILE | SLM_SHOW_LINE }, STAMP "  INFO " SPANS "yaks: yaks.c:30: said k=7\n" },
    { "file and line, no target",
      { .show = SLM_SHOW_FILE | SLM_SHOW_LINE, .hide = SLM_SHOW_TARGET },
      STAMP "  INFO " SPANS "yaks.c:30: said k=7\n" },
    { "ids", { .show = SLM_SHOW_IDS }, STAMP "  INFO " SPANS "yaks: said k=7 " IDS "\n" },
    { "hidden wins", { .show = SLM_SHOW_IDS, .hide = SLM_SHOW_IDS }, STAMP "  INFO " SPANS "yaks: said k=7\n" },
    { "uptime", { .timer = SLM_TIMER_UPTIME }, "   0.000000000s  INFO " SPANS "yaks: said k=7\n" },
    { "a time of one's own",
      { .timer = SLM_TIMER_CUSTOM, .time = fake_time, .time_user = (void *)(uintptr_t) "at" },
      "at \"123456000\"  INFO " SPANS "yaks: said k=7\n" },
    { "compact", { .style = SLM_FORMAT_COMPACT }, STAMP "  INFO outer:inner: yaks: said k=7 b=\"x\" a=1\n" },
    { "compact, no spans",
      { .style = SLM_FORMAT_COMPACT, .hide = SLM_SHOW_SPAN_LIST },
      STAMP "  INFO yaks: said k=7\n" },
    { "compact with ids",
      { .style = SLM_FORMAT_COMPACT, .show = SLM_SHOW_IDS },
      STAMP "  INFO outer:inner: yaks: said k=7 b=\"x\" a=1 " IDS "\n" },
    { "pretty without place, target and spans",
      { .style = SLM_FORMAT_PRETTY, .hide = SLM_SHOW_FILE | SLM_SHOW_LINE | SLM_SHOW_TARGET | SLM_SHOW_SPAN_LIST },
      "  " STAMP "  INFO said, k: 7\n\n" },
    { "pretty, spans without target",
      { .style = SLM_FORMAT_PRETTY, .hide = SLM_SHOW_TARGET | SLM_SHOW_LINE },
      "  " STAMP "  INFO said, k: 7\n    at yaks.c\n    in inner with b: \"x\"\n    in outer with a: 1\n\n" },
    { "tree without its spans",
      { .style = SLM_FORMAT_TREE, .span_events = SLM_SPAN_EVENT_NONE },
      STAMP "  INFO     yaks: said k=7\n" },
    { "tree, flat",
      { .style = SLM_FORMAT_TREE, .span_events = SLM_SPAN_EVENT_NONE, .hide = SLM_SHOW_SPAN_LIST | SLM_SHOW_TARGET },
      STAMP "  INFO said k=7\n" },
    { "json",
      { .style = SLM_FORMAT_JSON },
      "{" J_TIME ",\"level\":\"INFO\",\"target\":\"yaks\"," J_IDS ",\"fields\":{\"message\":\"said\",\"k\":7}," J_SPAN
      "," J_LIST "}\n" },
    { "json, little",
      { .style = SLM_FORMAT_JSON, .timer = SLM_TIMER_NONE, .hide = J_HIDE | SLM_SHOW_LEVEL | SLM_SHOW_TARGET },
      "{\"fields\":{\"message\":\"said\",\"k\":7}}\n" },
    { "json, flat",
      { .style = SLM_FORMAT_JSON, .show = SLM_SHOW_FLAT_EVENT, .hide = J_HIDE },
      "{" J_TIME ",\"level\":\"INFO\",\"target\":\"yaks\",\"message\":\"said\",\"k\":7}\n" },
    { "json, flat spans",
      { .style = SLM_FORMAT_JSON, .show = SLM_SHOW_FLAT_SPANS, .hide = J_HIDE },
      "{" J_TIME
      ",\"level\":\"INFO\",\"target\":\"yaks\",\"fields\":{\"message\":\"said\",\"k\":7,\"b\":\"x\",\"a\":1}}"
      "\n" },
    { "json, file and line",
      { .style = SLM_FORMAT_JSON, .show = SLM_SHOW_FILE | SLM_SHOW_LINE, .hide = J_HIDE },
      "{" J_TIME ",\"level\":\"INFO\",\"target\":\"yaks\",\"filename\":\"yaks.c\",\"line_number\":30,\"fields\":"
      "{\"message\":\"said\",\"k\":7}}\n" },
    { "json, the current span alone",
      { .style = SLM_FORMAT_JSON, .hide = SLM_SHOW_IDS | SLM_SHOW_SPAN_LIST },
      "{" J_TIME ",\"level\":\"INFO\",\"target\":\"yaks\",\"fields\":{\"message\":\"said\",\"k\":7}," J_SPAN "}\n" },
    { "json, the list alone",
      { .style = SLM_FORMAT_JSON, .hide = SLM_SHOW_IDS | SLM_SHOW_CURRENT_SPAN },
      "{" J_TIME ",\"level\":\"INFO\",\"target\":\"yaks\",\"fields\":{\"message\":\"said\",\"k\":7}," J_LIST "}\n" },
    { "json, a time of one's own",
      { .style = SLM_FORMAT_JSON,
        .timer = SLM_TIMER_CUSTOM,
        .time = fake_time,
        .time_user = (void *)(uintptr_t) "at",
        .hide = J_HIDE },
      "{\"timestamp\":\"at \\\"123456000\\\"\",\"level\":\"INFO\",\"target\":\"yaks\",\"fields\":{\"message\":\"said\","
      "\"k\":7}}\n" },
};

Test(formats, each_toggle_changes_the_line_as_it_says) /* 69 */
{
    for (size_t i = 0; i < sizeof toggles / sizeof *toggles; i++) {
        lines_begin(toggles[i].options);
        print_one();
        lines_end();
        cr_expect(eq(str, lines.text, (char *)(uintptr_t)toggles[i].line), "%s", toggles[i].why);
        cr_expect(eq(uint, lines.writes, 1), "%s", toggles[i].why);
    }
}

static void expect_line(slm_format_options options, const char *line)
{
    lines_begin(options);
    print_one();
    lines_end();
    cr_expect(eq(str, lines.text, (char *)(uintptr_t)line));
}

Test(formats, a_thread_is_shown_by_its_number_and_name)
{
    char line[256], name[SLMI_THREAD_NAME_MAX];
    int len = (int)slmi_platform_thread_name(name);
    unsigned long long id = slmi_platform_thread_number();
    snprintf(line, sizeof line, STAMP "  INFO [%llu] " SPANS "yaks: said k=7\n", id);
    expect_line((slm_format_options){ .show = SLM_SHOW_THREAD_ID }, line);
    snprintf(line, sizeof line, STAMP "  INFO %.*s " SPANS "yaks: said k=7\n", len, name);
    expect_line((slm_format_options){ .show = SLM_SHOW_THREAD_NAME }, line);
    snprintf(line, sizeof line, STAMP "  INFO %.*s[%llu] " SPANS "yaks: said k=7\n", len, name, id);
    expect_line((slm_format_options){ .show = SLM_SHOW_THREAD_NAME | SLM_SHOW_THREAD_ID }, line);
    snprintf(line, sizeof line, "  " STAMP "  INFO yaks: said, k: 7\n    on %.*s[%llu]\n\n", len, name, id);
    expect_line((slm_format_options){ .style = SLM_FORMAT_PRETTY,
                                      .show = SLM_SHOW_THREAD_NAME | SLM_SHOW_THREAD_ID,
                                      .hide = SLM_SHOW_FILE | SLM_SHOW_LINE | SLM_SHOW_SPAN_LIST },
                line);
    snprintf(line, sizeof line,
             "{" J_TIME ",\"level\":\"INFO\",\"target\":\"yaks\",%s%.*s%s\"threadId\":%llu,\"fields\":"
             "{\"message\":\"said\",\"k\":7}}\n",
             len ? "\"threadName\":\"" : "", len, name, len ? "\"," : "", id);
    expect_line((slm_format_options){ .style = SLM_FORMAT_JSON,
                                      .show = SLM_SHOW_THREAD_NAME | SLM_SHOW_THREAD_ID,
                                      .hide = J_HIDE },
                line);
}
