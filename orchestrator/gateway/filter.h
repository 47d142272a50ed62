/*
 * A filter: which sagas of a list are wanted.
 *
 *   filter     = condition *("," condition)          all of them must hold
 *   condition  = field operator value                 spaces around a condition are ignored
 *   field      = definition | phase | hold | condition | step | account | code | age
 *   operator   = "=" | "!=" | "<" | ">"               "<" and ">" for age alone
 *   value      = a name; for age a number and s, m, h or d, such as 5m; "code=" means no code
 *
 * A filter is checked when it is read and then only compared: on the engine's thread, row by row.
 */
#ifndef ORCHESTRATOR_GATEWAY_FILTER_H
#define ORCHESTRATOR_GATEWAY_FILTER_H

#include "engine/inbox.h"

#include <stdbool.h>
#include <stdint.h>

#define FILTER_CONDITIONS_MAX 16u
#define FILTER_ERROR_SIZE 256u

enum filter_field {
    FILTER_DEFINITION,
    FILTER_PHASE,
    FILTER_HOLD,
    FILTER_CONDITION,
    FILTER_STEP,
    FILTER_ACCOUNT,
    FILTER_CODE,
    FILTER_AGE,
    FILTER_FIELD_COUNT,
};

enum filter_relation { FILTER_EQUAL, FILTER_UNEQUAL, FILTER_LESS, FILTER_MORE };

struct filter_condition {
    enum filter_field field;
    enum filter_relation relation;
    char value[SAGA_NAME_SIZE];
    uint64_t age_ms;
};

struct filter {
    uint64_t now_ms; /* Wall time; ages are counted back from it. */
    size_t count;
    struct filter_condition conditions[FILTER_CONDITIONS_MAX];
};

enum { FILTER_MALFORMED = 1 };

/* 0, or FILTER_MALFORMED with a sentence in @ret_error. An empty text is a filter for all. */
int filter_parse(const char *text, uint64_t now_ms, struct filter *ret_filter,
                 char ret_error[FILTER_ERROR_SIZE]);

bool filter_matches(const struct filter *filter, const struct page_row *row);

/* It asks for a phase that is an end, so that finished sagas must not be hidden. */
bool filter_names_finished(const struct filter *filter);

/* "none", "paused" or "parked". */
const char *hold_name(bool paused, enum saga_park_reason parked);

#endif
