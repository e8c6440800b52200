/* SPDX-License-Identifier: MIT */
/** @file Testing instrumented code: a mock subscriber that writes down all it is told, expectations of calls and of
 *  trees of spans, a memory exporter of finished spans, and a clock and ids that stand still. CMake `spanloom::test`, a
 *  static library; for tests, not for programs that ship.
 *
 *      slm_mock *m = slm_mock_begin(NULL);
 *      shave_all(yaks, 3);
 *      assert(slm_expect_tree(m, "shaving_yaks{yak_count=3} > shave{current_yak=2} > 'yak shaving failed!'[WARN]"));
 *      slm_mock_end(m);
 *
 *  No fixed port or file, no state outside the process: tests may run beside each other in processes of their own, and
 *  with mocks of a thread also in threads. */
#ifndef SPANLOOM_TEST_H
#define SPANLOOM_TEST_H

#include <spanloom/layer.h>

SLM_BEGIN_DECLS

/** Writes down every call, from any thread, in the order in which they came. @since 0.1.0 */
typedef struct slm_mock slm_mock;

/** Zero means the default. @since 0.1.0 */
typedef struct slm_mock_options {
    uint32_t size;      /**< sizeof(slm_mock_options). */
    bool process_wide;  /**< It becomes the process's subscriber, not this thread's. */
    slm_filter *filter; /**< What it takes; taken, also on failure. Default: all. */
    uint32_t max_calls; /**< Calls kept; more are counted, and no expectation holds then. Default 65536. */
    /** Told why an expectation does not hold. Default: writes it on stderr. */
    void (*report)(void *user, const char *text);
    void *user;
} slm_mock_options;

/** A mock, and a subscriber of it alone that is this thread's until slm_mock_end(), or the process's; `options` may be
 *  NULL. NULL: no memory, or 32 subscribers live. Any thread. @since 0.1.0 */
SLM_API SLM_NODISCARD slm_mock *slm_mock_begin(const slm_mock_options *options);

/** A mock that is nobody's subscriber: it is told as the layer that slm_mock_layer() gives. NULL: no memory.
 *  @since 0.1.0 */
SLM_API SLM_NODISCARD slm_mock *slm_mock_new(const slm_mock_options *options);

/** The mock as one layer among others, with the options' filter, for slm_subscriber_of_layers(); once for each mock.
 *  The layer may outlive slm_mock_end(). @since 0.1.0 */
SLM_API slm_layer slm_mock_layer(slm_mock *mock);

/** Ends it, on the thread that began it: what was this thread's subscriber before is so again; of the process there is
 *  none then. NULL is fine. @since 0.1.0 */
SLM_API void slm_mock_end(slm_mock *mock);

/** What a mock was told. @since 0.1.0 */
typedef enum slm_mock_call {
    SLM_MOCK_ANY = 0,
    SLM_MOCK_NEW = 1, /**< A span started. */
    SLM_MOCK_RECORD = 2,
    SLM_MOCK_EVENT = 3,
    SLM_MOCK_ENTER = 4,
    SLM_MOCK_EXIT = 5,
    SLM_MOCK_END = 6
} slm_mock_call;

/** Whether a parent was taken from what was current, or given. @since 0.1.0 */
typedef enum slm_mock_ancestry {
    SLM_MOCK_EITHER = 0,
    SLM_MOCK_CONTEXTUAL = 1, /**< Nothing was said of its parent. */
    SLM_MOCK_EXPLICIT = 2    /**< slm_under(), slm_under_context(), slm_under_remote() or SLM_ROOT. */
} slm_mock_ancestry;

/** One expected call; what is zero or NULL may be anything. A `*` in a text stands for any bytes. @since 0.1.0 */
typedef struct slm_mock_expectation {
    uint32_t size; /**< sizeof(slm_mock_expectation). */
    slm_mock_call call;
    const char *name; /**< Of the span; of an event, its text. */
    const char *target;
    unsigned level;
    /** As between the braces of slm_expect_tree(): `"a=1, b='x'"`. Of a new span or an event, its fields at that time;
     *  of a record, the one that is recorded. */
    const char *fields;
    bool only; /**< It has no other fields; with no `fields`, none. */
    slm_mock_ancestry ancestry;
    const char *parent; /**< The name of its parent; "" for a root. */
    /** The names of the spans around it, innermost first, up to the root: "shave < shaving_yaks"; "" for none. */
    const char *scope;
} slm_mock_expectation;

/** Expects a call, after those expected before; the expectation is copied, its texts are borrowed until
 *  slm_mock_finish(). 1024 at most; more fail. Before the calls or after them. Any thread. @since 0.1.0 */
SLM_API void slm_mock_expect(slm_mock *mock, const slm_mock_expectation *expectation);

/** As slm_mock_expect(): `SLM_MOCK_EXPECT(m, .call = SLM_MOCK_ENTER, .name = "shave");`. C and C++20. @since 0.1.0 */
#define SLM_MOCK_EXPECT(mock, ...)                                                                                     \
    do {                                                                                                               \
        const slm_mock_expectation slmi_x = { .size = (uint32_t)sizeof(slm_mock_expectation), __VA_ARGS__ };           \
        slm_mock_expect((mock), &slmi_x);                                                                              \
    } while (0)

/** Whether the mock was told the expected calls, in their order and as its first ones; with `only`, no others. Forgets
 *  the expectations; if it is false, reports what was expected and what came. Any thread. @since 0.1.0 */
SLM_API bool slm_mock_finish(slm_mock *mock, bool only);

/**
 * Whether the spans and events that the mock was told of are at least those of `tree`.
 *
 *     forest  = tree *( "," tree )
 *     tree    = node [ ">" ( tree | "(" forest ")" ) ]       what is inside it
 *     node    = "**" | span | event
 *     span    = name         [ "{" [ fields ] "}" ] [ "[" marks "]" ]
 *     event   = "'" text "'" [ "{" [ fields ] "}" ] [ "[" marks "]" ]     also in double quotes; '' has no text
 *     fields  = field *( "," field ) [ "," "*" ]
 *     field   = key "=" value | key                          a key alone: with any value
 *     marks   = mark *( "," mark )
 *
 * - A name is of any characters but `,>(){}[]'"` and those after a `\`, without the spaces around it. `*` in a name,
 *   text or value stands for any bytes.
 * - A value is compared with the field's as text: `3`, `true`, `0.5`, `ENOENT`, `[1,2]`, bytes in hexadecimal. In
 *   quotes it is that of a string (or something printed) only: `"3"` is not the number 3. `\` makes the next character
 *   stand for itself.
 * - Marks. A span's: its status `ERROR`, `OK` or `UNSET`; its kind `SERVER`, `CLIENT`, `PRODUCER`, `CONSUMER` or
 *   `INTERNAL`; `open` or `ended`. An event's: its level `ERROR`, `WARN`, `INFO`, `DEBUG` or `TRACE`. Of both:
 *   `level=DEBUG`, `target=db*`, `explicit` or `contextual`.
 * - Siblings are given in the order in which they came; others may stand between them, and a node may have fields that
 *   are not given. Of a tree, the roots are the mock's roots.
 *
 * @param mock  Not NULL.
 * @param tree  Borrowed. One with a mistake in it does not hold, and the report points at the character.
 * @return Whether it holds. If it does not, reports both as one tree: `-` stands before what was expected and is not
 *         there, `+` before what is there in its place. 512 nodes at most. Any thread.    @since 0.1.0
 */
SLM_API bool slm_expect_tree(slm_mock *mock, const char *tree);

/** As slm_expect_tree(), but there are no others: no span, event or field. `**` stands for any number of siblings,
 *  a `*` among fields for any others. @since 0.1.0 */
SLM_API bool slm_expect_only_tree(slm_mock *mock, const char *tree);

/** What it was told, a line each, such as `new shave`, `record shave current_yak=3`, `event yak shaving failed!`,
 *  `enter shave`, `exit shave`, `end shave`. Borrowed until the next call with this mock; empty without memory. Any
 *  thread. @since 0.1.0 */
SLM_API const char *slm_mock_calls(slm_mock *mock);

/** How often it was told of `call` with a name like `name` (NULL: any). Any thread. @since 0.1.0 */
SLM_API size_t slm_mock_count(slm_mock *mock, slm_mock_call call, const char *name);

/** Forgets the calls so far, for a test of several parts. Spans that are open are told of on, as roots of their own.
 *  Any thread. @since 0.1.0 */
SLM_API void slm_mock_clear(slm_mock *mock);

/** Makes the process's clock stand at `now_ns` nanoseconds since 1970, until the next call; 0 lets it go. Before the
 *  first span. Any thread. @since 0.1.0 */
SLM_API void slm_test_clock(uint64_t now_ns);

/** Makes the ids of this thread, and of threads that begin to trace later (in the order in which they do), follow from
 *  `seed`; 0 makes them random again. Any thread. @since 0.1.0 */
SLM_API void slm_test_ids(uint64_t seed);

/** Keeps finished spans, as exporters get them. One at a time in a process, and none beside slm_init(). @since 0.1.0 */
typedef struct slm_memory_exporter slm_memory_exporter;

enum { SLM_MEMORY_EXPORTER_SPANS_MAX = 65536 }; /**< More are dropped. @since 0.1.0 */

/** Makes one. `filter`, taken also on failure, says what is exported; NULL: all.
 *  @retval SLM_OK, SLM_ERR_EXISTS, SLM_ERR_NO_MEMORY, SLM_ERR_LIMIT, SLM_ERR_INVALID_ARGUMENT. @since 0.1.0 */
SLM_API SLM_NODISCARD slm_status slm_memory_exporter_new(slm_filter *filter, slm_memory_exporter **out);

/** The subscriber that feeds it, for slm_thread_subscriber_push() or slm_set_global_subscriber(). Borrowed.
 *  @since 0.1.0 */
SLM_API slm_subscriber *slm_memory_exporter_subscriber(slm_memory_exporter *exporter);

/** How many spans have ended and are kept; at most SLM_MEMORY_EXPORTER_SPANS_MAX, more are counted as dropped
 *  (SLM_DROP_QUEUE_FULL). Any thread. @since 0.1.0 */
SLM_API size_t slm_memory_exporter_count(slm_memory_exporter *exporter);

/** The span that ended `at`th, of those of one thread; NULL beyond. Borrowed until the clear or the free. Any thread.
 *  @since 0.1.0 */
SLM_API const slm_span_data *slm_memory_exporter_span(slm_memory_exporter *exporter, size_t at);

/** The first kept span of this name; NULL if there is none. Borrowed as long. Any thread. @since 0.1.0 */
SLM_API const slm_span_data *slm_memory_exporter_find(slm_memory_exporter *exporter, const char *name);

/** Forgets the spans kept so far. Any thread. @since 0.1.0 */
SLM_API void slm_memory_exporter_clear(slm_memory_exporter *exporter);

/** Ends it; what ends later is dropped (SLM_DROP_SHUT_DOWN). NULL is fine. Once its subscriber is nobody's.
 *  @since 0.1.0 */
SLM_API void slm_memory_exporter_free(slm_memory_exporter *exporter);

SLM_END_DECLS

#endif
