/*
 * Times for people: how long ago, how far apart.
 */
#ifndef ORCHESTRATOR_CTL_AGE_H
#define ORCHESTRATOR_CTL_AGE_H

#include <stdbool.h>
#include <stdint.h>

#define AGE_SIZE 24u

/* "0s", "59s", "4m", "18h", "3d": one unit, rounded down, as a column of a table. */
void age_text(uint64_t ms, char ret_text[AGE_SIZE]);

/* "7ms", "1.204s", "2m05s", "3h07m": as precise as a timeline needs it. */
void age_offset(uint64_t ms, char ret_text[AGE_SIZE]);

/* "300ms", "30s", "24h", as definitions say it; "11.100s" where no whole number fits. */
void age_exact(uint64_t ms, char ret_text[AGE_SIZE]);

/* "2015-07-30T20:12:31.000Z" in milliseconds since 1970; false for any other form. */
bool age_parse(const char *rfc3339, uint64_t *ret_wall_ms);

#endif
