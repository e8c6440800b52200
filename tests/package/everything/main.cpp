/* SPDX-License-Identifier: MIT */
/* A user's program in C++17, of everything that is installed: each header, and of each library a function. */
#ifdef WITH_CURL
#include <spanloom/curl.h>
#endif
#ifdef WITH_EVENT
#include <spanloom/event.h>
#endif
#ifdef WITH_GLIB
#include <spanloom/glib.h>
#endif
#ifdef WITH_GLIB_LOG
#include <spanloom/glib_log.h>
#endif
#ifdef WITH_NGHTTP2
#include <spanloom/nghttp2.h>
#endif
#ifdef WITH_SQLITE
#include <spanloom/sqlite.h>
#endif
#ifdef WITH_UV
#include <spanloom/uv.h>
#endif
#ifdef WITH_EXPORTERS
#include <spanloom/sdk.h>
#endif
#include <spanloom/log.h>
#include <spanloom/test.h>
#include <spanloom/trace.h>

static int use_adapters()
{
    int used = 0;
#ifdef WITH_CURL
    used += slm_curl_getter() != nullptr;
#endif
#ifdef WITH_EVENT
    slm_libevent event;
    used += slm_libevent_new(&event, nullptr, -1, 0, nullptr, nullptr) == nullptr;
#endif
#ifdef WITH_GLIB
    g_source_unref(slm_g_source_bind(g_idle_source_new()));
    used++;
#endif
#ifdef WITH_GLIB_LOG
    used += slm_glib_log_writer(G_LOG_LEVEL_DEBUG, nullptr, 0, nullptr) == G_LOG_WRITER_HANDLED;
#endif
#ifdef WITH_NGHTTP2
    used += slm_nghttp2_getter() != nullptr;
#endif
#ifdef WITH_SQLITE
    slm_sqlite_detach(nullptr);
    used++;
#endif
#ifdef WITH_UV
    slm_uv_timer timer = {};
    slm_uv_bond_init(&timer.bond);
    used++;
#endif
#ifdef WITH_EXPORTERS
    used += slm_shutdown(0) == SLM_ERR_NOT_FOUND;
#endif
    return used;
}

int main()
{
    slm_mock *mock = slm_mock_begin(nullptr);
    {
        SLM_SCOPE("everything", ("ok", true), ("absent", static_cast<const char *>(nullptr)));
        SLM_INFO(("used", use_adapters()), "%s", "used");
    }
    bool there = slm_expect_tree(mock, "everything{ok=true} > 'used'[INFO]");
    slm_mock_end(mock);
    return there ? 0 : 1;
}
