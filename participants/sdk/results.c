/*
 * Results kept until acknowledged: a list for their order, buckets for their tokens.
 */
#include "results.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* ---- one result ---- */

static char *put(char **place, const void *data, size_t size)
{
    char *start = *place;

    if (size > 0)
        memcpy(start, data, size);
    start[size] = '\0';
    *place = start + size + 1;
    return start;
}

struct result *result_make(const struct wire_result *wire)
{
    size_t id_size = strlen(wire->operation_id);
    size_t code_size = strlen(wire->code);
    size_t text_size = strlen(wire->text);
    size_t size = id_size + code_size + text_size + wire->output.size;
    struct result *result = malloc(sizeof *result + size + 4);

    if (result == NULL)
        return NULL;
    char *place = (char *)(result + 1);
    *result = (struct result){.wire = *wire, .size = wire_result_size(wire)};
    result->wire.operation_id = put(&place, wire->operation_id, id_size);
    result->wire.code = put(&place, wire->code, code_size);
    result->wire.text = put(&place, wire->text, text_size);
    result->wire.output =
        bytes_of(put(&place, wire->output.data, wire->output.size), wire->output.size);
    return result;
}

void result_free(struct result *result)
{
    free(result);
}

/* ---- all of them ---- */

/* The token is a MAC, so any of its bytes is as good as a hash. */
static struct result **bucket_of(struct results *results, const uint8_t *token)
{
    return &results->buckets[token[0] % RESULTS_BUCKETS];
}

/* Where the result of this token hangs in its bucket; NULL inside when there is none. */
static struct result **find(struct results *results, const uint8_t *token)
{
    struct result **place = bucket_of(results, token);

    while (*place != NULL && memcmp((*place)->wire.token, token, WIRE_TOKEN_SIZE) != 0)
        place = &(*place)->bucket_next;
    return place;
}

static void remove_at(struct results *results, struct result **place)
{
    struct result *result = *place;

    assert(results->count > 0);
    *place = result->bucket_next;
    if (result->previous != NULL)
        result->previous->next = result->next;
    else
        results->first = result->next;
    if (result->next != NULL)
        result->next->previous = result->previous;
    else
        results->last = result->previous;
    results->count--;
    result_free(result);
}

void results_fini(struct results *results)
{
    while (results->first != NULL)
        remove_at(results, find(results, results->first->wire.token));
    assert(results->count == 0 && results->last == NULL);
}

void results_add(struct results *results, struct result *result)
{
    struct result **place = find(results, result->wire.token);

    if (*place != NULL)
        remove_at(results, place);
    place = bucket_of(results, result->wire.token);
    result->bucket_next = *place;
    *place = result;
    result->previous = results->last;
    result->next = NULL;
    if (results->last != NULL)
        results->last->next = result;
    else
        results->first = result;
    results->last = result;
    results->count++;
}

void results_acknowledge(struct results *results, const uint8_t token[WIRE_TOKEN_SIZE])
{
    struct result **place = find(results, token);

    if (*place != NULL && (*place)->sent)
        remove_at(results, place);
}

void results_poll_lost(struct results *results, unsigned poll)
{
    for (struct result *result = results->first; result != NULL; result = result->next) {
        if (result->poll == poll)
            result->sent = false;
    }
}

static bool is_due(const struct result *result, struct results_moment moment)
{
    return !result->sent || result->losses != moment.losses ||
           moment.now_ms - result->sent_ms >= RESULTS_RESEND_MS;
}

size_t results_pick(struct results *results, struct results_moment moment,
                    struct wire_result ret_picked[WIRE_RESULTS_MAX])
{
    size_t count = 0;
    size_t size = 0;

    for (struct result *result = results->first; result != NULL; result = result->next) {
        if (!is_due(result, moment))
            continue;
        if (count == WIRE_RESULTS_MAX || size + result->size > WIRE_BATCH_MAX)
            break;
        result->sent = true;
        result->poll = moment.poll;
        result->sent_ms = moment.now_ms;
        result->losses = moment.losses;
        size += result->size;
        ret_picked[count++] = result->wire;
    }
    return count;
}

bool results_are_due(const struct results *results, struct results_moment moment)
{
    for (const struct result *result = results->first; result != NULL; result = result->next) {
        if (is_due(result, moment))
            return true;
    }
    return false;
}
