/* SPDX-License-Identifier: MIT */
#include "exporters/config.h"

#include "exporters/curl_process.h"

#include <string.h>

/* A file that cannot be read is complained of, and its place stays empty. */
static void read_pem(const char *path, slmi_pem *out, slmi_complaints *complaints)
{
    char room[80];
    int error = path ? slmi_pem_read(path, out) : 0;
    if (error != 0)
        slmi_complain(complaints, "%.80s cannot be read: %s", path, strerror_r(error, room, sizeof room));
}

/* The CAs that libcurl was built to trust. Without them it looks for itself, each time. */
static void read_system_ca(slmi_settings *settings)
{
    const char *path = slmi_curl_ca_file();
    bool otlp = settings->exporters & SLM_EXPORTER_OTLP && settings->otlp_url.tls && !settings->ca.data;
    bool zipkin = settings->exporters & SLM_EXPORTER_ZIPKIN && settings->zipkin_url.tls;
    if (path && (otlp || zipkin) && slmi_pem_read(path, &settings->system_ca) != 0)
        slmi_pem_free(&settings->system_ca);
}

void slmi_settings_read_certificates(slmi_settings *settings, slmi_complaints *complaints)
{
    read_pem(settings->ca_file, &settings->ca, complaints);
    read_pem(settings->certificate_file, &settings->certificate, complaints);
    read_pem(settings->key_file, &settings->key, complaints);
    read_system_ca(settings);
    slmi_settings_trust(settings);
}

void slmi_settings_trust(slmi_settings *settings)
{
    bool tls = settings->otlp_url.tls || settings->zipkin_url.tls;
    if (settings->ca.data && tls)
        slmi_pem_trust(&settings->ca);
    if (settings->system_ca.data)
        slmi_pem_trust(&settings->system_ca);
    for (unsigned i = 0; i < settings->pipeline_count; i++)
        slmi_settings_trust(settings->pipelines[i]);
}
