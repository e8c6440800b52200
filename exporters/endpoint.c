/* SPDX-License-Identifier: MIT */
#include "exporters/endpoint.h"

bool slmi_endpoint_try(const char *name, const char *text, const char *path, const char *socket_path, slmi_url *out,
                       slmi_complaints *complaints)
{
    if (!text)
        return false;
    slm_status status = slmi_url_parse_unix(text, socket_path, out);
    if (status == SLM_ERR_MALFORMED)
        status = path ? slmi_url_parse_base(text, path, out) : slmi_url_parse(text, out);
    if (status != SLM_OK)
        slmi_complain(complaints, "%s=%.80s is no http or https URL, and not used", name, text);
    return status == SLM_OK;
}

void slmi_endpoint_default(const char *base, const char *path, slmi_url *out)
{
    slm_status status = slmi_url_parse_base(base, path, out);
    (void)status; /* ours, and well formed */
}

void slmi_endpoint_proxy(const slmi_url *url, slmi_proxy *out, slmi_complaints *complaints)
{
    const char *unused;
    const slmi_proxy_environment environment = {
        /* HTTP_PROXY in capitals is what a CGI client can set by a header. */
        .http_proxy = slmi_env("http_proxy"),
        .https_proxy = slmi_env_either("https_proxy", "HTTPS_PROXY", &unused),
        .all_proxy = slmi_env_either("all_proxy", "ALL_PROXY", &unused),
        .no_proxy = slmi_env_either("no_proxy", "NO_PROXY", &unused),
    };
    if (slmi_proxy_choose(url, &environment, out) != SLM_OK)
        slmi_complain(complaints, "the proxy variables name no proxy that can be used, going without");
}
