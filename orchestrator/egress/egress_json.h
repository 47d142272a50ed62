/*
 * JSON that is only passed on: looked at once, then copied as it stands.
 */
#ifndef ORCHESTRATOR_EGRESS_EGRESS_JSON_H
#define ORCHESTRATOR_EGRESS_EGRESS_JSON_H

#include "base/bytes.h"

#include <stdbool.h>

/* One value of any kind; its numbers may have any size. */
bool egress_json_valid(struct bytes text);

#endif
