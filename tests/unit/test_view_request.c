/* SPDX-License-Identifier: MIT */
/* The viewer's side of HTTP, without a socket: which requests are judged how, gzip, replies; and who owns a port. */
#include "tests/unit/view.h"

#include "viewer/collector.h"
#include "viewer/inflate.h"
#include "viewer/port_owner.h"
#include "viewer/request.h"

#include <errno.h>
#include <unistd.h>
#include <zlib.h>

#define OTLP   "/v1/traces"
#define ZIPKIN "/api/v2/spans"
#define JSON   "application/json"

Test(view_request, heads_are_judged_before_any_body_is_read)
{
    static const struct {
        const char *why;
        slmi_view_head head;
        slmi_view_protocol via;
        unsigned status; /* 0: it may go on. */
    } cases[] = {
        { "plain", { OTLP, "POST", JSON, NULL, "10" }, SLMI_VIEW_OTLP, 0 },
        { "plain Zipkin", { ZIPKIN, "POST", JSON, NULL, "10" }, SLMI_VIEW_ZIPKIN, 0 },
        { "chunked", { OTLP, "POST", JSON, NULL, NULL }, SLMI_VIEW_OTLP, 0 },
        { "a charset", { OTLP, "POST", JSON "; charset=utf-8", NULL, NULL }, SLMI_VIEW_OTLP, 0 },
        { "upper case", { OTLP, "POST", "Application/JSON", NULL, NULL }, SLMI_VIEW_OTLP, 0 },
        { "gzip", { OTLP, "POST", JSON, "gzip", NULL }, SLMI_VIEW_OTLP, 0 },
        { "identity", { OTLP, "POST", JSON, "identity", NULL }, SLMI_VIEW_OTLP, 0 },
        { "just fits", { OTLP, "POST", JSON, NULL, "8388608" }, SLMI_VIEW_OTLP, 0 },
        { "one byte too many", { OTLP, "POST", JSON, NULL, "8388609" }, SLMI_VIEW_OTLP, 413 },
        { "beyond 64 bits", { OTLP, "POST", JSON, NULL, "99999999999999999999999" }, SLMI_VIEW_OTLP, 413 },
        { "the other port's path", { ZIPKIN, "POST", JSON, NULL, NULL }, SLMI_VIEW_OTLP, 404 },
        { "the other port's path", { OTLP, "POST", JSON, NULL, NULL }, SLMI_VIEW_ZIPKIN, 404 },
        { "a slash too many", { OTLP "/", "POST", JSON, NULL, NULL }, SLMI_VIEW_OTLP, 404 },
        { "another signal", { "/v1/logs", "POST", JSON, NULL, NULL }, SLMI_VIEW_OTLP, 404 },
        { "the root", { "/", "GET", NULL, NULL, NULL }, SLMI_VIEW_OTLP, 404 },
        { "GET", { OTLP, "GET", NULL, NULL, NULL }, SLMI_VIEW_OTLP, 405 },
        { "a preflight", { OTLP, "OPTIONS", NULL, NULL, NULL }, SLMI_VIEW_OTLP, 405 },
        { "PUT", { ZIPKIN, "PUT", JSON, NULL, NULL }, SLMI_VIEW_ZIPKIN, 405 },
        { "no type", { OTLP, "POST", NULL, NULL, NULL }, SLMI_VIEW_OTLP, 415 },
        { "a form", { ZIPKIN, "POST", "application/x-www-form-urlencoded", NULL, NULL }, SLMI_VIEW_ZIPKIN, 415 },
        { "only a prefix", { OTLP, "POST", "application/jsonp", NULL, NULL }, SLMI_VIEW_OTLP, 415 },
        { "protobuf", { OTLP, "POST", "application/x-protobuf", NULL, NULL }, SLMI_VIEW_OTLP, 415 },
        { "deflate", { OTLP, "POST", JSON, "deflate", NULL }, SLMI_VIEW_OTLP, 415 },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        slmi_view_refusal refusal = { 0, "" };
        bool good = slmi_view_head_judge(&cases[i].head, cases[i].via, &refusal);
        cr_expect(eq(int, good, cases[i].status == 0), "%s", cases[i].why);
        cr_expect(eq(uint, refusal.status, cases[i].status), "%s", cases[i].why);
        if (strstr(cases[i].why, "protobuf"))
            cr_expect(strstr(refusal.reason, "JSON") != NULL, "the reason names what is taken");
    }
}

Test(view_request, replies_are_what_each_protocol_expects)
{
    slmi_view_refusal refusal = { 400, "a \"reason\"\x01" };
    slmi_view_batch exact = { 0 }, inexact = { .inexact = 3 };
    slmi_view_text text = slmi_view_text_up_to(1024);
    slmi_view_reply_refused(&text, SLMI_VIEW_OTLP, &refusal);
    cr_expect(eq(str, text.data, "{\"code\":3,\"message\":\"a \\\"reason\\\"\\u0001\"}"));
    slmi_view_text_clear(&text);
    slmi_view_reply_refused(&text, SLMI_VIEW_ZIPKIN, &refusal);
    cr_expect(eq(str, text.data, "a \"reason\"\\x01\n"));
    slmi_view_text_clear(&text);
    slmi_view_reply_accepted(&text, SLMI_VIEW_OTLP, &exact);
    cr_expect(eq(str, text.data, "{\"partialSuccess\":{}}"));
    slmi_view_text_clear(&text);
    slmi_view_reply_accepted(&text, SLMI_VIEW_OTLP, &inexact);
    cr_expect(strstr(text.data, "\"rejectedSpans\":\"0\",\"errorMessage\":\"3 64-bit integers") != NULL);
    slmi_view_text_clear(&text);
    slmi_view_reply_accepted(&text, SLMI_VIEW_ZIPKIN, &inexact);
    cr_expect(zero(sz, text.len));
    slmi_view_text_free(&text);
}

/* `len` bytes in gzip's format; to be freed. */
static slmi_view_text gzipped(const char *data, size_t len)
{
    slmi_view_text out = slmi_view_text_up_to((size_t)64 << 20);
    z_stream stream = { 0 };
    cr_assert(eq(int, deflateInit2(&stream, 9, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY), Z_OK));
    stream.next_in = (Bytef *)(uintptr_t)data;
    stream.avail_in = (uInt)len;
    for (int status = Z_OK; status == Z_OK;) {
        unsigned char block[4096];
        stream.next_out = block;
        stream.avail_out = sizeof block;
        status = deflate(&stream, Z_FINISH);
        slmi_view_text_add(&out, (const char *)block, sizeof block - stream.avail_out);
    }
    (void)deflateEnd(&stream);
    return out;
}

Test(view_request, gzip_is_read_and_its_damage_refused)
{
    static const char plain[] = "[{\"traceId\":\"1\",\"id\":\"2\",\"name\":\"zipped\"}]";
    slmi_view_batch batch;
    slmi_view_refusal refusal = { 0, "" };
    slmi_view_text body = gzipped(plain, strlen(plain));
    cr_assert(slmi_view_body_read(&body, true, SLMI_VIEW_ZIPKIN, &batch, &refusal));
    cr_expect(eq(str, (char *)batch.first->name, "zipped"));
    slmi_view_batch_free(&batch);

    for (size_t cut = 0; cut < body.len; cut++) {
        slmi_view_text part = slmi_view_text_up_to(1024);
        slmi_view_text_add(&part, body.data, cut);
        cr_expect(not(slmi_view_body_read(&part, true, SLMI_VIEW_ZIPKIN, &batch, &refusal)), "%zu", cut);
        cr_expect(eq(uint, refusal.status, 400u), "%zu", cut);
        slmi_view_text_free(&part);
    }
    slmi_view_text_puts(&body, "more");
    cr_expect(not(slmi_view_body_read(&body, true, SLMI_VIEW_ZIPKIN, &batch, &refusal)));
    slmi_view_text_free(&body);

    slmi_view_text not_gzip = slmi_view_text_up_to(1024);
    slmi_view_text_puts(&not_gzip, plain);
    cr_expect(not(slmi_view_body_read(&not_gzip, true, SLMI_VIEW_ZIPKIN, &batch, &refusal)));
    slmi_view_text_free(&not_gzip);
}

Test(view_request, a_small_body_that_inflates_to_a_huge_one_is_refused)
{
    size_t len = (size_t)64 << 20;
    char *zeros = calloc(1, len);
    cr_assert(zeros != NULL);
    slmi_view_text body = gzipped(zeros, len);
    slmi_view_batch batch = { 0 };
    slmi_view_refusal refusal = { 0, "" };
    cr_expect(lt(sz, body.len, 100000));
    cr_expect(not(slmi_view_body_read(&body, true, SLMI_VIEW_OTLP, &batch, &refusal)));
    cr_expect(eq(uint, refusal.status, 413u));
    slmi_view_text_free(&body);
    free(zeros);
}

Test(view_request, a_taken_port_has_an_owner)
{
    uint16_t port = 0;
    int fd = slmi_view_listen(&port);
    cr_assert(ge(int, fd, 0));
    cr_expect(ne(int, port, 0));

    uint16_t again = port;
    cr_expect(eq(int, slmi_view_listen(&again), -1));
    cr_expect(eq(int, errno, EADDRINUSE));

    slmi_view_owner owner;
    cr_assert(slmi_view_port_owner(port, &owner));
    cr_expect(eq(int, owner.pid, (int)getpid()));
    cr_expect(owner.command[0] != '\0');
    (void)close(fd);
    cr_expect(not(slmi_view_port_owner(port, &owner)));
}
