/* SPDX-License-Identifier: MIT */
/* Macros of users with names that ours are made of. Included after trace.h, around a few functions. */
#define S     1
#define P     2
#define site  ~
#define tags  "tags"
#define text  "text"
#define mask  ~
#define words *
#define level +
