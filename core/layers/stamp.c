/* SPDX-License-Identifier: MIT */
#include "core/layers/stamp.h"

#include <stdatomic.h>
#include <time.h>

enum { SECOND_NS = 1000000000, DAY_S = 86400, QUARTER_S = 900, TO_THE_SECOND = 19 };

static char *digits(char *at, uint64_t value, int width)
{
    for (int i = width; i-- > 0; value /= 10)
        at[i] = (char)('0' + value % 10);
    return at + width;
}

/* 2026-11-23T02:14:52 */
static void write_second(char *at, uint64_t seconds)
{
    uint64_t days = seconds / DAY_S, second = seconds % DAY_S;
    /* Days to a date of the Gregorian calendar, in eras of 400 years that begin in March (Howard Hinnant's method). */
    uint64_t z = days + 719468u, era = z / 146097u, of_era = z % 146097u;
    uint64_t year_of_era = (of_era - of_era / 1460u + of_era / 36524u - of_era / 146096u) / 365u;
    uint64_t of_year = of_era - (365u * year_of_era + year_of_era / 4u - year_of_era / 100u);
    uint64_t shifted = (5u * of_year + 2u) / 153u;
    uint64_t day = of_year - (153u * shifted + 2u) / 5u + 1u;
    uint64_t month = shifted < 10u ? shifted + 3u : shifted - 9u;
    uint64_t year = year_of_era + era * 400u + (month <= 2u);
    at = digits(at, year, 4);
    *at++ = '-';
    at = digits(at, month, 2);
    *at++ = '-';
    at = digits(at, day, 2);
    *at++ = 'T';
    at = digits(at, second / 3600u, 2);
    *at++ = ':';
    at = digits(at, second / 60u % 60u, 2);
    *at++ = ':';
    (void)digits(at, second % 60u, 2);
}

/* Lines of one thread mostly share their second. */
static _Thread_local struct {
    uint64_t seconds;
    char text[TO_THE_SECOND];
    bool known;
} last __attribute__((tls_model("initial-exec")));

/* With microseconds: 26 bytes. */
static void to_the_microsecond(slmi_text *text, uint64_t seconds, uint64_t ns)
{
    if (__builtin_expect(!last.known || last.seconds != seconds, 0)) {
        last.known = false; /* a signal handler that prints must not believe half of it */
        atomic_signal_fence(memory_order_seq_cst);
        write_second(last.text, seconds);
        last.seconds = seconds;
        atomic_signal_fence(memory_order_seq_cst);
        last.known = true;
    }
    char stamp[TO_THE_SECOND + 7];
    memcpy(stamp, last.text, TO_THE_SECOND);
    stamp[TO_THE_SECOND] = '.';
    slmi_put_6_digits(stamp + TO_THE_SECOND + 1, (uint32_t)(ns / 1000u));
    slmi_text_whole(text, stamp, sizeof stamp);
}

void slmi_stamp_utc(slmi_text *text, uint64_t ns)
{
    to_the_microsecond(text, ns / SECOND_NS, ns % SECOND_NS);
    slmi_text_char(text, 'Z');
}

/* Seconds east of Greenwich. Zones change on quarters of an hour; asking takes the C library's lock, so it is asked
 * once for each. */
static int64_t offset_at(uint64_t seconds)
{
    static _Atomic(uint64_t) known; /* quarter 32 bits, offset plus a day 32 bits; 0: never asked */
    uint64_t quarter = seconds / QUARTER_S;
    uint64_t word = atomic_load_explicit(&known, memory_order_relaxed);
    if (word == 0 || (uint32_t)(word >> 32) != (uint32_t)quarter) {
        time_t moment = (time_t)seconds;
        struct tm local;
        int64_t offset = localtime_r(&moment, &local) ? local.tm_gmtoff : 0;
        word = quarter << 32 | (uint32_t)(offset + DAY_S);
        atomic_store_explicit(&known, word, memory_order_relaxed);
    }
    return (int64_t)(uint32_t)word - DAY_S;
}

void slmi_stamp_local(slmi_text *text, uint64_t ns)
{
    uint64_t seconds = ns / SECOND_NS;
    int64_t offset = offset_at(seconds);
    uint64_t minutes = (uint64_t)(offset < 0 ? -offset : offset) / 60u;
    to_the_microsecond(text, seconds + (uint64_t)offset, ns % SECOND_NS);
    slmi_text_char(text, offset < 0 ? '-' : '+');
    slmi_text_padded(text, minutes / 60u, 2);
    slmi_text_char(text, ':');
    slmi_text_padded(text, minutes % 60u, 2);
}

void slmi_stamp_uptime(slmi_text *text, uint64_t ns)
{
    uint64_t seconds = ns / SECOND_NS;
    for (uint64_t column = 1000; column > 1 && seconds < column; column /= 10)
        slmi_text_char(text, ' ');
    slmi_text_u64(text, seconds);
    slmi_text_char(text, '.');
    slmi_text_padded(text, ns % SECOND_NS, 9);
    slmi_text_char(text, 's');
}

void slmi_stamp_duration(slmi_text *text, uint64_t ns)
{
    static const char units[4][4] = { "ns", "\xc2\xb5s", "ms", "s" };
    uint64_t unit_ns = 1;
    int unit = 0;
    while (unit < 3 && ns / unit_ns >= 1000) {
        unit_ns *= 1000;
        unit++;
    }
    /* 3 significant digits: as many places as the whole part leaves, rounded; of hours, every second. */
    uint64_t whole = ns / unit_ns, places = whole >= 100 ? 1 : whole >= 10 ? 10 : 100;
    uint64_t scaled = places == 1 ? whole + (ns % unit_ns >= unit_ns - unit_ns / 2 && unit_ns > 1)
                                  : (ns * places + unit_ns / 2) / unit_ns;
    if (places == 1 && scaled == 1000 && unit < 3) { /* 999.6 */
        scaled = places = 100;
        unit++;
    } else if (places > 1 && scaled >= 1000) { /* 9.999 */
        scaled /= 10;
        places /= 10;
    }
    slmi_text_u64(text, scaled / places);
    if (places > 1) {
        slmi_text_char(text, '.');
        slmi_text_padded(text, scaled % places, places == 100 ? 2 : 1);
    }
    slmi_text_whole(text, units[unit], strlen(units[unit]));
}
