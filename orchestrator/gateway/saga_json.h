/*
 * A saga as /v1 shows it, and as `sagactl -o json` hands it on.
 */
#ifndef ORCHESTRATOR_GATEWAY_SAGA_JSON_H
#define ORCHESTRATOR_GATEWAY_SAGA_JSON_H

#include "engine/inbox.h"
#include "engine/snapshot.h"

#include <jansson.h>
#include <stdbool.h>

/* NULL when memory is short. Payloads are input and outputs, which not everybody needs to see. */
json_t *saga_json(const struct snapshot *snapshot, bool with_payloads);

json_t *saga_json_events(const struct snapshot *snapshot);

/* One row of a list. */
json_t *saga_json_row(const struct page_row *row);

#endif
