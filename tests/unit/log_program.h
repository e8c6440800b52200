/* SPDX-License-Identifier: MIT */
#ifndef TESTS_UNIT_LOG_PROGRAM_H
#define TESTS_UNIT_LOG_PROGRAM_H

int log_program(void);

#endif
