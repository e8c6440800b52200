/* SPDX-License-Identifier: MIT */
/* What a mock was told, as text, in the language that expectations are written in. */
#include "core/testing/mock.h"

static void put(slmi_out *out, const char *text)
{
    slmi_out_put(out, slm_string_from_c(text));
}

/* In quotes, so that it reads back. */
static void put_quoted(slmi_out *out, slm_string text)
{
    put(out, "'");
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.data[i];
        if (c < ' ' || c == 0x7f)
            slmi_out_format(out, "?");
        else
            slmi_out_format(out, c == '\'' || c == '\\' || c == '*' ? "\\%c" : "%c", c);
    }
    put(out, "'");
}

static void put_fields(slmi_out *out, const slmi_mock_field *fields)
{
    const char *before = "{";
    for (const slmi_mock_field *f = fields; f; f = f->next) {
        put(out, before);
        slmi_out_put(out, f->key);
        put(out, "=");
        if (f->is_text)
            put_quoted(out, f->text);
        else
            slmi_out_put(out, f->text);
        before = ", ";
    }
    put(out, fields ? "}" : "");
}

const char *slmi_level_name(unsigned level)
{
    static const char *const names[] = { "OFF", "ERROR", "WARN", "INFO", "DEBUG", "TRACE" };
    return names[level <= SLM_LEVEL_TRACE ? level : SLM_LEVEL_OFF];
}

void slmi_mock_print_node(slmi_out *out, const slmi_mock_node *node)
{
    static const char *const statuses[] = { "", "OK", "ERROR" };
    static const char *const kinds[] = { "", "SERVER", "CLIENT", "PRODUCER", "CONSUMER" };
    if (node->is_event)
        put_quoted(out, node->name);
    else
        slmi_out_put(out, node->name);
    put_fields(out, node->fields);
    if (node->is_event) {
        slmi_out_format(out, "[%s]", slmi_level_name(node->meta->level));
        return;
    }
    const char *marks[] = { node->status < 3 ? statuses[node->status] : "", node->kind < 5 ? kinds[node->kind] : "",
                            node->open ? "open" : "" };
    const char *before = "[";
    for (unsigned i = 0; i < 3; i++) {
        if (!*marks[i])
            continue;
        slmi_out_format(out, "%s%s", before, marks[i]);
        before = ",";
    }
    put(out, *before == ',' ? "]" : "");
}

const char *slm_mock_calls(slm_mock *mock)
{
    static const char *const names[] = { "any", "new", "record", "event", "enter", "exit", "end" };
    pthread_mutex_lock(&mock->mutex);
    slmi_out_free(&mock->printed);
    for (uint32_t i = 0; i < mock->call_count; i++) {
        const slmi_mock_told *told = &mock->calls[i];
        slmi_out_format(&mock->printed, "%s ", names[told->call]);
        slmi_out_put(&mock->printed, told->name);
        if (told->call == SLM_MOCK_RECORD && told->told) {
            put(&mock->printed, " ");
            slmi_out_put(&mock->printed, told->told->key);
            put(&mock->printed, "=");
            slmi_out_put(&mock->printed, told->told->text);
        }
        put(&mock->printed, "\n");
    }
    pthread_mutex_unlock(&mock->mutex);
    return slmi_out_text(&mock->printed);
}
