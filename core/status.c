/* SPDX-License-Identifier: MIT */
#include <spanloom/status.h>

const char *slm_status_text(slm_status status)
{
    switch (status) {
#define ROW(name, value, text)                                                                                         \
    case name:                                                                                                         \
        return text;
        SLM_STATUS_MAP(ROW)
#undef ROW
    }
    return "unknown status";
}
