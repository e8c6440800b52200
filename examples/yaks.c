/* SPDX-License-Identifier: MIT */
/* The example of the talk that started `tracing`: three yaks are shaved, and the last is not there.
 *
 *     SPANLOOM_LOG=trace ./yaks      says what happens, and inside of what
 *     spanloom view & ./yaks         shows the same as a tree, with durations
 */
#include <spanloom/sdk.h>
#include <spanloom/trace.h>

#include <errno.h>
#include <stdlib.h>

struct yak {
    int id;
    bool gone;
};

static int shave_yak(const struct yak *yak);
static void shave_all(const struct yak *yaks, size_t count);

int main(void)
{
    static const struct yak yaks[] = { { 0, false }, { 1, false }, { 2, true } };

    if (slm_init(NULL) != SLM_OK) /* what the environment says: OTEL_..., SPANLOOM_... */
        return EXIT_FAILURE;
    shave_all(yaks, sizeof yaks / sizeof *yaks);
    slm_shutdown(2000);
    return EXIT_SUCCESS;
}

void shave_all(const struct yak *yaks, size_t count)
{
    SLM_SCOPE("shaving_yaks", ("yak_count", count)); /* until the end of this block */

    for (size_t i = 0; i < count; i++) {
        SLM_SCOPE("shave", ("current_yak", yaks[i].id));
        int err = shave_yak(&yaks[i]); /* all it does is inside "shave" */
        if (err == 0)
            SLM_DEBUG("yak shaved successfully");
        else
            SLM_WARN(("error", slm_errno(err)), "yak shaving failed!");
    }
}

static int shave_yak(const struct yak *yak)
{
    SLM_TRACE("hello! I'm gonna shave a yak");
    return yak->gone ? ENOENT : 0;
}
