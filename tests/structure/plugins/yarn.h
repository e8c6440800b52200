/* SPDX-License-Identifier: MIT */
/* A small traced library that is linked, statically, into each plugin. */
#ifndef SPANLOOM_TESTS_STRUCTURE_PLUGINS_YARN_H
#define SPANLOOM_TESTS_STRUCTURE_PLUGINS_YARN_H

enum { YARN_EVENTS = 2, YARN_SPANS = 2 };

int yarn_spin(int turns);

#endif
