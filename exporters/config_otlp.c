/* SPDX-License-Identifier: MIT */
#include "exporters/config_otlp.h"

#include "exporters/choice.h"
#include "exporters/config_grpc.h"
#include "exporters/endpoint.h"
#include "exporters/headers.h"

#include <string.h>

enum { PATH_BYTES = 4096 };

static void read_protocol(const slmi_signal *signal, slmi_settings *settings, const slm_config *config,
                          slmi_complaints *complaints)
{
    char protocol_name[SLMI_VARIABLE_BYTES], compression_name[SLMI_VARIABLE_BYTES];
    slmi_choice protocol = { "http/protobuf", "http/json", config->protocol, "config.protocol", NULL, protocol_name };
    slmi_choice compression = { "gzip", "none", config->compression, "config.compression", NULL, compression_name };
    protocol.in_environment = slmi_signal_env(signal, "PROTOCOL", protocol_name);
    compression.in_environment = slmi_signal_env(signal, "COMPRESSION", compression_name);
    const char *text = protocol.in_code && *protocol.in_code ? protocol.in_code : protocol.in_environment;
    settings->otlp_grpc = text && strcmp(text, "grpc") == 0;
    settings->otlp_protobuf = !settings->otlp_grpc && slmi_choose(&protocol, complaints);
    settings->otlp_gzip = slmi_choose(&compression, complaints);
}

static void read_endpoint(const slmi_signal *signal, slmi_settings *settings, const slm_config *config,
                          slmi_complaints *complaints)
{
    char name[SLMI_VARIABLE_BYTES];
    const char *path = signal->path, *own = slmi_signal_env_of(signal, true, "ENDPOINT", name);
    slmi_url *url = &settings->otlp_url;
    if (slmi_endpoint_try(signal->endpoint, config->endpoint, NULL, path, url, complaints) ||
        slmi_endpoint_try(name, own, NULL, path, url, complaints))
        return;
    const char *base = slmi_signal_env_of(signal, false, "ENDPOINT", name);
    if (!slmi_endpoint_try(name, base, path, path, url, complaints))
        slmi_endpoint_default("http://localhost:4318", path, url);
}

static void read_headers(const slmi_signal *signal, slmi_settings *settings, const slm_config *config,
                         slmi_complaints *complaints)
{
    char variable[SLMI_VARIABLE_BYTES];
    const char *headers = slmi_signal_env(signal, "HEADERS", variable), *name = variable;
    if (config->headers) {
        headers = config->headers;
        name = "config.headers";
    }
    settings->header_count = slmi_headers_parse(name, headers, settings->headers, complaints);
    for (size_t i = 0; settings->otlp_grpc && i < settings->header_count; i++) {
        if (!slmi_headers_is_metadata(settings->headers[i]))
            slmi_complain(complaints, "%s: header number %zu cannot go over gRPC", name, i + 1);
    }
}

void slmi_otlp_configure(const slmi_signal *signal, slmi_settings *settings, const slm_config *config,
                         slmi_complaints *complaints)
{
    char name[SLMI_VARIABLE_BYTES];
    read_protocol(signal, settings, config, complaints);
    settings->otlp_grpc = settings->otlp_grpc && slmi_grpc_configure(signal, config, &settings->otlp_url, complaints);
    settings->otlp_protobuf = settings->otlp_protobuf || settings->otlp_grpc;
    if (!settings->otlp_grpc)
        read_endpoint(signal, settings, config, complaints);
    slmi_endpoint_proxy(&settings->otlp_url, &settings->otlp_proxy, complaints);

    settings->otlp_timeout_ms = 10000;
    if (slmi_signal_env(signal, "TIMEOUT", name))
        slmi_env_timeout(name, &settings->otlp_timeout_ms, complaints);
    if (config->request_timeout_ms > 0)
        settings->otlp_timeout_ms = config->request_timeout_ms;
    read_headers(signal, settings, config, complaints);
    slmi_choose_text(&settings->ca_file, config->ca_file, slmi_signal_env(signal, "CERTIFICATE", name), PATH_BYTES,
                     complaints);
    slmi_choose_text(&settings->certificate_file, config->certificate_file,
                     slmi_signal_env(signal, "CLIENT_CERTIFICATE", name), PATH_BYTES, complaints);
    slmi_choose_text(&settings->key_file, config->key_file, slmi_signal_env(signal, "CLIENT_KEY", name), PATH_BYTES,
                     complaints);
}
