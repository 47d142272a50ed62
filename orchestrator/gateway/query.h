/*
 * The query string of a request: its known parameters, and numbers among them.
 */
#ifndef ORCHESTRATOR_GATEWAY_QUERY_H
#define ORCHESTRATOR_GATEWAY_QUERY_H

#include "gateway/form.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct exchange;

/* There is no parameter. False: a problem has been replied. */
bool query_is_empty(struct exchange *exchange);

/*
 * Parse the query string; every parameter must be among @known and occur once.
 *
 * False: a problem has been replied. True: end it with form_fini.
 */
bool query_parse(struct exchange *exchange, const char *const *known, size_t count,
                 struct form *ret_query);

/*
 * A parameter from @least to @most; @ret_number keeps its value when it is absent.
 * False: a problem has been replied.
 */
bool query_number(struct exchange *exchange, const struct form *query, const char *name,
                  uint64_t least, uint64_t most, uint64_t *ret_number);

/* A parameter that is 0 or 1; absent is 0. False: a problem has been replied. */
bool query_flag(struct exchange *exchange, const struct form *query, const char *name,
                bool *ret_flag);

/* Decimal digits and nothing else, at most @most. */
bool number_parse(const char *text, uint64_t most, uint64_t *ret_number);

#endif
