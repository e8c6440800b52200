/* SPDX-License-Identifier: MIT */
/* What an existing program says through the facade stands in the span around it. */
#include <spanloom/log.h>
#include <spanloom/test.h>
#include <spanloom/trace.h>

#include <stdlib.h>

#include "tests/unit/log_program.h"

static const char tree[] = "request{id=7} > ("
                           "'start'[TRACE,target=log_program],"
                           "'Frieda withdraws 20 of 50'[DEBUG], 'that is little'[TRACE],"
                           "'Frieda withdraws 2000 of 30'[DEBUG], 'Frieda has only 30'[WARN], 'that is a lot'[INFO],"
                           "'at level 0'[TRACE,target=log_program], 'at level 1'[DEBUG], 'at level 2'[INFO],"
                           "'at level 3'[WARN], 'at level 4'[ERROR], 'at level 5'{severity='FATAL'}[ERROR],"
                           "'balance is 30'[INFO],"
                           "'Frieda withdraws -1 of 30'[DEBUG], 'Frieda: refused, nothing to pay out'[WARN],"
                           "'withdraw(-1): No such file or directory'[ERROR],"
                           "'giving up'{severity='FATAL'}[ERROR])";

int main(void)
{
    slm_mock *m = slm_mock_begin(NULL);
    if (!m)
        return EXIT_FAILURE;
    int result;
    {
        SLM_SCOPE("request", ("id", 7));
        result = log_program();
    }
    bool good = slm_expect_only_tree(m, tree) && result == 1;
    slm_mock_end(m);
    return good ? EXIT_SUCCESS : EXIT_FAILURE;
}
