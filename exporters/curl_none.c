/* SPDX-License-Identifier: MIT */
/* A build without libcurl: what the files answer that it does not have. */
#include "exporters/curl_process.h"
#include "exporters/http_answer.h"

#ifndef SLMI_WITH_CURL

bool slmi_curl_is_there(void)
{
    return false;
}

bool slmi_curl_prepare(void)
{
    return true;
}

const char *slmi_curl_ca_file(void)
{
    return NULL;
}

slm_status slmi_loop_multi(slmi_loop *loop)
{
    (void)loop;
    return SLM_ERR_UNSUPPORTED;
}

slmi_transport *slmi_http_new(slmi_loop *loop, slmi_names *names, const slmi_http_options *options)
{
    (void)loop, (void)names, (void)options;
    return NULL;
}

void slmi_http_judge_failure(const slmi_http_outcome *outcome, const slmi_url *url, slmi_answer *answer)
{
    (void)url;
    *answer = (slmi_answer){ .verdict = SLMI_RETRYABLE };
    slmi_answer_say(answer, "%s", outcome->detail);
}

#endif
