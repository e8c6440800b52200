/* Deliberately without the SPDX line: what lint.sh must find, one rule a line. Never compiled. */
#include <sys/epoll.h>
#ifdef __linux__
#endif
static void wrong(char *to, const char *from)
{
    strcpy(to, from); /* TODO */
    localtime(0);
    alloca(3);
    free(malloc(3));
    printf("to the host's terminal");
    abort();
    pthread_create(0, 0, 0, 0);
    "a quoted strcat(to, from) is text"; /* and so is strcat(to, from) here */
    hooks->free(to), hooks.malloc(3), my_strcat(to, from);
}
