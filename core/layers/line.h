/* SPDX-License-Identifier: MIT */
/* One line under way: what it is about, how it is to look, and the parts that styles share. */
#ifndef SPANLOOM_CORE_LAYERS_LINE_H
#define SPANLOOM_CORE_LAYERS_LINE_H

#include <spanloom/format.h>

#include "core/layers/chain.h"
#include "core/layers/text.h"
#include "core/platform.h"

/* Events have as many as a callsite may have; a span's end has its times. */
enum { SLMI_LINE_FIELDS_MAX = SLMI_FIELDS_MAX, SLMI_DURATION_MAX = 24, SLMI_STAMP_MAX = 128 };

/* How lines look: slm_format_options, with the defaults worked out. */
typedef struct slmi_look {
    slm_format_style style;
    uint32_t show;
    slm_timer timer;
    bool ansi, raw;
    uint64_t made; /* monotonic nanoseconds */
    slm_time_writer *time;
    void *time_user;
    slm_formatter *format;
    void *format_user;
} slmi_look;

typedef struct slmi_line {
    slmi_text *text;
    slmi_span_fields *room; /* for one span's fields at a time: too much for a small stack */
    const slmi_look *look;
    slm_occasion what;
    const slmi_slot *span; /* the innermost around an event, whether the layer takes it or not; else the span itself */
    slmi_taker layer;
    uint64_t now;       /* monotonic; as `what.time_ns` */
    slm_string message; /* a span's: "new", "enter", "exit", "close" */
    char busy[SLMI_DURATION_MAX], idle[SLMI_DURATION_MAX];
} slmi_line;

/* Styles: each writes the line without its end. */
void slmi_line_full(slmi_line *line);
void slmi_line_compact(slmi_line *line);
void slmi_line_pretty(slmi_line *line);
void slmi_line_tree(slmi_line *line);
/* Whole, with SLMI_JSON_RESERVE bytes kept after the text's room; a cut is marked inside. */
void slmi_line_json(slmi_line *line);

/* The line's own fields, EMPTY ones left out; SLMI_LINE_FIELDS_MAX at most. */
unsigned slmi_line_fields(slmi_line *line, slm_field *list);

/* The time as the look has it, without styles; false for none. */
bool slmi_line_stamp(slmi_line *line);
/* "TIME LEVEL ": what all but JSON begin with. */
void slmi_line_begin(slmi_line *line);
/* "name[id]"; false if neither is shown. */
bool slmi_line_thread(slmi_line *line);
uint64_t slmi_line_thread_number(void);
slm_string slmi_line_thread_name(char room[SLMI_THREAD_NAME_MAX]);
/* "file:line", without an end; false if neither is shown or known. */
bool slmi_line_place(slmi_line *line);
/* "k=v k=v" */
void slmi_line_put_fields(slmi_text *text, const slm_field *list, unsigned count);
/* "k: v, k: v" */
void slmi_line_put_pretty(slmi_text *text, const slm_field *list, unsigned count);
/* "name{k=v k=v}" */
void slmi_line_put_span(slmi_line *line, const slmi_slot *span);

/* The ids as hexadecimal digits. */
typedef struct slmi_line_id {
    char trace_id[33], span_id[17];
} slmi_line_id;

/* As fields: 0 if they are not shown or there is no span, 1 where no ancestor is exported. */
unsigned slmi_line_ids(const slmi_line *line, slmi_line_id *ids, slm_field list[2]);
/* " trace_id=... span_id=..." */
void slmi_line_put_ids(slmi_line *line);

#endif
