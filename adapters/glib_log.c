/* SPDX-License-Identifier: MIT */
#include <spanloom/glib_log.h>
#include <spanloom/log_bridge.h>

#include <stdlib.h>

enum { LINE_DIGITS = 12 };

/* Text ends at its NUL where no length is given. No length at all (0) marks what is not for writers. */
static slm_string text_of(const GLogField *field)
{
    if (!field->value || field->length == 0)
        return slm_string_of(NULL, 0);
    return field->length < 0 ? slm_string_from_c(field->value) : slm_string_of(field->value, (size_t)field->length);
}

static slm_value value_of(slm_string text)
{
    bool binary = text.len && memchr(text.data, '\0', text.len);
    return binary ? slm_value_bytes(text.data, text.len) : slm_value_string(text.data, text.len);
}

static uint32_t line_of(slm_string text)
{
    char digits[LINE_DIGITS];
    size_t len = text.len < sizeof digits ? text.len : 0;
    if (len)
        memcpy(digits, text.data, len);
    digits[len] = '\0';
    unsigned long line = strtoul(digits, NULL, 10);
    return line <= UINT32_MAX ? (uint32_t)line : 0;
}

static void set_level(slm_log_record *record, GLogLevelFlags level)
{
    record->level = SLM_LEVEL_INFO;
    if (level & G_LOG_LEVEL_ERROR) {
        record->level = SLM_LEVEL_ERROR;
        record->severity = slm_string_from_c("FATAL");
    } else if (level & G_LOG_LEVEL_CRITICAL) {
        record->level = SLM_LEVEL_ERROR;
        record->severity = slm_string_from_c("CRITICAL");
    } else if (level & G_LOG_LEVEL_WARNING) {
        record->level = SLM_LEVEL_WARN;
    } else if (level & G_LOG_LEVEL_DEBUG) {
        record->level = SLM_LEVEL_DEBUG;
    }
}

struct record {
    slm_log_record record;
    slm_string message;
    slm_field fields[SLM_LOG_FIELDS_MAX];
};

static void add(struct record *r, const char *key, slm_string text)
{
    slm_log_record *record = &r->record;
    if (!text.data)
        return;
    if (record->field_count < SLM_LOG_FIELDS_MAX)
        r->fields[record->field_count] = (slm_field){ slm_string_from_c(key), value_of(text) };
    record->field_count++; /* the bridge counts what it is not shown */
}

static void take(struct record *r, const GLogField *field)
{
    slm_string text = text_of(field);
    if (!field->key || strcmp(field->key, "PRIORITY") == 0)
        return;
    if (strcmp(field->key, "MESSAGE") == 0)
        r->message = text;
    else if (strcmp(field->key, "GLIB_DOMAIN") == 0)
        r->record.target = text;
    else if (strcmp(field->key, "CODE_FILE") == 0)
        r->record.file = text;
    else if (strcmp(field->key, "CODE_LINE") == 0)
        r->record.line = line_of(text);
    else if (strcmp(field->key, "CODE_FUNC") == 0)
        add(r, "code.function.name", text);
    else
        add(r, field->key, text);
}

GLogWriterOutput slm_glib_log_writer(GLogLevelFlags level, const GLogField *fields, gsize field_count, gpointer user)
{
    const slm_glib_log_options *options = user;
    struct record r = { .record = { .size = sizeof r.record } };
    set_level(&r.record, level);
    for (gsize i = 0; fields && i < field_count; i++)
        take(&r, &fields[i]);
    if (!r.record.target.len)
        r.record.target = slm_string_from_c("glib");
    r.record.fields = r.fields;
    slm_log_record_send(&r.record, r.message);
    if (options && options->size >= sizeof *options && options->next)
        return options->next(level, fields, field_count, options->next_user);
    return G_LOG_WRITER_HANDLED;
}
