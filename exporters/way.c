/* SPDX-License-Identifier: MIT */
#include "exporters/way.h"

#include <stdio.h>

bool slmi_way_reach(CURL *easy, const slmi_url *url, const slmi_proxy *proxy)
{
    bool good = curl_easy_setopt(easy, CURLOPT_URL, url->text) == CURLE_OK;
    good = good && curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https") == CURLE_OK;
    /* Explicit, so that libcurl reads no variable of an environment that the host may be changing. */
    good = good && curl_easy_setopt(easy, CURLOPT_PROXY, proxy->text) == CURLE_OK;
    good = good && curl_easy_setopt(easy, CURLOPT_NOPROXY, "") == CURLE_OK;
    if (url->socket[0])
        good = good && curl_easy_setopt(easy, CURLOPT_UNIX_SOCKET_PATH, url->socket) == CURLE_OK;
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    return good;
}

static bool set_pem(CURL *easy, CURLoption option, const slmi_pem *pem)
{
    struct curl_blob blob = { .data = pem->data, .len = pem->len, .flags = CURL_BLOB_COPY };
    return !pem->data || curl_easy_setopt(easy, option, &blob) == CURLE_OK;
}

/* CURLOPT_SSL_CTX_FUNCTION. */
static CURLcode apply(CURL *easy, void *context, void *user)
{
    (void)easy;
    slmi_trust_apply(user, context);
    return CURLE_OK;
}

/* These CAs and no others: libcurl has a folder of its own. */
static bool set_ca(CURL *easy, const slmi_pem *ca)
{
    if (!ca->data)
        return true;
    curl_easy_setopt(easy, CURLOPT_CAPATH, NULL);
    if (!ca->trust)
        return set_pem(easy, CURLOPT_CAINFO_BLOB, ca);
    return curl_easy_setopt(easy, CURLOPT_CAINFO, NULL) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_SSL_CTX_DATA, ca->trust) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_SSL_CTX_FUNCTION, apply) == CURLE_OK;
}

bool slmi_way_trust(CURL *easy, const slmi_identity *identity)
{
    return set_ca(easy, &identity->ca) && set_pem(easy, CURLOPT_SSLCERT_BLOB, &identity->certificate) &&
           set_pem(easy, CURLOPT_SSLKEY_BLOB, &identity->key);
}

void slmi_way_expect(slmi_names *names, const slmi_url *url, const slmi_proxy *proxy)
{
    bool by_proxy = proxy->text[0] != '\0';
    if (by_proxy && !proxy->authority.numeric)
        slmi_names_expect(names, proxy->authority.host);
    if (!(by_proxy && proxy->resolves_target) && !url->authority.numeric)
        slmi_names_expect(names, url->authority.host);
}

/* A list that is growing, and what became of the names so far. */
typedef struct search {
    slmi_names *names;
    bool refresh;
    struct curl_slist *list;
    slmi_name_state state;
    char *why;
} search;

static void fail(search *s, const char *what, const char *why)
{
    snprintf(s->why, SLMI_WAY_TEXT_BYTES, "%s%s", what, why);
    s->state = SLMI_NAME_FAILED;
}

/* Puts the addresses of `authority` on the list, if it needs any. */
static void find(search *s, const slmi_authority *authority)
{
    char text[SLMI_NAME_TEXT_BYTES];
    char row[SLMI_NAME_TEXT_BYTES + SLMI_HOST_BYTES + 8];
    if (authority->numeric || s->state != SLMI_NAME_KNOWN)
        return;
    s->state = slmi_names_lookup(s->names, authority->host, s->refresh, text);
    if (s->state == SLMI_NAME_FAILED)
        fail(s, "the host name does not resolve: ", text);
    if (s->state != SLMI_NAME_KNOWN)
        return;
    snprintf(row, sizeof row, "%s:%u:%s", authority->host, (unsigned)authority->port, text);
    struct curl_slist *longer = curl_slist_append(s->list, row);
    if (longer)
        s->list = longer;
    else
        fail(s, "out of memory", "");
}

slmi_name_state slmi_way_resolve(CURL *easy, slmi_names *names, const slmi_url *url, const slmi_proxy *proxy,
                                 bool refresh, struct curl_slist **list, char *why)
{
    search s = { .names = names, .refresh = refresh, .state = SLMI_NAME_KNOWN, .why = why };
    bool by_proxy = proxy->text[0] != '\0';
    if (by_proxy)
        find(&s, &proxy->authority);
    if (!by_proxy || !proxy->resolves_target)
        find(&s, &url->authority);
    if (s.state != SLMI_NAME_KNOWN) {
        curl_slist_free_all(s.list);
        return s.state;
    }
    curl_easy_setopt(easy, CURLOPT_RESOLVE, s.list);
    curl_slist_free_all(*list);
    *list = s.list;
    return SLMI_NAME_KNOWN;
}
