/*
 * Days and dates by arithmetic alone, so that no time zone can interfere.
 *
 * The civil calendar repeats every 400 years (146097 days); years are counted from March, so that
 * the leap day comes last.
 */
#include "store/store_period.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#define DAYS_400_YEARS 146097u
#define DAYS_BEFORE_1970 719468u /* From 1 March of the year 0. */

uint64_t period_of(uint64_t wall_ms)
{
    uint64_t day = wall_ms / PERIOD_MS;

    return day > PERIOD_DAY_MAX ? PERIOD_DAY_MAX : day;
}

bool period_is_due(uint64_t day, uint64_t now_ms, uint64_t keep_ms)
{
    uint64_t end_ms = (day + 1) * PERIOD_MS;

    return end_ms <= now_ms && now_ms - end_ms >= keep_ms;
}

bool period_keeps(const struct store_row *row, uint64_t now_ms, uint64_t keep_ms)
{
    return row->live || row->updated_ms > now_ms || now_ms - row->updated_ms < keep_ms;
}

void period_digits(uint64_t day, char ret_digits[PERIOD_DIGITS_SIZE])
{
    assert(day <= PERIOD_DAY_MAX);
    unsigned days = (unsigned)day + DAYS_BEFORE_1970;
    unsigned era = days / DAYS_400_YEARS, of_era = days % DAYS_400_YEARS;
    unsigned year_of_era = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
    unsigned of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    unsigned month_from_march = (5 * of_year + 2) / 153;
    unsigned date = of_year - (153 * month_from_march + 2) / 5 + 1;
    unsigned month = month_from_march < 10 ? month_from_march + 3 : month_from_march - 9;
    unsigned year = era * 400 + year_of_era + (month <= 2 ? 1 : 0);
    char digits[16];

    snprintf(digits, sizeof digits, "%04u%02u%02u", year % 10000, month % 100, date % 100);
    memcpy(ret_digits, digits, PERIOD_DIGITS_SIZE);
}

/* Digits name a day when the day's own digits are the same. */
bool period_parse(const char *digits, uint64_t *ret_day)
{
    unsigned year, month, date;
    char again[PERIOD_DIGITS_SIZE];

    if (strlen(digits) != PERIOD_DIGITS_SIZE - 1 || strspn(digits, "0123456789") != 8)
        return false;
    if (sscanf(digits, "%4u%2u%2u", &year, &month, &date) != 3)
        return false;
    if (year < 1970 || month < 1 || month > 12 || date < 1 || date > 31)
        return false;
    unsigned from_march = month > 2 ? month - 3 : month + 9;
    unsigned counted = month > 2 ? year : year - 1;
    unsigned of_year = (153 * from_march + 2) / 5 + date - 1;
    unsigned days = counted * 365 + counted / 4 - counted / 100 + counted / 400 + of_year;
    uint64_t day = days - DAYS_BEFORE_1970;
    period_digits(day, again);
    if (strcmp(digits, again) != 0)
        return false;
    *ret_day = day;
    return true;
}
