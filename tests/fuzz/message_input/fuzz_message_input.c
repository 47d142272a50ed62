/*
 * Any input of a saga is done or refused by every operation, never faulted, and costs what the
 * segments say.
 */
#include "auth/auth.h"
#include "billing/billing.h"
#include "messaging/messaging.h"
#include "service/message.h"

#include <assert.h>
#include <string.h>

#define ACCOUNT "AC0123456789abcdef0123456789abcdef"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct service *const services[] = {&auth_service, &billing_service,
                                                 &messaging_service};

static struct service_context contexts[3];

static uint64_t clock_ms(void)
{
    return 1438286400000;
}

static void open_all(void)
{
    for (size_t i = 0; i < 3; i++) {
        contexts[i].now_ms = clock_ms;
        int r = database_open_memory(services[i]->schema, &contexts[i].database);
        assert(r == 0);
        r = services[i]->seed(&contexts[i], ACCOUNT);
        assert(r == 0);
    }
}

/* Run one operation and take it back, so that each input meets the same tables. */
static void run(size_t which, const struct service_operation *operation, const uint8_t *data,
                size_t size)
{
    static struct participant_answer answer;
    struct participant_call call = {
        .operation_id = "saga_1/step/do.0",
        .saga = "saga_1",
        .sid = "SM00000000000000000000000000000001",
        .step = "step",
        .operation = operation->name,
        .tenant = ACCOUNT,
        .input = data,
        .input_size = size,
    };

    answer = (struct participant_answer){0};
    int r = database_begin(contexts[which].database);
    assert(r == 0);
    operation->run(&contexts[which], &call, &answer);
    assert(answer.verdict == PARTICIPANT_DONE || answer.verdict == PARTICIPANT_REJECTED);
    if (answer.verdict == PARTICIPANT_DONE) {
        json_t *output = json_loadb((const char *)answer.output, answer.output_size, 0, NULL);
        assert(json_is_object(output));
        json_decref(output);
    }
    database_rollback(contexts[which].database);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct message message;

    if (contexts[0].database == NULL)
        open_all();
    if (message_init(data, size, &message) == 0) {
        struct segments segments = message_segments(&message);
        assert(segments.parts >= 1 && segments.characters <= segments.units);
        assert(segments.parts <= segments.units / 66 + 1);
        message_fini(&message);
    }
    for (size_t i = 0; i < 3; i++)
        for (size_t j = 0; j < services[i]->operation_count; j++)
            run(i, &services[i]->operations[j], data, size);
    return 0;
}
