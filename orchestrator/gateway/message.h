/*
 * A message: how the Messages face shows a saga of send_message.
 *
 *   saga                                   status
 *   not decided yet                        accepted
 *   pivot done                             queued
 *   turned back, for whatever reason       failed, with a code
 *   turned back because it was cancelled   canceled
 */
#ifndef ORCHESTRATOR_GATEWAY_MESSAGE_H
#define ORCHESTRATOR_GATEWAY_MESSAGE_H

#include "engine/snapshot.h"
#include "gateway/message_code.h"

#include <jansson.h>

#define MESSAGE_DEFINITION "send_message"
#define MESSAGE_PAGE_SIZE_DEFAULT 50u /* Of a list; also of a message's media. */

enum message_status {
    MESSAGE_ACCEPTED,
    MESSAGE_QUEUED,
    MESSAGE_FAILED,
    MESSAGE_CANCELED,
};

enum message_status message_status(const struct snapshot *snapshot);

/* Why a failed message failed: number, HTTP status and a sentence of the participant's if any. */
struct message_code message_failure(const struct snapshot *snapshot);

/* Every field of the resource; NULL when memory is short. */
json_t *message_json(const struct snapshot *snapshot);

#endif
