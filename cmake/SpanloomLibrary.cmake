# SPDX-License-Identifier: MIT
# How a folder of the house gives its sources to a library.
#
# Each folder compiles its sources once, into an object list of its own (the structural tests read it, folder by
# folder). Each library is linked from those lists twice: as what users get (shared, or static with
# BUILD_SHARED_LIBS=OFF) and as NAME-static, whose hidden symbols the tests can reach.
#
#   spanloom_core_sources(FILE...)         core/, core/layers/
#   spanloom_propagation_sources(FILE...)  propagation/
#   spanloom_exporters_sources(FILE...)    exporters/
#   spanloom_public_headers(LIBRARY HEADER...)  HEADER relative to include/, as in spanloom/trace.h

include_guard(GLOBAL)

# What every target that compiles C of ours is given.
function(spanloom_settings target)
    target_compile_features(${target} PRIVATE c_std_11)
    set_target_properties(${target} PROPERTIES C_STANDARD 11 C_STANDARD_REQUIRED ON C_EXTENSIONS OFF)
    target_compile_definitions(${target} PRIVATE $<$<COMPILE_LANGUAGE:C>:_GNU_SOURCE>)
    target_link_libraries(${target} PRIVATE $<BUILD_INTERFACE:spanloom-warnings>)
endfunction()

# The objects of one folder.
function(spanloom_add_objects target)
    add_library(${target} OBJECT)
    spanloom_settings(${target})
    set_target_properties(${target} PROPERTIES C_VISIBILITY_PRESET hidden POSITION_INDEPENDENT_CODE ON)
    target_include_directories(${target} PRIVATE ${PROJECT_SOURCE_DIR} ${PROJECT_SOURCE_DIR}/include)
    target_link_libraries(${target} PRIVATE spanloom-sanitize)
endfunction()

# NAME and NAME-static from the objects named after OBJECTS, linked with LINKS (PUBLIC), PRIVATE_LINKS.
# SHARED_LINKS and STATIC_LINKS are added, PUBLIC, to the one or the other.
function(spanloom_add_library name)
    cmake_parse_arguments(PARSE_ARGV 1 arg "" "EXPORT_NAME" "OBJECTS;LINKS;PRIVATE_LINKS;SHARED_LINKS;STATIC_LINKS")

    add_library(${name})
    add_library(spanloom::${arg_EXPORT_NAME} ALIAS ${name})
    set_target_properties(${name} PROPERTIES
        EXPORT_NAME ${arg_EXPORT_NAME}
        VERSION ${PROJECT_VERSION}
        SOVERSION ${SPANLOOM_SOVERSION}
        VERIFY_INTERFACE_HEADER_SETS ${SPANLOOM_VERIFY_HEADERS})
    target_sources(${name} PUBLIC FILE_SET HEADERS BASE_DIRS ${PROJECT_SOURCE_DIR}/include)
    target_link_libraries(${name} PUBLIC ${arg_SHARED_LINKS})
    get_target_property(type ${name} TYPE)
    if(type STREQUAL SHARED_LIBRARY)
        # Its code must outlive every thread and atfork handler that may still call into it: never unmapped.
        target_link_options(${name} PRIVATE LINKER:-z,nodelete)
        if(NOT SPANLOOM_SANITIZE)
            target_link_options(${name} PRIVATE LINKER:-z,defs)
        endif()
    endif()

    add_library(${name}-static STATIC)
    target_include_directories(${name}-static PUBLIC ${PROJECT_SOURCE_DIR} ${PROJECT_SOURCE_DIR}/include)
    target_link_libraries(${name}-static PUBLIC ${arg_STATIC_LINKS})

    foreach(library IN ITEMS ${name} ${name}-static)
        set_target_properties(${library} PROPERTIES LINKER_LANGUAGE C POSITION_INDEPENDENT_CODE ON)
        target_link_libraries(${library}
            PUBLIC ${arg_LINKS} $<BUILD_INTERFACE:spanloom-sanitize>
            PRIVATE ${arg_PRIVATE_LINKS})
        foreach(objects IN LISTS arg_OBJECTS)
            target_sources(${library} PRIVATE $<TARGET_OBJECTS:${objects}>)
        endforeach()
    endforeach()
endfunction()

function(_spanloom_sources target)
    list(TRANSFORM ARGN PREPEND ${CMAKE_CURRENT_SOURCE_DIR}/)
    target_sources(${target} PRIVATE ${ARGN})
endfunction()

function(spanloom_core_sources)
    _spanloom_sources(spanloom-core-objects ${ARGN})
endfunction()

function(spanloom_propagation_sources)
    _spanloom_sources(spanloom-propagation-objects ${ARGN})
endfunction()

function(spanloom_exporters_sources)
    _spanloom_sources(spanloom-exporters-objects ${ARGN})
endfunction()

function(spanloom_public_headers library)
    list(TRANSFORM ARGN PREPEND ${PROJECT_SOURCE_DIR}/include/)
    target_sources(${library} PUBLIC FILE_SET HEADERS BASE_DIRS ${PROJECT_SOURCE_DIR}/include FILES ${ARGN})
endfunction()

# An adapter to somebody else's library, on core and propagation only:
# spanloom_add_adapter(NAME curl DESCRIPTION text SOURCES file... HEADERS spanloom/curl.h... LINKS CURL::libcurl
#                      REQUIRES libcurl)
# makes spanloom-NAME (spanloom::NAME) and spanloom-NAME-static, and installs the former with its headers and .pc file.
# LINKS are public, because an adapter's header shows that library's types; REQUIRES are their pkg-config names.
function(spanloom_add_adapter)
    cmake_parse_arguments(PARSE_ARGV 0 arg "" "NAME;DESCRIPTION" "SOURCES;HEADERS;LINKS;REQUIRES")
    spanloom_add_objects(spanloom-${arg_NAME}-objects)
    target_link_libraries(spanloom-${arg_NAME}-objects PRIVATE ${arg_LINKS})
    _spanloom_sources(spanloom-${arg_NAME}-objects ${arg_SOURCES})
    spanloom_add_library(spanloom-${arg_NAME}
        EXPORT_NAME ${arg_NAME}
        OBJECTS spanloom-${arg_NAME}-objects
        LINKS ${arg_LINKS}
        SHARED_LINKS spanloom
        STATIC_LINKS spanloom-static)
    spanloom_public_headers(spanloom-${arg_NAME} ${arg_HEADERS})
    spanloom_install_library(TARGET spanloom-${arg_NAME} COMPONENT ${arg_NAME})
    spanloom_install_pkgconfig(TARGET spanloom-${arg_NAME}
        DESCRIPTION "${arg_DESCRIPTION}"
        REQUIRES "spanloom = ${PROJECT_VERSION}" ${arg_REQUIRES})
endfunction()

# A program of ours (viewer, examples, bench): spanloom_program(NAME name SOURCES file... [LIBS target...]).
# LIBS default to spanloom::spanloom. It lands in <build>/bin.
function(spanloom_program)
    cmake_parse_arguments(PARSE_ARGV 0 arg "" "NAME" "SOURCES;LIBS")
    if(NOT arg_LIBS)
        set(arg_LIBS spanloom::spanloom)
    endif()
    add_executable(${arg_NAME} ${arg_SOURCES})
    spanloom_settings(${arg_NAME})
    target_include_directories(${arg_NAME} PRIVATE ${PROJECT_SOURCE_DIR})
    target_link_libraries(${arg_NAME} PRIVATE ${arg_LIBS})
endfunction()
