/* SPDX-License-Identifier: MIT */
/* The grammar of the macros: leading parenthesised arguments are fields, what follows is printf's. Not for users.
 *
 *   SLMI_COUNT(...)         how many leading fields there are, 33 for more than 32
 *   SLMI_MAP_n(M, ...)      M(field) for the first n, flat
 *   SLMI_REST_n(...)        what follows the first n
 *   SLMI_HAS(x)             1 if anything is there, 0 if not
 *
 * A head is a field when it is one parenthesis and nothing after it: PROBE put before it becomes a comma, and an eater
 * put before it leaves nothing. Counting walks once; mapping is flat, because walking for each use costs 2.4 times the
 * compile time. What is pasted are digits: a user may have a macro of any name. */
#ifndef SPANLOOM_DETAIL_GRAMMAR_H
#define SPANLOOM_DETAIL_GRAMMAR_H

#define SLMI_CAT_(a, b) a##b
#define SLMI_CAT(a, b) SLMI_CAT_(a, b)
#define SLMI_HEAD_(x, ...) x
#define SLMI_HEAD(...) SLMI_HEAD_(__VA_ARGS__, ~)
#define SLMI_SECOND_(a, b, ...) b
#define SLMI_SECOND(...) SLMI_SECOND_(__VA_ARGS__)
#define SLMI_DROP(x, ...) __VA_ARGS__
#define SLMI_DROP1(...) SLMI_DROP(__VA_ARGS__, )
#define SLMI_EAT(...)
#define SLMI_UNPAREN(...) __VA_ARGS__
#define SLMI_HAS(...) SLMI_HAS_(__VA_ARGS__)
#define SLMI_HAS_(...) SLMI_SECOND(__VA_OPT__(~, 1, ) ~, 0, ~)

#define SLMI_PROBE(...) ~, 1, ~
#define SLMI_KIND(...) SLMI_KIND_(SLMI_HEAD(__VA_ARGS__))
#define SLMI_KIND_(x) SLMI_CAT(SLMI_KIND_, SLMI_SECOND(SLMI_PROBE x, 0, ~))(x)
#define SLMI_KIND_0(x) 0
#define SLMI_KIND_1(x) SLMI_LEFT(SLMI_EAT x)
#define SLMI_LEFT(...) SLMI_LEFT_(__VA_ARGS__)
#define SLMI_LEFT_(...) SLMI_SECOND(__VA_OPT__(~, 0, ) ~, 1, ~)
#define SLMI_TAIL(...) SLMI_TAIL_(SLMI_EAT __VA_ARGS__)
#define SLMI_TAIL_(...) SLMI_TAIL__(__VA_ARGS__)
#define SLMI_TAIL__(...) __VA_OPT__(SLMI_DROP(__VA_ARGS__))

#define SLMI_COUNT(...) SLMI_N0(__VA_ARGS__)
#define SLMI_N0(...) SLMI_CAT(SLMI_N0_, SLMI_KIND(__VA_ARGS__))(__VA_ARGS__)
#define SLMI_N0_0(...) 0
#define SLMI_N0_1(...) SLMI_N1(SLMI_TAIL(__VA_ARGS__))
#define SLMI_N1(...) SLMI_CAT(SLMI_N1_, SLMI_KIND(__VA_ARGS__))(__VA_ARGS__)
#define SLMI_N1_0(...) 1
#define SLMI_N1_1(...) SLMI_N2(SLMI_TAIL(__VA_ARGS__))
#define SLMI_N2(...) SLMI_CAT(SLMI_N2_, SLMI_KIND(__VA_ARGS__))(__VA_ARGS__)
#define SLMI_N2_0(...) 2
#define SLMI_N2_1(...) SLMI_N3(SLMI_TAIL(__VA_ARGS__))
#define SLMI_N3(...) SLMI_CAT(SLMI_N3_, SLMI_KIND(__VA_ARGS__))(__VA_ARGS__)
#define SLMI_N3_0(...) 3
#define SLMI_N3_1(...) SLMI_N4(SLMI_TAIL(__VA_ARGS__))
#define SLMI_N4(...) SLMI_CAT(SLMI_N4_, SLMI_KIND(__VA_ARGS__))(__VA_ARGS__)
#define SLMI_N4_0(...) 4
#define SLMI_N4_1(...) SLMI_N5(SLMI_TAIL(__VA_ARGS__))
#define SLMI_N5(...) SLMI_CAT(SLMI_N5_, SLMI_KIND(__VA_ARGS__))(__VA_ARGS__)
#define SLMI_N5_0(...) 5
#define SLMI_N5_1(...) SLMI_N6(SLMI_TAIL(__VA_ARGS__))
#define SLMI_N6(...) SLMI_CAT(SLMI_N6_, SLMI_KIND(__VA_ARGS__))(__VA_ARGS__)
#define SLMI_N6_0(...) 6
#define SLMI_N6_1(...) SLMI_N7(SLMI_TAIL(__VA_ARGS__))
#define SLMI_N7(...) SLMI_CAT(SLMI_N7_, SLMI_KIND(__VA_ARGS__))(__VA_ARGS__)
#define SLMI_N7_0(...) 7
#define SLMI_N7_1(...) SLMI_N8(SLMI_TAIL(__VA_ARGS__))
#define SLMI_N8(...) SLMI_CAT(SLMI_N8_, SLMI_KIND(__VA_ARGS__))(__VA_ARGS__)
#define SLMI_N8_0(...) 8
#define SLMI_N8_1(...) SLMI_N9(SLMI_TAIL(__VA_ARGS__))
#define SLMI_N9(...) SLMI_CAT(SLMI_N9_, SLMI_KIND(__VA_ARGS__))(__VA_ARGS__)
#define SLMI_N9_0(...) 9
#define SLMI_N9_1(...) SLMI_N10(SLMI_TAIL(__VA_ARGS__))
#define SLMI_N10(...) SLMI_CAT(SLMI_N10_, SLMI_KIND(__VA_ARGS__))(__VA_ARGS__)
#define SLMI_N10_0(...) 10
#define SLMI_N10_1(...) SLMI_N11(SLMI_TAIL(__VA_ARGS__))
#define SLMI_N11(...) SLMI_CAT(SLMI_N11_, SLMI_KIND(__VA_ARGS__))(__VA_ARGS__)
#define SLMI_N11_0(...) 11
#define SLMI_N11_1(...) SLMI_N12(SLMI_TAIL(__VA_ARGS__))
#define SLMI_N12(...) SLMI_CAT(SLMI_N12_, SLMI_KIND(__VA_ARGS__))(__VA_ARGS__)
#define SLMI_N12_0(...) 12
#define SLMI_N12_1(...) SLMI_N13(SLMI_TAIL(__VA_ARGS__))
#define SLMI_N13(...) SLMI_CAT(SLMI_N13_, SLMI_KIND(__VA_ARGS__))(__VA_ARGS__)
#define SLMI_N13_0(...) 13
#define SLMI_N13_1(...) SLMI_N14(SLMI_TAIL(__VA_ARGS__))
#define SLMI_N14(...) SLMI_CAT(SLMI_N14_, SLMI_KIND(__VA_ARGS__))(__VA_ARGS__)
#define SLMI_N14_0(...) 14
#define SLMI_N14_1(...) SLMI_N15(SLMI_TAIL(__VA_ARGS__))
#define SLMI_N15(...) SLMI_CAT(SLMI_N15_, SLMI_KIND(__VA_ARGS__))(__VA_ARGS__)
#define SLMI_N15_0(...) 15
#define SLMI_N15_1(...) SLMI_N16(SLMI_TAIL(__VA_ARGS__))
#define SLMI_N16(...) SLMI_CAT(SLMI_N16_, SLMI_KIND(__VA_ARGS__))(__VA_ARGS__)
#define SLMI_N16_0(...) 16
#define SLMI_N16_1(...) SLMI_N17(SLMI_TAIL(__VA_ARGS__))
#define SLMI_N17(...) SLMI_CAT(SLMI_N17_, SLMI_KIND(__VA_ARGS__))(__VA_ARGS__)
#define SLMI_N17_0(...) 17
#define SLMI_N17_1(...) SLMI_N18(SLMI_TAIL(__VA_ARGS__))
#define SLMI_N18(...) SLMI_CAT(SLMI_N18_, SLMI_KIND(__VA_ARGS__))(__VA_ARGS__)
#define SLMI_N18_0(...) 18
#define SLMI_N18_1(...) SLMI_N19(SLMI_TAIL(__VA_ARGS__))
#define SLMI_N19(...) SLMI_CAT(SLMI_N19_, SLMI_KIND(__VA_ARGS__))(__VA_ARGS__)
#define SLMI_N19_0(...) 19
#define SLMI_N19_1(...) SLMI_N20(SLMI_TAIL(__VA_ARGS__))
#define SLMI_N20(...) SLMI_CAT(SLMI_N20_, SLMI_KIND(__VA_ARGS__))(__VA_ARGS__)
#define SLMI_N20_0(...) 20
#define SLMI_N20_1(...) SLMI_N21(SLMI_TAIL(__VA_ARGS__))
#define SLMI_N21(...) SLMI_CAT(SLMI_N21_, SLMI_KIND(__VA_ARGS__))(__VA_ARGS__)
#define SLMI_N21_0(...) 21
#define SLMI_N21_1(...) SLMI_N22(SLMI_TAIL(__VA_ARGS__))
#define SLMI_N22(...) SLMI_CAT(SLMI_N22_, SLMI_KIND(__VA_ARGS__))(__VA_ARGS__)
#define SLMI_N22_0(...) 22
#define SLMI_N22_1(...) SLMI_N23(SLMI_TAIL(__VA_ARGS__))
#define SLMI_N23(...) SLMI_CAT(SLMI_N23_, SLMI_KIND(__VA_ARGS__))(__VA_ARGS__)
#define SLMI_N23_0(...) 23
#define SLMI_N23_1(...) SLMI_N24(SLMI_TAIL(__VA_ARGS__))
#define SLMI_N24(...) SLMI_CAT(SLMI_N24_, SLMI_KIND(__VA_ARGS__))(__VA_ARGS__)
#define SLMI_N24_0(...) 24
#define SLMI_N24_1(...) SLMI_N25(SLMI_TAIL(__VA_ARGS__))
#define SLMI_N25(...) SLMI_CAT(SLMI_N25_, SLMI_KIND(__VA_ARGS__))(__VA_ARGS__)
#define SLMI_N25_0(...) 25
#define SLMI_N25_1(...) SLMI_N26(SLMI_TAIL(__VA_ARGS__))
#define SLMI_N26(...) SLMI_CAT(SLMI_N26_, SLMI_KIND(__VA_ARGS__))(__VA_ARGS__)
#define SLMI_N26_0(...) 26
#define SLMI_N26_1(...) SLMI_N27(SLMI_TAIL(__VA_ARGS__))
#define SLMI_N27(...) SLMI_CAT(SLMI_N27_, SLMI_KIND(__VA_ARGS__))(__VA_ARGS__)
#define SLMI_N27_0(...) 27
#define SLMI_N27_1(...) SLMI_N28(SLMI_TAIL(__VA_ARGS__))
#define SLMI_N28(...) SLMI_CAT(SLMI_N28_, SLMI_KIND(__VA_ARGS__))(__VA_ARGS__)
#define SLMI_N28_0(...) 28
#define SLMI_N28_1(...) SLMI_N29(SLMI_TAIL(__VA_ARGS__))
#define SLMI_N29(...) SLMI_CAT(SLMI_N29_, SLMI_KIND(__VA_ARGS__))(__VA_ARGS__)
#define SLMI_N29_0(...) 29
#define SLMI_N29_1(...) SLMI_N30(SLMI_TAIL(__VA_ARGS__))
#define SLMI_N30(...) SLMI_CAT(SLMI_N30_, SLMI_KIND(__VA_ARGS__))(__VA_ARGS__)
#define SLMI_N30_0(...) 30
#define SLMI_N30_1(...) SLMI_N31(SLMI_TAIL(__VA_ARGS__))
#define SLMI_N31(...) SLMI_CAT(SLMI_N31_, SLMI_KIND(__VA_ARGS__))(__VA_ARGS__)
#define SLMI_N31_0(...) 31
#define SLMI_N31_1(...) SLMI_N32(SLMI_TAIL(__VA_ARGS__))
#define SLMI_N32(...) SLMI_CAT(SLMI_N32_, SLMI_KIND(__VA_ARGS__))(__VA_ARGS__)
#define SLMI_N32_0(...) 32
#define SLMI_N32_1(...) 33

#define SLMI_MAP_0(M, ...)
#define SLMI_MAP_1(M, a0, ...) M a0
#define SLMI_MAP_2(M, a0, a1, ...) M a0 M a1
#define SLMI_MAP_3(M, a0, a1, a2, ...) M a0 M a1 M a2
#define SLMI_MAP_4(M, a0, a1, a2, a3, ...) M a0 M a1 M a2 M a3
#define SLMI_MAP_5(M, a0, a1, a2, a3, a4, ...) M a0 M a1 M a2 M a3 M a4
#define SLMI_MAP_6(M, a0, a1, a2, a3, a4, a5, ...) M a0 M a1 M a2 M a3 M a4 M a5
#define SLMI_MAP_7(M, a0, a1, a2, a3, a4, a5, a6, ...) M a0 M a1 M a2 M a3 M a4 M a5 M a6
#define SLMI_MAP_8(M, a0, a1, a2, a3, a4, a5, a6, a7, ...) M a0 M a1 M a2 M a3 M a4 M a5 M a6 M a7
#define SLMI_MAP_9(M, a0, a1, a2, a3, a4, a5, a6, a7, a8, ...) M a0 M a1 M a2 M a3 M a4 M a5 M a6 M a7 M a8
#define SLMI_MAP_10(M, a0, a1, a2, a3, a4, a5, a6, a7, a8, a9, ...) M a0 M a1 M a2 M a3 M a4 M a5 M a6 M a7 M a8 M a9
#define SLMI_MAP_11(M, a0, a1, a2, a3, a4, a5, a6, a7, a8, a9, a10, ...) M a0 M a1 M a2 M a3 M a4 M a5 M a6 M a7 \
    M a8 M a9 M a10
#define SLMI_MAP_12(M, a0, a1, a2, a3, a4, a5, a6, a7, a8, a9, a10, a11, ...) M a0 M a1 M a2 M a3 M a4 M a5 M a6 \
    M a7 M a8 M a9 M a10 M a11
#define SLMI_MAP_13(M, a0, a1, a2, a3, a4, a5, a6, a7, a8, a9, a10, a11, a12, ...) M a0 M a1 M a2 M a3 M a4 M a5 \
    M a6 M a7 M a8 M a9 M a10 M a11 M a12
#define SLMI_MAP_14(M, a0, a1, a2, a3, a4, a5, a6, a7, a8, a9, a10, a11, a12, a13, ...) M a0 M a1 M a2 M a3 M a4 \
    M a5 M a6 M a7 M a8 M a9 M a10 M a11 M a12 M a13
#define SLMI_MAP_15(M, a0, a1, a2, a3, a4, a5, a6, a7, a8, a9, a10, a11, a12, a13, a14, ...) M a0 M a1 M a2 M a3 \
    M a4 M a5 M a6 M a7 M a8 M a9 M a10 M a11 M a12 M a13 M a14
#define SLMI_MAP_16(M, a0, a1, a2, a3, a4, a5, a6, a7, a8, a9, a10, a11, a12, a13, a14, a15, ...) M a0 M a1 M a2 \
    M a3 M a4 M a5 M a6 M a7 M a8 M a9 M a10 M a11 M a12 M a13 M a14 M a15
#define SLMI_MAP_17(M, a0, a1, a2, a3, a4, a5, a6, a7, a8, a9, a10, a11, a12, a13, a14, a15, a16, ...) M a0 M a1 \
    M a2 M a3 M a4 M a5 M a6 M a7 M a8 M a9 M a10 M a11 M a12 M a13 M a14 M a15 M a16
#define SLMI_MAP_18(M, a0, a1, a2, a3, a4, a5, a6, a7, a8, a9, a10, a11, a12, a13, a14, a15, a16, a17, ...) M a0 \
    M a1 M a2 M a3 M a4 M a5 M a6 M a7 M a8 M a9 M a10 M a11 M a12 M a13 M a14 M a15 M a16 M a17
#define SLMI_MAP_19(M, a0, a1, a2, a3, a4, a5, a6, a7, a8, a9, a10, a11, a12, a13, a14, a15, a16, a17, a18, ...) \
    M a0 M a1 M a2 M a3 M a4 M a5 M a6 M a7 M a8 M a9 M a10 M a11 M a12 M a13 M a14 M a15 M a16 M a17 M a18
#define SLMI_MAP_20(M, a0, a1, a2, a3, a4, a5, a6, a7, a8, a9, a10, a11, a12, a13, a14, a15, a16, a17, a18, a19, \
    ...) M a0 M a1 M a2 M a3 M a4 M a5 M a6 M a7 M a8 M a9 M a10 M a11 M a12 M a13 M a14 M a15 M a16 M a17 M a18 M \
    a19
#define SLMI_MAP_21(M, a0, a1, a2, a3, a4, a5, a6, a7, a8, a9, a10, a11, a12, a13, a14, a15, a16, a17, a18, a19, \
    a20, ...) M a0 M a1 M a2 M a3 M a4 M a5 M a6 M a7 M a8 M a9 M a10 M a11 M a12 M a13 M a14 M a15 M a16 M a17 M \
    a18 M a19 M a20
#define SLMI_MAP_22(M, a0, a1, a2, a3, a4, a5, a6, a7, a8, a9, a10, a11, a12, a13, a14, a15, a16, a17, a18, a19, \
    a20, a21, ...) M a0 M a1 M a2 M a3 M a4 M a5 M a6 M a7 M a8 M a9 M a10 M a11 M a12 M a13 M a14 M a15 M a16 M a17 \
    M a18 M a19 M a20 M a21
#define SLMI_MAP_23(M, a0, a1, a2, a3, a4, a5, a6, a7, a8, a9, a10, a11, a12, a13, a14, a15, a16, a17, a18, a19, \
    a20, a21, a22, ...) M a0 M a1 M a2 M a3 M a4 M a5 M a6 M a7 M a8 M a9 M a10 M a11 M a12 M a13 M a14 M a15 M a16 \
    M a17 M a18 M a19 M a20 M a21 M a22
#define SLMI_MAP_24(M, a0, a1, a2, a3, a4, a5, a6, a7, a8, a9, a10, a11, a12, a13, a14, a15, a16, a17, a18, a19, \
    a20, a21, a22, a23, ...) M a0 M a1 M a2 M a3 M a4 M a5 M a6 M a7 M a8 M a9 M a10 M a11 M a12 M a13 M a14 M a15 M \
    a16 M a17 M a18 M a19 M a20 M a21 M a22 M a23
#define SLMI_MAP_25(M, a0, a1, a2, a3, a4, a5, a6, a7, a8, a9, a10, a11, a12, a13, a14, a15, a16, a17, a18, a19, \
    a20, a21, a22, a23, a24, ...) M a0 M a1 M a2 M a3 M a4 M a5 M a6 M a7 M a8 M a9 M a10 M a11 M a12 M a13 M a14 M \
    a15 M a16 M a17 M a18 M a19 M a20 M a21 M a22 M a23 M a24
#define SLMI_MAP_26(M, a0, a1, a2, a3, a4, a5, a6, a7, a8, a9, a10, a11, a12, a13, a14, a15, a16, a17, a18, a19, \
    a20, a21, a22, a23, a24, a25, ...) M a0 M a1 M a2 M a3 M a4 M a5 M a6 M a7 M a8 M a9 M a10 M a11 M a12 M a13 M \
    a14 M a15 M a16 M a17 M a18 M a19 M a20 M a21 M a22 M a23 M a24 M a25
#define SLMI_MAP_27(M, a0, a1, a2, a3, a4, a5, a6, a7, a8, a9, a10, a11, a12, a13, a14, a15, a16, a17, a18, a19, \
    a20, a21, a22, a23, a24, a25, a26, ...) M a0 M a1 M a2 M a3 M a4 M a5 M a6 M a7 M a8 M a9 M a10 M a11 M a12 M \
    a13 M a14 M a15 M a16 M a17 M a18 M a19 M a20 M a21 M a22 M a23 M a24 M a25 M a26
#define SLMI_MAP_28(M, a0, a1, a2, a3, a4, a5, a6, a7, a8, a9, a10, a11, a12, a13, a14, a15, a16, a17, a18, a19, \
    a20, a21, a22, a23, a24, a25, a26, a27, ...) M a0 M a1 M a2 M a3 M a4 M a5 M a6 M a7 M a8 M a9 M a10 M a11 M a12 \
    M a13 M a14 M a15 M a16 M a17 M a18 M a19 M a20 M a21 M a22 M a23 M a24 M a25 M a26 M a27
#define SLMI_MAP_29(M, a0, a1, a2, a3, a4, a5, a6, a7, a8, a9, a10, a11, a12, a13, a14, a15, a16, a17, a18, a19, \
    a20, a21, a22, a23, a24, a25, a26, a27, a28, ...) M a0 M a1 M a2 M a3 M a4 M a5 M a6 M a7 M a8 M a9 M a10 M a11 \
    M a12 M a13 M a14 M a15 M a16 M a17 M a18 M a19 M a20 M a21 M a22 M a23 M a24 M a25 M a26 M a27 M a28
#define SLMI_MAP_30(M, a0, a1, a2, a3, a4, a5, a6, a7, a8, a9, a10, a11, a12, a13, a14, a15, a16, a17, a18, a19, \
    a20, a21, a22, a23, a24, a25, a26, a27, a28, a29, ...) M a0 M a1 M a2 M a3 M a4 M a5 M a6 M a7 M a8 M a9 M a10 M \
    a11 M a12 M a13 M a14 M a15 M a16 M a17 M a18 M a19 M a20 M a21 M a22 M a23 M a24 M a25 M a26 M a27 M a28 M a29
#define SLMI_MAP_31(M, a0, a1, a2, a3, a4, a5, a6, a7, a8, a9, a10, a11, a12, a13, a14, a15, a16, a17, a18, a19, \
    a20, a21, a22, a23, a24, a25, a26, a27, a28, a29, a30, ...) M a0 M a1 M a2 M a3 M a4 M a5 M a6 M a7 M a8 M a9 M \
    a10 M a11 M a12 M a13 M a14 M a15 M a16 M a17 M a18 M a19 M a20 M a21 M a22 M a23 M a24 M a25 M a26 M a27 M a28 \
    M a29 M a30
#define SLMI_MAP_32(M, a0, a1, a2, a3, a4, a5, a6, a7, a8, a9, a10, a11, a12, a13, a14, a15, a16, a17, a18, a19, \
    a20, a21, a22, a23, a24, a25, a26, a27, a28, a29, a30, a31, ...) M a0 M a1 M a2 M a3 M a4 M a5 M a6 M a7 M a8 M \
    a9 M a10 M a11 M a12 M a13 M a14 M a15 M a16 M a17 M a18 M a19 M a20 M a21 M a22 M a23 M a24 M a25 M a26 M a27 M \
    a28 M a29 M a30 M a31
#define SLMI_MAP_33(M, ...)                                                                          \
    M(slm_error_a_callsite_takes_at_most_32_fields, slm_error_a_callsite_takes_at_most_32_fields)

#define SLMI_REST_0(...) __VA_ARGS__
#define SLMI_REST_1(a0, ...) __VA_ARGS__
#define SLMI_REST_2(a0, a1, ...) __VA_ARGS__
#define SLMI_REST_3(a0, a1, a2, ...) __VA_ARGS__
#define SLMI_REST_4(a0, a1, a2, a3, ...) __VA_ARGS__
#define SLMI_REST_5(a0, a1, a2, a3, a4, ...) __VA_ARGS__
#define SLMI_REST_6(a0, a1, a2, a3, a4, a5, ...) __VA_ARGS__
#define SLMI_REST_7(a0, a1, a2, a3, a4, a5, a6, ...) __VA_ARGS__
#define SLMI_REST_8(a0, a1, a2, a3, a4, a5, a6, a7, ...) __VA_ARGS__
#define SLMI_REST_9(a0, a1, a2, a3, a4, a5, a6, a7, a8, ...) __VA_ARGS__
#define SLMI_REST_10(a0, a1, a2, a3, a4, a5, a6, a7, a8, a9, ...) __VA_ARGS__
#define SLMI_REST_11(a0, a1, a2, a3, a4, a5, a6, a7, a8, a9, a10, ...) __VA_ARGS__
#define SLMI_REST_12(a0, a1, a2, a3, a4, a5, a6, a7, a8, a9, a10, a11, ...) __VA_ARGS__
#define SLMI_REST_13(a0, a1, a2, a3, a4, a5, a6, a7, a8, a9, a10, a11, a12, ...) __VA_ARGS__
#define SLMI_REST_14(a0, a1, a2, a3, a4, a5, a6, a7, a8, a9, a10, a11, a12, a13, ...) __VA_ARGS__
#define SLMI_REST_15(a0, a1, a2, a3, a4, a5, a6, a7, a8, a9, a10, a11, a12, a13, a14, ...) __VA_ARGS__
#define SLMI_REST_16(a0, a1, a2, a3, a4, a5, a6, a7, a8, a9, a10, a11, a12, a13, a14, a15, ...) __VA_ARGS__
#define SLMI_REST_17(a0, a1, a2, a3, a4, a5, a6, a7, a8, a9, a10, a11, a12, a13, a14, a15, a16, ...) __VA_ARGS__
#define SLMI_REST_18(a0, a1, a2, a3, a4, a5, a6, a7, a8, a9, a10, a11, a12, a13, a14, a15, a16, a17, ...) __VA_ARGS__
#define SLMI_REST_19(a0, a1, a2, a3, a4, a5, a6, a7, a8, a9, a10, a11, a12, a13, a14, a15, a16, a17, a18, ...) \
    __VA_ARGS__
#define SLMI_REST_20(a0, a1, a2, a3, a4, a5, a6, a7, a8, a9, a10, a11, a12, a13, a14, a15, a16, a17, a18, a19, \
    ...) __VA_ARGS__
#define SLMI_REST_21(a0, a1, a2, a3, a4, a5, a6, a7, a8, a9, a10, a11, a12, a13, a14, a15, a16, a17, a18, a19, \
    a20, ...) __VA_ARGS__
#define SLMI_REST_22(a0, a1, a2, a3, a4, a5, a6, a7, a8, a9, a10, a11, a12, a13, a14, a15, a16, a17, a18, a19, \
    a20, a21, ...) __VA_ARGS__
#define SLMI_REST_23(a0, a1, a2, a3, a4, a5, a6, a7, a8, a9, a10, a11, a12, a13, a14, a15, a16, a17, a18, a19, \
    a20, a21, a22, ...) __VA_ARGS__
#define SLMI_REST_24(a0, a1, a2, a3, a4, a5, a6, a7, a8, a9, a10, a11, a12, a13, a14, a15, a16, a17, a18, a19, \
    a20, a21, a22, a23, ...) __VA_ARGS__
#define SLMI_REST_25(a0, a1, a2, a3, a4, a5, a6, a7, a8, a9, a10, a11, a12, a13, a14, a15, a16, a17, a18, a19, \
    a20, a21, a22, a23, a24, ...) __VA_ARGS__
#define SLMI_REST_26(a0, a1, a2, a3, a4, a5, a6, a7, a8, a9, a10, a11, a12, a13, a14, a15, a16, a17, a18, a19, \
    a20, a21, a22, a23, a24, a25, ...) __VA_ARGS__
#define SLMI_REST_27(a0, a1, a2, a3, a4, a5, a6, a7, a8, a9, a10, a11, a12, a13, a14, a15, a16, a17, a18, a19, \
    a20, a21, a22, a23, a24, a25, a26, ...) __VA_ARGS__
#define SLMI_REST_28(a0, a1, a2, a3, a4, a5, a6, a7, a8, a9, a10, a11, a12, a13, a14, a15, a16, a17, a18, a19, \
    a20, a21, a22, a23, a24, a25, a26, a27, ...) __VA_ARGS__
#define SLMI_REST_29(a0, a1, a2, a3, a4, a5, a6, a7, a8, a9, a10, a11, a12, a13, a14, a15, a16, a17, a18, a19, \
    a20, a21, a22, a23, a24, a25, a26, a27, a28, ...) __VA_ARGS__
#define SLMI_REST_30(a0, a1, a2, a3, a4, a5, a6, a7, a8, a9, a10, a11, a12, a13, a14, a15, a16, a17, a18, a19, \
    a20, a21, a22, a23, a24, a25, a26, a27, a28, a29, ...) __VA_ARGS__
#define SLMI_REST_31(a0, a1, a2, a3, a4, a5, a6, a7, a8, a9, a10, a11, a12, a13, a14, a15, a16, a17, a18, a19, \
    a20, a21, a22, a23, a24, a25, a26, a27, a28, a29, a30, ...) __VA_ARGS__
#define SLMI_REST_32(a0, a1, a2, a3, a4, a5, a6, a7, a8, a9, a10, a11, a12, a13, a14, a15, a16, a17, a18, a19, \
    a20, a21, a22, a23, a24, a25, a26, a27, a28, a29, a30, a31, ...) __VA_ARGS__
#define SLMI_REST_33(...)

/* 0 or 1 for a count: whether there is any field. */
#define SLMI_SOME_0 0
#define SLMI_SOME_1 1
#define SLMI_SOME_2 1
#define SLMI_SOME_3 1
#define SLMI_SOME_4 1
#define SLMI_SOME_5 1
#define SLMI_SOME_6 1
#define SLMI_SOME_7 1
#define SLMI_SOME_8 1
#define SLMI_SOME_9 1
#define SLMI_SOME_10 1
#define SLMI_SOME_11 1
#define SLMI_SOME_12 1
#define SLMI_SOME_13 1
#define SLMI_SOME_14 1
#define SLMI_SOME_15 1
#define SLMI_SOME_16 1
#define SLMI_SOME_17 1
#define SLMI_SOME_18 1
#define SLMI_SOME_19 1
#define SLMI_SOME_20 1
#define SLMI_SOME_21 1
#define SLMI_SOME_22 1
#define SLMI_SOME_23 1
#define SLMI_SOME_24 1
#define SLMI_SOME_25 1
#define SLMI_SOME_26 1
#define SLMI_SOME_27 1
#define SLMI_SOME_28 1
#define SLMI_SOME_29 1
#define SLMI_SOME_30 1
#define SLMI_SOME_31 1
#define SLMI_SOME_32 1
#define SLMI_SOME_33 1

#endif
