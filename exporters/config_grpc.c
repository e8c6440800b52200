/* SPDX-License-Identifier: MIT */
#include "exporters/config_grpc.h"

#include "exporters/grpc.h"

#include <stdio.h>
#include <string.h>

static const char default_target[] = "http://localhost:4317";

static const char *skip(const char *text, const char *prefix)
{
    size_t len = strlen(prefix);
    return strncmp(text, prefix, len) == 0 ? text + len : text;
}

slm_status slmi_grpc_target_parse(const char *text, bool insecure, slmi_url *out)
{
    char url[SLMI_URL_BYTES];
    slm_status status = slmi_url_parse_unix(text, "", out);
    if (status != SLM_ERR_MALFORMED)
        return status;
    const char *target = skip(skip(text, "dns:///"), "dns:");
    const char *scheme_end = strstr(target, "://");
    const char *authority = scheme_end ? scheme_end + 3 : target;
    size_t len = (size_t)(authority - target) + strcspn(authority, "/?");
    const char *scheme = scheme_end ? "" : (insecure ? "http://" : "https://");
    if (len >= sizeof url)
        return SLM_ERR_LIMIT;
    int written = snprintf(url, sizeof url, "%s%.*s", scheme, (int)len, target);
    if (written < 0 || (size_t)written >= sizeof url)
        return SLM_ERR_LIMIT;
    status = slmi_url_parse(url, out);
    if (status == SLM_OK)
        out->shown[strlen(out->shown) - 1] = '\0'; /* the slash, which is no part of it */
    return status;
}

static bool try_target(const char *name, const char *text, bool insecure, slmi_url *out, slmi_complaints *complaints)
{
    slm_status status = text ? slmi_grpc_target_parse(text, insecure, out) : SLM_ERR_NOT_FOUND;
    if (text && status != SLM_OK)
        slmi_complain(complaints, "%s=%.80s is no http or https URL, and not used", name, text);
    if (status == SLM_OK && strchr(out->text, '@'))
        slmi_complain(complaints, "%s: user and password are not used over gRPC", name);
    return status == SLM_OK;
}

bool slmi_grpc_configure(const slmi_signal *signal, const slm_config *config, slmi_url *out,
                         slmi_complaints *complaints)
{
    char name[SLMI_VARIABLE_BYTES], own[SLMI_VARIABLE_BYTES], any[SLMI_VARIABLE_BYTES];
    slmi_url url;
    bool insecure = slmi_signal_env(signal, "INSECURE", name) && slmi_env_bool(name, complaints);
    const char *in_own = slmi_signal_env_of(signal, true, "ENDPOINT", own);
    const char *in_any = slmi_signal_env_of(signal, false, "ENDPOINT", any);
    if (!try_target(signal->endpoint, config->endpoint, insecure, &url, complaints) &&
        !try_target(own, in_own, insecure, &url, complaints) && !try_target(any, in_any, insecure, &url, complaints) &&
        !try_target("", default_target, insecure, &url, complaints))
        return false;
    const char *why_not = config->transport ? "config.transport carries HTTP" : slmi_grpc_why_not(url.tls);
    if (why_not) {
        slmi_complain(complaints, "the protocol grpc%s is not supported here (%s), using http/json",
                      url.tls ? " over TLS" : "", why_not);
        return false;
    }
    *out = url;
    return true;
}
