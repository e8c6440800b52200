/* SPDX-License-Identifier: MIT */
/* libcurl's header lists. A list may already belong to a handle, which remembers its first node: that node stays where
 * it is as long as the list has any, and what changes are the texts that nodes point to. */
#include <spanloom/curl.h>
#include <spanloom/carrier.h>

static bool is_named(const struct curl_slist *node, slm_string name)
{
    return strlen(node->data) > name.len && (node->data[name.len] == ':' || node->data[name.len] == ';') &&
           slm_header_name_is(slm_string_of(node->data, name.len), name);
}

static bool get(const void *carrier, slm_string name, uintptr_t *cursor, slm_string *value)
{
    const struct curl_slist *const *list = carrier;
    const struct curl_slist *last = (const struct curl_slist *)*cursor;
    for (const struct curl_slist *node = last ? last->next : *list; node; node = node->next) {
        if (is_named(node, name)) {
            const char *text = node->data + name.len + 1;
            *value = slm_string_of(text, strlen(text));
            *cursor = (uintptr_t)node;
            return true;
        }
    }
    return false;
}

static bool each(const void *carrier, uintptr_t *cursor, slm_string *name, slm_string *value)
{
    const struct curl_slist *const *list = carrier;
    const struct curl_slist *last = (const struct curl_slist *)*cursor;
    for (const struct curl_slist *node = last ? last->next : *list; node; node = node->next) {
        const char *colon = strchr(node->data, ':');
        if (!colon)
            continue;
        *name = slm_string_of(node->data, (size_t)(colon - node->data));
        *value = slm_string_of(colon + 1, strlen(colon + 1));
        *cursor = (uintptr_t)node;
        return true;
    }
    return false;
}

static void swap_text(struct curl_slist *a, struct curl_slist *b)
{
    char *text = a->data;
    a->data = b->data;
    b->data = text;
}

/* Frees the node behind `node`. */
static void drop_next(struct curl_slist *node)
{
    struct curl_slist *gone = node->next;
    node->next = gone->next;
    gone->next = NULL;
    curl_slist_free_all(gone);
}

static void drop_behind(struct curl_slist *node, slm_string name)
{
    while (node->next) {
        if (is_named(node->next, name))
            drop_next(node);
        else
            node = node->next;
    }
}

static void remove_name(void *carrier, slm_string name)
{
    struct curl_slist **list = carrier;
    if (!*list)
        return;
    drop_behind(*list, name);
    if (!is_named(*list, name))
        return;
    if ((*list)->next) {
        swap_text(*list, (*list)->next);
        drop_next(*list);
    } else {
        curl_slist_free_all(*list);
        *list = NULL;
    }
}

/* Puts a line of this name into the list, in place of those it has. Takes `line`, one node; needs no memory. */
static void place(struct curl_slist **list, struct curl_slist *line, slm_string name)
{
    struct curl_slist *last = NULL;
    for (struct curl_slist *node = *list; node; node = node->next) {
        if (is_named(node, name)) {
            swap_text(node, line);
            curl_slist_free_all(line);
            drop_behind(node, name);
            return;
        }
        last = node;
    }
    if (last)
        last->next = line;
    else
        *list = line;
}

/* A list of one line, "name: value". */
static slm_status line_of(slm_string name, slm_string value, struct curl_slist **out)
{
    enum { AROUND = 3 }; /* ": " and the terminator */
    char line[SLM_CURL_LINE_MAX];
    if (name.len > sizeof line - AROUND || value.len > sizeof line - AROUND - name.len)
        return SLM_ERR_LIMIT;
    memcpy(line, name.data, name.len);
    memcpy(line + name.len, ": ", 2);
    if (value.len > 0)
        memcpy(line + name.len + 2, value.data, value.len);
    line[name.len + 2 + value.len] = '\0';
    *out = curl_slist_append(NULL, line);
    return *out ? SLM_OK : SLM_ERR_NO_MEMORY;
}

static slm_status set(void *carrier, slm_string name, slm_string value)
{
    struct curl_slist *line = NULL;
    slm_status status = line_of(name, value, &line);
    if (status == SLM_OK)
        place(carrier, line, name);
    return status;
}

const slm_setter *slm_curl_setter(void)
{
    static const slm_setter setter = { .size = sizeof setter, .set = set, .remove = remove_name };
    return &setter;
}

const slm_getter *slm_curl_getter(void)
{
    static const slm_getter getter = { .size = sizeof getter, .get = get, .each = each };
    return &getter;
}

/* What an injection did, to be done to the caller's list when all of it is known to succeed: lines to put there, and
 * names alone, of lines to remove. */
struct pending {
    struct curl_slist *first, *last;
    bool failed;
};

static slm_status add_pending(struct pending *pending, slm_status status, struct curl_slist *line)
{
    if (status != SLM_OK) {
        pending->failed = true;
        return status;
    }
    if (pending->last)
        pending->last->next = line;
    else
        pending->first = line;
    pending->last = line;
    return SLM_OK;
}

static slm_status set_pending(void *carrier, slm_string name, slm_string value)
{
    struct curl_slist *line = NULL;
    slm_status status = line_of(name, value, &line);
    return add_pending(carrier, status, line);
}

static void remove_pending(void *carrier, slm_string name)
{
    struct curl_slist *line = NULL;
    slm_status status = line_of(name, slm_string_of(NULL, 0), &line);
    add_pending(carrier, status, line);
}

static void apply(struct curl_slist **list, struct curl_slist *line)
{
    size_t name_len = strcspn(line->data, ":");
    char name[64];
    line->next = NULL;
    if (name_len >= sizeof name) {
        curl_slist_free_all(line);
        return;
    }
    memcpy(name, line->data, name_len);
    if (line->data[name_len + 2] != '\0') {
        place(list, line, slm_string_of(name, name_len));
    } else {
        curl_slist_free_all(line);
        remove_name(list, slm_string_of(name, name_len));
    }
}

struct curl_slist *slm_curl_headers(struct curl_slist *list)
{
    static const slm_setter setter = { .size = sizeof setter, .set = set_pending, .remove = remove_pending };
    struct pending pending = { NULL, NULL, false };
    if (slm_inject_current(&setter, &pending) != SLM_OK || pending.failed) {
        curl_slist_free_all(pending.first);
        return list;
    }
    for (struct curl_slist *line = pending.first, *next; line; line = next) {
        next = line->next;
        apply(&list, line);
    }
    return list;
}
