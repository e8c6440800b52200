/* SPDX-License-Identifier: MIT */
/* What it means when libcurl has no answer to show. */
#include "exporters/http_answer.h"

#include <errno.h>
#include <string.h>

static const char advice_grpc[] = "Is that a gRPC port? OTLP over HTTP is usually on port 4318";
static const char advice_other_port[] =
    "Is that a port for TLS (https://), or for gRPC? OTLP over HTTP is usually on 4318";
static const char advice_use_http[] = "Does it speak plain HTTP? Then the endpoint begins with http://";

static void say_os_error(slmi_answer *answer, long number, const char *otherwise)
{
    char room[80];
    if (number <= 0) {
        slmi_answer_say(answer, "%s", otherwise);
        return;
    }
    slmi_answer_say(answer, "%s", strerror_r((int)number, room, sizeof room));
    if (answer->text[0] >= 'A' && answer->text[0] <= 'Z')
        answer->text[0] = (char)(answer->text[0] - 'A' + 'a');
}

static void judge_closed(const slmi_url *url, const char *detail, slmi_answer *answer)
{
    if (strstr(detail, "CONNECT")) {
        slmi_answer_say(answer, "by its proxy: %s", detail);
        return;
    }
    slmi_answer_say(answer, "the connection was closed without an answer");
    if (url->authority.port == 4317)
        answer->advice = advice_grpc;
    else if (!url->tls)
        answer->advice = advice_other_port;
}

void slmi_http_judge_failure(const slmi_http_outcome *outcome, const slmi_url *url, slmi_answer *answer)
{
    const char *detail = outcome->detail[0] ? outcome->detail : curl_easy_strerror(outcome->result);
    answer->verdict = SLMI_RETRYABLE;
    switch (outcome->result) {
    case CURLE_COULDNT_CONNECT:
        answer->nobody_listens = outcome->os_error == ECONNREFUSED;
        say_os_error(answer, outcome->os_error, detail);
        return;
    case CURLE_OPERATION_TIMEDOUT:
        slmi_answer_say(answer, "no answer in time");
        if (outcome->kept_bytes)
            answer->advice = advice_grpc;
        return;
    case CURLE_GOT_NOTHING:
    case CURLE_RECV_ERROR:
    case CURLE_SEND_ERROR:
    case CURLE_PARTIAL_FILE:
        judge_closed(url, detail, answer);
        return;
    case CURLE_SSL_CONNECT_ERROR:
        slmi_answer_say(answer, "no TLS connection: %s", detail);
        if (strstr(detail, "wrong version number") || strstr(detail, "packet length too long") ||
            strstr(detail, "record layer failure"))
            answer->advice = advice_use_http;
        return;
    case CURLE_URL_MALFORMAT:
    case CURLE_UNSUPPORTED_PROTOCOL:
        answer->verdict = SLMI_FATAL;
        break;
    default:
        break;
    }
    slmi_answer_say(answer, "%s", detail);
}
