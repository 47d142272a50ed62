#include "simulation/tape.h"

#include "simulation/swarm.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

_Static_assert((int)MISHAP_COUNT <= (int)TAPE_WORLD, "Mishaps come before the streams.");

/* How often something has been asked about one place, and where its marks begin. */
struct tape_slot {
    uint64_t place;
    uint32_t subject_plus_one; /* 0: free. */
    uint32_t asked;
    size_t first;
};

#define SLOTS_LEAST 1024u

/* ---- places ---- */

/* kind 4 | a 40 | b or attempt 16 | direction 4, and a of a call is client 16, step 8 */
static uint64_t place_of(enum place_kind kind, uint64_t a, uint32_t b)
{
    assert(a <= PLACE_TIME_MAX);
    return (uint64_t)kind << 60 | a << 20 | (b & 0xffffu) << 4;
}

uint64_t place_at(uint64_t now_ms)
{
    return place_of(PLACE_AT, now_ms, 0);
}

uint64_t place_client(uint32_t client)
{
    return place_of(PLACE_CLIENT, client, 0);
}

uint64_t place_event(uint32_t client, uint32_t sequence)
{
    return place_of(PLACE_EVENT, client, sequence);
}

uint64_t place_call(enum place_kind kind, uint32_t client, uint32_t step, uint32_t direction,
                    uint32_t attempt)
{
    assert(kind == PLACE_CALL || kind == PLACE_ANSWER);
    return place_of(kind, (uint64_t)client << 8 | (step & 0xffu), attempt) | (direction & 0xfu);
}

uint64_t place_worker(enum place_kind kind, uint32_t worker)
{
    assert(kind == PLACE_POLL || kind == PLACE_REPLY);
    return place_of(kind, worker, 0);
}

struct place place_read(uint64_t place)
{
    struct place read = {.kind = (enum place_kind)(place >> 60), .a = place >> 20 & PLACE_TIME_MAX};

    if (read.kind == PLACE_EVENT)
        read.b = (uint32_t)(place >> 4 & 0xffffu);
    if (read.kind != PLACE_CALL && read.kind != PLACE_ANSWER)
        return read;
    read.b = (uint32_t)(read.a & 0xffu);
    read.a >>= 8;
    read.direction = (uint32_t)(place & 0xfu);
    read.attempt = (uint32_t)(place >> 4 & 0xffffu);
    return read;
}

/* ---- names ---- */

static const char *const streams[] = {"world", "network", "workers", "clients"};

const char *tape_subject_name(uint32_t subject)
{
    assert(subject < MISHAP_COUNT || (subject >= TAPE_WORLD && subject < TAPE_SUBJECTS));
    return subject < MISHAP_COUNT ? mishap_name((enum mishap)subject)
                                  : streams[subject - TAPE_WORLD];
}

uint32_t tape_subject_named(const char *name)
{
    enum mishap mishap = mishap_named(name);

    if (mishap != MISHAP_COUNT)
        return mishap;
    for (uint32_t i = TAPE_WORLD; i < TAPE_SUBJECTS; i++)
        if (strcmp(streams[i - TAPE_WORLD], name) == 0)
            return i;
    return TAPE_SUBJECTS;
}

/* ---- its life ---- */

struct tape *tape_open(void)
{
    struct tape *tape = calloc(1, sizeof *tape);

    assert(tape != NULL);
    return tape;
}

struct tape *tape_close(struct tape *tape)
{
    if (tape == NULL)
        return NULL;
    free(tape->marks);
    free(tape->slots);
    free(tape);
    return NULL;
}

static void forget_slots(struct tape *tape)
{
    tape->slot_count = tape->place_count = 0;
    if (tape->slots != NULL)
        memset(tape->slots, 0, tape->slot_capacity * sizeof *tape->slots);
}

void tape_copy(struct tape *to, const struct tape *from)
{
    to->settings = from->settings;
    to->client_count = from->client_count;
    memcpy(to->clients, from->clients, from->client_count * sizeof from->clients[0]);
    to->definition_count = from->definition_count;
    memcpy(to->definitions, from->definitions,
           from->definition_count * sizeof from->definitions[0]);
    to->mark_count = 0;
    for (size_t i = 0; i < from->mark_count; i++)
        tape_add_mark(to, &from->marks[i]);
}

void tape_record(struct tape *tape)
{
    tape->plays = false;
    tape->client_count = tape->definition_count = 0;
    tape->mark_count = 0;
    forget_slots(tape);
}

void tape_add_mark(struct tape *tape, const struct tape_mark *mark)
{
    if (tape->mark_count == tape->mark_capacity) {
        tape->mark_capacity = tape->mark_capacity == 0 ? 256 : 2 * tape->mark_capacity;
        tape->marks = realloc(tape->marks, tape->mark_capacity * sizeof *tape->marks);
        assert(tape->marks != NULL);
    }
    tape->marks[tape->mark_count++] = *mark;
}

static int compare(const void *one, const void *other)
{
    const struct tape_mark *a = one, *b = other;

    if (a->subject != b->subject)
        return a->subject < b->subject ? -1 : 1;
    if (a->place != b->place)
        return a->place < b->place ? -1 : 1;
    return a->ordinal < b->ordinal ? -1 : a->ordinal > b->ordinal;
}

bool tape_sort(struct tape *tape, const struct tape_mark **ret_twice)
{
    if (tape->mark_count > 0)
        qsort(tape->marks, tape->mark_count, sizeof *tape->marks, compare);
    for (size_t i = 1; i < tape->mark_count; i++)
        if (compare(&tape->marks[i - 1], &tape->marks[i]) == 0) {
            *ret_twice = &tape->marks[i];
            return false;
        }
    return true;
}

/* ---- asked at a place ---- */

static size_t slot_of(const struct tape *tape, uint32_t subject, uint64_t place)
{
    size_t mask = tape->slot_capacity - 1;
    size_t at = (size_t)chance_mix(place * 64 + subject) & mask;

    while (tape->slots[at].subject_plus_one != 0 &&
           (tape->slots[at].place != place || tape->slots[at].subject_plus_one != subject + 1))
        at = (at + 1) & mask;
    return at;
}

static void grow(struct tape *tape)
{
    struct tape_slot *old = tape->slots;
    size_t capacity = tape->slot_capacity;

    tape->slot_capacity = capacity == 0 ? SLOTS_LEAST : 2 * capacity;
    tape->slots = calloc(tape->slot_capacity, sizeof *tape->slots);
    assert(tape->slots != NULL);
    for (size_t i = 0; i < capacity; i++)
        if (old[i].subject_plus_one != 0)
            tape->slots[slot_of(tape, old[i].subject_plus_one - 1, old[i].place)] = old[i];
    free(old);
}

static struct tape_slot *add_slot(struct tape *tape, uint32_t subject, uint64_t place)
{
    if (2 * (tape->slot_count + 1) > tape->slot_capacity)
        grow(tape);
    struct tape_slot *slot = &tape->slots[slot_of(tape, subject, place)];
    if (slot->subject_plus_one == 0) {
        *slot = (struct tape_slot){.place = place, .subject_plus_one = subject + 1};
        tape->slot_count++;
    }
    return slot;
}

void tape_play(struct tape *tape)
{
    const struct tape_mark *twice;
    bool sorted = tape_sort(tape, &twice);

    assert(sorted);
    tape->plays = true;
    forget_slots(tape);
    for (size_t i = 0; i < tape->mark_count; i++) {
        struct tape_mark *mark = &tape->marks[i];
        mark->used = false;
        size_t slots = tape->slot_count;
        struct tape_slot *slot = add_slot(tape, mark->subject, mark->place);
        if (tape->slot_count > slots)
            slot->first = i;
    }
}

void tape_nowhere(struct tape *tape)
{
    tape->place_count = 0;
}

void tape_at(struct tape *tape, uint64_t place)
{
    tape->places[0] = place;
    tape->place_count = 1;
}

void tape_also_at(struct tape *tape, uint64_t place)
{
    if (tape->place_count < TAPE_PLACES_MAX)
        tape->places[tape->place_count++] = place;
}

static void note(struct tape *tape, uint32_t subject, uint64_t place, uint32_t value)
{
    struct tape_slot *slot = add_slot(tape, subject, place);

    slot->asked++;
    if (value != 0)
        tape_add_mark(tape, &(struct tape_mark){.place = place, .subject = subject,
                                                .ordinal = slot->asked, .value = value});
}

static uint32_t look_up(struct tape *tape, uint32_t subject, uint64_t place)
{
    if (tape->slot_capacity == 0)
        return 0;
    struct tape_slot *slot = &tape->slots[slot_of(tape, subject, place)];
    if (slot->subject_plus_one == 0)
        return 0;
    slot->asked++;
    for (size_t i = slot->first; i < tape->mark_count; i++) {
        struct tape_mark *mark = &tape->marks[i];
        if (mark->subject != subject || mark->place != place || mark->ordinal > slot->asked)
            break;
        if (mark->ordinal == slot->asked) {
            mark->used = true;
            return mark->value;
        }
    }
    return 0;
}

uint32_t tape_decide(struct tape *tape, uint32_t subject, uint32_t drawn, uint32_t bound)
{
    uint32_t decided = 0;

    assert(subject < TAPE_SUBJECTS);
    assert(drawn < bound);
    if (tape->place_count == 0)
        return drawn;
    for (size_t i = 0; i < tape->place_count; i++) {
        if (!tape->plays) {
            note(tape, subject, tape->places[i], i == 0 ? drawn : 0);
            continue;
        }
        uint32_t value = look_up(tape, subject, tape->places[i]);
        if (value > decided)
            decided = value;
    }
    if (!tape->plays)
        return drawn;
    return decided < bound ? decided : bound - 1;
}

bool tape_has(const struct tape *tape, uint32_t subject)
{
    for (size_t i = 0; i < tape->mark_count; i++)
        if (tape->marks[i].subject == subject)
            return true;
    return false;
}

uint64_t tape_next_ms(const struct tape *tape, uint32_t subject, uint64_t after_ms)
{
    uint64_t next_ms = UINT64_MAX;

    for (size_t i = 0; i < tape->mark_count; i++) {
        const struct tape_mark *mark = &tape->marks[i];
        struct place place = place_read(mark->place);
        if (mark->subject == subject && mark->ordinal == 1 && place.kind == PLACE_AT &&
            place.a > after_ms && place.a < next_ms)
            next_ms = place.a;
    }
    return next_ms;
}
