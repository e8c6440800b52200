/* SPDX-License-Identifier: MIT */
/* What a sampler is to the library beside its public face. */
#ifndef SPANLOOM_CORE_SAMPLER_H
#define SPANLOOM_CORE_SAMPLER_H

#include <spanloom/propagator.h>
#include <spanloom/sampler.h>

#include <stdatomic.h>

/* What is known of its answers without asking. */
enum {
    SLMI_SAMPLER_ON = 1,      /* always yes, and the tracestate stays */
    SLMI_SAMPLER_OFF = 2,     /* always no, likewise */
    SLMI_SAMPLER_COPIES = 4,  /* for a local parent it does as that did */
    SLMI_SAMPLER_FOREIGN = 8, /* runs code that is not the library's */
    SLMI_SAMPLER_READS = 16,  /* wants the parent's tracestate */
    SLMI_SAMPLER_USUAL = 32   /* ParentBased(AlwaysOn), with all defaults */
};

/* A delegate's place in slm_sampler.delegates. */
enum { SLMI_ROOT, SLMI_REMOTE_ON, SLMI_REMOTE_OFF, SLMI_LOCAL_ON, SLMI_LOCAL_OFF, SLMI_DELEGATES };

struct slm_sampler {
    const slm_sampler_ops *ops;
    void *self; /* of a foreign one; else the sampler itself */
    char *description;
    _Atomic(uint32_t) references;
    unsigned traits;
    _Atomic(bool) told; /* of misuse, once */
    union {
        uint64_t bound; /* ratio: of 2^63 */
        struct {
            uint64_t threshold; /* of 2^56; what is below is dropped */
            char th[15];        /* as text, without trailing zeros */
        };
        struct {
            uint64_t interval, tolerance; /* nanoseconds: between spans, and how far a burst may run ahead */
            _Atomic(uint64_t) due;        /* when the next would be due if they came evenly */
        };
        slm_sampler *delegates[SLMI_DELEGATES];
    };
};

/* A sampler with one reference; NULL without memory. `format` makes the description. */
slm_sampler *slmi_sampler_make(const slm_sampler_ops *ops, unsigned traits, const char *format, ...) SLM_PRINTF(3, 4);

/* Whether this sampler has not said yet that it is misused. */
static inline bool slmi_sampler_tells(slm_sampler *sampler)
{
    return !atomic_load_explicit(&sampler->told, memory_order_relaxed) &&
           !atomic_exchange_explicit(&sampler->told, true, memory_order_relaxed);
}

/* "0.000100", in every locale. */
enum { SLMI_RATIO_BYTES = 32 };
void slmi_ratio_text(double ratio, char text[SLMI_RATIO_BYTES]);

/* The threshold of a probability from 2^-56 to 1, rounded to `precision` digits beside leading ones of f or 0. */
uint64_t slmi_threshold(double probability, unsigned precision);
/* Its digits without trailing zeros; "0" for none. */
void slmi_threshold_text(uint64_t threshold, char text[15]);

#endif
