/* SPDX-License-Identifier: MIT */
/* Writers in front of two others: all to both, or some here and some there. */
#include "core/alloc.h"
#include "core/layers/patience.h"
#include "core/layers/writer.h"

struct route {
    slm_writer *a, *b;  /* b may be NULL */
    slm_filter *filter; /* NULL: a tee */
};

static slm_status tee_write(void *self, const slm_metadata *metadata, slm_string line)
{
    const struct route *r = self;
    slm_status first = slm_writer_write(r->a, metadata, line), second = slm_writer_write(r->b, metadata, line);
    return first != SLM_OK ? first : second;
}

static slm_status route_write(void *self, const slm_metadata *metadata, slm_string line)
{
    const struct route *r = self;
    slm_writer *to = slm_filter_takes(r->filter, metadata) ? r->a : r->b;
    return to ? slm_writer_write(to, metadata, line) : SLM_OK;
}

static slm_status flush_both(void *self, uint32_t timeout_ms)
{
    const struct route *r = self;
    slmi_patience patience = slmi_patience_of(timeout_ms);
    slm_status first = slm_writer_flush(r->a, timeout_ms);
    slm_status second = slm_writer_flush(r->b, slmi_patience_left_ms(&patience));
    return first != SLM_OK ? first : second;
}

static void destroy(void *self)
{
    struct route *r = self;
    slm_writer_release(r->a);
    slm_writer_release(r->b);
    slm_filter_free(r->filter);
    slmi_free(r);
}

static void reopen_both(void *self)
{
    const struct route *r = self;
    slm_writer_reopen(r->a);
    slm_writer_reopen(r->b);
}

/* Colours would reach the other one too: both must be terminals. */
static bool both_are_terminals(void *self)
{
    const struct route *r = self;
    return slmi_writer_is_terminal(r->a) && (!r->b || slmi_writer_is_terminal(r->b));
}

#define OPS(write_op)                                                                                                  \
    {                                                                                                                  \
        .size = sizeof(slm_writer_ops), .write = write_op, .flush = flush_both, .destroy = destroy,                    \
        .reopen = reopen_both, .is_terminal = both_are_terminals                                                       \
    }
static const slm_writer_ops tee_ops = OPS(tee_write), route_ops = OPS(route_write);

static slm_writer *make(const slm_writer_ops *ops, slm_writer *a, slm_writer *b, slm_filter *filter, bool complete)
{
    struct route *r = complete ? slmi_alloc(sizeof *r) : NULL;
    slm_writer *writer = NULL;
    if (r) {
        *r = (struct route){ a, b, filter };
        writer = slmi_writer_new(ops, r);
    }
    if (!writer) {
        slm_writer_release(a);
        slm_writer_release(b);
        slm_filter_free(filter);
        slmi_free(r);
    }
    return writer;
}

slm_writer *slm_writer_tee(slm_writer *a, slm_writer *b)
{
    return make(&tee_ops, a, b, NULL, a && b);
}

slm_writer *slm_writer_route(slm_filter *filter, slm_writer *a, slm_writer *b)
{
    return make(&route_ops, a, b, filter, filter && a);
}
