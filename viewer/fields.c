/* SPDX-License-Identifier: MIT */
#include "viewer/fields.h"

enum { SHOWN_FIELDS = 6, SHOWN_EVENT_FIELDS = 12, VALUE_COLUMNS = 48, KEY_COLUMNS = 40 };

static bool starts_with(const char *text, const char *prefix)
{
    return strncmp(text, prefix, strlen(prefix)) == 0;
}

static bool is_one_of(const char *text, const char *const *list, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(text, list[i]) == 0)
            return true;
    return false;
}

/* What the tracer adds by itself, or what the line says in another place: name, peer, status. */
static bool is_noise(const slmi_view_span *span, const slmi_view_attribute *attribute)
{
    static const char *const prefixes[] = { "otel.",    "code.", "thread.",     "telemetry.",
                                            "network.", "net.",  "user_agent.", "client.",
                                            "server.",  "url.",  "process.",    "http.request." };
    static const char *const keys[] = { "level",     "target",       "error",           "http.route", "http.method",
                                        "http.url",  "http.target",  "http.user_agent", "http.host",  "http.scheme",
                                        "http.path", "peer.service", "http.flavor" };
    for (size_t i = 0; i < sizeof prefixes / sizeof *prefixes; i++)
        if (starts_with(attribute->key, prefixes[i]))
            return true;
    if (strcmp(attribute->key, "error.type") == 0)
        return strcmp(attribute->text, span->status_text) == 0;
    /* A status below 400 is what everybody expects. */
    if (strcmp(attribute->key, "http.response.status_code") == 0 || strcmp(attribute->key, "http.status_code") == 0)
        return strlen(attribute->text) == 3 && attribute->text[0] < '4';
    return is_one_of(attribute->key, keys, sizeof keys / sizeof *keys);
}

static bool is_bare(const char *value)
{
    return *value != '\0' && strpbrk(value, " {}=\"") == NULL;
}

static void add_field(slmi_view_text *text, const slmi_view_attribute *attribute)
{
    slmi_view_text_safe(text, attribute->key, KEY_COLUMNS);
    slmi_view_text_puts(text, attribute->inexact ? "≈" : "=");
    bool quote = attribute->type == SLMI_VIEW_STRING && !is_bare(attribute->text);
    slmi_view_text_puts(text, quote ? "\"" : "");
    slmi_view_text_safe(text, attribute->text, VALUE_COLUMNS);
    slmi_view_text_puts(text, quote ? "\"" : "");
}

void slmi_view_span_fields(slmi_view_text *text, const slmi_view_span *span)
{
    size_t shown = 0, more = span->attributes.dropped;
    for (uint32_t i = 0; i < span->attributes.count; i++) {
        const slmi_view_attribute *attribute = &span->attributes.items[i];
        if (is_noise(span, attribute))
            continue;
        if (shown == SHOWN_FIELDS) {
            more++;
            continue;
        }
        slmi_view_text_puts(text, shown++ == 0 ? "{" : " ");
        add_field(text, attribute);
    }
    if (more > 0)
        slmi_view_text_addf(text, "%s+%zu more", shown++ == 0 ? "{" : " ", more);
    slmi_view_text_puts(text, shown > 0 ? "}" : "");
}

/* OpenTelemetry semantic conventions, Exceptions: an event of this name, told in attributes. */
static bool is_exception(const slmi_view_event *event)
{
    return strcmp(event->name, "exception") == 0 && slmi_view_attribute_find(&event->attributes, "exception.type");
}

slmi_view_saying slmi_view_event_saying(const slmi_view_event *event)
{
    const char *message = slmi_view_attribute_find(&event->attributes, "message");
    const char *level = slmi_view_attribute_find(&event->attributes, "level");
    slmi_view_saying saying = { message && *message ? message : event->name, NULL, level ? level : "" };
    if (is_exception(event)) {
        saying.text = slmi_view_attribute_find(&event->attributes, "exception.type");
        saying.detail = slmi_view_attribute_find(&event->attributes, "exception.message");
    }
    return saying;
}

void slmi_view_event_fields(slmi_view_text *text, const slmi_view_event *event)
{
    static const char *const said[] = { "message", "level" };
    static const char *const exception[] = { "exception.type", "exception.message", "exception.stacktrace" };
    bool is_thrown = is_exception(event);
    size_t shown = 0, more = event->attributes.dropped;
    for (uint32_t i = 0; i < event->attributes.count; i++) {
        const slmi_view_attribute *attribute = &event->attributes.items[i];
        if (is_one_of(attribute->key, said, sizeof said / sizeof *said) ||
            (is_thrown && is_one_of(attribute->key, exception, sizeof exception / sizeof *exception)) ||
            starts_with(attribute->key, "code.") || strcmp(attribute->key, "target") == 0)
            continue;
        if (shown == SHOWN_EVENT_FIELDS) {
            more++;
            continue;
        }
        shown++;
        slmi_view_text_puts(text, " ");
        add_field(text, attribute);
    }
    if (more > 0)
        slmi_view_text_addf(text, " +%zu more", more);
}
