/* SPDX-License-Identifier: MIT */
/* Another filter at run time: it applies to what starts from now on, and to the spans that are open. A service would
 * read the directives from a request or a file; here they are the program's arguments, if there are any. */
#include <spanloom/format.h>
#include <spanloom/trace.h>

#include <stdio.h>

static bool apply(slm_subscriber *subscriber, const char *directives)
{
    slm_filter *filter;
    slm_filter_error error;
    switch (slm_filter_parse(slm_string_from_c(directives), &filter, &error)) {
    case SLM_OK:
        break;
    case SLM_ERR_MALFORMED:
        fprintf(stderr, "%s\n%*s^ %s\n", directives, (int)error.at, "", error.reason);
        return false;
    default:
        return false;
    }
    if (slm_subscriber_reload(subscriber, 0, filter) == SLM_OK)
        return true;
    slm_filter_free(filter);
    return false;
}

static void work(int round)
{
    SLM_DEBUG("round %d begins", round);
    SLM_SCOPE_AT(SLM_LEVEL_DEBUG, "round", ("number", round));
    SLM_INFO("round %d", round);
}

int main(int argc, char **argv)
{
    static const char *const changes[] = { "warn", "info,reload=debug", "off", "debug,db=loud", "info" };
    int rounds = argc > 1 ? argc - 1 : 5;
    slm_layer layer;
    slm_subscriber *subscriber;
    slm_format_options plain = { .size = sizeof plain, .timer = SLM_TIMER_NONE };
    slm_filter *filter = slm_filter_level(SLM_LEVEL_INFO);
    if (!filter || slm_layer_format(&plain, filter, &layer) != SLM_OK ||
        slm_subscriber_of_layers(&layer, 1, &subscriber) != SLM_OK)
        return 1;
    slm_set_global_subscriber(subscriber);
    {
        SLM_SCOPE("job", ("id", 7));
        work(0);
        for (int i = 0; i < rounds; i++) {
            const char *directives = argc > 1 ? argv[i + 1] : changes[i];
            fprintf(stderr, "-- %s\n", directives);
            if (apply(subscriber, directives))
                work(i + 1);
        }
    }
    slm_set_global_subscriber(NULL);
    slm_subscriber_release(subscriber);
    return 0;
}
