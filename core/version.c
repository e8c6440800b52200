/* SPDX-License-Identifier: MIT */
#include <spanloom/version.h>

const char *slm_version(void)
{
    return SLM_VERSION_STRING;
}
