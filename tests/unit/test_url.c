/* SPDX-License-Identifier: MIT */
#include "exporters/url.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#define LONG_HOST                                                                                                      \
    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"             \
    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"             \
    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

Test(url, a_base_gets_the_signals_path_and_a_signals_own_url_is_used_as_it_is)
{
    /* OTLP Exporter, Endpoint URLs for OTLP/HTTP. */
    static const struct {
        const char *text, *below, *expected;
    } cases[] = {
        { "http://c:4318", "v1/traces", "http://c:4318/v1/traces" },
        { "http://c:4318/", "v1/traces", "http://c:4318/v1/traces" },
        { "http://c:4318/my", "v1/traces", "http://c:4318/my/v1/traces" },
        { "http://c:4318/my/", "v1/traces", "http://c:4318/my/v1/traces" },
        { "https://c/my?k=1", "v1/traces", "https://c/my/v1/traces?k=1" },
        { "http://c?k=1", "v1/traces", "http://c/v1/traces?k=1" },
        { "http://c:4318", NULL, "http://c:4318/" },
        { "https://h/x/", NULL, "https://h/x/" },
        { "https://h/x", NULL, "https://h/x" },
        { "HTTP://h/x", NULL, "http://h/x" },
        { "http://[::1]:4318/v1/traces", NULL, "http://[::1]:4318/v1/traces" },
        { "http://u:p@h/x", NULL, "http://u:p@h/x" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        slmi_url url;
        slm_status status = cases[i].below ? slmi_url_parse_base(cases[i].text, cases[i].below, &url)
                                           : slmi_url_parse(cases[i].text, &url);
        cr_assert(eq(int, (int)status, (int)SLM_OK), "%s", cases[i].text);
        cr_expect(eq(str, url.text, (char *)cases[i].expected));
    }
}

Test(url, host_and_port_are_found)
{
    static const struct {
        const char *text, *host;
        unsigned port;
        bool tls, numeric, local;
    } cases[] = {
        { "http://c", "c", 80, false, false, false },
        { "https://c", "c", 443, true, false, false },
        { "http://c.example:1", "c.example", 1, false, false, false },
        { "http://u:p@c:65535/a:b@d", "c", 65535, false, false, false },
        { "http://127.0.0.1:4318", "127.0.0.1", 4318, false, true, true },
        { "http://127.9.9.9", "127.9.9.9", 80, false, true, true },
        { "http://10.0.0.1", "10.0.0.1", 80, false, true, false },
        { "http://[::1]", "::1", 80, false, true, true },
        { "https://[2001:db8::1]:4318/x", "2001:db8::1", 4318, true, true, false },
        { "http://localhost", "localhost", 80, false, true, true },
        { "http://a.LocalHost", "a.LocalHost", 80, false, true, true },
        { "http://mylocalhost", "mylocalhost", 80, false, false, false },
        { "http://localhost.example", "localhost.example", 80, false, false, false },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        slmi_url url;
        cr_assert(eq(int, (int)slmi_url_parse(cases[i].text, &url), (int)SLM_OK), "%s", cases[i].text);
        cr_expect(eq(str, url.authority.host, (char *)cases[i].host));
        cr_expect(eq(uint, url.authority.port, cases[i].port), "%s", cases[i].text);
        cr_expect(eq(int, url.tls, cases[i].tls), "%s", cases[i].text);
        cr_expect(eq(int, url.authority.numeric, cases[i].numeric), "%s", cases[i].text);
        cr_expect(eq(int, url.authority.local, cases[i].local), "%s", cases[i].text);
    }
}

Test(url, credentials_are_not_shown)
{
    slmi_url url;
    cr_assert(eq(int, (int)slmi_url_parse("https://yak:secret@h:1/x?y", &url), (int)SLM_OK));
    cr_expect(eq(str, url.shown, (char *)"https://h:1/x?y"));
}

Test(url, what_is_none_is_refused)
{
    static const char *const cases[] = {
        "",
        "c",
        "c:4318",
        "localhost:4318/v1/traces",
        "//c/x",
        "grpc://c:4317",
        "unix:/run/otel",
        "http:/c",
        "http://",
        "http:///x",
        "http://:4318",
        "http://@/",
        "http://u@v@c/",
        "http://u:p@:1/",
        "http://c:",
        "http://c:0",
        "http://c:65536",
        "http://c:99999999999999999999",
        "http://c:+1",
        "http://c:1 ",
        "http://c:1x",
        "http://c/a b",
        "http://c/\r\nHost: evil",
        "http://c/\x7f",
        "http://c/\xc3\xa9",
        "http://c/#frag",
        "http://c\\d/",
        "http://c%41/",
        "http://.c/",
        "http://[::1",
        "http://[::1]x",
        "http://[127.0.0.1]",
        "http://[fe80::1%25eth0]/",
        "http://[]/",
        "http://" LONG_HOST "/",
        "ftp://http://c/",
        "http://c|d/",
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        slmi_url url;
        cr_expect(ne(int, (int)slmi_url_parse(cases[i], &url), (int)SLM_OK), "\"%s\"", cases[i]);
    }
}

Test(url, one_that_is_too_long_is_refused_also_when_only_its_path_makes_it_so)
{
    char text[SLMI_URL_BYTES + 1];
    slmi_url url;
    memset(text, 'a', sizeof text);
    memcpy(text, "http://c/", 9);
    text[SLMI_URL_BYTES] = '\0';
    cr_expect(eq(int, (int)slmi_url_parse(text, &url), (int)SLM_ERR_LIMIT));
    text[SLMI_URL_BYTES - 1] = '\0';
    cr_expect(eq(int, (int)slmi_url_parse(text, &url), (int)SLM_OK));
    cr_expect(eq(int, (int)slmi_url_parse_base(text, "v1/traces", &url), (int)SLM_ERR_LIMIT));
}

Test(url, the_proxy_is_the_one_for_the_scheme_unless_the_host_is_exempt)
{
    static const struct {
        const char *url;
        slmi_proxy_environment environment;
        const char *expected;
        const char *host;
        unsigned port;
        bool resolves_target;
    } cases[] = {
        { "http://c", { NULL, NULL, NULL, NULL }, "", "", 0, false },
        { "http://c", { "http://p:3128", NULL, NULL, NULL }, "http://p:3128", "p", 3128, true },
        { "https://c", { "http://p:3128", NULL, NULL, NULL }, "", "", 0, false },
        { "https://c", { NULL, "http://q", NULL, NULL }, "http://q", "q", 1080, true },
        { "https://c", { NULL, NULL, "https://u:s@r", NULL }, "https://u:s@r", "r", 443, true },
        { "http://c", { "p", NULL, NULL, NULL }, "p", "p", 1080, true },
        { "http://c", { "socks5://10.1.1.1:9", NULL, NULL, NULL }, "socks5://10.1.1.1:9", "10.1.1.1", 9, false },
        { "http://c", { "socks5h://s", NULL, NULL, NULL }, "socks5h://s", "s", 1080, true },
        { "http://c", { "p", NULL, NULL, "*" }, "", "", 0, false },
        { "http://c.d.e", { "p", NULL, NULL, "x, d.e" }, "", "", 0, false },
        { "http://c.d.e", { "p", NULL, NULL, ".d.e" }, "", "", 0, false },
        { "http://C.D.E", { "p", NULL, NULL, "c.d.e" }, "", "", 0, false },
        { "http://xd.e", { "p", NULL, NULL, "d.e" }, "p", "p", 1080, true },
        { "http://d.e.f", { "p", NULL, NULL, "d.e" }, "p", "p", 1080, true },
        { "http://c", { "p", NULL, NULL, ", ,," }, "p", "p", 1080, true },
        { "http://127.0.0.1", { "p", NULL, NULL, "127.0.0.1" }, "", "", 0, false },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        slmi_url url;
        slmi_proxy proxy;
        cr_assert(eq(int, (int)slmi_url_parse(cases[i].url, &url), (int)SLM_OK));
        cr_expect(eq(int, (int)slmi_proxy_choose(&url, &cases[i].environment, &proxy), (int)SLM_OK), "case %zu", i);
        cr_expect(eq(str, proxy.text, (char *)cases[i].expected), "case %zu", i);
        cr_expect(eq(str, proxy.authority.host, (char *)cases[i].host), "case %zu", i);
        cr_expect(eq(uint, proxy.authority.port, cases[i].port), "case %zu", i);
        cr_expect(eq(int, proxy.resolves_target, cases[i].resolves_target), "case %zu", i);
    }
}

Test(url, a_proxy_that_is_none_means_none)
{
    static const char *const cases[] = { "ftp://p", "http://", "http://p:x", "p q", "http://[::1" };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        slmi_url url;
        slmi_proxy proxy;
        slmi_proxy_environment environment = { .http_proxy = cases[i] };
        cr_assert(eq(int, (int)slmi_url_parse("http://c", &url), (int)SLM_OK));
        cr_expect(ne(int, (int)slmi_proxy_choose(&url, &environment, &proxy), (int)SLM_OK), "\"%s\"", cases[i]);
        cr_expect(eq(str, proxy.text, (char *)""));
    }
}

Test(url, a_unix_socket_is_a_path_from_the_root)
{
    static const struct {
        const char *text, *socket;
        slm_status status;
    } cases[] = {
        { "unix:/run/c.sock", "/run/c.sock", SLM_OK },
        { "unix:///run/c", "/run/c", SLM_OK },
        { "UNIX:/c", "/c", SLM_OK },
        { "unix:", NULL, SLM_ERR_MALFORMED },
        { "unix:c", NULL, SLM_ERR_MALFORMED },
        { "unix://host/c", NULL, SLM_ERR_MALFORMED },
        { "unix:/a b", NULL, SLM_ERR_MALFORMED },
        { "http://c", NULL, SLM_ERR_MALFORMED },
    };
    slmi_url url;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        cr_assert(eq(int, (int)slmi_url_parse_unix(cases[i].text, "v1/traces", &url), (int)cases[i].status), "case %zu",
                  i);
        if (!cases[i].socket)
            continue;
        cr_expect(eq(str, url.socket, (char *)cases[i].socket));
        cr_expect(eq(str, url.text, (char *)"http://localhost/v1/traces"));
        cr_expect(url.authority.local && url.authority.numeric && !url.tls);
        cr_expect(strstr(url.shown, cases[i].socket) != NULL);
    }
    char text[5 + SLMI_SOCKET_BYTES + 1] = "unix:/";
    memset(text + 6, 'x', SLMI_SOCKET_BYTES - 1);
    cr_expect(eq(int, (int)slmi_url_parse_unix(text, "", &url), (int)SLM_ERR_LIMIT));
    text[5 + SLMI_SOCKET_BYTES - 1] = '\0';
    cr_expect(eq(int, (int)slmi_url_parse_unix(text, "", &url), (int)SLM_OK));
}

Test(url, of_another_path_keeps_everything_before_it)
{
    static const struct {
        const char *base, *text, *shown;
    } cases[] = {
        { "http://c:4318/v1/traces", "http://c:4318/open", "http://c:4318/open" },
        { "https://u:p@[::1]:9/v1/traces?tenant=7", "https://u:p@[::1]:9/open", "https://[::1]:9/open" },
        { "http://c", "http://c/open", "http://c/open" },
        { "http://c?x", "http://c/open", "http://c/open" },
    };
    slmi_url base, url;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        cr_assert(eq(int, (int)slmi_url_parse(cases[i].base, &base), (int)SLM_OK));
        cr_assert(eq(int, (int)slmi_url_at(&base, "/open", &url), (int)SLM_OK));
        cr_expect(eq(str, url.text, (char *)(uintptr_t)cases[i].text));
        cr_expect(eq(str, url.shown, (char *)(uintptr_t)cases[i].shown));
        cr_expect(eq(str, url.authority.host, base.authority.host));
        cr_expect(url.tls == base.tls && url.authority.port == base.authority.port);
    }
    char path[SLMI_URL_BYTES] = "/";
    memset(path + 1, 'x', sizeof path - 2);
    cr_expect(eq(int, (int)slmi_url_at(&base, path, &url), (int)SLM_ERR_LIMIT));
}
