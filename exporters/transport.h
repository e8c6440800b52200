/* SPDX-License-Identifier: MIT */
/* How a body leaves the process: one at a time, begun, looked after by steps that never wait, answered by a verdict. */
#ifndef SPANLOOM_EXPORTERS_TRANSPORT_H
#define SPANLOOM_EXPORTERS_TRANSPORT_H

#include <spanloom/detail/base.h>

typedef enum slmi_verdict {
    SLMI_ACCEPTED,
    SLMI_PARTIAL,   /* accepted but for `rejected` spans, which must not be sent again */
    SLMI_RETRYABLE, /* not now */
    SLMI_FATAL      /* refused for good */
} slmi_verdict;

enum { SLMI_ANSWER_TEXT_BYTES = 192 };

typedef struct slmi_answer {
    slmi_verdict verdict;
    bool nobody_listens;               /* the connection was refused: there is no collector */
    uint32_t retry_after_ms;           /* the receiver's own wish; 0: none */
    uint64_t rejected;                 /* of SLMI_PARTIAL; more than were sent is possible, receivers err */
    const char *advice;                /* a sentence that names the likely mistake, static; or NULL */
    char text[SLMI_ANSWER_TEXT_BYTES]; /* why, one printable line, no full stop; "" if there is nothing to say */
} slmi_answer;

typedef struct slmi_transport slmi_transport;

typedef struct slmi_transport_ops {
    /* Starts to send; `body` stays as it is until the answer or the abort. Past `deadline_ns` the answer is
     * SLMI_RETRYABLE. Only when nothing is under way. */
    void (*begin)(slmi_transport *transport, const char *body, size_t len, uint64_t deadline_ns);
    /* Goes on as far as it can without waiting; true once the answer is there, which it writes. */
    bool (*step)(slmi_transport *transport, uint64_t now_ns, slmi_answer *answer);
    /* When to call step at the latest, if no descriptor of the loop reports anything before. */
    uint64_t (*due)(const slmi_transport *transport);
    /* Gives up what is under way, if anything is. */
    void (*abort)(slmi_transport *transport);
    /* What the other side holds back goes out, by `due_ns`. NULL: it holds nothing. Only when nothing is under way. */
    void (*flush)(slmi_transport *transport, uint64_t due_ns);
    /* Nothing comes any more; by `due_ns`. NULL: that is nothing to it. */
    void (*close)(slmi_transport *transport, uint64_t due_ns);
    void (*free)(slmi_transport *transport);
} slmi_transport_ops;

/* The first member of each implementation. */
struct slmi_transport {
    const slmi_transport_ops *ops;
    const char *target; /* for people: a URL without credentials, or "stdout"; lives as long as the transport */
    bool local;         /* the target is on this machine */
};

#endif
