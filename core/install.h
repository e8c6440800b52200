/* SPDX-License-Identifier: MIT */
/* The process's own subscriber, as slm_init_log() and slm_init() set it up. */
#ifndef SPANLOOM_CORE_INSTALL_H
#define SPANLOOM_CORE_INSTALL_H

#include <spanloom/stats.h>
#include <spanloom/status.h>

struct slm_format_options;

typedef struct slmi_installation {
    const char *log_directives;                  /* what is printed; NULL: nothing */
    const char *export_directives;               /* what is exported */
    const char *log_name, *export_name;          /* who gave them, for the warning: "SPANLOOM_LOG" */
    int log_fd;                                  /* for lines whose format has no writer */
    const struct slm_format_options *log_format; /* NULL: the style; its writer is taken on success */
    unsigned log_style;                          /* a slm_format_style, without `log_format` */
    const struct slm_span_limits *limits;        /* NULL: as they are */
    uint32_t details;                            /* slm_detail: what exported spans say of themselves */
    unsigned pipelines;                          /* exporting layers, numbered from 0 */
    const struct slm_layer *followers;           /* see layering.h; taken, on failure too */
    size_t follower_count;
    /* What each of them exports; NULL: `export_directives`. */
    const char *pipeline_directives[SLM_PIPELINES_MAX];
    uint32_t logs;                      /* those of them that take events as log records, and no spans: a bit each */
    bool logs_only;                     /* and events go there only */
    struct slm_sampler *sampler;        /* retained; NULL: ParentBased(AlwaysOn) */
    const struct slm_id_generator *ids; /* copied; NULL: the library's random ones */
    uint32_t max_records;               /* of the pool; 0: its default; the first to set it wins */
} slmi_installation;

/* SLM_ERR_EXISTS if it was done and not undone. Nothing, if nothing is printed or exported. */
SLM_API SLM_NODISCARD slm_status slmi_install(const slmi_installation *installation);
/* Sets a slm_format_style by its name; false if there is none of that name. */
SLM_API bool slmi_style_named(const char *name, unsigned *style);
/* Undoes it, and waits for what the log's writer holds. */
SLM_API slm_status slmi_uninstall_flushed(uint32_t timeout_ms);

#endif
