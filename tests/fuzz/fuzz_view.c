/* SPDX-License-Identifier: MIT */
/* Whatever a reader of the viewer accepts can be stored, printed without a control character, and dumped as
 * JSON; whatever it refuses has a reason. */
#include "viewer/dump.h"
#include "viewer/open.h"
#include "viewer/otlp_reader.h"
#include "viewer/print.h"
#include "viewer/utf8.h"
#include "viewer/zipkin_reader.h"

#include "tests/fuzz/fuzz.h"

#include <string.h>

static bool check_printed(void *context, const slmi_view_trace *trace)
{
    const slmi_view_style style = { .max_spans = 100 };
    slmi_view_text *text = context;
    slmi_view_text_clear(text);
    slmi_view_print(text, trace, &style);
    FUZZ_ASSERT(text->len > 0);
    for (size_t at = 0; at < text->len;) {
        uint32_t code;
        at += slmi_view_utf8_next(text->data + at, text->len - at, &code);
        FUZZ_ASSERT(code == '\n' || !slmi_view_utf8_is_unsafe(code));
    }
    return true;
}

static void check_dump(const slmi_view_span *span, slmi_view_text *text)
{
    slmi_view_text_clear(text);
    slmi_view_dump(text, span);
    FUZZ_ASSERT(!text->truncated && text->data[text->len - 1] == '\n');
    FUZZ_ASSERT(memchr(text->data, '\n', text->len - 1) == NULL);
    cJSON *parsed = cJSON_ParseWithLength(text->data, text->len);
    FUZZ_ASSERT(cJSON_IsObject(parsed));
    cJSON_Delete(parsed);
}

static void read_with(bool (*reader)(char *, size_t, slmi_view_batch *, slmi_view_refusal *), const uint8_t *data,
                      size_t size)
{
    slmi_view_batch batch;
    slmi_view_refusal refusal = { 0, "" };
    slmi_view_store store;
    slmi_view_text text = slmi_view_text_up_to((size_t)64 << 20);
    char *body = malloc(size + 1);
    FUZZ_ASSERT(body && slmi_view_store_init(&store, (size_t)1 << 20, 1));
    if (size > 0)
        memcpy(body, data, size);
    body[size] = '\0';
    if (reader(body, size, &batch, &refusal)) {
        for (slmi_view_span *span; (span = slmi_view_batch_take(&batch)) != NULL;) {
            check_dump(span, &text);
            slmi_view_store_add(&store, span, 0);
            FUZZ_ASSERT(store.bytes <= store.max_bytes);
        }
        slmi_view_store_show_due(&store, &(slmi_view_patience){ 0 }, UINT64_MAX, check_printed, &text);
    } else {
        FUZZ_ASSERT(refusal.status >= 400 && refusal.reason[0] != '\0' && batch.first == NULL);
    }
    free(body);
    slmi_view_text_free(&text);
    slmi_view_store_free(&store);
}

static void check_open(const uint8_t *data, size_t size)
{
    slmi_view_board board = { .count = 0 };
    slmi_view_open open;
    slmi_view_refusal refusal = { 0, "" };
    slmi_view_text text = slmi_view_text_up_to((size_t)1 << 20);
    char *body = malloc(size + 1);
    FUZZ_ASSERT(body);
    if (size > 0)
        memcpy(body, data, size);
    body[size] = '\0';
    if (slmi_view_open_read(body, size, &open, &refusal)) {
        slmi_view_board_take(&board, &open, 0);
        slmi_view_board_print(&board, &text, 80);
        for (size_t at = 0; at < text.len;) {
            uint32_t code;
            at += slmi_view_utf8_next(text.data + at, text.len - at, &code);
            FUZZ_ASSERT(code == '\n' || !slmi_view_utf8_is_unsafe(code));
        }
    } else {
        FUZZ_ASSERT(refusal.status >= 400 && refusal.reason[0] != '\0' && open.spans.first == NULL);
    }
    slmi_view_board_free(&board);
    slmi_view_text_free(&text);
    free(body);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    read_with(slmi_view_read_otlp, data, size);
    read_with(slmi_view_read_zipkin, data, size);
    check_open(data, size);
    return 0;
}
