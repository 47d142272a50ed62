/*
 * Entries of the audit, and what a check of it found, as /v1 shows them.
 */
#ifndef ORCHESTRATOR_GATEWAY_AUDIT_JSON_H
#define ORCHESTRATOR_GATEWAY_AUDIT_JSON_H

#include "engine/inbox.h"

#include <jansson.h>

/* NULL when memory is short, both of them. */
json_t *audit_json(const struct audit_row *row);
json_t *audit_json_check(const struct audit_check *check);

#endif
