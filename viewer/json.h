/* SPDX-License-Identifier: MIT */
/* JSON from the network: judged before it is parsed, so that what cJSON builds of it is bounded. */
#ifndef SPANLOOM_VIEWER_JSON_H
#define SPANLOOM_VIEWER_JSON_H

#include "viewer/model.h"
#include "viewer/text.h"

#include <cjson/cJSON.h>

enum {
    SLMI_VIEW_MAX_DEPTH = 128,      /* Arrays and objects inside each other. */
    SLMI_VIEW_MAX_VALUES = 1000000, /* Values in one body; cJSON takes 64 bytes and more for each. */
};

/* Why a body was refused. */
typedef struct slmi_view_refusal {
    unsigned status; /* Of HTTP: 400, 413 or 503. */
    char reason[240];
} slmi_view_refusal;

/* Fills `refusal`; always false, for the caller to return. */
bool slmi_view_refuse(slmi_view_refusal *refusal, unsigned status, const char *format, ...) SLM_PRINTF(3, 4);

/* Parses one JSON document (RFC 8259). `body` is written to: escapes that stand for no character, or for NUL, become
 * U+FFFD. body[len] must be 0. NULL with the refusal filled in; else for cJSON_Delete(). */
cJSON *slmi_view_json_parse(char *body, size_t len, slmi_view_refusal *refusal);

/* The member, or NULL if it is absent or null. */
const cJSON *slmi_view_json_member(const cJSON *object, const char *name);

/* 64-bit integers as decimal strings or as numbers; a number is the double that cJSON made of it, and when that is
 * 2^53 or more `*inexact` grows by one. False if it is not an integer in range. */
bool slmi_view_json_u64(const cJSON *item, uint64_t *out, size_t *inexact);
bool slmi_view_json_i64(const cJSON *item, int64_t *out, size_t *inexact);

/* Exactly `count` bytes as hexadecimal digits. */
bool slmi_view_hex(const char *digits, uint8_t *out, size_t count);

/* Adds a value as JSON again. Nests no deeper than slmi_view_json_parse() lets pass. */
void slmi_view_json_write(slmi_view_text *text, const cJSON *item);

/* Adds a finite double so that it reads back as the same one. */
void slmi_view_json_double(slmi_view_text *text, double value);

#endif
