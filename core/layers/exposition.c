/* SPDX-License-Identifier: MIT */
#include "core/layers/exposition.h"

#include <math.h>

static void put(slmi_page *page, const char *text)
{
    slmi_text_bytes(&page->line, text, strlen(text));
}

static void end(slmi_page *page)
{
    put(page, "\n");
    page->more = page->more && page->sink(page->user, page->line.data, page->line.len);
}

void slmi_page_open(slmi_page *page, const char *prefix, slm_sink *sink, void *user)
{
    page->prefix = prefix;
    page->sink = sink;
    page->user = user;
    page->more = true;
    page->line = (slmi_text){ .data = page->bytes, .room = sizeof page->bytes };
}

void slmi_page_begin(slmi_page *page, const char *name)
{
    page->line.len = 0;
    page->labelled = false;
    put(page, page->prefix);
    put(page, name);
}

static void comment(slmi_page *page, const char *what, const char *name, const char *text)
{
    page->line.len = 0;
    put(page, what);
    put(page, page->prefix);
    put(page, name);
    put(page, " ");
    put(page, text);
    end(page);
}

void slmi_page_family(slmi_page *page, const char *name, const char *type, const char *help)
{
    comment(page, "# HELP ", name, help);
    comment(page, "# TYPE ", name, type);
}

static void begin_label(slmi_page *page, const char *key)
{
    put(page, page->labelled ? "," : "{");
    put(page, key);
    put(page, "=\"");
    page->labelled = true;
}

/* "A label value can be any sequence of UTF-8 characters, but the backslash, double-quote, and line feed characters
 * have to be escaped" */
void slmi_page_label(slmi_page *page, const char *key, slm_string value)
{
    begin_label(page, key);
    for (size_t i = 0; i < value.len; i++) {
        char c = value.data[i];
        if (c == '\n')
            put(page, "\\n");
        else if (c == '"' || c == '\\')
            slmi_text_bytes(&page->line, (char[]){ '\\', c }, 2);
        else
            slmi_text_char(&page->line, c);
    }
    put(page, "\"");
}

void slmi_page_bound(slmi_page *page, double upper)
{
    begin_label(page, "le");
    if (isinf(upper))
        put(page, "+Inf");
    else
        slmi_text_double(&page->line, upper);
    put(page, "\"");
}

void slmi_page_number(slmi_page *page, uint64_t value)
{
    put(page, page->labelled ? "} " : " ");
    slmi_text_u64(&page->line, value);
    end(page);
}

/* Exactly. */
void slmi_page_seconds(slmi_page *page, uint64_t ns)
{
    char fraction[9];
    uint64_t rest = ns % 1000000000u;
    for (size_t i = sizeof fraction; i-- > 0; rest /= 10)
        fraction[i] = (char)('0' + rest % 10);
    put(page, page->labelled ? "} " : " ");
    slmi_text_u64(&page->line, ns / 1000000000u);
    put(page, ".");
    slmi_text_bytes(&page->line, fraction, sizeof fraction);
    end(page);
}
