/* SPDX-License-Identifier: MIT */
/* Stands where rxi's header would: with its guard defined, nothing of it may be read. */
#ifndef LOG_H
#error "the program's own log.h was read"
#endif
