/* SPDX-License-Identifier: MIT */
#include "exporters/config.h"

#include "exporters/curl_process.h"

#include <stdio.h>

static void read_cpus(slmi_worker_options *worker, const slm_thread_hooks *hooks, slmi_complaints *complaints)
{
    for (uint32_t i = 0; hooks->cpus && i < hooks->cpu_count; i++) {
        if (hooks->cpus[i] >= CPU_SETSIZE) {
            slmi_complain(complaints, "config.thread_hooks: %u is no processor", (unsigned)hooks->cpus[i]);
            continue;
        }
        CPU_SET(hooks->cpus[i], &worker->cpus);
        worker->pinned = true;
    }
}

static void read_hooks(slmi_worker_options *worker, const slm_thread_hooks *given, slmi_complaints *complaints)
{
    slm_thread_hooks hooks = { .size = (uint32_t)sizeof hooks };
    if (!given)
        return;
    if (given->size < 2 * sizeof(uint32_t)) {
        slmi_complain(complaints, "config.thread_hooks has no size and is ignored");
        return;
    }
    memcpy(&hooks, given, given->size < sizeof hooks ? given->size : sizeof hooks);
    if (hooks.name)
        snprintf(worker->name, sizeof worker->name, "%s", hooks.name);
    if (hooks.name && strlen(hooks.name) >= sizeof worker->name)
        slmi_complain(complaints, "config.thread_hooks: \"%.40s\" is cut to %u bytes", hooks.name,
                      (unsigned)sizeof worker->name - 1);
    worker->start = hooks.start;
    worker->stop = hooks.stop;
    worker->user = hooks.user;
    read_cpus(worker, &hooks, complaints);
}

void slmi_settings_leave_http(slmi_settings *settings, const slm_config *config, slmi_complaints *complaints)
{
    const uint32_t http = SLM_EXPORTER_OTLP | SLM_EXPORTER_ZIPKIN;
    if (slmi_curl_is_there() || config->transport || !(settings->exporters & http))
        return;
    settings->exporters &= ~http;
    if (settings->exporters == 0)
        settings->exporters = SLM_EXPORTER_NONE;
    slmi_complain(complaints,
                  "otlp and zipkin are left out: it was built without libcurl, and config.transport is unset");
}

static void read_open_spans(slmi_settings *settings, const slm_config *config, slmi_complaints *complaints)
{
    const char *text = slmi_env("SPANLOOM_OPEN_SPANS");
    bool off = text && strcmp(text, "off") == 0;
    if (text && !off && strcmp(text, "on") != 0)
        slmi_complain(complaints, "SPANLOOM_OPEN_SPANS=%.40s is neither on nor off, using on", text);
    if (config->open_spans > SLM_SWITCH_OFF)
        slmi_complain(complaints, "config.open_spans=%u is no slm_switch and is ignored", (unsigned)config->open_spans);
    else if (config->open_spans != SLM_SWITCH_DEFAULT)
        off = config->open_spans == SLM_SWITCH_OFF;
    settings->open_spans = !off;
}

void slmi_settings_read_drive(slmi_settings *settings, const slm_config *config, slmi_complaints *complaints)
{
    settings->by_host = config->drive == SLM_DRIVE_HOST;
    if (config->drive > SLM_DRIVE_HOST)
        slmi_complain(complaints, "config.drive=%u is none, using a thread", (unsigned)config->drive);
    settings->curl_is_ready = config->curl_is_initialized;
    if (config->resolver && config->resolver->size >= sizeof settings->resolver)
        settings->resolver = *config->resolver;
    else if (config->resolver)
        slmi_complain(complaints, "config.resolver has no size and is ignored");
    const slm_transport *transport = config->transport;
    if (transport && transport->size >= sizeof *transport && transport->begin && transport->abort)
        settings->transport = *transport;
    else if (transport)
        slmi_complain(complaints, "config.transport lacks its size or a function and is ignored");
    read_hooks(&settings->worker, config->thread_hooks, complaints);
    read_open_spans(settings, config, complaints);
}
