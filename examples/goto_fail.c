/* SPDX-License-Identifier: MIT */
/* Clean-up by `goto fail` beside scopes. A jump past a scope into the rest of its block does not compile: the scope
 * would end there without ever having begun. So a scope stands in a block of its own, and the label outside of it; a
 * jump out of the block ends the scope, as `return` and `break` do. */
#include <spanloom/log.h>
#include <spanloom/trace.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LINE_BYTES = 256 };

static int read_first_line(const char *path, char *line)
{
    int err = 0;
    FILE *file = NULL;
    char *copy = malloc(LINE_BYTES);
    if (!copy)
        return ENOMEM;

    {
        SLM_SCOPE("open", ("path", path));
        file = fopen(path, "r");
        if (!file) {
            err = errno;
            SLM_ERROR(("error", slm_errno(err)), "cannot open");
            goto fail;
        }
    }
    {
        SLM_SCOPE("read");
        if (!fgets(copy, LINE_BYTES, file)) {
            err = ENODATA;
            SLM_ERROR("nothing in it");
            goto fail;
        }
    }
    copy[strcspn(copy, "\n")] = '\0';
    snprintf(line, LINE_BYTES, "%s", copy);

fail: /* also the way of success: everything is given back in the reverse order */
    if (file)
        fclose(file);
    free(copy);
    return err;
}

int main(int argc, char **argv)
{
    char line[LINE_BYTES];

    slm_init_log(NULL);
    int failures = 0;
    for (int i = 1; i < argc; i++) {
        SLM_SCOPE("read_first_line");
        if (SLM_FAIL(read_first_line(argv[i], line)) != 0) /* marks the scope as failed */
            failures++;
        else
            SLM_INFO(("line", line));
    }
    slm_log_shutdown(0);
    return failures > 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
