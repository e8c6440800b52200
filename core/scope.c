/* SPDX-License-Identifier: MIT */
#include "core/scope.h"

#include <string.h>

struct scope {
    slm_scope_data data;   /* first: found by it */
    slm_string attributes; /* as they were given */
    struct scope *next;
    slm_field fields[];
};
static struct scope *scopes;

bool slmi_scope_is(const slm_scope_data *scope, const slmi_content *c)
{
    const struct scope *s = (const struct scope *)(const void *)scope;
    return slm_string_equal(s->data.name, c->scope_name) && slm_string_equal(s->data.version, c->scope_version) &&
           slm_string_equal(s->data.schema_url, c->scope_schema_url) &&
           slm_string_equal(s->attributes, c->scope_attributes);
}

char *slmi_scope_put(char **at, const char *from, size_t len)
{
    char *to = *at;
    if (len)
        memcpy(to, from, len);
    to[len] = '\0';
    *at = to + len + 1;
    return to;
}

static slm_string put(char **at, slm_string text)
{
    return slm_string_of(slmi_scope_put(at, text.data, text.len), text.len);
}

static slm_string trimmed(const char *from, const char *to)
{
    while (from < to && (*from == ' ' || *from == '\t'))
        from++;
    while (to > from && (to[-1] == ' ' || to[-1] == '\t'))
        to--;
    return slm_string_of(from, (size_t)(to - from));
}

/* "key=value,key=value" into fields that point there; what has no key is left out, and of a key that stands twice the
 * last value counts. */
static uint32_t parse(slm_string text, slm_field *fields)
{
    uint32_t count = 0;
    const char *at = text.data, *end = text.data + text.len;
    while (at < end && count < SLMI_SCOPE_ATTRIBUTES_MAX) {
        const char *comma = memchr(at, ',', (size_t)(end - at));
        const char *stop = comma ? comma : end;
        const char *equals = memchr(at, '=', (size_t)(stop - at));
        slm_string key = equals ? trimmed(at, equals) : slm_string_of("", 0);
        if (key.len) {
            slm_string value = trimmed(equals + 1, stop);
            uint32_t place = 0;
            while (place < count && !slm_string_equal(fields[place].key, key))
                place++;
            fields[place] = (slm_field){ key, slm_value_string(value.data, value.len) };
            count += place == count;
        }
        at = stop + 1;
    }
    return count;
}

const slm_scope_data *slmi_scope_intern(const slmi_content *c)
{
    for (struct scope *s = scopes; s; s = s->next)
        if (slmi_scope_is(&s->data, c))
            return &s->data;
    slm_field fields[SLMI_SCOPE_ATTRIBUTES_MAX];
    uint32_t count = parse(c->scope_attributes, fields);
    struct scope *s = slmi_site_keep(sizeof *s + count * sizeof *fields + c->scope_name.len + c->scope_version.len +
                                     c->scope_schema_url.len + c->scope_attributes.len + 4);
    if (!s)
        return NULL;
    char *text = (char *)(s->fields + count);
    s->data.name = put(&text, c->scope_name);
    s->data.version = put(&text, c->scope_version);
    s->data.schema_url = put(&text, c->scope_schema_url);
    s->attributes = put(&text, c->scope_attributes);
    s->data.attribute_count = parse(s->attributes, s->fields);
    s->data.attributes = s->fields;
    s->next = scopes;
    __atomic_store_n(&scopes, s, __ATOMIC_RELEASE);
    return &s->data;
}
