/* SPDX-License-Identifier: MIT */
/* A filter of one's own, with a place in each span: everything is taken inside a request that has `debug` set, and only
 * warnings elsewhere. What the request's span says is handed down to its children, so nothing looks back up. */
#include <spanloom/format.h>
#include <spanloom/trace.h>

#include <stdio.h>

/* Events below a warning, and all spans, depend on where they are. */
static slm_interest interest(void *self, const slm_metadata *metadata)
{
    (void)self;
    return metadata->level <= SLM_LEVEL_WARN || metadata->is_span ? SLM_INTEREST_ALWAYS : SLM_INTEREST_SOMETIMES;
}

static bool enabled(void *self, const slm_metadata *metadata, const slm_view *current, const void *place)
{
    (void)self;
    (void)metadata;
    return current && *(const uint8_t *)place;
}

static bool look_for_debug(void *place, const slm_field *field)
{
    if (slm_string_equal(field->key, slm_string_from_c("debug")) && field->value.type == SLM_TYPE_BOOL)
        *(uint8_t *)place = (uint8_t)field->value.as.u;
    return true;
}

static void started(void *self, const slm_view *span, void *place, const void *parent_place)
{
    (void)self;
    if (parent_place)
        *(uint8_t *)place = *(const uint8_t *)parent_place;
    slm_view_fields(span, look_for_debug, place);
}

static void recorded(void *self, const slm_view *span, const slm_field *field, void *place)
{
    (void)self;
    (void)span;
    (void)look_for_debug(place, field);
}

static const slm_filter_ops debug_requests = { .size = sizeof debug_requests,
                                               .callsite = interest,
                                               .enabled = enabled,
                                               .place_bytes = sizeof(uint8_t),
                                               .on_start = started,
                                               .on_record = recorded };

static void serve(int user, bool debug)
{
    SLM_SCOPE("request", ("user", user), ("debug", debug));
    SLM_DEBUG("looked up");
    {
        SLM_SCOPE("query");
        SLM_TRACE("three rows");
    }
    if (user == 3)
        SLM_WARN("quota used up");
}

int main(void)
{
    slm_layer layer;
    slm_subscriber *subscriber;
    slm_format_options plain = { .size = sizeof plain, .timer = SLM_TIMER_NONE };
    slm_filter *filter = slm_filter_new(&debug_requests, NULL);
    if (!filter || slm_layer_format(&plain, filter, &layer) != SLM_OK ||
        slm_subscriber_of_layers(&layer, 1, &subscriber) != SLM_OK)
        return 1;
    slm_set_global_subscriber(subscriber);
    SLM_DEBUG("starting");
    serve(1, false);
    serve(2, true);
    serve(3, false);
    slm_set_global_subscriber(NULL);
    slm_subscriber_release(subscriber);
    return 0;
}
