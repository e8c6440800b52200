/* SPDX-License-Identifier: MIT */
/* The environment as a carrier: read from the process's own, written into a copy for a child. */
#include <spanloom/carrier.h>

enum {
    NAME_MAX_BYTES = 64,  /* Longer names are neither found nor set. */
    VARIABLES = 16,       /* What the propagators of the library set together, and then some. */
    ROOM_FOR_TEXT = 16384 /* A baggage of 8192 bytes, a tracestate, ids in every format. */
};

/* The name as a variable's: upper case, `_` for what is no letter or digit and before a digit that is first. Returns
 * its length; 0 if it is too long. */
static size_t variable_name(slm_string name, char out[NAME_MAX_BYTES])
{
    size_t len = 0;
    if (name.len == 0 || (name.data[0] >= '0' && name.data[0] <= '9'))
        out[len++] = '_';
    if (name.len > NAME_MAX_BYTES - len)
        return 0;
    for (size_t i = 0; i < name.len; i++) {
        char c = name.data[i];
        if (c >= 'a' && c <= 'z')
            c = (char)(c - 'a' + 'A');
        bool fine = (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        out[len++] = fine ? c : '_';
    }
    return len;
}

static bool is_entry_of(const char *entry, const char *name, size_t len)
{
    return strncmp(entry, name, len) == 0 && entry[len] == '=';
}

static bool get(const void *carrier, slm_string name, uintptr_t *cursor, slm_string *value)
{
    char variable[NAME_MAX_BYTES];
    size_t len = variable_name(name, variable);
    if (*cursor != 0 || len == 0)
        return false;
    *cursor = 1;
    for (char *const *entry = carrier; entry && *entry; entry++) {
        if (is_entry_of(*entry, variable, len)) {
            const char *text = *entry + len + 1;
            *value = slm_string_of(text, strlen(text));
            return value->len > 0;
        }
    }
    return false;
}

const slm_getter *slm_environment_getter(void)
{
    static const slm_getter getter = { .size = sizeof getter, .get = get };
    return &getter;
}

static size_t count_entries(char *const *base)
{
    size_t count = 0;
    while (base && base[count])
        count++;
    return count;
}

size_t slm_environment_room(char *const *base)
{
    return (count_entries(base) + VARIABLES + 1) * sizeof(char *) + ROOM_FOR_TEXT;
}

slm_status slm_environment_init(slm_environment *out, void *memory, size_t bytes, char *const *base)
{
    size_t count = count_entries(base);
    if (!out || !memory)
        return SLM_ERR_INVALID_ARGUMENT;
    if (bytes / sizeof(char *) < count + 1)
        return SLM_ERR_LIMIT;
    out->entries = memory;
    out->count = count;
    out->low = (char *)memory + bytes;
    if (count > 0)
        memcpy(out->entries, base, count * sizeof *base);
    out->entries[count] = NULL;
    return SLM_OK;
}

/* Drops the entries of a name from the `first` on. */
static void drop(slm_environment *environment, size_t first, const char *name, size_t len)
{
    size_t kept = first;
    for (size_t i = first; i < environment->count; i++) {
        if (!is_entry_of(environment->entries[i], name, len))
            environment->entries[kept++] = environment->entries[i];
    }
    environment->count = kept;
    environment->entries[kept] = NULL;
}

static void remove_name(void *carrier, slm_string name)
{
    char variable[NAME_MAX_BYTES];
    size_t len = variable_name(name, variable);
    if (len > 0)
        drop(carrier, 0, variable, len);
}

static slm_status set(void *carrier, slm_string name, slm_string value)
{
    slm_environment *environment = carrier;
    char variable[NAME_MAX_BYTES];
    size_t len = variable_name(name, variable);
    if (value.len > 0 && memchr(value.data, '\0', value.len))
        return SLM_ERR_INVALID_ARGUMENT;

    size_t at = 0;
    while (at < environment->count && !is_entry_of(environment->entries[at], variable, len))
        at++;
    bool is_new = at == environment->count;
    const char *high = (const char *)(environment->entries + environment->count + 1 + is_new);
    size_t room = high < environment->low ? (size_t)(environment->low - high) : 0;
    size_t around = len + 2; /* `=` and the terminator */
    if (len == 0 || around > room || value.len > room - around)
        return SLM_ERR_LIMIT;

    environment->low -= around + value.len;
    char *text = environment->low;
    memcpy(text, variable, len);
    text[len] = '=';
    if (value.len > 0)
        memcpy(text + len + 1, value.data, value.len);
    text[len + 1 + value.len] = '\0';
    environment->entries[at] = text;
    if (is_new)
        environment->entries[++environment->count] = NULL;
    else
        drop(environment, at + 1, variable, len);
    return SLM_OK;
}

const slm_setter *slm_environment_setter(void)
{
    static const slm_setter setter = { .size = sizeof setter, .set = set, .remove = remove_name };
    return &setter;
}
