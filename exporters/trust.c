/* SPDX-License-Identifier: MIT */
#include "exporters/trust.h"

#ifdef SLMI_WITH_OPENSSL

#include "exporters/alpn.h"

#include <limits.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>

/* It is an X509_STORE, whose name is OpenSSL's. */
static X509_STORE *store_of(const slmi_trust *trust)
{
    return (X509_STORE *)(void *)(uintptr_t)trust;
}

/* Adds certificates and revocations; how many certificates. */
static int fill(X509_STORE *store, BIO *text)
{
    int count = 0;
    STACK_OF(X509_INFO) *found = PEM_X509_INFO_read_bio(text, NULL, NULL, NULL);
    for (int i = 0; i < sk_X509_INFO_num(found); i++) {
        const X509_INFO *info = sk_X509_INFO_value(found, i);
        if (info->x509 && X509_STORE_add_cert(store, info->x509) == 1)
            count++;
        if (info->crl)
            X509_STORE_add_crl(store, info->crl);
    }
    sk_X509_INFO_pop_free(found, X509_INFO_free);
    return count;
}

slmi_trust *slmi_trust_new(const char *pem, size_t len)
{
    if (!pem || len == 0 || len > INT_MAX || slmi_alpn_why_not())
        return NULL;
    X509_STORE *store = X509_STORE_new();
    BIO *text = BIO_new_mem_buf(pem, (int)len);
    bool good = store && text && fill(store, text) > 0;
    /* As libcurl sets them: the trusted come first, and one that is not a root ends a chain too. */
    good = good && X509_STORE_set_flags(store, X509_V_FLAG_TRUSTED_FIRST | X509_V_FLAG_PARTIAL_CHAIN) == 1;
    BIO_free(text);
    ERR_clear_error(); /* the end of the text is one */
    if (!good) {
        X509_STORE_free(store);
        return NULL;
    }
    return (slmi_trust *)(void *)store;
}

void slmi_trust_free(slmi_trust *trust)
{
    X509_STORE_free(store_of(trust));
}

void slmi_trust_apply(const slmi_trust *trust, void *context)
{
    SSL_CTX_set1_cert_store(context, store_of(trust));
}

#else

slmi_trust *slmi_trust_new(const char *pem, size_t len)
{
    (void)pem, (void)len;
    return NULL;
}

void slmi_trust_free(slmi_trust *trust)
{
    (void)trust;
}

void slmi_trust_apply(const slmi_trust *trust, void *context)
{
    (void)trust, (void)context;
}

#endif
