/*
 * A message filter: which messages of an account a list shows.
 *
 *   To=…  From=…                   the number, exactly
 *   DateSent=2026-01-02            that day, in UTC; of a time of day, the day that it is in
 *   DateSent>=2026-01-02T03:04:05Z then or later
 *   DateSent<=2026-01-02           then or earlier; a day alone is its midnight
 *
 * The parameters' names are DateSent, DateSent> and DateSent<. A message's date is that of its
 * creation; so dates become a range of the ids that a list goes through, since ids rise with time.
 */
#ifndef ORCHESTRATOR_GATEWAY_MESSAGE_FILTER_H
#define ORCHESTRATOR_GATEWAY_MESSAGE_FILTER_H

#include "base/bytes.h"
#include "engine/snapshot.h"
#include "gateway/form.h"
#include "gateway/message_form.h"

#include <stdbool.h>
#include <stdint.h>

struct message_filter {
    char to[MESSAGE_NUMBER_SIZE]; /* "": any. */
    char from[MESSAGE_NUMBER_SIZE];
    uint64_t least; /* Numbers of sagas: from this one on, */
    uint64_t below; /* and below this one. */
};

/* The names of its parameters, for whoever checks a query. */
#define MESSAGE_FILTER_NAMES "To", "From", "DateSent", "DateSent>", "DateSent<"

/* False: the parameter of that name, a constant, is not what it should be. */
bool message_filter_read(const struct form *query, struct message_filter *ret_filter,
                         const char **ret_wrong);

/* It is about numbers, so that each message has to be looked into. */
bool message_filter_looks_inside(const struct message_filter *filter);

/* The saga of a message is to or from whom the filter wants. */
bool message_filter_matches(const struct message_filter *filter, const struct snapshot *snapshot);

/* Append the query's own filters as "To=…&", for the links of a page. 0 or FAULT_MEMORY. */
int message_filter_print(const struct form *query, struct buffer *buffer);

#endif
