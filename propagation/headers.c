/* SPDX-License-Identifier: MIT */
/* An array of headers as a carrier. */
#include <spanloom/carrier.h>

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

bool slm_header_name_is(slm_string name, slm_string wanted)
{
    if (name.len != wanted.len)
        return false;
    for (size_t i = 0; i < name.len; i++) {
        if (lower(name.data[i]) != wanted.data[i])
            return false;
    }
    return true;
}

static bool get(const void *carrier, slm_string name, uintptr_t *cursor, slm_string *value)
{
    const slm_headers *headers = carrier;
    for (size_t i = *cursor; i < headers->count; i++) {
        if (slm_header_name_is(headers->items[i].name, name)) {
            *value = headers->items[i].value;
            *cursor = i + 1;
            return true;
        }
    }
    *cursor = headers->count;
    return false;
}

static bool each(const void *carrier, uintptr_t *cursor, slm_string *name, slm_string *value)
{
    const slm_headers *headers = carrier;
    if (*cursor >= headers->count)
        return false;
    *name = headers->items[*cursor].name;
    *value = headers->items[*cursor].value;
    ++*cursor;
    return true;
}

static void remove_from(slm_headers *headers, size_t first, slm_string name)
{
    size_t kept = first;
    for (size_t i = first; i < headers->count; i++) {
        if (!slm_header_name_is(headers->items[i].name, name))
            headers->items[kept++] = headers->items[i];
    }
    headers->count = kept;
}

static void remove_name(void *carrier, slm_string name)
{
    remove_from(carrier, 0, name);
}

static slm_string keep(slm_headers *headers, slm_string text)
{
    char *at = headers->bytes + headers->bytes_used;
    if (text.len > 0)
        memcpy(at, text.data, text.len);
    headers->bytes_used += text.len;
    return slm_string_of(at, text.len);
}

static slm_status set(void *carrier, slm_string name, slm_string value)
{
    slm_headers *headers = carrier;
    size_t at = 0;
    while (at < headers->count && !slm_header_name_is(headers->items[at].name, name))
        at++;
    size_t room = headers->bytes_capacity - headers->bytes_used;
    if (at == headers->capacity || name.len > room || value.len > room - name.len)
        return SLM_ERR_LIMIT;

    slm_header header = { keep(headers, name), keep(headers, value) };
    if (at < headers->count)
        remove_from(headers, at + 1, name);
    else
        headers->count++;
    headers->items[at] = header;
    return SLM_OK;
}

const slm_getter *slm_headers_getter(void)
{
    static const slm_getter getter = { .size = sizeof getter, .get = get, .each = each };
    return &getter;
}

const slm_setter *slm_headers_setter(void)
{
    static const slm_setter setter = { .size = sizeof setter, .set = set, .remove = remove_name };
    return &setter;
}
