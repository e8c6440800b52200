/* SPDX-License-Identifier: MIT */
/* What the viewer's tests share: bodies are read from writable memory that ends right after them. */
#ifndef SPANLOOM_TESTS_VIEW_H
#define SPANLOOM_TESTS_VIEW_H

#include "viewer/otlp_reader.h"
#include "viewer/zipkin_reader.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdlib.h>
#include <string.h>

#define TRACE "4bf92f3577b34da6a3ce929d0e0e4736"
#define SPAN  "00f067aa0ba902b7"

typedef bool (*view_reader)(char *body, size_t len, slmi_view_batch *batch, slmi_view_refusal *refusal);

/* Reads a copy that is as long as it must be: AddressSanitizer sees a byte too many. */
static inline bool view_read_bytes(view_reader reader, const char *body, size_t len, slmi_view_batch *batch,
                                   slmi_view_refusal *refusal)
{
    char *copy = malloc(len + 1);
    if (!copy)
        abort();
    if (len > 0)
        memcpy(copy, body, len);
    copy[len] = '\0';
    bool good = reader(copy, len, batch, refusal);
    free(copy);
    return good;
}

static inline bool view_read(view_reader reader, const char *body, slmi_view_batch *batch, slmi_view_refusal *refusal)
{
    return view_read_bytes(reader, body, strlen(body), batch, refusal);
}

/* Reads a body that must be good. */
static inline slmi_view_batch view_batch(view_reader reader, const char *body)
{
    slmi_view_batch batch;
    slmi_view_refusal refusal = { 0, "" };
    if (!view_read(reader, body, &batch, &refusal))
        cr_fatal("%s\n%s", refusal.reason, body);
    return batch;
}

/* A body that is cut anywhere, or has one byte changed, is refused or read, and never harms. */
static inline void view_survives_damage(view_reader reader, const char *body)
{
    static const char bytes[] = "\"\\{}[]:,0-a\x01\xff";
    size_t len = strlen(body);
    char *damaged = malloc(len + 1);
    if (!damaged)
        abort();
    for (size_t cut = 0; cut < len; cut++) {
        slmi_view_batch batch;
        slmi_view_refusal refusal = { 0, "" };
        cr_expect(not(view_read_bytes(reader, body, cut, &batch, &refusal)), "cut at %zu", cut);
        cr_expect(eq(uint, refusal.status, 400u), "cut at %zu", cut);
        cr_expect(refusal.reason[0] != '\0', "cut at %zu", cut);
    }
    for (size_t at = 0; at < len; at++) {
        for (const char *byte = bytes; *byte; byte++) {
            slmi_view_batch batch;
            slmi_view_refusal refusal = { 0, "" };
            memcpy(damaged, body, len + 1);
            damaged[at] = *byte;
            if (view_read_bytes(reader, damaged, len, &batch, &refusal))
                slmi_view_batch_free(&batch);
            else
                cr_expect(batch.first == NULL);
        }
    }
    free(damaged);
}

#endif
