/* SPDX-License-Identifier: MIT */
/* One HTTP request, apart from the server: what its headers allow, and what its body holds. */
#ifndef SPANLOOM_VIEWER_REQUEST_H
#define SPANLOOM_VIEWER_REQUEST_H

#include "viewer/open.h"

/* What counts of a request's head; NULL where a header is absent. */
typedef struct slmi_view_head {
    const char *path, *method, *content_type, *content_encoding, *content_length;
} slmi_view_head;

/* Whether a body may follow. */
bool slmi_view_head_judge(const slmi_view_head *head, slmi_view_protocol via, slmi_view_refusal *refusal);

bool slmi_view_head_is_gzip(const slmi_view_head *head);

/* Reads a whole body, inflating it first if `gzip`. `body` is written to. As the readers' functions otherwise. */
bool slmi_view_body_read(slmi_view_text *body, bool gzip, slmi_view_protocol via, slmi_view_batch *batch,
                         slmi_view_refusal *refusal);

/* The same of what is open. */
bool slmi_view_open_body_read(slmi_view_text *body, bool gzip, slmi_view_open *out, slmi_view_refusal *refusal);

/* Adds the body of the reply: to a batch that was accepted, or to a refusal, each as its protocol has it. */
void slmi_view_reply_accepted(slmi_view_text *reply, slmi_view_protocol via, const slmi_view_batch *batch);
void slmi_view_reply_refused(slmi_view_text *reply, slmi_view_protocol via, const slmi_view_refusal *refusal);

#endif
