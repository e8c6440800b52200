/* SPDX-License-Identifier: MIT */
/** @file Typed values and fields. */
#ifndef SPANLOOM_VALUE_H
#define SPANLOOM_VALUE_H

#include <spanloom/string.h>

SLM_BEGIN_DECLS

/** What a value is. Numbers are pinned. @since 0.1.0 */
typedef enum slm_type {
    SLM_TYPE_EMPTY = 0,   /**< Declared, not recorded yet. */
    SLM_TYPE_BOOL = 1,    /**< `as.u` is 0 or 1. */
    SLM_TYPE_I64 = 2,     /**< `as.i`. */
    SLM_TYPE_U64 = 3,     /**< `as.u`. */
    SLM_TYPE_F64 = 4,     /**< `as.d`. */
    SLM_TYPE_STRING = 5,  /**< `len` bytes at `as.s`. */
    SLM_TYPE_POINTER = 6, /**< An address, `as.p`; recorded as the number it is. */
    SLM_TYPE_BYTES = 7,   /**< `len` bytes at `as.p`. */
    SLM_TYPE_ERRNO = 8,   /**< An error number, `as.i`. */
    SLM_TYPE_DEBUG = 9,   /**< `print` writes `as.p` as text; read back as SLM_TYPE_STRING. */
    SLM_TYPE_VALUE = 10,  /**< `as.p` points to a slm_value. Inside the library only. */
    SLM_TYPE_MAP = 11,    /**< `len` slm_fields at `as.p`; their values may be maps again. */
    SLM_TYPE_LIST = 12,   /**< `len` slm_values at `as.p`, of any types. */
    SLM_TYPE_ARRAY = 0x20 /**< Or-ed with BOOL, I64, U64, F64 or STRING: `len` elements at `as.p`, read back as
                               bool, int64_t, uint64_t, double or slm_string. */
} slm_type;

/** Maps and lists inside each other, at most; what lies deeper is recorded as SLM_TYPE_EMPTY. OpenTelemetry,
 *  Attribute Limits. @since 0.1.0 */
enum { SLM_VALUE_DEPTH_MAX = 64 };

/** Writes an object as text, like snprintf: at most `room` bytes at `out`, a terminator included, and returns
 *  the length it wanted. Called only when somebody records the field, on the thread that traces. @since 0.1.0 */
typedef size_t slm_printer(const void *object, char *out, size_t room);

/** One 64-bit word of a value. @since 0.1.0 */
typedef union slm_word {
    int64_t i;
    uint64_t u;
    double d;
    const void *p;
    const char *s;
} slm_word;

/** A typed value; what it points to is borrowed for the call it is passed to. @since 0.1.0 */
typedef struct slm_value {
    uint32_t type;          /**< A slm_type. */
    uint32_t element_bytes; /**< Of an array a caller passes: the size of an element, sign and kind as `type` says. */
    slm_word as;
    size_t len;         /**< Bytes of a string, elements of an array, members of a map or a list. */
    slm_printer *print; /**< SLM_TYPE_DEBUG only. */
} slm_value;

/** A key and its value. @since 0.1.0 */
typedef struct slm_field {
    slm_string key;
    slm_value value;
} slm_field;

static inline slm_value slmi_value(uint32_t type, slm_word word, size_t len)
{
    slm_value v;
    v.type = type;
    v.element_bytes = 0;
    v.as = word;
    v.len = len;
    v.print = NULL;
    return v;
}

/** Values for functions that return a slm_value of a type of your own, as `("k", SLM_VALUE(f(x)))`, and for
 *  names known only at run time. Any thread. @since 0.1.0 @{ */
static inline slm_value slm_value_bool(bool b)
{
    slm_word w;
    w.u = b;
    return slmi_value(SLM_TYPE_BOOL, w, 0);
}
static inline slm_value slm_value_i64(int64_t i)
{
    slm_word w;
    w.i = i;
    return slmi_value(SLM_TYPE_I64, w, 0);
}
static inline slm_value slm_value_u64(uint64_t u)
{
    slm_word w;
    w.u = u;
    return slmi_value(SLM_TYPE_U64, w, 0);
}
static inline slm_value slm_value_f64(double d)
{
    slm_word w;
    w.d = d;
    return slmi_value(SLM_TYPE_F64, w, 0);
}
/** `data` is borrowed; NULL is SLM_EMPTY. */
static inline slm_value slm_value_string(const char *data, size_t len)
{
    slm_word w;
    w.s = data;
    return slmi_value(data ? SLM_TYPE_STRING : SLM_TYPE_EMPTY, w, data ? len : 0);
}
/** `data` is borrowed; NULL is SLM_EMPTY. */
static inline slm_value slm_value_bytes(const void *data, size_t len)
{
    slm_word w;
    w.p = data;
    return slmi_value(data ? SLM_TYPE_BYTES : SLM_TYPE_EMPTY, w, data ? len : 0);
}
/** An error number of errno.h; printed and exported by its name, such as ENOENT. */
static inline slm_value slm_value_errno(int number)
{
    slm_word w;
    w.i = number;
    return slmi_value(SLM_TYPE_ERRNO, w, 0);
}
/** `object` is borrowed until the call it is passed to returns. */
static inline slm_value slm_value_debug(const void *object, slm_printer *print)
{
    slm_value v;
    slm_word w;
    w.p = object;
    v = slmi_value(SLM_TYPE_DEBUG, w, 0);
    v.print = print;
    return v;
}
/** `len` elements of `element_bytes` each at `elements`, borrowed; `type` is BOOL, I64, U64, F64 or STRING, whose
 *  elements are `const char *`. */
static inline slm_value slm_value_array(slm_type type, const void *elements, size_t element_bytes, size_t len)
{
    slm_value v;
    slm_word w;
    w.p = elements;
    v = slmi_value((uint32_t)SLM_TYPE_ARRAY | (uint32_t)type, w, len);
    v.element_bytes = (uint32_t)element_bytes;
    return v;
}
/** A map of `count` fields, borrowed, of which the first 1024 are recorded; of a key that stands twice, its last value
 *  is exported. What a slm_printer would write is not recorded in it. */
static inline slm_value slm_value_map(const slm_field *fields, size_t count)
{
    slm_word w;
    w.p = fields;
    return slmi_value(SLM_TYPE_MAP, w, fields ? count : 0);
}
/** A list of `count` values of any types, borrowed. What a slm_printer would write is not recorded in it. */
static inline slm_value slm_value_list(const slm_value *values, size_t count)
{
    slm_word w;
    w.p = values;
    return slmi_value(SLM_TYPE_LIST, w, values ? count : 0);
}
static inline slm_value slm_value_empty(void)
{
    slm_word w;
    w.u = 0;
    return slmi_value(SLM_TYPE_EMPTY, w, 0);
} /** @} */

SLM_END_DECLS

#endif
