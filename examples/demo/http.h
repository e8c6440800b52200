/* SPDX-License-Identifier: MIT */
/* What both services need of libmicrohttpd. */
#ifndef DEMO_HTTP_H
#define DEMO_HTTP_H

#include <spanloom/span_context.h>

#include <microhttpd.h>
#include <netinet/in.h>

/* The address of a service that only this machine may call, on any free port. */
struct sockaddr_in http_loopback(void);
uint16_t http_port(struct MHD_Daemon *daemon);

/* Who sent the request: the span in its trace headers, or an invalid context if there is none. */
slm_span_context http_caller(struct MHD_Connection *connection);

/* Answers with a line of text. */
enum MHD_Result http_answer(struct MHD_Connection *connection, unsigned status, const char *text);

#endif
