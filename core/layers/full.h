/* SPDX-License-Identifier: MIT */
/* The layer that prints each event as one line of tracing's full format:
 *
 *   2026-11-23T02:14:52.123456Z  WARN shaving_yaks{yak_count=3}:shave{current_yak=2}: yaks: yak shaving failed!
 * error=ENOENT
 */
#ifndef SPANLOOM_CORE_LAYERS_FULL_H
#define SPANLOOM_CORE_LAYERS_FULL_H

#include <spanloom/layer.h>

enum { SLMI_LINE_BYTES_MAX = 16384 };

/* Writes to `fd`, which is borrowed. `filter` is taken with the layer. False: no memory. */
bool slmi_layer_full(int fd, slm_filter *filter, slm_layer *out);

#endif
