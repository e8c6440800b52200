/* SPDX-License-Identifier: MIT */
/* Thirty-one fields, for tests of the most there can be. */
#ifndef SPANLOOM_TESTS_COMPILE_MANY_H
#define SPANLOOM_TESTS_COMPILE_MANY_H

#define FIELDS_8(p, x) (p "0", x), (p "1", x), (p "2", x), (p "3", x), (p "4", x), (p "5", x), (p "6", x), (p "7", x)
#define FIELDS_31(x)                                                                                                   \
    FIELDS_8("a", x), FIELDS_8("b", x), FIELDS_8("c", x), ("d0", x), ("d1", x), ("d2", x), ("d3", x), ("d4", x),       \
        ("d5", x), ("d6", x)

#endif
