/* SPDX-License-Identifier: MIT */
/* A program that was written for rxi's log.c: its #include "log.h" is replaced by one line, and main() has a span. Each
 * line then says in which request it was written. */
#include <spanloom/log.h>
#include <spanloom/log_facade.h>

static int shave(int yak)
{
    log_debug("clippers on");
    if (yak == 2)
        return log_error("yak %d got away", yak), -1;
    log_info("yak %d is shaved", yak);
    return 0;
}

int main(void)
{
    slm_init_log(NULL); /* somebody listens */
    for (int yak = 1; yak <= 2; yak++) {
        SLM_SCOPE("shave", ("yak", yak));
        if (shave(yak) != 0)
            log_warn("never mind");
    }
    log_fatal("out of yaks");
    slm_log_shutdown(1000);
    return 0;
}
