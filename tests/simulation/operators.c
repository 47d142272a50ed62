/*
 * Operators: every verb at random moments, about any saga; and, in some worlds, people who look
 * for pivots in doubt and for what is stuck, and do something about it.
 */
#include "simulation/world.h"

#include <stdio.h>
#include <string.h>

#define WATCHED 200u /* Sagas that are looked at for one that needs somebody. */

/* What an operator wants of which saga; SIM_NONE: of none. */
struct order {
    uint32_t saga, verb, step;
    bool more; /* By force; with the output; for this step alone. */
};

static uint32_t below(struct world *world, uint32_t bound)
{
    return chance_below(&world->chance_clients, bound);
}

static const struct shape *shape_of(const struct world *world, uint32_t saga)
{
    return &world->oracle.shapes[world->oracle.sagas[saga].shape];
}

void operators_open(struct world *world)
{
    taped_nowhere(world);
    world->on_duty = below(world, 3) * 400;
}

/* ---- what they choose ---- */

static uint32_t draw_verb(struct world *world)
{
    static const uint8_t verbs[] = {CANCEL, CANCEL, RETRY, RETRY, RETRY, PAUSE, PAUSE, PAUSE,
                                    RESUME, RESUME, RESUME, RESOLVE_DONE, RESOLVE_REJECTED,
                                    RESOLVE_REJECTED, SKIP, WAIVE, TERMINATE};

    return verbs[below(world, sizeof verbs)];
}

/* An operator has a preference for sagas that are not moving. */
static uint32_t draw_saga(struct world *world)
{
    uint32_t saga = 0;

    for (uint32_t i = 0; i < 6; i++) {
        saga = below(world, world->oracle.saga_count);
        if (oracle_is_held(&world->oracle.sagas[saga]) ||
            (i > 3 && !oracle_is_over(&world->oracle.sagas[saga])))
            break;
    }
    return saga;
}

/* By what the journal says, this verb has something to do at this step. */
static bool suits(const struct seen_step *step, uint32_t verb)
{
    bool open = step->do_state == DO_CALLING || step->do_state == DO_BACKOFF ||
                step->do_state == DO_WAITING;

    if (verb == WAIVE)
        return step->undo_state != UNDO_NONE && step->undo_state < UNDO_DONE;
    if (verb == RETRY)
        return step->do_state == DO_BACKOFF || step->do_state == DO_REJECTED ||
               step->undo_state == UNDO_BACKOFF;
    return open || step->do_state == DO_REJECTED || step->do_state == DO_UNKNOWN;
}

/* What suits, mostly; what does not is asked for too. */
static uint32_t draw_step(struct world *world, uint32_t saga, uint32_t verb)
{
    uint32_t step = 0;

    for (uint32_t i = 0; i < 4; i++) {
        step = below(world, shape_of(world, saga)->step_count);
        if (suits(&world->oracle.sagas[saga].steps[step].seen, verb))
            break;
    }
    return step;
}

static struct order draw_order(struct world *world)
{
    struct order order = {.saga = draw_saga(world), .verb = draw_verb(world)};

    order.step = draw_step(world, order.saga, order.verb);
    order.more = chance_per_mille(&world->chance_clients, 200);
    return order;
}

#define STATE(name) (1u << REACHED_##name)

/* What those look for who do not ask at random, and what they do about it. */
static const struct {
    uint32_t states;
    uint8_t verbs[8];
    bool pivot; /* It is about the pivot. */
} duties[] = {
    /* Whether a pivot that is out is done decides its saga; so: it shall not be. */
    {STATE(PIVOT) | STATE(DOUBT) | STATE(FENCING),
     {RESOLVE_REJECTED, RESOLVE_REJECTED, RESOLVE_REJECTED, RESOLVE_REJECTED, RESOLVE_DONE, RETRY,
      PAUSE, CANCEL}, true},
    /* What is out after the pivot has no way back: it is refused for its participant, and tried
       again, with a new key. */
    {STATE(AFTER),
     {RESOLVE_REJECTED, RESOLVE_REJECTED, RESOLVE_REJECTED, RESOLVE_REJECTED, RETRY, RETRY, SKIP,
      PAUSE}, false},
    {STATE(PARKED) | STATE(PARKED_UNDO),
     {RETRY, RETRY, RETRY, RETRY, RESOLVE_REJECTED, SKIP, WAIVE, CANCEL}, false},
};

/* The first from somewhere on in one of these states; SIM_NONE: none of those near. */
static uint32_t find_in(struct world *world, uint32_t states)
{
    uint32_t from = below(world, world->oracle.saga_count);

    for (uint32_t i = 0; i < WATCHED && i < world->oracle.saga_count; i++) {
        uint32_t saga = (from + i) % world->oracle.saga_count;
        if (states & 1u << world_state(world, saga, SIM_NO_STEP))
            return saga;
    }
    return SIM_NONE;
}

static struct order draw_duty(struct world *world)
{
    uint32_t duty = below(world, sizeof duties / sizeof duties[0]);
    struct order order = {.saga = find_in(world, duties[duty].states)};

    order.verb = duties[duty].verbs[below(world, sizeof duties[duty].verbs)];
    order.more = chance_per_mille(&world->chance_clients, 100);
    if (order.saga == SIM_NONE)
        return order;
    order.step = duties[duty].pivot ? shape_of(world, order.saga)->pivot
                                    : draw_step(world, order.saga, order.verb);
    return order;
}

static bool is_known(const struct world *world, uint32_t saga)
{
    const struct oracle_saga *of = &world->oracle.sagas[saga];

    return world->clients[of->client].number == of->number;
}

/* The tape knows a saga by its client; 0: nobody. */
static void tape_order(struct world *world, struct order *order)
{
    uint32_t client = order->saga != SIM_NONE ? world->oracle.sagas[order->saga].client + 1 : 0;

    taped_at_now(world);
    client = taped_decide(world, MISHAP_OPERATOR, client, SIM_CLIENTS_MAX + 1);
    order->verb = taped_decide(world, MISHAP_OPERATOR, order->verb, SEEN_VERBS);
    order->step = taped_decide(world, MISHAP_OPERATOR, order->step, SIM_STEPS_MAX);
    order->more = taped_decide(world, MISHAP_OPERATOR, order->more, 2) != 0;
    order->saga = client == 0 ? SIM_NONE
                              : oracle_find(&world->oracle, world->clients[client - 1].number);
}

/* ---- what they do ---- */

static bool names_step(const struct order *order)
{
    return order->verb == RETRY ? order->more
                                : order->verb >= RESOLVE_DONE && order->verb <= WAIVE;
}

static void operate(struct world *world, const struct order *order)
{
    struct ask *ask = people_verb(world, world->oracle.sagas[order->saga].client,
                                  (enum saga_verb)order->verb);

    if (names_step(order))
        snprintf(ask->request.step, sizeof ask->request.step, "s%u", order->step);
    ask->request.force = order->more;
    if (order->verb == RESOLVE_DONE && order->more) {
        uint8_t *output = (uint8_t *)ask->input;
        uint8_t size = workers_output(order->saga, (uint8_t)order->step, output);
        ask->request.output = bytes_of(output, size);
    }
    world->swarm.counts[MISHAP_OPERATOR]++;
    world_reach(world, MISHAP_OPERATOR, order->saga, SIM_NO_STEP);
    world_note(world, "verb", order->saga, order->verb, order->step);
    people_ask(world, ask);
}

void operators_operate(struct world *world)
{
    if (!world->running || world->dead || world->oracle.saga_count == 0)
        return;
    taped_nowhere(world);
    bool on_duty = chance_per_mille(&world->chance_clients, world->on_duty);
    struct order order = on_duty ? draw_duty(world) : draw_order(world);
    if (order.saga != SIM_NONE && !is_known(world, order.saga))
        order.saga = SIM_NONE;
    tape_order(world, &order);
    if (order.saga != SIM_NONE)
        operate(world, &order);
}

/* In calm, operators let half of what is held go on. */
void operators_release(struct world *world)
{
    for (uint32_t saga = 0; saga < world->oracle.saga_count; saga++) {
        const struct oracle_saga *of = &world->oracle.sagas[saga];
        if (!oracle_is_held(of) || !is_known(world, saga) || saga % 2 == 0)
            continue;
        if (of->paused)
            people_ask(world, people_verb(world, of->client, SAGA_RESUME));
        if (of->parked != 0)
            people_ask(world, people_verb(world, of->client, SAGA_RETRY));
    }
}
