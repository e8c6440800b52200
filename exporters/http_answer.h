/* SPDX-License-Identifier: MIT */
/* From what libcurl reports to a verdict, in words. Pure. */
#ifndef SPANLOOM_EXPORTERS_HTTP_ANSWER_H
#define SPANLOOM_EXPORTERS_HTTP_ANSWER_H

#include "exporters/http.h"

enum { SLMI_HTTP_OPENING_BYTES = 9 }; /* an HTTP/2 frame's header; more tells nothing more */

/* What a transfer came to. */
typedef struct slmi_http_outcome {
    CURLcode result;
    long status;           /* 0: there was none */
    long os_error;         /* an error number; 0: unknown */
    int64_t retry_after_s; /* below 0: in the past */
    const char *detail;    /* libcurl's own words; may be "" */
    const char *location;  /* of a redirect; or NULL */
    const char *body;      /* of the answer */
    size_t body_len;
    bool sent_protobuf;  /* the request was protobuf, */
    bool reply_protobuf; /* and so is the answer's body */
    bool too_long;       /* the answer passed a cap */
    bool not_http;       /* what came was no HTTP/1; `opening` holds its first bytes */
    bool kept_bytes;     /* something came, but no status line; libcurl 8.5 waits for more before it hands that out */
    size_t opening_len;
    unsigned char opening[SLMI_HTTP_OPENING_BYTES];
} slmi_http_outcome;

/* Writes all of `answer`. */
void slmi_http_judge(const slmi_http_outcome *outcome, const slmi_url *url, slmi_reply_reader *read_reply,
                     slmi_answer *answer);

/* Of an outcome whose `result` is not CURLE_OK: all of `answer`. */
void slmi_http_judge_failure(const slmi_http_outcome *outcome, const slmi_url *url, slmi_answer *answer);

/* Puts text into `answer->text`: cut at its size, everything unprintable replaced. */
void slmi_answer_say(slmi_answer *answer, const char *format, ...) SLM_PRINTF(2, 3);

#endif
