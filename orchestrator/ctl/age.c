#include "ctl/age.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define SECOND 1000u
#define MINUTE (60u * SECOND)
#define HOUR (60u * MINUTE)
#define DAY (24u * HOUR)

void age_text(uint64_t ms, char ret_text[AGE_SIZE])
{
    static const struct {
        uint64_t ms;
        char name;
    } units[] = {{DAY, 'd'}, {HOUR, 'h'}, {MINUTE, 'm'}, {SECOND, 's'}};
    unsigned i = 0;

    while (i + 1 < sizeof units / sizeof units[0] && ms < units[i].ms)
        i++;
    snprintf(ret_text, AGE_SIZE, "%" PRIu64 "%c", ms / units[i].ms, units[i].name);
}

void age_offset(uint64_t ms, char ret_text[AGE_SIZE])
{
    if (ms < SECOND)
        snprintf(ret_text, AGE_SIZE, "%" PRIu64 "ms", ms);
    else if (ms < MINUTE)
        snprintf(ret_text, AGE_SIZE, "%" PRIu64 ".%03" PRIu64 "s", ms / SECOND, ms % SECOND);
    else if (ms < HOUR)
        snprintf(ret_text, AGE_SIZE, "%" PRIu64 "m%02" PRIu64 "s", ms / MINUTE,
                 ms % MINUTE / SECOND);
    else
        snprintf(ret_text, AGE_SIZE, "%" PRIu64 "h%02" PRIu64 "m", ms / HOUR, ms % HOUR / MINUTE);
}

void age_exact(uint64_t ms, char ret_text[AGE_SIZE])
{
    if (ms % SECOND != 0 || ms == 0)
        age_offset(ms, ret_text);
    else if (ms % MINUTE != 0)
        snprintf(ret_text, AGE_SIZE, "%" PRIu64 "s", ms / SECOND);
    else if (ms % HOUR != 0)
        snprintf(ret_text, AGE_SIZE, "%" PRIu64 "m", ms / MINUTE);
    else
        snprintf(ret_text, AGE_SIZE, "%" PRIu64 "h", ms / HOUR);
}

/* Days from 1970-01-01 in the Gregorian calendar; years are counted from March. */
static uint64_t days_since_1970(unsigned year, unsigned month, unsigned day)
{
    uint64_t y = month > 2 ? year : year - 1u;
    uint64_t from_march = month > 2 ? month - 3u : month + 9u;

    return 365u * y + y / 4u - y / 100u + y / 400u + (153u * from_march + 2u) / 5u + day - 1u -
           719468u;
}

bool age_parse(const char *rfc3339, uint64_t *ret_wall_ms)
{
    static const char shape[] = "0000-00-00T00:00:00.000Z";
    unsigned year, month, day, hour, minute, second, ms;

    if (strlen(rfc3339) != sizeof shape - 1)
        return false;
    for (size_t i = 0; i < sizeof shape - 1; i++) {
        bool digit = rfc3339[i] >= '0' && rfc3339[i] <= '9';
        if (shape[i] == '0' ? !digit : rfc3339[i] != shape[i])
            return false;
    }
    if (sscanf(rfc3339, "%4u-%2u-%2uT%2u:%2u:%2u.%3uZ", &year, &month, &day, &hour, &minute,
               &second, &ms) != 7)
        return false;
    if (year < 1970 || month < 1 || month > 12 || day < 1 || day > 31 || hour > 23 ||
        minute > 59 || second > 60)
        return false;
    *ret_wall_ms = days_since_1970(year, month, day) * DAY + hour * HOUR + minute * MINUTE +
                   second * SECOND + ms;
    return true;
}
