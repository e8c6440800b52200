/* SPDX-License-Identifier: MIT */
#include "core/errno_name.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <errno.h>
#include <limits.h>

Test(errno_name, names_what_has_a_name)
{
    static const struct {
        int number;
        const char *name;
    } cases[] = { { EPERM, "EPERM" },
                  { ENOENT, "ENOENT" },
                  { EAGAIN, "EAGAIN" },
                  { EWOULDBLOCK, "EAGAIN" },
                  { EDEADLK, "EDEADLK" },
                  { EOPNOTSUPP, "EOPNOTSUPP" },
                  { ECONNREFUSED, "ECONNREFUSED" },
                  { EHWPOISON, "EHWPOISON" } };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        cr_expect(eq(str, (char *)slmi_errno_name(cases[i].number), (char *)cases[i].name));
}

Test(errno_name, has_none_for_numbers_that_are_no_errors)
{
    static const int none[] = { 0, -1, -ENOENT, INT_MIN, 4095, INT_MAX };
    for (size_t i = 0; i < sizeof none / sizeof *none; i++)
        cr_expect(slmi_errno_name(none[i]) == NULL, "%d", none[i]);
}
