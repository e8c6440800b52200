/* SPDX-License-Identifier: MIT */
/* The process's own subscriber, as slm_init_log() and slm_init() set it up. */
#ifndef SPANLOOM_CORE_INSTALL_H
#define SPANLOOM_CORE_INSTALL_H

#include <spanloom/status.h>

struct slm_format_options;

typedef struct slmi_installation {
    const char *log_directives;                  /* what is printed; NULL: nothing */
    const char *export_directives;               /* what is exported */
    const char *log_name, *export_name;          /* who gave them, for the warning: "SPANLOOM_LOG" */
    int log_fd;                                  /* for lines whose format has no writer */
    const struct slm_format_options *log_format; /* NULL: the default; its writer is taken on success */
    unsigned pipelines;                          /* exporting layers, numbered from 0 */
    struct slm_sampler *sampler;                 /* retained; NULL: ParentBased(AlwaysOn) */
    const struct slm_id_generator *ids;          /* copied; NULL: the library's random ones */
    uint32_t max_records;                        /* of the pool; 0: its default; the first to set it wins */
} slmi_installation;

/* SLM_ERR_EXISTS if it was done and not undone. */
SLM_API SLM_NODISCARD slm_status slmi_install(const slmi_installation *installation);
SLM_API void slmi_uninstall(void);
/* As slmi_uninstall(), and waits for what the log's writer holds. */
slm_status slmi_uninstall_flushed(uint32_t timeout_ms);

#endif
