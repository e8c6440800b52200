/* SPDX-License-Identifier: MIT */
/* A host without libcurl: its own client carries the spans, and without one they go where no HTTP is needed. */
#define _GNU_SOURCE
#include <spanloom/drive.h>
#include <spanloom/sdk.h>
#include <spanloom/trace.h>
#include <spanloom/transport.h>

#include <dlfcn.h>
#include <stdio.h>
#include <string.h>

static unsigned requests, complaints;

static void begin(void *self, const slm_transport_request *request)
{
    const slm_transport_answer accepted = { .size = (uint32_t)sizeof accepted, .http_status = 200 };
    (void)self;
    requests += strcmp(request->content_type, "application/json") == 0 && memchr(request->body, '{', request->body_len);
    if (slm_transport_done(request->number, &accepted) != SLM_OK)
        fprintf(stderr, "the answer was not taken\n");
}

static void give_up(void *self, uint64_t number)
{
    (void)self, (void)number;
}

static void complain(void *user, slm_diagnostic_kind kind, const char *message)
{
    (void)user;
    complaints += kind == SLM_DIAG_CONFIGURATION && strstr(message, "without libcurl");
}

static slm_status run(const slm_transport *transport, uint32_t drive)
{
    slm_config config = SLM_CONFIG_INIT;
    config.exporters = SLM_EXPORTER_OTLP | SLM_EXPORTER_CONSOLE;
    config.transport = transport;
    config.drive = drive;
    slm_status status = slm_init(&config);
    SLM_INFO("nowhere");
    {
        SLM_SCOPE("shave", ("yak", 1));
    }
    return status == SLM_OK ? slm_shutdown(10000) : status;
}

int main(void)
{
    const slm_transport transport = { .size = (uint32_t)sizeof transport, .begin = begin, .abort = give_up };
    slm_set_diagnostic_handler(complain, NULL);
    if (dlsym(RTLD_DEFAULT, "curl_easy_init")) {
        fprintf(stderr, "libcurl is here\n");
        return 1;
    }
    if (run(&transport, SLM_DRIVE_THREAD) != SLM_OK || requests != 1 || complaints != 0)
        return 2;
    if (run(&transport, SLM_DRIVE_HOST) != SLM_OK || requests != 2 || complaints != 0)
        return 3;
    if (run(NULL, SLM_DRIVE_THREAD) != SLM_OK || requests != 2 || complaints != 1)
        return 4;
    return 0;
}
