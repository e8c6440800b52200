/* SPDX-License-Identifier: MIT */
/* The chain of spans around a failure, kept in the error and printed when somebody at last deals with it: what the
 * program was doing, with which values, where a stack of addresses would only say where. */
#include <spanloom/format.h>
#include <spanloom/read.h>
#include <spanloom/trace.h>

#include <errno.h>
#include <stdio.h>

struct failure {
    int code;
    char trace[512];
};

static bool fail(struct failure *failure, int code)
{
    failure->code = code;
    (void)slm_span_trace(failure->trace, sizeof failure->trace);
    return false;
}

static bool read_row(int row, struct failure *failure)
{
    SLM_SCOPE("read_row", ("row", row));
    return row < 2 ? true : fail(failure, EIO);
}

static bool load(const char *table, struct failure *failure)
{
    SLM_SCOPE("load", ("table", table));
    for (int row = 0; row < 3; row++)
        if (!read_row(row, failure))
            return false;
    return true;
}

int main(void)
{
    struct failure failure = { 0 };
    slm_layer layer;
    slm_subscriber *subscriber;
    /* Printing layers keep each span's ancestors while it is open; one of your own asks for that with
     * SLM_LAYER_SCOPES. */
    if (slm_layer_format(NULL, NULL, &layer) != SLM_OK || slm_subscriber_of_layers(&layer, 1, &subscriber) != SLM_OK)
        return 1;
    slm_set_global_subscriber(subscriber);
    {
        SLM_SCOPE("request", ("user", 7));
        if (!load("yaks", &failure)) {
            int user = 0;
            slm_value value;
            if (slm_current_get(slm_string_from_c("user"), &value, NULL, 0))
                user = (int)value.as.i;
            printf("user %d: error %s, in\n%s\n", user, failure.code == EIO ? "EIO" : "unknown", failure.trace);
        }
    }
    slm_set_global_subscriber(NULL);
    slm_subscriber_release(subscriber);
    return 0;
}
