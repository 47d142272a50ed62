#include "messaging/messaging.h"

#include "messaging/consumer.h"
#include "messaging/delivery.h"
#include "messaging/queue.h"
#include "messaging/schema.h"

static const struct service_operation operations[] = {
    {"queue", queue_message, NULL, NULL},
};

static const struct service_command commands[] = {
    {
        .name = "take",
        .synopsis = "--dir DIR [--count N]",
        .summary = "take the oldest messages, one JSON object a line",
        .letters = "dn",
        .run = delivery_take_command,
    },
    {
        .name = "done",
        .synopsis = "--dir DIR SM…",
        .summary = "what was taken is delivered",
        .letters = "d",
        .run = delivery_done_command,
    },
    {
        .name = "consume",
        .synopsis = "--dir DIR --rate N/s",
        .summary = "take and say done at this rate, until SIGTERM",
        .letters = "dr",
        .run = consumer_command,
    },
    {
        .name = "stats",
        .synopsis = "--dir DIR [-o json|table]",
        .summary = "how many messages wait, are taken, are done",
        .letters = "do",
        .run = delivery_stats_command,
    },
};

const struct service messaging_service = {
    .name = "messaging",
    .summary = "the outbound queue",
    .schema = &messaging_schema,
    .operations = operations,
    .operation_count = sizeof operations / sizeof operations[0],
    .commands = commands,
    .command_count = sizeof commands / sizeof commands[0],
    .seed = queue_seed,
    .answer = delivery_answer,
};
