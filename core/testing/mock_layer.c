/* SPDX-License-Identifier: MIT */
/* The mock as a layer: each callback becomes a call, and a node where it is of something new. A span holds its node's
 * number in the layer's place. */
#include <string.h>

#include "core/alloc.h"
#include "core/slot.h"
#include "core/testing/mock.h"

static bool grow(void **array, uint32_t count, uint32_t *room, size_t size)
{
    if (count < *room)
        return true;
    uint32_t more = *room ? 2 * *room : 64;
    void *grown = slmi_realloc(*array, more * size);
    if (!grown)
        return false;
    *array = grown;
    *room = more;
    return true;
}

/* 0 if there is no room. */
static uint32_t add_node(slm_mock *m, const slmi_mock_node *node)
{
    void *nodes = m->nodes;
    if (m->node_count == 0)
        m->node_count = 1;
    if (m->node_count > m->options.max_calls || !grow(&nodes, m->node_count, &m->node_room, sizeof *m->nodes))
        return 0;
    m->nodes = nodes;
    if (m->node_count == 1)
        memset(&m->nodes[0], 0, sizeof m->nodes[0]);
    uint32_t at = m->node_count++;
    slmi_mock_node *parent = &m->nodes[node->parent];
    m->nodes[at] = *node;
    if (parent->last)
        m->nodes[parent->last].next = at;
    else
        parent->first = at;
    parent->last = at;
    return at;
}

static void add_call(slm_mock *m, slm_mock_call call, uint32_t node, const slmi_mock_field *told)
{
    void *calls = m->calls;
    if (!node || m->call_count >= m->options.max_calls ||
        !grow(&calls, m->call_count, &m->call_room, sizeof *m->calls)) {
        m->lost++;
        return;
    }
    m->calls = calls;
    m->calls[m->call_count++] = (slmi_mock_told){ call, node, m->nodes[node].name, told };
}

/* -- fields ---------------------------------------------------------------------------------------------------------
 */

static slmi_mock_field *make_field(slm_mock *m, const slm_field *field)
{
    slmi_mock_field *made = slmi_mock_keep_room(m, sizeof *made);
    slmi_out text = { NULL, 0, 0 };
    if (!made)
        return NULL;
    slmi_out_value(&text, &field->value);
    bool is_text = field->value.type == SLM_TYPE_STRING || field->value.type == SLM_TYPE_DEBUG;
    *made = (slmi_mock_field){ slmi_mock_keep(m, field->key), slmi_mock_keep(m, slm_string_of(text.data, text.len)),
                               is_text, NULL };
    slmi_out_free(&text);
    return made;
}

struct gathering {
    slm_mock *mock;
    slmi_mock_field *first, **end;
};

static bool gather(void *user, const slm_field *field)
{
    struct gathering *g = user;
    slmi_mock_field *made = field->value.type == SLM_TYPE_EMPTY ? NULL : make_field(g->mock, field);
    if (made) {
        *g->end = made;
        g->end = &made->next;
    }
    return true;
}

static slmi_mock_field *fields_of(slm_mock *m, const slm_view *span)
{
    struct gathering g = { m, NULL, &g.first };
    slm_view_fields(span, gather, &g);
    return g.first;
}

/* -- parents --------------------------------------------------------------------------------------------------------
 */

static uint32_t *place_of(const slm_mock *m, const slm_view *span)
{
    return slm_view_place(span, m->place);
}

/* The number that the span's place says, unless what it counts in was forgotten. */
static uint32_t known(const slm_mock *m, const slm_view *span)
{
    uint32_t number = *place_of(m, span);
    return number > m->since ? number - m->since : 0;
}

struct search {
    const slm_mock *mock;
    const slm_view *self;
    uint32_t found;
};

static bool is_known(void *user, const slm_view *span)
{
    struct search *s = user;
    if (span != s->self)
        s->found = known(s->mock, span);
    return s->found == 0;
}

/* The nearest ancestor that the mock was told of; `self` is not looked at. An ended parent is known by its id. */
static uint32_t nearest(const slm_mock *m, const slm_view *from, const slm_view *self, uint64_t parent_id)
{
    struct search s = { m, self, 0 };
    slm_view_scope(from, is_known, &s);
    for (uint32_t i = m->node_count; s.found == 0 && parent_id && i-- > 1;)
        if (m->nodes[i].span_id == parent_id)
            s.found = i;
    return s.found;
}

/* -- spans ----------------------------------------------------------------------------------------------------------
 */

static uint32_t node_of(slm_mock *m, const slm_view *span)
{
    uint32_t number = known(m, span);
    if (number)
        return number;
    const slmi_slot *slot = (const slmi_slot *)span;
    slmi_mock_node node = { .meta = slm_view_metadata(span),
                            .name = slmi_mock_keep(m, slm_view_name(span)),
                            .fields = fields_of(m, span),
                            .span_id = slot->span_id,
                            .parent = nearest(m, span, span, slot->parent_id),
                            .open = true,
                            .is_explicit = slm_view_parent_is_explicit(span),
                            .kind = (uint8_t)slm_view_kind(span) };
    number = add_node(m, &node);
    if (number)
        *place_of(m, span) = number + m->since;
    return number;
}

static void call_of(void *self, const slm_view *span, slm_mock_call call)
{
    slm_mock *m = self;
    pthread_mutex_lock(&m->mutex);
    uint32_t at = node_of(m, span);
    if (at && call == SLM_MOCK_END) {
        slmi_mock_node *node = &m->nodes[at];
        node->name = slmi_mock_keep(m, slm_view_name(span));
        node->fields = fields_of(m, span);
        node->status = (uint8_t)slm_view_status(span);
        node->open = false;
    }
    add_call(m, call, at, at ? m->nodes[at].fields : NULL);
    pthread_mutex_unlock(&m->mutex);
}

static void on_start(void *self, const slm_view *span)
{
    call_of(self, span, SLM_MOCK_NEW);
}

static void on_enter(void *self, const slm_view *span)
{
    call_of(self, span, SLM_MOCK_ENTER);
}

static void on_exit(void *self, const slm_view *span)
{
    call_of(self, span, SLM_MOCK_EXIT);
}

static void on_end(void *self, const slm_view *span)
{
    call_of(self, span, SLM_MOCK_END);
}

static void on_record(void *self, const slm_view *span, const slm_field *field)
{
    slm_mock *m = self;
    pthread_mutex_lock(&m->mutex);
    uint32_t at = node_of(m, span);
    if (at)
        m->nodes[at].fields = fields_of(m, span); /* another list: calls keep the one of their time */
    add_call(m, SLM_MOCK_RECORD, at, make_field(m, field));
    pthread_mutex_unlock(&m->mutex);
}

/* -- events ---------------------------------------------------------------------------------------------------------
 */

struct event_search {
    const slm_mock *mock;
    const slm_hit *hit;
    uint32_t found;
};

static bool is_taken(void *user, const slm_view *span)
{
    struct event_search *s = user;
    if (slm_hit_takes(s->hit, span))
        s->found = known(s->mock, span);
    return s->found == 0;
}

/* The event's span if the mock was told of it, or, for one that a reload filtered in, if it is so now. */
static uint32_t parent_of(slm_mock *m, const slm_hit *event)
{
    struct event_search s = { m, event, 0 };
    const slm_view *span = slm_hit_span(event);
    if (!span)
        return 0;
    slm_view_scope(span, is_taken, &s);
    if (s.found == 0 && slm_hit_takes(event, span))
        s.found = node_of(m, span);
    return s.found;
}

static void on_event(void *self, slm_hit *event)
{
    slm_mock *m = self;
    slm_field field;
    slm_parent parent = slm_hit_parent(event);
    pthread_mutex_lock(&m->mutex);
    struct gathering g = { m, NULL, &g.first };
    for (size_t i = 0; slm_hit_field(event, i, &field); i++)
        (void)gather(&g, &field);
    slmi_mock_node node = { .meta = slm_hit_metadata(event),
                            .name = slmi_mock_keep(m, slm_hit_message(event)),
                            .fields = g.first,
                            .parent = parent_of(m, event),
                            .is_event = true,
                            .is_explicit = parent.how != SLMI_UNDER_CURRENT };
    uint32_t at = add_node(m, &node);
    add_call(m, SLM_MOCK_EVENT, at, g.first);
    pthread_mutex_unlock(&m->mutex);
}

static void destroy(void *self)
{
    slmi_mock_unreference(self);
}

static void on_fork(void *self)
{
    static const pthread_mutex_t fresh = PTHREAD_MUTEX_INITIALIZER;
    slm_mock *m = self;
    memcpy(&m->mutex, &fresh, sizeof fresh);
}

const slm_layer_ops slmi_mock_ops = { .size = sizeof slmi_mock_ops,
                                      .on_start = on_start,
                                      .on_record = on_record,
                                      .on_event = on_event,
                                      .on_enter = on_enter,
                                      .on_exit = on_exit,
                                      .on_end = on_end,
                                      .destroy = destroy,
                                      .on_fork = on_fork };
