/*
 * The enumerations of the wire beside those of the core: one table each, read in both directions.
 */
#ifndef ORCHESTRATOR_CODEC_WIRE_TABLES_H
#define ORCHESTRATOR_CODEC_WIRE_TABLES_H

#include "codec/wire.h"

#include <protobuf-c/protobuf-c.h>
#include <saga/v1/exchange.pb-c.h>

/* An unknown verdict is RETRY: the effect may exist, ask again. */
enum saga_verdict wire_verdict_in(Saga__V1__Verdict verdict);
Saga__V1__Verdict wire_verdict_out(enum saga_verdict verdict);

/* False for a value that this release does not know. */
bool wire_direction_in(Saga__V1__Direction direction, enum saga_direction *ret_direction);
Saga__V1__Direction wire_direction_out(enum saga_direction direction);
bool wire_status_in(Saga__V1__SubmitStatus status, enum wire_submit_status *ret_status);
Saga__V1__SubmitStatus wire_status_out(enum wire_submit_status status);

#endif
