/*
 * A verb and its request: the same for one saga and for many.
 */
#ifndef ORCHESTRATOR_CTL_ACTION_H
#define ORCHESTRATOR_CTL_ACTION_H

#include "ctl/command.h"

/*
 * What is wrong with the options of this verb, before anything is sent; told on stderr.
 * EXIT_CODE_OK or EXIT_CODE_USAGE.
 */
enum exit_code action_check(const struct call *call, const char *verb);

/* Who does it and why, as members; NULL when it cannot be said, which was told. */
json_t *action_reason(const struct call *call);

/* The body of the request; @step may be NULL. NULL when it cannot be made, which was told. */
json_t *action_request(const struct call *call, const char *verb, const char *step);

/* Ask the server to act on one saga; @version, unless 0, is the only one to act on. */
bool action_send(const struct call *call, const char *id, const json_t *request, uint64_t version,
                 struct server_answer *ret_answer);

#endif
