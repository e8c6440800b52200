/* SPDX-License-Identifier: MIT */
#include "examples/demo/service.h"
#include <spanloom/sdk.h>

#include <stdio.h>
#include <stdlib.h>

enum { LAST_DELIVERY_MS = 2000 };

bool service_begin(const char *name, sigset_t *ends)
{
    sigemptyset(ends);
    sigaddset(ends, SIGINT);
    sigaddset(ends, SIGTERM);
    if (pthread_sigmask(SIG_BLOCK, ends, NULL) != 0)
        return false;

    slm_config config = SLM_CONFIG_INIT; /* The environment says the rest: where to send, and in which format. */
    config.service_name = name;
    return slm_init(&config) == SLM_OK;
}

void service_ready(uint16_t port)
{
    printf("listening on http://127.0.0.1:%u\n", (unsigned)port);
    fflush(stdout);
}

int service_end(void)
{
    return slm_shutdown(LAST_DELIVERY_MS) == SLM_OK ? EXIT_SUCCESS : EXIT_FAILURE;
}
