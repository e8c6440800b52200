/* SPDX-License-Identifier: MIT */
#include "core/layers/members.h"

#include "core/layers/json.h"

static bool is_reserved(slm_string key, unsigned underscores, slmi_reserved reserved)
{
    for (unsigned i = 0; i < reserved.count; i++) {
        slm_string other = reserved.keys[i];
        if (other.len != key.len + underscores || memcmp(other.data, key.data, key.len) != 0)
            continue;
        unsigned same = 0;
        while (same < underscores && other.data[key.len + same] == '_')
            same++;
        if (same == underscores)
            return true;
    }
    return false;
}

/* Whether another field of the list has that key already. */
static bool is_taken(const slm_field *list, unsigned count, slm_string key, unsigned underscores)
{
    slmi_reserved all = { NULL, 0 };
    for (unsigned i = 0; i < count; i++) {
        all = (slmi_reserved){ &list[i].key, 1 };
        if (is_reserved(key, underscores, all))
            return true;
    }
    return false;
}

static unsigned underscores_for(const slm_field *list, unsigned count, unsigned at, slmi_reserved reserved)
{
    unsigned underscores = 1;
    while (is_reserved(list[at].key, underscores, reserved) || is_taken(list, count, list[at].key, underscores))
        underscores++;
    return underscores;
}

/* The last value of each key, in the place of the first. */
static unsigned unique(slm_field *list, unsigned count)
{
    unsigned kept = count ? 1 : 0;
    for (unsigned i = 1; i < count; i++) {
        unsigned at = 0;
        while (at < kept && !slm_string_equal(list[at].key, list[i].key))
            at++;
        list[at] = list[i];
        kept += at == kept;
    }
    return kept;
}

/* FNV-1a. */
static uint64_t hash(slm_string key, unsigned underscores)
{
    const uint64_t prime = UINT64_C(0x100000001b3);
    uint64_t h = UINT64_C(0xcbf29ce484222325);
    for (size_t i = 0; i < key.len; i++)
        h = (h ^ (unsigned char)key.data[i]) * prime;
    for (; underscores; underscores--)
        h = (h ^ '_') * prime;
    return h;
}

bool slmi_seen_new(slmi_seen *seen, slm_string key, unsigned underscores)
{
    uint64_t h = hash(key, underscores);
    for (unsigned i = 0; i < seen->count; i++)
        if (seen->hashes[i] == h)
            return false;
    if (seen->count == SLMI_SEEN_MAX)
        return false;
    seen->hashes[seen->count++] = h;
    return true;
}

void slmi_members(slmi_text *text, slm_field *list, unsigned count, slmi_reserved reserved, slmi_seen *seen)
{
    count = unique(list, count);
    for (unsigned i = 0; i < count; i++) {
        unsigned underscores = 0;
        if (__builtin_expect(is_reserved(list[i].key, 0, reserved), 0))
            underscores = underscores_for(list, count, i, reserved);
        slmi_json_member(text, list[i].key, underscores, &list[i].value);
        if (seen)
            (void)slmi_seen_new(seen, list[i].key, underscores);
    }
    for (unsigned i = 0; seen && i < reserved.count; i++)
        (void)slmi_seen_new(seen, reserved.keys[i], 0);
}
