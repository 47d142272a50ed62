#include "gateway/moment.h"

#include <string.h>
#include <time.h>

#define DAY_LENGTH 10u   /* 2026-01-02 */
#define TIME_LENGTH 9u   /* T03:04:05 */
#define OFFSET_LENGTH 6u /* +02:00 */

/* Two digits, or four; the caller knows that so many characters are there. */
static bool take_digits(const char *text, unsigned count, int *ret_number)
{
    int number = 0;

    for (unsigned i = 0; i < count; i++) {
        if (text[i] < '0' || text[i] > '9')
            return false;
        number = number * 10 + (text[i] - '0');
    }
    *ret_number = number;
    return true;
}

static bool parse_day(const char *text, struct tm *parts)
{
    int year, month, day;

    if (strnlen(text, DAY_LENGTH) < DAY_LENGTH || text[4] != '-' || text[7] != '-')
        return false;
    if (!take_digits(text, 4, &year) || !take_digits(text + 5, 2, &month) ||
        !take_digits(text + 8, 2, &day))
        return false;
    *parts = (struct tm){.tm_year = year - 1900, .tm_mon = month - 1, .tm_mday = day};
    return true;
}

static bool parse_time(const char *text, struct tm *parts)
{
    if (strnlen(text, TIME_LENGTH) < TIME_LENGTH || text[0] != 'T' || text[3] != ':' ||
        text[6] != ':')
        return false;
    return take_digits(text + 1, 2, &parts->tm_hour) && take_digits(text + 4, 2, &parts->tm_min) &&
           take_digits(text + 7, 2, &parts->tm_sec) && parts->tm_hour < 24 && parts->tm_min < 60 &&
           parts->tm_sec < 60;
}

/* "Z", or how far the writer's clock is ahead of UTC. */
static bool parse_offset(const char *text, int *ret_minutes)
{
    int hours, minutes;

    *ret_minutes = 0;
    if (strcmp(text, "Z") == 0)
        return true;
    if (strlen(text) != OFFSET_LENGTH || (text[0] != '+' && text[0] != '-') || text[3] != ':')
        return false;
    if (!take_digits(text + 1, 2, &hours) || !take_digits(text + 4, 2, &minutes))
        return false;
    *ret_minutes = (hours * 60 + minutes) * (text[0] == '-' ? -1 : 1);
    return hours < 24 && minutes < 60;
}

bool moment_parse(const char *text, uint64_t *ret_wall_ms)
{
    struct tm parts;
    int minutes_ahead = 0;

    if (!parse_day(text, &parts))
        return false;
    int day = parts.tm_mday, month = parts.tm_mon;
    text += DAY_LENGTH;
    if (*text != '\0') {
        if (!parse_time(text, &parts))
            return false;
        text += TIME_LENGTH;
        if (*text == '.' && strspn(text + 1, "0123456789") > 0)
            text += 1 + strspn(text + 1, "0123456789");
        if (!parse_offset(text, &minutes_ahead))
            return false;
    }
    time_t seconds = timegm(&parts) - (time_t)minutes_ahead * 60;
    /* The library turns the 31st of June into the 1st of July; we do not. */
    if (seconds < 0 || parts.tm_mday != day || parts.tm_mon != month)
        return false;
    *ret_wall_ms = (uint64_t)seconds * 1000u;
    return true;
}
