/* SPDX-License-Identifier: MIT */
#include "tests/wire/server_body.h"

#include <cjson/cJSON.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

/* Whether it is one field 1 from the first byte to the last. */
static bool is_protobuf_request(const char *body, size_t len)
{
    size_t value = 0, at = 1;
    if (len < 2 || body[0] != 0x0a)
        return false;
    for (unsigned shift = 0; at < len && shift < 35; shift += 7) {
        value |= (size_t)(body[at] & 0x7f) << shift;
        if (!(body[at++] & 0x80))
            return value == len - at;
    }
    return false;
}

/* What gzip made `body` of, to be freed; NULL if it is no gzip. */
static char *inflated(const char *body, size_t len, size_t *out_len)
{
    size_t room = 1000 * len + 1000;
    char *out = malloc(room);
    if (!out)
        return NULL;
    z_stream stream = { .next_in = (z_const Bytef *)(z_const void *)body,
                        .avail_in = (uInt)len,
                        .next_out = (Bytef *)out,
                        .avail_out = (uInt)room };
    bool good =
        inflateInit2(&stream, 15 + 16) == Z_OK && inflate(&stream, Z_FINISH) == Z_STREAM_END && stream.avail_in == 0;
    *out_len = room - stream.avail_out;
    inflateEnd(&stream);
    if (good)
        return out;
    free(out);
    return NULL;
}

/* Of OTLP or Zipkin. */
static void find_json_ids(const char *body, size_t len, server_id *take, void *user)
{
    static const char *const keys[] = { "\"spanId\":\"", "\"id\":\"" };
    for (size_t k = 0; k < 2; k++) {
        size_t key_len = strlen(keys[k]);
        const char *at = body;
        while ((at = memmem(at, len - (size_t)(at - body), keys[k], key_len)) != NULL) {
            at += key_len;
            take(user, strtoul(at, NULL, 16));
        }
    }
}

/* Where a trace id and a span id follow each other as a Span begins with them. */
static void find_protobuf_ids(const char *body, size_t len, server_id *take, void *user)
{
    for (size_t i = 0; i + 28 <= len; i++) {
        if (body[i] != 0x0a || body[i + 1] != 0x10 || body[i + 18] != 0x12 || body[i + 19] != 0x08)
            continue;
        unsigned long id = 0;
        for (size_t j = i + 20; j < i + 28; j++)
            id = id << 8 | (unsigned char)body[j];
        take(user, id);
    }
}

static bool read_plain(bool protobuf, const char *body, size_t len, server_id *take, void *user)
{
    bool good;
    if (protobuf) {
        good = is_protobuf_request(body, len);
    } else {
        cJSON *json = cJSON_ParseWithLength(body, len);
        good = json != NULL;
        cJSON_Delete(json);
    }
    if (take)
        (protobuf ? find_protobuf_ids : find_json_ids)(body, len, take, user);
    return good;
}

static bool has_line(const char *head, size_t head_len, const char *line)
{
    return memmem(head, head_len, line, strlen(line)) != NULL;
}

bool server_body_read(const char *head, size_t head_len, const char *body, size_t len, server_id *take, void *user)
{
    bool protobuf = has_line(head, head_len, "\r\nContent-Type: application/x-protobuf\r\n");
    if (!has_line(head, head_len, "\r\nContent-Encoding: gzip\r\n"))
        return read_plain(protobuf, body, len, take, user);
    char *unpacked = inflated(body, len, &len);
    bool good = unpacked && read_plain(protobuf, unpacked, len, take, user);
    free(unpacked);
    return good;
}
