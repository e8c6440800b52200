/* SPDX-License-Identifier: MIT */
/* Text made fit for formats that must be UTF-8 and have no escape for what is not. */
#ifndef SPANLOOM_CORE_LAYERS_CLEAN_H
#define SPANLOOM_CORE_LAYERS_CLEAN_H

#include <spanloom/string.h>

/* Copies as many whole characters as fit into `room`; newlines stay, other control bytes and each byte that is no UTF-8
 * become U+FFFD. Returns how many bytes it wrote. `*cut`, if not NULL, is set if something did not fit. */
size_t slmi_clean(char *out, size_t room, slm_string text, bool *cut);

#endif
