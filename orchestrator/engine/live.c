#include "engine/live.h"

#include "base/fault.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define BUCKETS_MIN 256u

/* ---- calls ---- */

void call_list_push(struct call_list *list, struct call *call)
{
    assert(call->list == NULL);

    call->list = list;
    call->next = NULL;
    call->previous = list->last;
    if (list->last != NULL)
        list->last->next = call;
    else
        list->first = call;
    list->last = call;
    list->count++;
}

void call_list_remove(struct call *call)
{
    struct call_list *list = call->list;

    if (list == NULL)
        return;
    if (call->previous != NULL)
        call->previous->next = call->next;
    else
        list->first = call->next;
    if (call->next != NULL)
        call->next->previous = call->previous;
    else
        list->last = call->previous;
    call->next = call->previous = NULL;
    call->list = NULL;
    list->count--;
}

/* ---- one saga ---- */

static size_t aligned(size_t size)
{
    return (size + sizeof(uint64_t) - 1) & ~(sizeof(uint64_t) - 1);
}

/* One block: this, the core's saga with its steps, the outputs, the calls. */
struct live *live_new(struct plan *plan, struct saga_id id)
{
    const struct definition *definition = plan->definition;
    size_t steps = definition->step_count;
    size_t saga_at = aligned(sizeof(struct live));
    size_t outputs_at = saga_at + aligned(saga_size((uint32_t)steps));
    size_t calls_at = outputs_at + steps * sizeof(struct bytes);
    char *block = calloc(1, calls_at + steps * sizeof(struct call));

    if (block == NULL)
        return NULL;
    struct live *live = (struct live *)(void *)block;
    live->id = id;
    live->plan = plan;
    live->timer.kind = TIMER_SAGA;
    live->saga = (struct saga *)(void *)(block + saga_at);
    live->outputs = (struct bytes *)(void *)(block + outputs_at);
    live->calls = (struct call *)(void *)(block + calls_at);
    for (size_t i = 0; i < steps; i++) {
        live->calls[i].live = live;
        live->calls[i].step = (uint8_t)i;
    }
    saga_init(live->saga, definition, id.nonce);
    return live;
}

struct live *live_free(struct live *live)
{
    if (live == NULL)
        return NULL;
    assert(!live->listed);

    for (uint32_t i = 0; i < live->saga->definition->step_count; i++)
        free((void *)(uintptr_t)live->outputs[i].data);
    free((void *)(uintptr_t)live->input.data);
    free(live->words);
    free(live->code);
    free(live);
    return NULL;
}

/* Two strings in one block, each with its NUL; @ret_second points behind the first. */
static char *join_words(const char *first, const char *second, char **ret_second)
{
    size_t first_size = strlen(first) + 1, second_size = strlen(second) + 1;
    char *block = malloc(first_size + second_size);

    if (block == NULL)
        return NULL;
    memcpy(block, first, first_size);
    memcpy(block + first_size, second, second_size);
    *ret_second = block + first_size;
    return block;
}

int live_set_submission(struct live *live, const struct record_submission *submission)
{
    size_t tenant = strlen(submission->tenant) + 1, key = strlen(submission->key) + 1;
    size_t trace = strlen(submission->traceparent) + 1;
    char *words = malloc(tenant + key + trace);

    if (words == NULL)
        return fault(FAULT_MEMORY);
    live->words = words;
    live->tenant = memcpy(words, submission->tenant, tenant);
    live->key = memcpy(words + tenant, submission->key, key);
    live->traceparent = memcpy(words + tenant + key, submission->traceparent, trace);
    live->previous = submission->previous;
    memcpy(live->request_hash, submission->request_hash, sizeof live->request_hash);
    if (live->key[0] != '\0')
        record_key_digest(live->tenant, live->key, live->key_digest);
    return 0;
}

static int replace(struct bytes *slot, struct bytes content)
{
    uint8_t *copy = malloc(content.size > 0 ? content.size : 1);

    if (copy == NULL)
        return fault(FAULT_MEMORY);
    if (content.size > 0)
        memcpy(copy, content.data, content.size);
    free((void *)(uintptr_t)slot->data);
    *slot = bytes_of(copy, content.size);
    return 0;
}

int live_set_input(struct live *live, struct bytes input)
{
    return replace(&live->input, input);
}

int live_set_output(struct live *live, uint8_t step, struct bytes output)
{
    assert(step < live->saga->definition->step_count);

    return replace(&live->outputs[step], output);
}

/* What turned the saga back, or parked it, is what people ask for; else the latest complaint. */
static int keep_words(struct live *live, const struct record *record)
{
    const struct saga_state *before = &live->saga->state, *after = &record->event.state;
    bool decides = (before->phase == SAGA_RUNNING && after->phase != SAGA_RUNNING) ||
                   (before->parked == SAGA_PARK_NONE && after->parked != SAGA_PARK_NONE);
    char *text;

    if (record->code[0] == '\0' || (!decides && before->phase != SAGA_RUNNING))
        return 0;
    char *code = join_words(record->code, record->text, &text);
    if (code == NULL)
        return fault(FAULT_MEMORY);
    free(live->code);
    live->code = code;
    live->text = text;
    return 0;
}

int live_fold(struct live *live, const struct record *record, struct bytes payload)
{
    const struct saga_event *event = &record->event;
    int r = keep_words(live, record);

    if (r == 0 && record->has_payload && event->type == SAGA_EVENT_SUBMITTED)
        r = live_set_input(live, payload);
    else if (r == 0 && record->has_payload)
        r = live_set_output(live, event->step, payload);
    if (r < 0)
        return pass(r);

    saga_apply(live->saga, event);
    live->updated_wall_ms = (uint64_t)((int64_t)event->time_ms + record->wall_skew_ms);
    if (event->type == SAGA_EVENT_SUBMITTED)
        live->created_wall_ms = live->updated_wall_ms;
    return 0;
}

/* ---- the tables ---- */

int lives_init(struct lives *lives)
{
    *lives = (struct lives){.buckets = BUCKETS_MIN};
    lives->by_number = calloc(BUCKETS_MIN, sizeof *lives->by_number);
    lives->by_key = calloc(BUCKETS_MIN, sizeof *lives->by_key);
    return lives->by_number == NULL || lives->by_key == NULL ? fault(FAULT_MEMORY) : 0;
}

void lives_fini(struct lives *lives)
{
    while (lives->newest != NULL) {
        struct live *live = lives->newest;
        lives_remove(lives, live);
        live_free(live);
    }
    live_blocks_fini(&lives->blocks);
    free(lives->by_number);
    free(lives->by_key);
    *lives = (struct lives){0};
}

/* Numbers rise one by one with gaps of 64: Fibonacci hashing spreads them. */
static size_t number_bucket(const struct lives *lives, uint64_t number)
{
    return (size_t)(number * 0x9e3779b97f4a7c15u >> 24) & (lives->buckets - 1);
}

/* A key's digest is as good as random. */
static size_t key_bucket(const struct lives *lives, const uint8_t key[RECORD_KEY_SIZE])
{
    uint64_t head;

    memcpy(&head, key, sizeof head);
    return (size_t)head & (lives->buckets - 1);
}

static void link_in(struct lives *lives, struct live *live)
{
    struct live **slot = &lives->by_number[number_bucket(lives, live->id.number)];

    live->next_by_number = *slot;
    *slot = live;
    if (live->key[0] == '\0')
        return;
    slot = &lives->by_key[key_bucket(lives, live->key_digest)];
    live->next_by_key = *slot;
    *slot = live;
}

static int grow(struct lives *lives)
{
    size_t buckets = lives->buckets * 2;
    struct live **by_number = calloc(buckets, sizeof *by_number);
    struct live **by_key = calloc(buckets, sizeof *by_key);

    if (by_number == NULL || by_key == NULL) {
        free(by_number);
        free(by_key);
        return fault(FAULT_MEMORY);
    }
    free(lives->by_number);
    free(lives->by_key);
    lives->by_number = by_number;
    lives->by_key = by_key;
    lives->buckets = buckets;
    for (struct live *live = lives->oldest; live != NULL; live = live->newer)
        link_in(lives, live);
    return 0;
}

int lives_add(struct lives *lives, struct live *live)
{
    assert(!live->listed);
    assert(lives->newest == NULL || lives->newest->id.number < live->id.number);

    if (lives->count >= lives->buckets) {
        int r = grow(lives);
        if (r < 0)
            return pass(r);
    }
    int r = live_blocks_add(&lives->blocks, live);
    if (r < 0)
        return pass(r);
    live->listed = true;
    live->older = lives->newest;
    live->newer = NULL;
    if (lives->newest != NULL)
        lives->newest->newer = live;
    else
        lives->oldest = live;
    lives->newest = live;
    lives->count++;
    live->plan->live++;
    link_in(lives, live);
    return 0;
}

void lives_remove(struct lives *lives, struct live *live)
{
    assert(live->listed);

    struct live **slot = &lives->by_number[number_bucket(lives, live->id.number)];
    while (*slot != live)
        slot = &(*slot)->next_by_number;
    *slot = live->next_by_number;
    if (live->key[0] != '\0') {
        slot = &lives->by_key[key_bucket(lives, live->key_digest)];
        while (*slot != live)
            slot = &(*slot)->next_by_key;
        *slot = live->next_by_key;
    }
    live_blocks_remove(&lives->blocks, live);
    if (live->newer != NULL)
        live->newer->older = live->older;
    else
        lives->newest = live->older;
    if (live->older != NULL)
        live->older->newer = live->newer;
    else
        lives->oldest = live->newer;
    census_take_out(lives, live);
    live->listed = false;
    live->plan->live--;
    lives->count--;
}

struct live *lives_find(const struct lives *lives, uint64_t number)
{
    struct live *live = lives->by_number[number_bucket(lives, number)];

    while (live != NULL && live->id.number != number)
        live = live->next_by_number;
    return live;
}

struct live *lives_below(const struct lives *lives, uint64_t before)
{
    return before == 0 ? lives->newest : live_blocks_below(&lives->blocks, before);
}

struct live *lives_find_key(const struct lives *lives, const uint8_t key[RECORD_KEY_SIZE])
{
    struct live *live = lives->by_key[key_bucket(lives, key)];

    while (live != NULL && memcmp(live->key_digest, key, RECORD_KEY_SIZE) != 0)
        live = live->next_by_key;
    return live;
}
