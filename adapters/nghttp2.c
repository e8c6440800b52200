/* SPDX-License-Identifier: MIT */
/* nghttp2's header arrays as carriers. */
#include <spanloom/nghttp2.h>

#include <spanloom/carrier.h>

static slm_string name_of(const nghttp2_nv *header)
{
    return slm_string_of((const char *)header->name, header->namelen);
}

static slm_string value_of(const nghttp2_nv *header)
{
    return slm_string_of((const char *)header->value, header->valuelen);
}

static bool each(const void *carrier, uintptr_t *cursor, slm_string *name, slm_string *value)
{
    const slm_nghttp2_headers *headers = carrier;
    if (*cursor >= headers->count)
        return false;
    *name = name_of(&headers->items[*cursor]);
    *value = value_of(&headers->items[*cursor]);
    ++*cursor;
    return true;
}

static bool get(const void *carrier, slm_string name, uintptr_t *cursor, slm_string *value)
{
    slm_string at;
    while (each(carrier, cursor, &at, value)) {
        if (slm_header_name_is(at, name))
            return true;
    }
    return false;
}

static void remove_from(slm_nghttp2_headers *headers, size_t first, slm_string name)
{
    size_t kept = first;
    for (size_t i = first; i < headers->count; i++) {
        if (!slm_header_name_is(name_of(&headers->items[i]), name))
            headers->items[kept++] = headers->items[i];
    }
    headers->count = kept;
}

static void remove_name(void *carrier, slm_string name)
{
    remove_from(carrier, 0, name);
}

static uint8_t *keep(slm_nghttp2_headers *headers, slm_string text)
{
    uint8_t *at = headers->bytes + headers->bytes_used;
    if (text.len > 0)
        memcpy(at, text.data, text.len);
    headers->bytes_used += text.len;
    return at;
}

static slm_status set(void *carrier, slm_string name, slm_string value)
{
    slm_nghttp2_headers *headers = carrier;
    size_t at = 0;
    while (at < headers->count && !slm_header_name_is(name_of(&headers->items[at]), name))
        at++;
    size_t room = headers->bytes_capacity - headers->bytes_used;
    if (at == headers->capacity || name.len > room || value.len > room - name.len)
        return SLM_ERR_LIMIT;

    nghttp2_nv header = { .namelen = name.len, .valuelen = value.len, .flags = NGHTTP2_NV_FLAG_NO_INDEX };
    header.name = keep(headers, name);
    header.value = keep(headers, value);
    if (at < headers->count)
        remove_from(headers, at + 1, name);
    else
        headers->count++;
    headers->items[at] = header;
    return SLM_OK;
}

const slm_getter *slm_nghttp2_getter(void)
{
    static const slm_getter getter = { .size = sizeof getter, .get = get, .each = each };
    return &getter;
}

const slm_setter *slm_nghttp2_setter(void)
{
    static const slm_setter setter = { .size = sizeof setter, .set = set, .remove = remove_name };
    return &setter;
}
