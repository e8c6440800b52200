/* SPDX-License-Identifier: MIT */
/* What the macros of trace.h expand to. Not for users. */
#ifndef SPANLOOM_DETAIL_MACROS_H
#define SPANLOOM_DETAIL_MACROS_H

#pragma GCC system_header

#ifdef __cplusplus
extern "C++" {
/* The chain that options are in C++: SLM_SPAN_WITH((.kind(K).parent(P)), ...). */
struct slmi_span_chain {
    slm_span_options o;
    slmi_span_chain() : o()
    {
        o.size = sizeof o;
    }
    slmi_span_chain &self()
    {
        return *this;
    }
    slmi_span_chain &kind(slm_kind k)
    {
        o.kind = k;
        return *this;
    }
    slmi_span_chain &parent(slm_parent p)
    {
        o.parent = p;
        return *this;
    }
    slmi_span_chain &start_ns(uint64_t ns)
    {
        o.start_ns = ns;
        return *this;
    }
    slmi_span_chain &links(const slm_link *l, size_t n)
    {
        o.links = l;
        o.link_count = n;
        return *this;
    }
};
struct slmi_event_chain {
    slm_event_options o;
    slmi_event_chain() : o()
    {
        o.size = sizeof o;
    }
    slmi_event_chain &self()
    {
        return *this;
    }
    slmi_event_chain &parent(slm_parent p)
    {
        o.parent = p;
        return *this;
    }
    slmi_event_chain &time_ns(uint64_t ns)
    {
        o.time_ns = ns;
        return *this;
    }
};
}
#define SLMI_SPAN_OPTIONS(list) (&(slmi_span_chain().self() SLMI_UNPAREN list).o)
#define SLMI_EVENT_OPTIONS(list) (&(slmi_event_chain().self() SLMI_UNPAREN list).o)
#else
#define SLMI_SPAN_OPTIONS(list)                                                                      \
    (&(const slm_span_options){ .size = (uint32_t)sizeof(slm_span_options), SLMI_UNPAREN list })
#define SLMI_EVENT_OPTIONS(list)                                                                     \
    (&(const slm_event_options){ .size = (uint32_t)sizeof(slm_event_options), SLMI_UNPAREN list })
#endif

/* -- the callsite ------------------------------------------------------------------------------------------------- */
#define SLMI_ON(level) ((level) <= SLM_STATIC_MAX_LEVEL)
#define SLMI_M_KEY(k, ...) k "\0"
#define SLMI_M_TAG(k, ...)                                                                           \
    SLMI_TAG(SLMI_SECOND(__VA_OPT__(~, (__VA_ARGS__), ) ~, slm_error_a_field_is_a_key_and_a_value, ~)),
#define SLMI_M_WORD(k, ...) SLMI_WORD((__VA_ARGS__)),
#define SLMI_WORDS_0(n, ...) ((const slm_word *)0)
#define SLMI_WORDS_1(n, ...) SLMI_WORDS(n, SLMI_MAP_##n(SLMI_M_WORD, __VA_ARGS__, ~))
#define SLMI_FIELD_WORDS(n, ...) SLMI_CAT(SLMI_WORDS_, SLMI_SOME_##n)(n, __VA_ARGS__)

/* One object: the site, then type tags, then every literal in one string, so that no literal costs a pointer. */
#define SLMI_SITE(declare, init, what, level_, text_, n, ...)                                        \
    static struct {                                                                                  \
        slmi_site slmi_s;                                                                            \
        declare unsigned char slmi_tags[n + 1];                                                      \
        char slmi_text[sizeof(text_ "\0" SLMI_MAP_##n(SLMI_M_KEY, __VA_ARGS__, ~))];                 \
    } slmi_cs = { { SLMI_UNREGISTERED, NULL, NULL, SLMI_UNIT, __FILE__, __LINE__, sizeof(slmi_site), \
                    (level_), (what), n, { 0, 0, 0, 0, 0, 0, 0 } },                                  \
                  SLMI_UNPAREN init { SLMI_MAP_##n(SLMI_M_TAG, __VA_ARGS__, ~) 0 },                  \
                  text_ "\0" SLMI_MAP_##n(SLMI_M_KEY, __VA_ARGS__, ~) }
#define SLMI_GATE __builtin_expect((__atomic_load_n(&slmi_cs.slmi_s.interest, __ATOMIC_RELAXED) & 3) != 0, 0)
#define SLMI_CHECK_LEVEL(level)                                                                      \
    SLMI_ASSERT((level) >= SLM_LEVEL_ERROR && (level) <= SLM_LEVEL_TRACE,                            \
                "a level is one of the constants SLM_LEVEL_...")

/* -- events: `with` is () or ((options)) --------------------------------------------------------------------------- */
#define SLMI_EVENT(level, n, with, ...) SLMI_EVENT_(level, n, with, __VA_ARGS__)
#define SLMI_EVENT_(level, n, with, ...)                                                             \
    SLMI_EVENT__(SLMI_HAS(SLMI_HEAD(SLMI_REST_##n(__VA_ARGS__, ))), level, n, with, __VA_ARGS__)
#define SLMI_EVENT__(has, level, n, with, ...) SLMI_EVENT___(has, level, n, with, __VA_ARGS__)
#define SLMI_EVENT___(has, level, n, with, ...)                                                      \
    do {                                                                                             \
        SLMI_ASSERT(has + n > 0, "an event has fields, a format, or both");                          \
        SLMI_CHECK_LEVEL(level);                                                                     \
        if (SLMI_ON(level)) {                                                                        \
            SLMI_SITE(, (), SLMI_SITE_EVENT, level, SLMI_FORMAT_##has(n, __VA_ARGS__), n, __VA_ARGS__); \
            if (SLMI_GATE) {                                                                         \
                const uint64_t slmi_m = slmi_enabled(&slmi_cs.slmi_s);                               \
                if (slmi_m)                                                                          \
                    SLMI_CAT(SLMI_CAT(SLMI_SEND_, has), SLMI_CAT(_, SLMI_HAS(SLMI_UNPAREN with)))    \
                    (with, n, __VA_ARGS__);                                                          \
            }                                                                                        \
        }                                                                                            \
    } while (0)
#define SLMI_FORMAT_0(n, ...) ""
#define SLMI_FORMAT_1(n, ...) "" SLMI_HEAD(SLMI_REST_##n(__VA_ARGS__)) ""
#define SLMI_SEND_0_0(with, n, ...) slmi_event_silent(&slmi_cs.slmi_s, slmi_m, SLMI_FIELD_WORDS(n, __VA_ARGS__))
#define SLMI_SEND_1_0(with, n, ...)                                                                  \
    slmi_event(&slmi_cs.slmi_s, slmi_m, SLMI_FIELD_WORDS(n, __VA_ARGS__), SLMI_REST_##n(__VA_ARGS__))
#define SLMI_SEND_0_1(with, n, ...)                                                                  \
    slmi_event_silent_with(&slmi_cs.slmi_s, slmi_m, SLMI_FIELD_WORDS(n, __VA_ARGS__),                \
                           SLMI_EVENT_OPTIONS(SLMI_UNPAREN with))
#define SLMI_SEND_1_1(with, n, ...)                                                                  \
    slmi_event_with(&slmi_cs.slmi_s, slmi_m, SLMI_FIELD_WORDS(n, __VA_ARGS__), SLMI_EVENT_OPTIONS(SLMI_UNPAREN with), \
                    SLMI_REST_##n(__VA_ARGS__))

#define SLMI_ENABLED(level)                                                                          \
    __extension__({                                                                                  \
        SLMI_CHECK_LEVEL(level);                                                                     \
        bool slmi_on = false;                                                                        \
        if (SLMI_ON(level)) {                                                                        \
            SLMI_SITE(, (), SLMI_SITE_HINT, level, "", 0, );                                         \
            if (SLMI_GATE)                                                                           \
                slmi_on = slmi_enabled(&slmi_cs.slmi_s) != 0;                                        \
        }                                                                                            \
        slmi_on;                                                                                     \
    })

/* -- spans: `make` creates one; its arguments are evaluated behind the gate only ---------------------------------- */
#define SLMI_NEW(declare, init, what, level, make, options, name, ...)                               \
    SLMI_NEW_(declare, init, what, level, make, options, name, SLMI_COUNT(__VA_ARGS__), __VA_ARGS__)
#define SLMI_NEW_(declare, init, what, level, make, options, name, n, ...)                           \
    SLMI_NEW__(declare, init, what, level, make, options, name, n, __VA_ARGS__)
#define SLMI_NEW__(declare, init, what, level, make, options, name, n, ...)                          \
    __extension__({                                                                                  \
        slm_span slmi_h = { 0 };                                                                     \
        SLMI_ASSERT(!SLMI_HAS(SLMI_HEAD(SLMI_REST_##n(__VA_ARGS__, ))),                              \
                    "after the name of a span come fields only: (\"key\", value), ...");             \
        SLMI_CHECK_LEVEL(level);                                                                     \
        if (SLMI_ON(level)) {                                                                        \
            SLMI_SITE(declare, init, what, level, name, n, __VA_ARGS__);                             \
            if (SLMI_GATE) {                                                                         \
                const uint64_t slmi_m = slmi_enabled(&slmi_cs.slmi_s);                               \
                if (slmi_m)                                                                          \
                    slmi_h = make(&slmi_cs.slmi_s, slmi_m,                                           \
                                  SLMI_FIELD_WORDS(n, __VA_ARGS__) SLMI_UNPAREN options);            \
            }                                                                                        \
        }                                                                                            \
        slmi_h;                                                                                      \
    })
#define SLMI_NAME(...) "" SLMI_HEAD(__VA_ARGS__) ""

/* -- scopes -------------------------------------------------------------------------------------------------------- */
/* A pasted name counts as the user's, so warnings about it have to be switched off by hand. */
#ifdef __clang__
#define SLMI_GUARD_NAME(var)                                                                         \
    _Pragma("GCC diagnostic push") _Pragma("GCC diagnostic ignored \"-Wunused-variable\"")           \
    _Pragma("GCC diagnostic ignored \"-Wdeclaration-after-statement\"") var _Pragma("GCC diagnostic pop")
#else
#define SLMI_GUARD_NAME(var) var
#endif
#ifdef __cplusplus /* two declarations that need each other: `if (x) SLM_SCOPE(...);` does not compile */
#define SLMI_NO_JUMP(var) enum { SLMI_CAT(slm_error_a_scope_needs_a_block_of_its_own_, var) };
#define SLMI_TIE(var) (void)SLMI_CAT(slm_error_a_scope_needs_a_block_of_its_own_, var),
#else /* a declaration is no statement; its type is what the error names */
typedef char slm_error_a_scope_needs_a_block_of_its_own;
#define SLMI_TIE(var)
#ifdef __clang__
#define SLMI_NO_JUMP(var) slm_error_a_scope_needs_a_block_of_its_own SLMI_GUARD_NAME(slmi_jump)(void);
#else /* gcc's C compiler lets a goto past a cleanup, but not past a variably modified type */
static inline unsigned slmi_one(void)
{
    return 1;
}
/* The pragmas stand inside the declaration: gcc 11 would take one before it for the statement of an `if`. */
#define SLMI_NO_JUMP(var)                                                                            \
    slm_error_a_scope_needs_a_block_of_its_own (*SLMI_CAT(slmi_jump_, var))[__extension__({          \
        _Pragma("GCC diagnostic push") _Pragma("GCC diagnostic ignored \"-Wvla\"")                   \
        _Pragma("GCC diagnostic ignored \"-Wdeclaration-after-statement\"") slmi_one();              \
    })] __attribute__((__unused__));                                                                 \
    _Pragma("GCC diagnostic pop")
#endif
#endif
/* `mark` is (, __unused__) for a name of ours; a user's own is not marked, because then its use would be warned of. */
#define SLMI_OURS (, __unused__)
#define SLMI_GUARD(var, mark, type, end, ...)                                                        \
    SLMI_NO_JUMP(var)                                                                                \
    const type SLMI_GUARD_NAME(var) __attribute__((__cleanup__(end) SLMI_UNPAREN mark)) = (SLMI_TIE(var) __VA_ARGS__)
#define SLMI_SCOPE_AS(var, mark, level, make, options, ...)                                          \
    SLMI_GUARD(var, mark, slm_span, slmi_scope_end,                                                  \
               SLMI_NEW(, (), SLMI_SITE_SPAN, level, make, options, SLMI_NAME(__VA_ARGS__), SLMI_DROP1(__VA_ARGS__)))
#define SLMI_SCOPE(level, make, options, ...)                                                        \
    SLMI_SCOPE_AS(SLMI_CAT(slmi_scope_, __COUNTER__), SLMI_OURS, level, make, options, __VA_ARGS__)
#define SLMI_FUNCTION_AS(var, level, ...)                                                            \
    SLMI_GUARD(var, SLMI_OURS, slm_span, slmi_scope_end,                                             \
               SLMI_NEW(const char *slmi_func;, (__func__, ), SLMI_SITE_FUNCTION, level, slmi_scope, (), "", \
                        __VA_ARGS__))
#define SLMI_ENTER_AS(var, span) SLMI_GUARD(var, SLMI_OURS, slm_token, slmi_enter_end, slm_enter(span))

#endif
