/*
 * The gauges of parked and stuck sagas: at every moment of a random history they are what looking
 * at every live saga says.
 */
#include "engine/engine_state.h"
#include "engine/world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define SEEDS 12u
#define STEPS 400u
#define SAGAS_MAX 60u

struct history {
    struct world *world;
    uint64_t seed;
    struct saga_id ids[SAGAS_MAX];
    size_t count;
    bool seen_parked, seen_stuck, seen_no_worker, seen_overdue;
};

/* SplitMix64. */
static uint32_t draw(struct history *history, uint32_t below)
{
    uint64_t value = history->seed += 0x9e3779b97f4a7c15u;

    value = (value ^ value >> 30) * 0xbf58476d1ce4e5b9u;
    value = (value ^ value >> 27) * 0x94d049bb133111ebu;
    return (uint32_t)((value ^ value >> 31) % below);
}

struct gauges {
    struct request request; /* First. */
    uint64_t live, parked, stuck;
};

static void take_status(struct request *request, struct answer *answer)
{
    struct gauges *gauges = (struct gauges *)request;

    gauges->live = answer->status_report->sagas_live;
    gauges->parked = answer->status_report->sagas_parked;
    gauges->stuck = answer->status_report->sagas_stuck;
}

/* What one turn leaves, the next one, at the same time, finds and does not change. */
static void compare(struct history *history)
{
    struct gauges gauges = {.request = {.type = REQUEST_STATUS, .answer = take_status}};
    struct engine *engine = history->world->engine;
    uint64_t live_count = 0, parked = 0, stuck = 0;

    world_turn(history->world);
    inbox_ask(history->world->inbox, &gauges.request);
    world_turn(history->world);
    for (const struct live *live = engine->lives.oldest; live != NULL; live = live->newer) {
        struct saga_condition condition = condition_of(engine, live);
        bool is = is_stuck(engine, live, condition);
        live_count++;
        parked += live->saga->state.parked != SAGA_PARK_NONE;
        stuck += is;
        history->seen_no_worker |= is && condition.name == SAGA_NO_WORKER;
        history->seen_overdue |= condition.name == SAGA_OVERDUE;
    }
    assert_int_equal(gauges.live, live_count);
    assert_int_equal(gauges.parked, parked);
    assert_int_equal(gauges.stuck, stuck);
    history->seen_parked |= parked > 0;
    history->seen_stuck |= stuck > 0;
}

static void begin(struct history *history)
{
    char key[16];

    if (history->count == SAGAS_MAX)
        return;
    snprintf(key, sizeof key, "k%zu", history->count);
    history->ids[history->count++] = world_start(history->world, key);
}

static void answer(struct history *history)
{
    static const enum saga_verdict verdicts[] = {
        SAGA_VERDICT_DONE, SAGA_VERDICT_DONE, SAGA_VERDICT_DONE, SAGA_VERDICT_REJECTED,
        SAGA_VERDICT_RETRY, SAGA_VERDICT_BUSY, SAGA_VERDICT_FENCED,
    };
    struct world *world = history->world;

    if (world->call_count == 0)
        return;
    struct world_call call = world->calls[draw(history, (uint32_t)world->call_count)];
    world_answer(world, call.step, call.direction,
                 verdicts[draw(history, sizeof verdicts / sizeof verdicts[0])], "");
}

static void act(struct history *history)
{
    static const char *const steps[] = {"", "reserve_balance", "queue", "confirm"};
    struct asked asked = {0};

    if (history->count == 0)
        return;
    world_act(history->world, &asked, history->ids[draw(history, (uint32_t)history->count)],
              (enum saga_verb)draw(history, SAGA_VERB_COUNT),
              steps[draw(history, sizeof steps / sizeof steps[0])]);
    asked_fini(&asked);
}

static void come_or_go(struct history *history)
{
    static const char *const participants[] = {"auth", "billing", "messaging"};
    struct world_worker *worker =
        world_worker(history->world, participants[draw(history, 3)]);

    if (worker->deaf)
        world_come_back(history->world, worker);
    else
        world_vanish(history->world, worker);
}

static void step(struct history *history)
{
    static const uint32_t waits_ms[] = {1, 300, 1500, 4900, 5000, 31000};

    switch (draw(history, 12)) {
    case 0:
    case 1:
        begin(history);
        break;
    case 2:
    case 3:
        act(history);
        break;
    case 4:
        come_or_go(history);
        break;
    case 5:
        world_pass(history->world, waits_ms[draw(history, 6)]);
        break;
    case 6:
        if (draw(history, 8) == 0)
            world_crash(history->world, draw(history, 6000));
        break;
    default:
        answer(history);
        break;
    }
}

static void the_gauges_are_what_looking_at_each_saga_says(void **state)
{
    struct history history = {0};

    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        history.world = world_open();
        history.seed = seed;
        history.count = 0;
        for (uint32_t i = 0; i < STEPS; i++) {
            step(&history);
            compare(&history);
        }
        world_close(history.world);
    }
    assert_true(history.seen_parked);
    assert_true(history.seen_stuck);
    assert_true(history.seen_no_worker);
    assert_true(history.seen_overdue);
    (void)state;
}

static void five_seconds_without_an_event_are_enough(void **state)
{
    struct history history = {.world = world_open(), .seed = 1};
    struct world *world = history.world;
    struct asked asked = {0};

    begin(&history);
    world_act(world, &asked, history.ids[0], SAGA_PAUSE, "");
    asked_fini(&asked);
    world_pass(world, 5280); /* The call that was out has expired after 300 ms. */
    for (uint32_t i = 0; i < 40; i++) { /* Turn by turn over the moment. */
        compare(&history);
        assert_true(i > 0 || !history.seen_stuck);
        world->now.monotonic_ms++;
    }
    assert_true(history.seen_stuck);
    world_close(world);
    (void)state;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_gauges_are_what_looking_at_each_saga_says),
        cmocka_unit_test(five_seconds_without_an_event_are_enough),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
