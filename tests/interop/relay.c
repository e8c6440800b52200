/* SPDX-License-Identifier: MIT */
/* relay PROPAGATORS < HEADERS > HEADERS: extracts with the propagators named in the argument, says on a first line what
 * it understood, and injects the same again. Header blocks end at an empty line; so does the answer to each. */
#include <stdio.h>
#include <string.h>

#include <spanloom/carrier.h>
#include <spanloom/propagator.h>

enum { BLOCK_MAX = 1 << 16 };

/* Reads one block; its length, 0 at the end of the input. */
static size_t read_block(char *out, size_t room)
{
    size_t len = 0;
    while (fgets(out + len, (int)(room - len), stdin)) {
        size_t line = strlen(out + len);
        if (out[len] == '\n' || out[len] == '\r')
            return len + line;
        len += line;
    }
    return 0;
}

static void answer(const slm_propagators *list, slm_string block)
{
    static char baggage[SLM_BAGGAGE_BYTES_MAX], text[BLOCK_MAX];
    slm_carried carried = { .size = sizeof carried, .baggage = SLM_BAGGAGE_IN(baggage) };
    slm_http1_lines lines = { text, 0, sizeof text };
    slm_status status = slm_propagators_extract(list, slm_http1_getter(), &block, &carried);
    printf("understood: %s\r\n", slm_status_text(status));
    if (slm_propagators_inject(list, &carried, slm_http1_setter(), &lines) == SLM_OK)
        fwrite(text, 1, lines.len, stdout);
    fputs("\r\n", stdout);
    fflush(stdout);
}

int main(int argc, char **argv)
{
    static char block[BLOCK_MAX];
    slm_propagators list;
    if (argc != 2 || slm_propagators_parse(slm_string_from_c(argv[1]), NULL, 0, &list) != SLM_OK) {
        fprintf(stderr, "usage: relay PROPAGATORS\n");
        return 2;
    }
    for (size_t len; (len = read_block(block, sizeof block)) > 0;)
        answer(&list, slm_string_of(block, len));
    return 0;
}
