/* SPDX-License-Identifier: MIT */
/* A core that calls an exporter, which layering.sh must refuse, and asks the system for memory, which memory.sh must.
 */
#include <string.h>

char *slmi_wrong_core(const char *text);
void slmi_wrong_exporter(void);

char *slmi_wrong_core(const char *text)
{
    slmi_wrong_exporter();
    return strdup(text);
}
