/* SPDX-License-Identifier: MIT */
/* How the macros turn an argument into a type tag and a word: _Generic in C, overloads in C++. Not for users. */
#ifndef SPANLOOM_DETAIL_VALUES_H
#define SPANLOOM_DETAIL_VALUES_H

#include <spanloom/value.h>

#ifndef __cplusplus

static inline slm_word slmi_word_i(int64_t x)
{
    return (slm_word){ .i = x };
}
static inline slm_word slmi_word_u(uint64_t x)
{
    return (slm_word){ .u = x };
}
static inline slm_word slmi_word_d(double x)
{
    return (slm_word){ .d = x };
}
static inline slm_word slmi_word_l(long double x)
{
    return (slm_word){ .d = (double)x };
}
static inline slm_word slmi_word_p(const volatile void *x)
{
    return (slm_word){ .p = (const void *)(uintptr_t)x };
}
/* What a struct, a 128-bit integer or a bit-field without + is given to: its name is the error. Never called. */
struct slm_error_a_value_is_a_bool_number_string_pointer_or_slm_value {
    char nothing;
};
slm_word slm_error_a_value_is_a_bool_number_string_pointer_or_slm_value(
    struct slm_error_a_value_is_a_bool_number_string_pointer_or_slm_value);

#define SLMI_PICK(x, b, i, u, d, l, s, v, p)                                                         \
    _Generic((x),                                                                                    \
        bool: b, char: i, signed char: i, short: i, int: i, long: i, long long: i,                   \
        unsigned char: u, unsigned short: u, unsigned: u, unsigned long: u, unsigned long long: u,   \
        float: d, double: d, long double: l, char *: s, const char *: s, const slm_value *: v, default: p)
/* 5 is the class of pointers. gcc's _Generic sees a bit-field's own width, and takes the default branch. */
#define SLMI_POINTER(x)                                                                              \
    __builtin_choose_expr(__builtin_classify_type(x) == 5, slmi_word_p,                              \
                          slm_error_a_value_is_a_bool_number_string_pointer_or_slm_value)
#define SLMI_TAG(x)                                                                                  \
    SLMI_PICK(x, SLM_TYPE_BOOL, SLM_TYPE_I64, SLM_TYPE_U64, SLM_TYPE_F64, SLM_TYPE_F64, SLM_TYPE_STRING, \
              SLM_TYPE_VALUE, SLM_TYPE_POINTER)
#define SLMI_WORD(x)                                                                                 \
    SLMI_PICK(x, slmi_word_u, slmi_word_i, slmi_word_u, slmi_word_d, slmi_word_l, slmi_word_p, slmi_word_p, \
              SLMI_POINTER(x))(x)
#define SLMI_WORDS(n, ...) ((const slm_word[]){ __VA_ARGS__ })
#define SLM_VALUE(make) ((const slm_value *)(const slm_value[]){ make })
struct slm_error_an_array_holds_bools_numbers_or_strings {
    char nothing;
};
#define SLMI_ELEMENT(p)                                                                              \
    _Generic(&*(p),                                                                                  \
        bool *: SLM_TYPE_BOOL, const bool *: SLM_TYPE_BOOL,                                          \
        signed char *: SLM_TYPE_I64, const signed char *: SLM_TYPE_I64,                              \
        short *: SLM_TYPE_I64, const short *: SLM_TYPE_I64, int *: SLM_TYPE_I64, const int *: SLM_TYPE_I64, \
        long *: SLM_TYPE_I64, const long *: SLM_TYPE_I64,                                            \
        long long *: SLM_TYPE_I64, const long long *: SLM_TYPE_I64,                                  \
        unsigned char *: SLM_TYPE_U64, const unsigned char *: SLM_TYPE_U64,                          \
        unsigned short *: SLM_TYPE_U64, const unsigned short *: SLM_TYPE_U64,                        \
        unsigned *: SLM_TYPE_U64, const unsigned *: SLM_TYPE_U64,                                    \
        unsigned long *: SLM_TYPE_U64, const unsigned long *: SLM_TYPE_U64,                          \
        unsigned long long *: SLM_TYPE_U64, const unsigned long long *: SLM_TYPE_U64,                \
        float *: SLM_TYPE_F64, const float *: SLM_TYPE_F64, double *: SLM_TYPE_F64, const double *: SLM_TYPE_F64, \
        char **: SLM_TYPE_STRING, const char **: SLM_TYPE_STRING,                                    \
        char *const *: SLM_TYPE_STRING, const char *const *: SLM_TYPE_STRING,                        \
        default: (struct slm_error_an_array_holds_bools_numbers_or_strings){ 0 })
/** An array field: `count` elements at `elements`, which are bool, integers, floating point or C strings.
 *  @since 0.1.0 */
#define slm_array(elements, count)                                                                   \
    SLM_VALUE(slm_value_array(SLMI_ELEMENT(elements), (elements), sizeof *(elements), (count)))

#else

extern "C++" {
template <int N> struct slmi_words {
    slm_word w[N];
};
#define SLMI_OVERLOAD(T, tag, member, cast)                                                          \
    inline slm_word slmi_word_of(T x)                                                                \
    {                                                                                                \
        slm_word w;                                                                                  \
        w.member = static_cast<cast>(x);                                                             \
        return w;                                                                                    \
    }                                                                                                \
    char (&slmi_tag_of(T x))[tag];
SLMI_OVERLOAD(bool, SLM_TYPE_BOOL, u, uint64_t)
SLMI_OVERLOAD(char, SLM_TYPE_I64, i, int64_t)
SLMI_OVERLOAD(signed char, SLM_TYPE_I64, i, int64_t)
SLMI_OVERLOAD(short, SLM_TYPE_I64, i, int64_t)
SLMI_OVERLOAD(int, SLM_TYPE_I64, i, int64_t)
SLMI_OVERLOAD(long, SLM_TYPE_I64, i, int64_t)
SLMI_OVERLOAD(long long, SLM_TYPE_I64, i, int64_t)
SLMI_OVERLOAD(unsigned char, SLM_TYPE_U64, u, uint64_t)
SLMI_OVERLOAD(unsigned short, SLM_TYPE_U64, u, uint64_t)
SLMI_OVERLOAD(unsigned, SLM_TYPE_U64, u, uint64_t)
SLMI_OVERLOAD(unsigned long, SLM_TYPE_U64, u, uint64_t)
SLMI_OVERLOAD(unsigned long long, SLM_TYPE_U64, u, uint64_t)
SLMI_OVERLOAD(float, SLM_TYPE_F64, d, double)
SLMI_OVERLOAD(double, SLM_TYPE_F64, d, double)
SLMI_OVERLOAD(long double, SLM_TYPE_F64, d, double)
SLMI_OVERLOAD(const char *, SLM_TYPE_STRING, p, const void *)
SLMI_OVERLOAD(const void *, SLM_TYPE_POINTER, p, const void *)
SLMI_OVERLOAD(decltype(nullptr), SLM_TYPE_STRING, p, const void *)
#undef SLMI_OVERLOAD
inline slm_word slmi_word_of(const slm_value &v)
{
    slm_word w;
    w.p = &v;
    return w;
}
char (&slmi_tag_of(const slm_value &v))[SLM_TYPE_VALUE];
/* What nothing else takes: sizeof an incomplete type, whose name is the error. */
struct slm_error_a_value_is_a_bool_number_string_pointer_or_slm_value;
slm_error_a_value_is_a_bool_number_string_pointer_or_slm_value &slmi_tag_of(...);
slm_word slmi_word_of(...) = delete;

template <class T> struct slmi_element {
    static_assert(sizeof(T) == 0, "an array holds bools, numbers or C strings");
};
#define SLMI_ELEMENT_OF(T, type)                                                                     \
    template <> struct slmi_element<T> {                                                             \
        static const slm_type tag = type;                                                            \
    };
SLMI_ELEMENT_OF(bool, SLM_TYPE_BOOL)
SLMI_ELEMENT_OF(signed char, SLM_TYPE_I64)
SLMI_ELEMENT_OF(short, SLM_TYPE_I64)
SLMI_ELEMENT_OF(int, SLM_TYPE_I64)
SLMI_ELEMENT_OF(long, SLM_TYPE_I64)
SLMI_ELEMENT_OF(long long, SLM_TYPE_I64)
SLMI_ELEMENT_OF(unsigned char, SLM_TYPE_U64)
SLMI_ELEMENT_OF(unsigned short, SLM_TYPE_U64)
SLMI_ELEMENT_OF(unsigned, SLM_TYPE_U64)
SLMI_ELEMENT_OF(unsigned long, SLM_TYPE_U64)
SLMI_ELEMENT_OF(unsigned long long, SLM_TYPE_U64)
SLMI_ELEMENT_OF(float, SLM_TYPE_F64)
SLMI_ELEMENT_OF(double, SLM_TYPE_F64)
SLMI_ELEMENT_OF(char *, SLM_TYPE_STRING)
SLMI_ELEMENT_OF(const char *, SLM_TYPE_STRING)
#undef SLMI_ELEMENT_OF
template <class T> inline slm_value slm_array(const T *elements, size_t count)
{
    return slm_value_array(slmi_element<T>::tag, elements, sizeof(T), count);
}
}
#define SLMI_TAG(x) static_cast<unsigned char>(sizeof(slmi_tag_of(x)))
#define SLMI_WORD(x) slmi_word_of(x)
#define SLMI_WORDS(n, ...) (slmi_words<n>{ { __VA_ARGS__ } }.w)
#define SLM_VALUE(make) (make)

#endif

/** Values the type of a C expression cannot say; each may stand as a field's value, nowhere else. What they point to is
 *  borrowed for the call. @since 0.1.0 */
#define slm_strn(text, bytes) SLM_VALUE(slm_value_string((text), (bytes)))       /**< Text of a known length. */
#define slm_bytes(data, bytes) SLM_VALUE(slm_value_bytes((data), (bytes)))       /**< Bytes. */
#define slm_errno(number) SLM_VALUE(slm_value_errno(number))                     /**< ENOENT for 2. */
#define slm_debug(object, printer) SLM_VALUE(slm_value_debug((object), (printer))) /**< Text by a slm_printer. */
#define slm_map(fields, count) SLM_VALUE(slm_value_map((fields), (count)))       /**< slm_fields: a map. */
#define slm_list(values, count) SLM_VALUE(slm_value_list((values), (count)))     /**< slm_values: a list of any. */
#define SLM_EMPTY SLM_VALUE(slm_value_empty())                                   /**< Declared now, recorded later. */

#endif
