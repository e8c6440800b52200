/* SPDX-License-Identifier: MIT */
#include "viewer/ink.h"

#include <inttypes.h>
#include <strings.h>

const slmi_view_glyphs *slmi_view_glyphs_of(const slmi_view_style *style)
{
    static const slmi_view_glyphs drawn = {
        .branch = "├─ ",
        .last = "└─ ",
        .through = "│  ",
        .blank = "   ",
        .beside = "│ ",
        .empty = "  ",
        .dot = "·",
        .between = "·",
        .full = "▰",
        .hollow = "▱",
    };
    static const slmi_view_glyphs ascii = { "|- ", "`- ", "|  ", "   ", "| ", "  ", "*", "-", "#", "." };
    return style->ascii ? &ascii : &drawn;
}

void slmi_view_ink(slmi_view_text *text, const slmi_view_style *style, const char *sgr, const char *plain)
{
    bool coloured = style->colour && sgr && *plain;
    if (coloured)
        slmi_view_text_addf(text, "\x1b[%sm", sgr);
    slmi_view_text_puts(text, plain);
    if (coloured)
        slmi_view_text_puts(text, "\x1b[0m");
}

const char *slmi_view_level_colour(const char *level)
{
    static const struct {
        const char *level, *colour;
    } colours[] = {
        { "ERROR", SLMI_VIEW_RED }, { "WARN", SLMI_VIEW_YELLOW }, { "INFO", SLMI_VIEW_GREEN }, { "DEBUG", "94" },
        { "TRACE", "35" },
    };
    for (size_t i = 0; i < sizeof colours / sizeof *colours; i++)
        if (strcasecmp(level, colours[i].level) == 0)
            return colours[i].colour;
    return NULL;
}

const char *slmi_view_service_colour(const char *service)
{
    static const char *const palette[] = { "36", "35", "32", "94", "96", "95", "92" };
    uint32_t hash = 2166136261u; /* FNV-1a. */
    for (const char *c = service; *c; c++)
        hash = (hash ^ (unsigned char)*c) * 16777619u;
    return palette[(hash >> 8) % (sizeof palette / sizeof *palette)];
}

void slmi_view_spaces(slmi_view_text *text, size_t count)
{
    static const char blanks[] = "                                ";
    for (; count > 0; count -= count < sizeof blanks - 1 ? count : sizeof blanks - 1)
        slmi_view_text_add(text, blanks, count < sizeof blanks - 1 ? count : sizeof blanks - 1);
}

/* Each unit ends where rounding would show 1000 of it. */
void slmi_view_duration(slmi_view_text *text, int64_t ns)
{
    const int64_t second = 1000000000, hour = 3600 * second;
    int64_t seconds = ns / second + (ns % second >= second / 2);
    if (ns < 1000)
        slmi_view_text_addf(text, "%" PRId64 " ns", ns);
    else if (ns < 999950)
        slmi_view_text_addf(text, "%.1f µs", (double)ns / 1e3);
    else if (ns < 999950000)
        slmi_view_text_addf(text, "%.1f ms", (double)ns / 1e6);
    else if (ns < 119995 * (second / 1000))
        slmi_view_text_addf(text, "%.2f s", (double)ns / 1e9);
    else if (ns < 2 * hour - second / 2)
        slmi_view_text_addf(text, "%" PRId64 " min %" PRId64 " s", seconds / 60, seconds % 60);
    else if (ns < 48 * hour)
        slmi_view_text_addf(text, "%" PRId64 " h %" PRId64 " min", seconds / 3600, seconds / 60 % 60);
    else
        slmi_view_text_addf(text, "%" PRId64 " d %" PRId64 " h", ns / second / 86400, ns / second / 3600 % 24);
}
