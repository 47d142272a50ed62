/*
 * A saga as /v1 shows it, and as `sagactl -o json` hands it on.
 */
#ifndef ORCHESTRATOR_GATEWAY_SAGA_JSON_H
#define ORCHESTRATOR_GATEWAY_SAGA_JSON_H

#include "engine/inbox.h"
#include "engine/snapshot.h"

#include <jansson.h>
#include <stdbool.h>

#define ETAG_SIZE 64u

/* NULL when memory is short. Payloads are input and outputs, which not everybody needs to see. */
json_t *saga_json(const struct snapshot *snapshot, bool with_payloads);

json_t *saga_json_events(const struct snapshot *snapshot);

/* One row of a list. */
json_t *saga_json_row(const struct page_row *row);

/* Changes whenever what saga_json shows does: its version, and its derived condition. */
void saga_etag(const struct snapshot *snapshot, char ret_etag[ETAG_SIZE]);

#endif
