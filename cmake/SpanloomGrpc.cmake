# SPDX-License-Identifier: MIT
# What OTLP over gRPC needs, where it is found: nghttp2, and for TLS the OpenSSL that libcurl uses too, which also parses
# CAs once instead of at each connection. Sets
# SPANLOOM_WITH_NGHTTP2 and SPANLOOM_WITH_OPENSSL, SPANLOOM_EXPORTERS_LINKS (targets) and SPANLOOM_EXPORTERS_REQUIRES
# (names of pkg-config): what libspanloom-exporters is linked with.

include_guard(GLOBAL)

set(SPANLOOM_EXPORTERS_LINKS cjson ZLIB::ZLIB)
set(SPANLOOM_EXPORTERS_REQUIRES libcjson zlib)
set(SPANLOOM_WITH_NGHTTP2 OFF)
set(SPANLOOM_WITH_OPENSSL OFF)

if(SPANLOOM_BUILD_EXPORTERS AND SPANLOOM_CURL)
    find_package(CURL REQUIRED)
    list(APPEND SPANLOOM_EXPORTERS_LINKS CURL::libcurl)
    list(APPEND SPANLOOM_EXPORTERS_REQUIRES libcurl)
    find_package(PkgConfig)
    if(PkgConfig_FOUND)
        pkg_check_modules(NGHTTP2 IMPORTED_TARGET GLOBAL libnghttp2)
    endif()
    find_package(OpenSSL 3 QUIET)
    if(NGHTTP2_FOUND)
        set(SPANLOOM_WITH_NGHTTP2 ON)
        list(APPEND SPANLOOM_EXPORTERS_LINKS PkgConfig::NGHTTP2)
        list(APPEND SPANLOOM_EXPORTERS_REQUIRES libnghttp2)
    else()
        message(STATUS "nghttp2 is not found: OTLP over gRPC is left out")
    endif()
    if(OpenSSL_FOUND)
        set(SPANLOOM_WITH_OPENSSL ON)
        list(APPEND SPANLOOM_EXPORTERS_LINKS OpenSSL::SSL OpenSSL::Crypto)
        list(APPEND SPANLOOM_EXPORTERS_REQUIRES libssl libcrypto)
    else()
        message(STATUS "OpenSSL 3 is not found: libcurl parses the CAs at each TLS connection, which takes longer than "
            "10 ms; and OTLP over gRPC is without TLS")
    endif()
endif()
