/* SPDX-License-Identifier: MIT */
/* Parents by name: without one, a span's parent is whatever is current. Work that is interleaved, as here two herds
 * counted in turn, says what belongs to what without ever making it current. */
#include <spanloom/log.h>
#include <spanloom/trace.h>

int main(void)
{
    slm_init_log(NULL);

    slm_span north = SLM_SPAN("count", ("herd", "north"));
    slm_span south = SLM_SPAN("count", ("herd", "south"));
    for (int yak = 1; yak <= 2; yak++) {
        SLM_EVENT_WITH((.parent = slm_under(north)), SLM_LEVEL_INFO, ("yak", yak), "counted");
        SLM_EVENT_WITH((.parent = slm_under(south)), SLM_LEVEL_INFO, ("yak", yak), "counted");
    }
    slm_span bell = SLM_SPAN_WITH((.parent = slm_under(south)), "bell");
    slm_token entered = slm_enter(bell); /* until the exit, this is current */
    SLM_INFO("the leader's");
    SLM_EVENT_WITH((.parent = SLM_ROOT), SLM_LEVEL_INFO, "of no herd");
    slm_exit(entered);

    slm_span_end(bell);
    slm_span_end(south);
    slm_span_end(north);
    slm_log_shutdown(0);
    return 0;
}
