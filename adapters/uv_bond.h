/* SPDX-License-Identifier: MIT */
/* From what libuv hands back to the bond before it, and the other way. */
#ifndef SPANLOOM_ADAPTERS_UV_BOND_H
#define SPANLOOM_ADAPTERS_UV_BOND_H

#include <spanloom/uv.h>

typedef void slmi_uv_callback(void);

#define SLMI_UV_LAYOUT(type)                                                                                           \
    SLMI_ASSERT(offsetof(type, uv) == sizeof(slm_uv_bond), "libuv's part stands just behind the bond")

static inline slm_uv_bond *slmi_uv_bond_of(void *uv)
{
    return (slm_uv_bond *)uv - 1;
}

static inline uv_handle_t *slmi_uv_handle_of(slm_uv_bond *bond)
{
    return (uv_handle_t *)(void *)(bond + 1);
}

#endif
