/* SPDX-License-Identifier: MIT */
/* Linux: proc(5), /proc/net/tcp and /proc/PID/fd. */
#include "viewer/port_owner.h"

#include <ctype.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { TCP_LISTENING = 0x0a, MAX_SOCKETS = 16 };

/* The `n`th field of a line, from 0; its numbers are read up to what is no digit. */
static const char *field(const char *line, int n)
{
    for (line += strspn(line, " "); n > 0; n--) {
        line += strcspn(line, " ");
        line += strspn(line, " ");
    }
    return line;
}

/* The inode of the socket that this line is about if it listens on the port; 0 if not. Fields: number, local address
 * and port, remote ones, state, ..., the inode as the tenth. */
static unsigned long listening_inode(const char *line, uint16_t port)
{
    const char *colon = strchr(field(line, 1), ':');
    if (!colon || strtoul(colon + 1, NULL, 16) != port || strtoul(field(line, 3), NULL, 16) != TCP_LISTENING)
        return 0;
    return strtoul(field(line, 9), NULL, 10);
}

/* The inodes of the sockets that listen on the port; a table has one socket a line, after a heading. */
static size_t listening_inodes(const char *table, uint16_t port, unsigned long *inodes, size_t count)
{
    FILE *file = fopen(table, "re");
    char line[512];
    while (file && count < MAX_SOCKETS && fgets(line, sizeof line, file)) {
        inodes[count] = listening_inode(line, port);
        count += inodes[count] != 0;
    }
    if (file)
        (void)fclose(file);
    return count;
}

static bool is_one_of_them(const char *link, const unsigned long *inodes, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        char wanted[48];
        (void)snprintf(wanted, sizeof wanted, "socket:[%lu]", inodes[i]);
        if (strcmp(link, wanted) == 0)
            return true;
    }
    return false;
}

static bool has_one_open(const char *pid, const unsigned long *inodes, size_t count)
{
    char path[64 + 256];
    (void)snprintf(path, sizeof path, "/proc/%.20s/fd", pid);
    DIR *files = opendir(path);
    bool found = false;
    for (struct dirent *entry; files && !found && (entry = readdir(files)) != NULL;) {
        char link[64];
        (void)snprintf(path, sizeof path, "/proc/%.20s/fd/%s", pid, entry->d_name);
        ssize_t len = readlink(path, link, sizeof link - 1);
        if (len > 0) {
            link[len] = '\0';
            found = is_one_of_them(link, inodes, count);
        }
    }
    if (files)
        (void)closedir(files);
    return found;
}

static void read_command(const char *pid, char *command, size_t size)
{
    char path[64];
    command[0] = '\0';
    (void)snprintf(path, sizeof path, "/proc/%.20s/comm", pid);
    FILE *file = fopen(path, "re");
    if (!file)
        return;
    if (fgets(command, (int)size, file))
        command[strcspn(command, "\n")] = '\0';
    (void)fclose(file);
}

bool slmi_view_port_owner(uint16_t port, slmi_view_owner *owner)
{
    unsigned long inodes[MAX_SOCKETS];
    size_t count = listening_inodes("/proc/net/tcp", port, inodes, 0);
    count = listening_inodes("/proc/net/tcp6", port, inodes, count);
    DIR *processes = count > 0 ? opendir("/proc") : NULL;
    bool found = false;
    for (struct dirent *entry; processes && !found && (entry = readdir(processes)) != NULL;) {
        if (!isdigit((unsigned char)entry->d_name[0]) || !has_one_open(entry->d_name, inodes, count))
            continue;
        owner->pid = (int)strtol(entry->d_name, NULL, 10);
        read_command(entry->d_name, owner->command, sizeof owner->command);
        found = true;
    }
    if (processes)
        (void)closedir(processes);
    return found;
}
