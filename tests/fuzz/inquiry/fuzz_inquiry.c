/*
 * Any line to any of the three services is answered with one JSON line, and the books stay right.
 *
 * The first byte picks the service; the rest is the line.
 */
#include "auth/auth.h"
#include "billing/billing.h"
#include "messaging/messaging.h"
#include "service/inquiry.h"

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

static json_t *ask(size_t which, const void *line, size_t size)
{
    struct buffer answer = {0};
    int r = service_answer(services[which], &contexts[which], line, size, &answer);

    assert(r == 0);
    assert(answer.size > 0 && answer.size <= INQUIRY_LINE_MAX);
    assert(memchr(answer.data, '\n', answer.size) == NULL);
    json_t *json = json_loadb((const char *)answer.data, answer.size, 0, NULL);
    assert(json_is_object(json));
    buffer_fini(&answer);
    return json;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char books[] = "{\"ask\":\"books\"}";

    if (contexts[0].database == NULL)
        open_all();
    if (size == 0)
        return 0;
    json_decref(ask(data[0] % 3, data + 1, size - 1));
    json_t *found = ask(1, books, sizeof books - 1);
    assert(json_is_true(json_object_get(found, "conserved")));
    json_decref(found);
    return 0;
}
