/* SPDX-License-Identifier: MIT */
/* The way to a receiver, as libcurl is told of it: addresses, proxy, socket, certificates. One thread, the loop's. */
#ifndef SPANLOOM_EXPORTERS_WAY_H
#define SPANLOOM_EXPORTERS_WAY_H

#include "exporters/curl_types.h"
#include "exporters/names.h"
#include "exporters/pem.h"
#include "exporters/url.h"

/* Who is trusted, and who the client says it is. Empty: what libcurl trusts, nobody, none. */
typedef struct slmi_identity {
    slmi_pem ca, certificate, key;
} slmi_identity;

/* Tells a new handle where to connect and by which proxy or socket; never by what the environment says then. False
 * without memory. */
bool slmi_way_reach(CURL *easy, const slmi_url *url, const slmi_proxy *proxy);
/* Copies what it is given, but for what was made of the CAs, which outlives the handle. False without memory. */
bool slmi_way_trust(CURL *easy, const slmi_identity *identity);

/* Asks for all names on the way, while there is time to. */
void slmi_way_expect(slmi_names *names, const slmi_url *url, const slmi_proxy *proxy);
/* Gives the handle the addresses of all names on the way, if it needs any, so that libcurl has nobody to ask. ASKED:
 * look again when the loop wakes. FAILED: `why` (SLMI_NAME_TEXT_BYTES + 40) says why. `*list` is what the handle
 * borrows from now on, with NULL before the first call; curl_slist_free_all() after the handle's end. */
enum { SLMI_WAY_TEXT_BYTES = SLMI_NAME_TEXT_BYTES + 40 };
slmi_name_state slmi_way_resolve(CURL *easy, slmi_names *names, const slmi_url *url, const slmi_proxy *proxy,
                                 bool refresh, struct curl_slist **list, char *why);

#endif
