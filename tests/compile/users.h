/* SPDX-License-Identifier: MIT */
/* Macros of users: words that attributes are made of, and fields made by a macro, as many as there can be but one.
 * Included before trace.h. */
#ifndef SPANLOOM_TESTS_COMPILE_USERS_H
#define SPANLOOM_TESTS_COMPILE_USERS_H

#define unused    __attribute__((__unused__))
#define cold      __attribute__((__cold__))
#define cleanup   close
#define format(x) x

#define FIELDS_8(p, x) (p "0", x), (p "1", x), (p "2", x), (p "3", x), (p "4", x), (p "5", x), (p "6", x), (p "7", x)
#define FIELDS_31(x)                                                                                                   \
    FIELDS_8("a", x), FIELDS_8("b", x), FIELDS_8("c", x), ("d0", x), ("d1", x), ("d2", x), ("d3", x), ("d4", x),       \
        ("d5", x), ("d6", x)
#define ONE_FIELD ("one", 1)
#define A_FORMAT  "one %d"
#define A_NAME    "name"
#define WRAPPED(...)                                                                                                   \
    do {                                                                                                               \
        __VA_ARGS__                                                                                                    \
    } while (0)

#endif
