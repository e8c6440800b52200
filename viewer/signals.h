/* SPDX-License-Identifier: MIT */
#ifndef SPANLOOM_VIEWER_SIGNALS_H
#define SPANLOOM_VIEWER_SIGNALS_H

/* From now on SIGINT and SIGTERM make a file descriptor readable, one byte each, instead of ending the process, and
 * SIGPIPE is ignored. Yields the descriptor, or -1 with errno. One user a process, on its one thread. */
int slmi_view_signals_open(void);
void slmi_view_signals_close(int fd);

#endif
