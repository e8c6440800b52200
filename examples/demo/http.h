/* SPDX-License-Identifier: MIT */
/* What services on libmicrohttpd need of it. */
#ifndef DEMO_HTTP_H
#define DEMO_HTTP_H

#include <spanloom/http.h>

#include <microhttpd.h>
#include <netinet/in.h>

/* The address of a service that only this machine may call, on any free port. */
struct sockaddr_in http_loopback(void);
uint16_t http_port(struct MHD_Daemon *daemon);

/* The span of a request, under whoever sent it; `route` may be NULL. Ended by slm_http_server_end(). */
slm_http_server http_begin(struct MHD_Connection *connection, const char *method, const char *path, const char *route);

/* Answers with a line of text. */
enum MHD_Result http_answer(struct MHD_Connection *connection, unsigned status, const char *text);

#endif
