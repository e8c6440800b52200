/* SPDX-License-Identifier: MIT */
/* libuv's requests: each has one last callback, before which its context is given back, as the callback may free it. */
#include <spanloom/uv.h>

#include "adapters/uv_bond.h"

SLMI_UV_LAYOUT(slm_uv_work);
SLMI_UV_LAYOUT(slm_uv_write_request);
SLMI_UV_LAYOUT(slm_uv_shutdown_request);
SLMI_UV_LAYOUT(slm_uv_connect_request);
SLMI_UV_LAYOUT(slm_uv_getaddrinfo_request);
SLMI_UV_LAYOUT(slm_uv_fs_request);

static void arm(slm_uv_bond *bond, slmi_uv_callback *callback, slmi_uv_callback *second)
{
    bond->context = slm_context_capture();
    bond->callback = callback;
    bond->second = second;
}

static int begun(slm_uv_bond *bond, int result)
{
    if (result < 0)
        slm_context_release(&bond->context);
    return result;
}

static void on_work(uv_work_t *request)
{
    slm_uv_bond *bond = slmi_uv_bond_of(request);
    slm_resumed in = slm_context_resume(&bond->context);
    ((uv_work_cb)bond->callback)(request);
    slm_context_leave(&in);
}

static void on_worked(uv_work_t *request, int status)
{
    slm_uv_bond *bond = slmi_uv_bond_of(request);
    uv_after_work_cb callback = (uv_after_work_cb)bond->second;
    slm_resumed in = slm_context_resume_once(&bond->context);
    if (callback)
        callback(request, status);
    slm_context_leave(&in);
}

int slm_uv_queue_work(uv_loop_t *loop, slm_uv_work *request, uv_work_cb work, uv_after_work_cb after)
{
    arm(&request->bond, (slmi_uv_callback *)work, (slmi_uv_callback *)after);
    return begun(&request->bond, uv_queue_work(loop, &request->uv, work ? on_work : NULL, on_worked));
}

static void on_written(uv_write_t *request, int status)
{
    slm_uv_bond *bond = slmi_uv_bond_of(request);
    uv_write_cb callback = (uv_write_cb)bond->callback;
    slm_resumed in = slm_context_resume_once(&bond->context);
    if (callback)
        callback(request, status);
    slm_context_leave(&in);
}

int slm_uv_write(slm_uv_write_request *request, uv_stream_t *stream, const uv_buf_t *buffers, unsigned count,
                 uv_write_cb callback)
{
    arm(&request->bond, (slmi_uv_callback *)callback, NULL);
    return begun(&request->bond, uv_write(&request->uv, stream, buffers, count, on_written));
}

static void on_shut_down(uv_shutdown_t *request, int status)
{
    slm_uv_bond *bond = slmi_uv_bond_of(request);
    uv_shutdown_cb callback = (uv_shutdown_cb)bond->callback;
    slm_resumed in = slm_context_resume_once(&bond->context);
    if (callback)
        callback(request, status);
    slm_context_leave(&in);
}

int slm_uv_shutdown(slm_uv_shutdown_request *request, uv_stream_t *stream, uv_shutdown_cb callback)
{
    arm(&request->bond, (slmi_uv_callback *)callback, NULL);
    return begun(&request->bond, uv_shutdown(&request->uv, stream, on_shut_down));
}

static void on_connected(uv_connect_t *request, int status)
{
    slm_uv_bond *bond = slmi_uv_bond_of(request);
    uv_connect_cb callback = (uv_connect_cb)bond->callback;
    slm_resumed in = slm_context_resume_once(&bond->context);
    if (callback)
        callback(request, status);
    slm_context_leave(&in);
}

int slm_uv_tcp_connect(slm_uv_connect_request *request, uv_tcp_t *tcp, const struct sockaddr *address,
                       uv_connect_cb callback)
{
    arm(&request->bond, (slmi_uv_callback *)callback, NULL);
    return begun(&request->bond, uv_tcp_connect(&request->uv, tcp, address, on_connected));
}

void slm_uv_pipe_connect(slm_uv_connect_request *request, uv_pipe_t *pipe, const char *name, uv_connect_cb callback)
{
    arm(&request->bond, (slmi_uv_callback *)callback, NULL);
    uv_pipe_connect(&request->uv, pipe, name, on_connected);
}

static void on_addresses(uv_getaddrinfo_t *request, int status, struct addrinfo *addresses)
{
    slm_uv_bond *bond = slmi_uv_bond_of(request);
    uv_getaddrinfo_cb callback = (uv_getaddrinfo_cb)bond->callback;
    slm_resumed in = slm_context_resume_once(&bond->context);
    if (callback)
        callback(request, status, addresses);
    else
        uv_freeaddrinfo(addresses);
    slm_context_leave(&in);
}

int slm_uv_getaddrinfo(uv_loop_t *loop, slm_uv_getaddrinfo_request *request, uv_getaddrinfo_cb callback,
                       const char *node, const char *service, const struct addrinfo *hints)
{
    arm(&request->bond, (slmi_uv_callback *)callback, NULL);
    return begun(&request->bond, uv_getaddrinfo(loop, &request->uv, on_addresses, node, service, hints));
}

uv_fs_t *slm_uv_fs_bind(slm_uv_fs_request *request, uv_fs_cb callback)
{
    arm(&request->bond, (slmi_uv_callback *)callback, NULL);
    return &request->uv;
}

void slm_uv_fs_run(uv_fs_t *request)
{
    slm_uv_bond *bond = slmi_uv_bond_of(request);
    uv_fs_cb callback = (uv_fs_cb)bond->callback;
    slm_resumed in = slm_context_resume_once(&bond->context);
    if (callback)
        callback(request);
    slm_context_leave(&in);
}

int slm_uv_fs_begun(slm_uv_fs_request *request, int result)
{
    return begun(&request->bond, result);
}
