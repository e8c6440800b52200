/* SPDX-License-Identifier: MIT */
/* Whatever a variable holds, each header made of it is one line. */
#include "exporters/config.h"
#include "exporters/headers.h"

#include "core/alloc.h"
#include "tests/fuzz/fuzz.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char list[8192], decoded[8192];
    char *lines[SLMI_HEADERS_MAX];
    slmi_complaints complaints = { .len = 0 };
    size_t len = size < sizeof list - 1 ? size : sizeof list - 1;
    memcpy(list, data, len);
    list[len] = '\0';

    size_t count = slmi_headers_parse("X", list, lines, &complaints);
    FUZZ_ASSERT(count <= SLMI_HEADERS_MAX);
    FUZZ_ASSERT(complaints.len < sizeof complaints.text && strlen(complaints.text) == complaints.len);
    for (size_t i = 0; i < count; i++) {
        size_t name = strcspn(lines[i], ":;");
        FUZZ_ASSERT(name > 0 && lines[i][name] != '\0');
        FUZZ_ASSERT(lines[i][name] == ';' || lines[i][name + 1] == ' ');
        FUZZ_ASSERT(strpbrk(lines[i], "\r\n") == NULL);
        slmi_free(lines[i]);
    }
    if (slmi_percent_decode(slm_string_of((const char *)data, len), decoded, &size))
        FUZZ_ASSERT(size <= len);
    return 0;
}
