# SPDX-License-Identifier: MIT
# What `cmake --install` puts where: the libraries with their headers, the package files for find_package, and
# spanloom.pc for pkg-config. Nothing in them names the prefix, so an installed tree can be moved as a whole.
#
#   spanloom_install_library(TARGET target COMPONENT component)
#   spanloom_install_pkgconfig(TARGET target DESCRIPTION text [REQUIRES package...] [PRIVATE_REQUIRES package...]
#                              [PRIVATE_LIBS flag...])

include_guard(GLOBAL)
include(CMakePackageConfigHelpers)

set(SPANLOOM_CONFIG_DIR ${CMAKE_INSTALL_LIBDIR}/cmake/spanloom)

function(spanloom_install_library)
    cmake_parse_arguments(PARSE_ARGV 0 arg "" "TARGET;COMPONENT" "")
    if(NOT SPANLOOM_INSTALL)
        return()
    endif()
    # Libraries of ours find each other where they lie, wherever that is.
    set_target_properties(${arg_TARGET} PROPERTIES INSTALL_RPATH "$ORIGIN")
    install(TARGETS ${arg_TARGET}
        EXPORT spanloom-${arg_COMPONENT}-targets
        LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR}
        ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR}
        FILE_SET HEADERS DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
    install(EXPORT spanloom-${arg_COMPONENT}-targets
        NAMESPACE spanloom::
        DESTINATION ${SPANLOOM_CONFIG_DIR})
endfunction()

# A static library must bring what it needs; a shared one has it recorded inside, and its users need no package of it.
function(spanloom_install_pkgconfig)
    cmake_parse_arguments(PARSE_ARGV 0 arg "" "TARGET;DESCRIPTION" "REQUIRES;PRIVATE_REQUIRES;PRIVATE_LIBS")
    if(NOT SPANLOOM_INSTALL)
        return()
    endif()
    get_target_property(type ${arg_TARGET} TYPE)
    set(PC_REQUIRES ${arg_REQUIRES})
    set(PC_LIBS "")
    if(type STREQUAL STATIC_LIBRARY)
        list(APPEND PC_REQUIRES ${arg_PRIVATE_REQUIRES})
        list(JOIN arg_PRIVATE_LIBS " " PC_LIBS)
    endif()
    list(JOIN PC_REQUIRES ", " PC_REQUIRES)
    set(PC_NAME ${arg_TARGET})
    set(PC_DESCRIPTION ${arg_DESCRIPTION})
    file(RELATIVE_PATH PC_PREFIX /${CMAKE_INSTALL_LIBDIR}/pkgconfig /)
    string(REGEX REPLACE "/$" "" PC_PREFIX "${PC_PREFIX}")
    configure_file(${PROJECT_SOURCE_DIR}/cmake/spanloom.pc.in ${PROJECT_BINARY_DIR}/${arg_TARGET}.pc @ONLY)
    install(FILES ${PROJECT_BINARY_DIR}/${arg_TARGET}.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
endfunction()

if(SPANLOOM_INSTALL)
    configure_package_config_file(${PROJECT_SOURCE_DIR}/cmake/spanloom-config.cmake.in
        ${PROJECT_BINARY_DIR}/spanloom-config.cmake
        INSTALL_DESTINATION ${SPANLOOM_CONFIG_DIR})
    # Until 1.0 a minor version may break what the one before promised; from 1.0 on this becomes SameMajorVersion.
    write_basic_package_version_file(${PROJECT_BINARY_DIR}/spanloom-config-version.cmake
        COMPATIBILITY SameMinorVersion)
    install(FILES
        ${PROJECT_BINARY_DIR}/spanloom-config.cmake
        ${PROJECT_BINARY_DIR}/spanloom-config-version.cmake
        DESTINATION ${SPANLOOM_CONFIG_DIR})
endif()
