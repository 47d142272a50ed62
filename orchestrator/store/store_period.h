/*
 * Periods: keys are kept by the UTC day in which they were made, and forgotten a day at a time.
 *
 *   ──day 1──│──day 2──│──day 3──│──today──▶
 *    due when its last moment is older than the time keys are kept
 *
 * A key lives as long as its saga and then as long as keys are kept, so one that is still needed
 * when its day goes is moved on to today.
 */
#ifndef ORCHESTRATOR_STORE_STORE_PERIOD_H
#define ORCHESTRATOR_STORE_STORE_PERIOD_H

#include "store/store.h"

#include <stdbool.h>
#include <stdint.h>

#define PERIOD_MS 86400000u
#define PERIOD_DIGITS_SIZE 9u /* "20150730" and NUL. */
#define PERIOD_DAY_MAX 2932896u /* 9999-12-31: the last day of eight digits. */

/* The day since 1970 that a moment belongs to. */
uint64_t period_of(uint64_t wall_ms);

/* True when the whole day is older than @keep_ms. */
bool period_is_due(uint64_t day, uint64_t now_ms, uint64_t keep_ms);

/* True when a saga still needs its key: it is live, or ended less than @keep_ms ago. */
bool period_keeps(const struct store_row *row, uint64_t now_ms, uint64_t keep_ms);

/* "20150730". */
void period_digits(uint64_t day, char ret_digits[PERIOD_DIGITS_SIZE]);

/* The reverse; false for anything but eight digits that name a day. */
bool period_parse(const char *digits, uint64_t *ret_day);

#endif
