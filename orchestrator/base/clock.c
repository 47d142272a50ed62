#include "base/clock.h"

#include <stdio.h>
#include <time.h>

static uint64_t read_ms(clockid_t clock)
{
    struct timespec time;

    clock_gettime(clock, &time);
    return (uint64_t)time.tv_sec * 1000u + (uint64_t)time.tv_nsec / 1000000u;
}

struct instant instant_now(void)
{
    return (struct instant){
        .monotonic_ms = read_ms(CLOCK_MONOTONIC),
        .wall_ms = read_ms(CLOCK_REALTIME),
    };
}

static struct tm broken_down(uint64_t wall_ms)
{
    time_t seconds = (time_t)(wall_ms / 1000u);
    struct tm parts;

    gmtime_r(&seconds, &parts);
    return parts;
}

void clock_rfc3339(uint64_t wall_ms, char ret_text[CLOCK_RFC3339_SIZE])
{
    struct tm parts = broken_down(wall_ms);
    char date[CLOCK_RFC3339_SIZE];

    strftime(date, sizeof date, "%Y-%m-%dT%H:%M:%S", &parts);
    snprintf(ret_text, CLOCK_RFC3339_SIZE, "%.19s.%03uZ", date, (unsigned)(wall_ms % 1000u));
}

/* Not strftime: its names of days and months follow the locale, and these must not. */
void clock_rfc2822(uint64_t wall_ms, char ret_text[CLOCK_RFC2822_SIZE])
{
    static const char days[7][4] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    static const char months[12][4] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                       "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    struct tm parts = broken_down(wall_ms);

    snprintf(ret_text, CLOCK_RFC2822_SIZE, "%s, %02u %s %04u %02u:%02u:%02u +0000",
             days[parts.tm_wday % 7], (unsigned)parts.tm_mday % 100u, months[parts.tm_mon % 12],
             (unsigned)(parts.tm_year + 1900) % 10000u, (unsigned)parts.tm_hour % 100u,
             (unsigned)parts.tm_min % 100u, (unsigned)parts.tm_sec % 100u);
}
