/*
 * Lines into inputs.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "scenarios/world.h"

#include "core/names.h"
#include "core/samples.h"
#include "scenarios/transcript.h"

#include <stdlib.h>
#include <string.h>

void world_init(struct world *world, FILE *transcript)
{
    *world = (struct world){.transcript = transcript};
}

void world_fini(struct world *world)
{
    for (int i = 0; i < world->saga_count; i++)
        oracle_fini(&world->sagas[i].oracle);
}

void world_check(const struct world *world)
{
    for (int i = 0; i < world->saga_count; i++)
        oracle_check_fold(&world->sagas[i].oracle);
}

/* ---- words into values ---- */

static struct world_saga *saga_named(struct world *world, const char *name)
{
    for (int i = 0; i < world->saga_count; i++)
        if (strcmp(world->sagas[i].name, name) == 0)
            return &world->sagas[i];
    fail_msg("no saga \"%s\"", name);
    return NULL;
}

static uint8_t step_named(const struct saga *saga, const char *name)
{
    uint8_t step = definition_step_named(saga->definition, name);

    if (step == DEFINITION_NO_STEP && strcmp(name, "nonsense") != 0)
        fail_msg("no step \"%s\"", name);
    return step;
}

/* "queue,confirm" */
static uint32_t steps_listed(const struct saga *saga, const char *list)
{
    char text[SCRIPT_LINE_SIZE] = "";
    char *rest = NULL;
    uint32_t steps = 0;

    if (list == NULL)
        return 0;
    snprintf(text, sizeof text, "%s", list);
    for (char *name = strtok_r(text, ",", &rest); name != NULL; name = strtok_r(NULL, ",", &rest))
        steps |= 1u << step_named(saga, name);
    return steps;
}

static enum saga_verdict verdict_named(const char *name)
{
    for (uint32_t i = 0; i < SAGA_VERDICT_COUNT; i++)
        if (strcmp(saga_verdict_name((enum saga_verdict)i), name) == 0)
            return (enum saga_verdict)i;
    assert_string_equal(name, "nonsense");
    return SAGA_VERDICT_COUNT;
}

static enum saga_verb verb_named(const char *name)
{
    for (uint32_t i = 0; i < SAGA_VERB_COUNT; i++)
        if (strcmp(saga_verb_name((enum saga_verb)i), name) == 0)
            return (enum saga_verb)i;
    fail_msg("no verb \"%s\"", name);
    return SAGA_VERB_COUNT;
}

/* What is out, unless the line says it. */
static enum saga_direction direction_of(const struct saga_step *step,
                                        const struct script_line *line)
{
    for (uint32_t i = 0; i < SAGA_DIRECTION_COUNT; i++)
        if (script_has(line, saga_direction_name((enum saga_direction)i)))
            return (enum saga_direction)i;
    if (step->backward.attempt > 0)
        return SAGA_UNDO;
    return step->fencing ? SAGA_FENCE : SAGA_DO;
}

/* ---- what the engine would know ---- */

static bool gives_permits(const struct world *world, const struct saga *saga, uint8_t step,
                          uint8_t route)
{
    const struct definition_step *defined = &saga->definition->steps[step];
    const char *participant = saga->definition->participants[defined->routes[route]].name;

    for (int i = 0; i < world->refused_count; i++)
        if (strcmp(world->refused[i], participant) == 0)
            return false;
    return true;
}

/* "send:1" */
static void take_route(const struct saga *saga, const struct script_line *line,
                       struct saga_input *input)
{
    const char *option = script_option(line, "route");
    char name[SAGA_NAME_SIZE] = "";

    if (option == NULL)
        return;
    snprintf(name, sizeof name, "%.*s", (int)strcspn(option, ":"), option);
    input->routes[step_named(saga, name)] = (uint8_t)atoi(option + strcspn(option, ":") + 1);
}

static struct saga_input input_of(struct world *world, const struct saga *saga,
                                  const struct script_line *line, enum saga_input_type type)
{
    struct saga_input input = {.type = type, .step = DEFINITION_NO_STEP};

    world->now_ms = script_number(line, "at", world->now_ms);
    input.time_ms = world->now_ms;
    input.unsent = steps_listed(saga, script_option(line, "unsent"));
    input.resent = steps_listed(saga, script_option(line, "resent"));
    take_route(saga, line, &input);
    for (uint8_t i = 0; i < saga->definition->step_count; i++) {
        uint8_t route = saga_bound_route(saga, i);

        if (gives_permits(world, saga, i, route == SAGA_ANY_ROUTE ? input.routes[i] : route))
            input.permits_do |= 1u << i;
        if (gives_permits(world, saga, i, saga->steps[i].route))
            input.permits_undo |= 1u << i;
    }
    return input;
}

static void give(struct world *world, struct world_saga *actor, const struct saga_input *input)
{
    struct saga_refusal refusal;
    int r = oracle_give(&actor->oracle, input, &refusal);

    if (r == SAGA_REFUSED)
        transcript_refusal(world->transcript, &refusal);
    else if (r == SAGA_NOTHING)
        fprintf(world->transcript, "  nothing\n");
    else
        transcript_event(world->transcript, actor->name, actor->oracle.saga,
                         oracle_event(&actor->oracle));
}

/* ---- lines ---- */

static void play_submit(struct world *world, const struct script_line *line)
{
    struct world_saga *actor = &world->sagas[world->saga_count++];
    const struct definition *definition = sample_named(script_word(line, 2));
    struct saga_input input;

    assert_true(world->saga_count <= WORLD_SAGAS_MAX);
    assert_non_null(definition);
    snprintf(actor->name, sizeof actor->name, "%s", script_word(line, 1));
    oracle_init(&actor->oracle, definition, (uint64_t)world->saga_count);
    input = input_of(world, actor->oracle.saga, line, SAGA_INPUT_SUBMIT);
    give(world, actor, &input);
}

static void play_answer(struct world *world, const struct script_line *line,
                        enum saga_input_type type)
{
    struct world_saga *actor = saga_named(world, script_word(line, 1));
    const struct saga *saga = actor->oracle.saga;
    struct saga_input input = input_of(world, saga, line, type);
    struct saga_step step = {0};

    input.step = step_named(saga, script_word(line, 2));
    if (input.step != DEFINITION_NO_STEP)
        step = saga->steps[input.step];
    input.direction = direction_of(&step, line);
    input.attempt = input.direction == SAGA_UNDO ? step.backward.attempt : step.forward.attempt;
    input.attempt = (uint16_t)script_number(line, "try", input.attempt);
    input.generation = (uint8_t)script_number(line, "gen", step.generation);
    input.after_ms = (uint32_t)script_number(line, "after", 0);
    input.has_output = script_has(line, "output");
    if (type == SAGA_INPUT_RESULT)
        input.verdict = verdict_named(script_word(line, 3));
    give(world, actor, &input);
}

static void play_verb(struct world *world, const struct script_line *line)
{
    struct world_saga *actor = saga_named(world, script_word(line, 1));
    struct saga_input input = input_of(world, actor->oracle.saga, line, SAGA_INPUT_VERB);

    input.verb = verb_named(script_word(line, 2));
    input.force = script_has(line, "force");
    input.for_want_of_service = script_has(line, "service");
    input.has_output = script_has(line, "output");
    if (line->word_count > 3 && !input.force && !input.for_want_of_service)
        input.step = step_named(actor->oracle.saga, script_word(line, 3));
    else if (input.force)
        input.step = step_named(actor->oracle.saga, script_word(line, 3));
    give(world, actor, &input);
}

static void play_tick(struct world *world, const struct script_line *line)
{
    struct world_saga *actor = saga_named(world, script_word(line, 1));
    struct saga_wants wants = saga_wants(actor->oracle.saga);
    struct saga_input input;

    if (script_option(line, "at") == NULL && wants.timer_ms > world->now_ms)
        world->now_ms = wants.timer_ms;
    input = input_of(world, actor->oracle.saga, line, SAGA_INPUT_TIMER);
    give(world, actor, &input);
}

static void play_permitted(struct world *world, const struct script_line *line)
{
    struct world_saga *actor = saga_named(world, script_word(line, 1));
    struct saga_input input = input_of(world, actor->oracle.saga, line, SAGA_INPUT_PERMITTED);

    give(world, actor, &input);
}

static void play_permits(struct world *world, const struct script_line *line)
{
    const char *participant = script_word(line, 1);
    int kept = 0;

    for (int i = 0; i < world->refused_count; i++)
        if (strcmp(world->refused[i], participant) != 0)
            memmove(world->refused[kept++], world->refused[i], SAGA_NAME_SIZE);
    world->refused_count = kept;
    if (strcmp(script_word(line, 2), "off") == 0)
        snprintf(world->refused[world->refused_count++], SAGA_NAME_SIZE, "%s", participant);
}

static void play_condition(struct world *world, const struct script_line *line)
{
    const struct saga *saga = saga_named(world, script_word(line, 1))->oracle.saga;
    struct saga_facts facts = {
        .no_worker = steps_listed(saga, script_option(line, "no-worker")),
        .breaker = steps_listed(saga, script_option(line, "breaker")),
        .throttled = steps_listed(saga, script_option(line, "throttled")),
    };

    world->now_ms = script_number(line, "at", world->now_ms);
    facts.now_ms = world->now_ms;
    transcript_condition(world->transcript, saga, &facts);
}

void world_play(struct world *world, const struct script_line *line)
{
    const char *verb = script_word(line, 0);

    if (strcmp(verb, "submit") == 0)
        play_submit(world, line);
    else if (strcmp(verb, "result") == 0)
        play_answer(world, line, SAGA_INPUT_RESULT);
    else if (strcmp(verb, "vanish") == 0)
        play_answer(world, line, SAGA_INPUT_VANISHED);
    else if (strcmp(verb, "verb") == 0)
        play_verb(world, line);
    else if (strcmp(verb, "tick") == 0)
        play_tick(world, line);
    else if (strcmp(verb, "permitted") == 0)
        play_permitted(world, line);
    else if (strcmp(verb, "permits") == 0)
        play_permits(world, line);
    else if (strcmp(verb, "condition") == 0)
        play_condition(world, line);
    else if (strcmp(verb, "show") == 0)
        transcript_steps(world->transcript, saga_named(world, script_word(line, 1))->oracle.saga);
    else
        fail_msg("no such line: %s", verb);
}
