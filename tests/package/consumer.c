/* SPDX-License-Identifier: MIT */
/* A user's program. It is told which version to expect, and answers 0 if header, library and that agree. Of what it is
 * compiled for it calls one function, so that the library must really be found, by the linker and at run time. */
#include <spanloom/trace.h>
#include <spanloom/version.h>
#ifdef CONSUMER_EXPORTERS
#include <spanloom/sdk.h>
#endif
#ifdef CONSUMER_CURL
#include <spanloom/curl.h>
#endif
#ifdef CONSUMER_GLIB_LOG
#include <spanloom/glib_log.h>
#endif
#ifdef CONSUMER_NGHTTP2
#include <spanloom/nghttp2.h>
#endif
#ifdef CONSUMER_SQLITE
#include <spanloom/sqlite.h>
#endif
#ifdef CONSUMER_UV
#include <spanloom/uv.h>
#endif
#ifdef CONSUMER_EVENT
#include <spanloom/event.h>
#endif
#ifdef CONSUMER_GLIB
#include <spanloom/glib.h>
#endif
#ifdef CONSUMER_TEST
#include <spanloom/test.h>
#endif

#include <stdio.h>
#include <string.h>

int main(int argc, char **argv)
{
    SLM_SCOPE("consumer", ("argc", argc));
#ifdef CONSUMER_EXPORTERS
    (void)slm_shutdown(0);
#endif
#ifdef CONSUMER_CURL
    if (!slm_curl_setter())
        return 1;
#endif
#ifdef CONSUMER_GLIB_LOG
    if (slm_glib_log_writer(G_LOG_LEVEL_DEBUG, NULL, 0, NULL) != G_LOG_WRITER_HANDLED)
        return 1;
#endif
#ifdef CONSUMER_NGHTTP2
    if (!slm_nghttp2_setter())
        return 1;
#endif
#ifdef CONSUMER_SQLITE
    slm_sqlite_detach(NULL);
#endif
#ifdef CONSUMER_UV
    slm_uv_idle idle;
    slm_uv_bond_init(&idle.bond);
    if (uv_idle_init(uv_default_loop(), &idle.uv) != 0 || slm_uv_stop(&idle.bond) != 0)
        return 1;
#endif
#ifdef CONSUMER_EVENT
    slm_libevent event;
    if (slm_libevent_new(&event, NULL, -1, 0, NULL, NULL))
        return 1;
#endif
#ifdef CONSUMER_GLIB
    g_source_unref(slm_g_source_bind(g_idle_source_new()));
#endif
#ifdef CONSUMER_TEST
    slm_mock *mock = slm_mock_begin(NULL);
    SLM_INFO("told");
    if (!slm_expect_tree(mock, "'told'[INFO]"))
        return 1;
    slm_mock_end(mock);
#endif
    if (argc != 2 || strcmp(argv[1], slm_version()) != 0 || strcmp(argv[1], SLM_VERSION_STRING) != 0) {
        fprintf(stderr, "expected %s, header %s, library %s\n", argc > 1 ? argv[1] : "an argument", SLM_VERSION_STRING,
                slm_version());
        return 1;
    }
    return 0;
}
