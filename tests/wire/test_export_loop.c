/* SPDX-License-Identifier: MIT */
/* An exporter that logs, and traces its own requests, gives itself nothing to export. */
#include <spanloom/curl.h>
#include <spanloom/log_bridge.h>
#include <spanloom/pipeline.h>
#include <spanloom/sdk.h>
#include <spanloom/suppress.h>
#include <spanloom/trace.h>

#include "tests/wire/check.h"

#include <stdatomic.h>

enum { SPANS = 5, AMPLE_MS = 30000 };

static _Atomic(unsigned) exported, with_events;

/* Nobody listens there; libcurl says so, and more. */
static void request(void)
{
    CURL *easy = curl_easy_init();
    curl_easy_setopt(easy, CURLOPT_URL, "http://127.0.0.1:1/");
    curl_easy_setopt(easy, CURLOPT_NOPROXY, "*");
    curl_easy_setopt(easy, CURLOPT_DEBUGFUNCTION, slm_curl_debug);
    curl_easy_setopt(easy, CURLOPT_VERBOSE, 1L);
    CHECK_EQUAL(slm_curl_perform(easy, NULL, NULL), CURLE_COULDNT_CONNECT);
    curl_easy_cleanup(easy);
}

static slm_export_verdict export_spans(void *self, const slm_span_data *const *spans, size_t count,
                                       const slm_resource *resource, slm_export_call *call)
{
    (void)self, (void)resource, (void)call;
    for (size_t i = 0; i < count; i++)
        with_events += spans[i]->event_count > 0;
    exported += (unsigned)count;
    SLM_SCOPE("exporting");
    slm_log_bridge_at(4, "exporter.c", 1, "exporting %zu spans", count);
    request();
    return SLM_EXPORT_ACCEPTED;
}

static const slm_exporter_ops ops = { .size = sizeof ops, .export_spans = export_spans };

int main(void)
{
    const slm_pipeline_config pipeline = { .size = sizeof pipeline, .custom = &ops, .filter = "trace" };
    slm_config config = SLM_CONFIG_INIT;
    config.pipelines = &pipeline;
    config.pipeline_count = 1;
    CHECK_EQUAL(slm_init(&config), SLM_OK);
    for (int i = 0; i < SPANS; i++) {
        SLM_SCOPE("own");
        slm_log_bridge_at(2, "own.c", 1, "heard");
        CHECK_EQUAL(slm_flush(AMPLE_MS), SLM_OK);
    }
    CHECK_EQUAL(slm_flush(AMPLE_MS), SLM_OK);
    CHECK_EQUAL(slm_flush(AMPLE_MS), SLM_OK);
    CHECK_EQUAL(exported, SPANS);
    CHECK_EQUAL(with_events, SPANS);

    /* The same, asked for by a host that ships telemetry itself. */
    bool before = slm_suppress(true);
    request();
    (void)slm_suppress(before);
    CHECK_EQUAL(slm_shutdown(AMPLE_MS), SLM_OK);
    CHECK_EQUAL(exported, SPANS);
    return check_result();
}
