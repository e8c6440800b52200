/* SPDX-License-Identifier: MIT */
/* libcurl's debug callback: what it says of a transfer, as events. */
#include "adapters/curl_log.h"

#include <spanloom/curl.h>
#include <spanloom/dynamic.h>

enum { LINES_MAX = 128, FIELDS = 2 };

struct saying {
    slm_callsite site;
    slm_event_options options;
    slm_field fields[FIELDS];
    size_t field_count;
};

static slm_string next_line(slm_string *rest)
{
    const char *end = memchr(rest->data, '\n', rest->len);
    size_t len = end ? (size_t)(end - rest->data) : rest->len;
    slm_string line = slm_string_of(rest->data, len);
    len += end != NULL;
    *rest = slm_string_of(rest->data + len, rest->len - len);
    if (line.len && line.data[line.len - 1] == '\r')
        line.len--;
    return line;
}

static void say_lines(const struct saying *s, int kind, slm_string text)
{
    char clean[SLMI_CURL_LINE_MAX];
    for (int i = 0; i < LINES_MAX && text.len; i++) {
        slm_string line = next_line(&text);
        if (line.len)
            slm_event(&s->site, slmi_curl_clean(kind, line, clean), s->fields, s->field_count, &s->options);
    }
}

static void begin(struct saying *s, uint8_t level, const char *name, const slm_curl_operation *operation)
{
    *s = (struct saying){ .site = { .size = sizeof s->site,
                                    .level = level,
                                    .name = slm_string_from_c(name),
                                    .target = slm_string_of("curl", 4) },
                          .options = { .size = sizeof s->options } };
    if (operation && slm_span_is_enabled(operation->span))
        s->options.parent = slm_under(operation->span);
}

static void add(struct saying *s, const char *key, slm_value value)
{
    s->fields[s->field_count++] = (slm_field){ slm_string_from_c(key), value };
}

static void add_direction(struct saying *s, bool sent)
{
    slm_string direction = slm_string_from_c(sent ? "sent" : "received");
    add(s, "direction", slm_value_string(direction.data, direction.len));
}

int slm_curl_debug(CURL *easy, curl_infotype type, char *data, size_t size, void *user)
{
    struct saying s;
    slm_string text = slm_string_of(data ? data : "", data ? size : 0);
    (void)easy;
    switch ((int)type) {
    case CURLINFO_TEXT:
        begin(&s, SLM_LEVEL_DEBUG, "libcurl", user);
        if (slm_callsite_enabled(&s.site, false))
            say_lines(&s, SLMI_CURL_TEXT, text);
        break;
    case CURLINFO_HEADER_IN:
    case CURLINFO_HEADER_OUT:
        begin(&s, SLM_LEVEL_TRACE, "header", user);
        add_direction(&s, type == CURLINFO_HEADER_OUT);
        if (slm_callsite_enabled(&s.site, false))
            say_lines(&s, type == CURLINFO_HEADER_OUT ? SLMI_CURL_SENT : SLMI_CURL_RECEIVED, text);
        break;
    case CURLINFO_DATA_IN:
    case CURLINFO_DATA_OUT:
    case CURLINFO_SSL_DATA_IN:
    case CURLINFO_SSL_DATA_OUT:
        begin(&s, SLM_LEVEL_TRACE, type >= CURLINFO_SSL_DATA_IN ? "TLS data" : "data", user);
        add_direction(&s, type == CURLINFO_DATA_OUT || type == CURLINFO_SSL_DATA_OUT);
        add(&s, "bytes", slm_value_u64(size));
        slm_event(&s.site, slm_string_of(NULL, 0), s.fields, s.field_count, &s.options);
        break;
    default:
        break;
    }
    return 0;
}
