/* SPDX-License-Identifier: MIT */
/* From what a gRPC call, or the connection it needed, came to, to a verdict in words. Pure. */
#ifndef SPANLOOM_EXPORTERS_GRPC_ANSWER_H
#define SPANLOOM_EXPORTERS_GRPC_ANSWER_H

#include "exporters/grpc_session.h"
#include "exporters/http.h"

/* Each writes all of `answer`. Of a call that is over, with its `reply`; */
void slmi_grpc_judge_call(const slmi_grpc_call *call, const slmi_buffer *reply, slmi_reply_reader *read_reply,
                          slmi_answer *answer);
/* of one whose connection was lost before; */
void slmi_grpc_judge_lost(const slmi_grpc_session *session, slmi_answer *answer);
/* of a connection that could not be opened. */
void slmi_grpc_judge_connection(const slmi_connection *connection, slmi_answer *answer);

#endif
