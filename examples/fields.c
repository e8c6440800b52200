/* SPDX-License-Identifier: MIT */
/* Fields: a literal key and a value of any type, on spans and on events. Whoever records them gets the type, not text.
 */
#include <spanloom/log.h>
#include <spanloom/trace.h>

#include <errno.h>
#include <stdio.h>

struct point {
    int x, y;
};

/* How a type of your own is printed; called only when somebody records it. */
static size_t print_point(const void *object, char *out, size_t room)
{
    const struct point *p = object;
    return (size_t)snprintf(out, room, "(%d, %d)", p->x, p->y);
}

/* How a type of your own becomes a value that already has a type: no text at all. */
static slm_value celsius(double kelvin)
{
    return slm_value_f64(kelvin - 273.15);
}

static void events(void)
{
    const char *name = "Gerald";
    const bool tame = true; /* in C11 `true` alone is an int */
    struct point where = { 3, 4 };
    struct {
        unsigned shaggy : 1;
    } yak = { 1 };

    SLM_INFO("%s is a yak of %d", name, 12); /* printf's, checked by -Wformat */
    SLM_INFO(("name", name), ("age", 12), ("tame", tame), ("weight", 612.5), "a yak");
    SLM_INFO(("name", slm_strn(name, 3))); /* fields alone; a string that is not terminated */
    SLM_INFO(("mark", slm_bytes("\x01\xfe", 2)), ("shaggy", +yak.shaggy), "bytes, and a bit-field");
    SLM_INFO(("where", slm_debug(&where, print_point)), ("warmth", SLM_VALUE(celsius(310.65))), "types of your own");
    SLM_WARN(("error", slm_errno(ENOENT)), "an error by its name");
}

int main(void)
{
    slm_init_log(NULL);
    events();
    {
        SLM_SCOPE_AS(span, "shear", ("yak", 1), ("wool", SLM_EMPTY)); /* declared now, */
        SLM_INFO("before");
        SLM_SET(span, "wool", 4.5); /* recorded when it is known */
        SLM_INFO("after");
    }
    slm_log_shutdown(0);
    return 0;
}
