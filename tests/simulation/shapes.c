/*
 * Definitions, drawn at random and written as YAML, so that the production checks read them.
 */
#include "simulation/world.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#define SHAPES_MAX 10u

/* One definition while it is drawn. */
struct plan_sim {
    uint32_t count;
    uint32_t pivot; /* or count: none */
    uint32_t needs[SIM_STEPS_MAX];
    bool side_by_side;
    bool unhurried; /* It backs off so long that late answers arrive meanwhile. */
    uint32_t routed; /* Of its steps, so many per mille have two routes. */
    uint32_t alone; /* The participant of every step; SIM_PARTICIPANTS: there are several. */
    uint32_t participants; /* Mask of those that are used. */
};

static uint32_t below(struct world *world, uint32_t bound)
{
    return chance_below(&world->chance_world, bound);
}

static bool per_mille(struct world *world, uint32_t share)
{
    return chance_per_mille(&world->chance_world, share);
}

/* The steps of [from, to) that none of them needs. */
static uint32_t ends_of(const struct plan_sim *plan, uint32_t from, uint32_t to)
{
    uint32_t ends = 0;

    for (uint32_t i = from; i < to; i++)
        ends |= 1u << i;
    for (uint32_t i = from; i < to; i++)
        ends &= ~plan->needs[i];
    return ends;
}

static void draw_needs(struct world *world, struct plan_sim *plan)
{
    for (uint32_t i = 0; i < plan->count; i++) {
        bool after = i > plan->pivot;
        uint32_t from = after ? plan->pivot : 0;
        plan->needs[i] = 0;
        if (i == plan->pivot) {
            plan->needs[i] = ends_of(plan, 0, i);
            continue;
        }
        if (!plan->side_by_side)
            plan->needs[i] = i > 0 ? 1u << (i - 1) : 0;
        for (uint32_t other = from; plan->side_by_side && other < i; other++)
            if (per_mille(world, 350))
                plan->needs[i] |= 1u << other;
        if (after && plan->needs[i] == 0)
            plan->needs[i] = 1u << plan->pivot;
    }
}

/* Each draw is a statement: compilers differ in the order in which they take arguments. */
static int write_undo(struct world *world, uint32_t i, char *text)
{
    bool on_reject = per_mille(world, 150);
    bool parks = per_mille(world, 100);

    return sprintf(text, ", undo: u%u%s%s", i, on_reject ? ", compensate_on_reject: true" : "",
                   parks ? ", on_exhausted: park" : "");
}

static uint32_t write_kind(struct world *world, const struct plan_sim *plan, uint32_t i, char *text)
{
    int size = 0;

    if (i == plan->pivot && per_mille(world, 100))
        size = sprintf(text, ", pivot: true, undo: u%u, compensate_on_reject: true", i);
    else if (i == plan->pivot)
        size = sprintf(text, ", pivot: true");
    else if (i > plan->pivot)
        size = 0;
    else if (per_mille(world, 150))
        size = sprintf(text, ", read_only: true");
    else
        size = write_undo(world, i, text);
    return (uint32_t)size;
}

static uint32_t draw_participant(struct world *world, const struct plan_sim *plan)
{
    uint32_t participant = below(world, SIM_PARTICIPANTS);

    if (world->ledgers[4].unguarded && per_mille(world, 500))
        participant = 4;
    return plan->alone < SIM_PARTICIPANTS ? plan->alone : participant;
}

/* Who does it, or, for some, who else: with or without a guard, but both alike. */
static char *write_who(struct world *world, struct plan_sim *plan, char *text)
{
    uint32_t participant = draw_participant(world, plan);
    uint32_t other = (participant + 1) % (SIM_PARTICIPANTS - 1);

    plan->participants |= 1u << participant;
    if (participant == SIM_PARTICIPANTS - 1 || !per_mille(world, plan->routed))
        return text + sprintf(text, "participant: p%u", participant);
    plan->participants |= 1u << other;
    return text + sprintf(text, "routes: [p%u, p%u]", participant, other);
}

/* Writes one step; how long it can take before the pivot, at most. */
static uint32_t write_step(struct world *world, struct plan_sim *plan, uint32_t i,
                           char **text)
{
    uint32_t attempts = 1 + below(world, 4), timeout_ms = 60 + below(world, 500);
    uint32_t base_ms = plan->unhurried ? 50 + below(world, 500) : 5 + below(world, 60);
    uint32_t max_ms = base_ms + below(world, 300);
    bool first = true;

    *text += sprintf(*text, "  - {name: s%u, ", i);
    *text = write_who(world, plan, *text);
    *text += sprintf(*text, ", timeout: %ums, needs: [", timeout_ms);
    for (uint32_t other = 0; other < i; other++)
        if (plan->needs[i] & 1u << other) {
            *text += sprintf(*text, "%ss%u", first ? "" : ", ", other);
            first = false;
        }
    *text += sprintf(*text, "]");
    *text += write_kind(world, plan, i, *text);
    *text += sprintf(*text, ", retry: {attempts: %u, base: %ums, factor: %u, max: %ums}}\n",
                     attempts, base_ms, 1 + below(world, 3), max_ms);
    return attempts * (timeout_ms + 2 * max_ms);
}

/* All that are used are guarded, but p4 in some worlds. */
static void write_guarded(const struct world *world, const struct plan_sim *plan, char text[64])
{
    uint32_t mask = plan->participants & (world->ledgers[4].unguarded ? 15u : 31u);
    bool first = true;

    text[0] = '\0';
    for (uint32_t i = 0; i < SIM_PARTICIPANTS; i++) {
        if (!(mask & 1u << i))
            continue;
        text += sprintf(text, "%sp%u", first ? "guarded: [" : ", ", i);
        first = false;
    }
    if (!first)
        sprintf(text, "]\n");
}

static void draw_shape(struct world *world, uint32_t at)
{
    static char text[8192], steps[6144];
    char *end = steps;
    char name[16], guarded[64];
    struct catalog_report report = {0};
    struct plan_sim plan = {.side_by_side = per_mille(world, 400)};
    uint32_t longest_ms = 50;

    plan.count = world->options.steps != 0 ? world->options.steps : 1 + below(world, SIM_STEPS_MAX);
    plan.pivot = per_mille(world, 700) ? below(world, plan.count) : plan.count;
    plan.unhurried = per_mille(world, 250);
    plan.routed = 250 * below(world, 4);
    plan.alone = per_mille(world, 200) ? below(world, SIM_PARTICIPANTS) : SIM_PARTICIPANTS;
    draw_needs(world, &plan);
    for (uint32_t i = 0; i < plan.count; i++)
        longest_ms += write_step(world, &plan, i, &end);
    snprintf(name, sizeof name, "d%u", at);
    write_guarded(world, &plan, guarded);
    uint32_t patience_ms = 500 + below(world, 8000);
    int size = snprintf(text, sizeof text,
                        "saga: %s\ndeadline: %ums\npatience: %ums\n"
                        "%ssteps:\n%s",
                        name, longest_ms + below(world, 1000), patience_ms,
                        guarded, steps);
    assert(size > 0 && size < (int)sizeof text);
    int r = catalog_add_text(world->catalog, name, text, (size_t)size, &report);
    if (r != 0)
        fprintf(stderr, "%s\n%.*s\n", text, (int)report.text.size, (char *)report.text.data);
    assert(r == 0);
    catalog_report_fini(&report);
    reader_shape(catalog_current(world->catalog, name), &world->oracle.shapes[at]);
    taped_shape(world, name, text);
}

static bool has_known_routes(const struct definition *definition,
                             const struct definition_step *step, bool unguarded)
{
    for (uint8_t i = 0; i < step->route_count; i++) {
        const struct definition_participant *who = &definition->participants[step->routes[i]];
        if (who->name[0] != 'p' || who->name[1] < '0' ||
            who->name[1] >= '0' + (int)SIM_PARTICIPANTS || who->name[2] != '\0' ||
            (who->guarded && who->name[1] == '4' && unguarded))
            return false;
    }
    return step->route_count <= SIM_ROUTES_MAX;
}

/* Participants are p0 to p4, and steps s0 and so on: that is how the world finds them. */
static bool is_of_this_world(const struct definition *definition, const struct tape *tape,
                             const char *name)
{
    char wanted[16];

    if (strcmp(definition->name, name) != 0 || definition->step_count > SIM_STEPS_MAX)
        return false;
    for (uint32_t i = 0; i < definition->step_count; i++) {
        const struct definition_step *step = &definition->steps[i];
        snprintf(wanted, sizeof wanted, "s%u", i);
        if (strcmp(step->name, wanted) != 0 ||
            !has_known_routes(definition, step, tape->settings.unguarded))
            return false;
    }
    return true;
}

static bool shape_fits(struct catalog *catalog, const struct tape *tape,
                       const struct tape_definition *definition, FILE *errors)
{
    struct catalog_report report = {0};
    int r = catalog_add_text(catalog, definition->name, definition->text,
                             strlen(definition->text), &report);
    bool fits = r == 0 &&
                is_of_this_world(catalog_current(catalog, definition->name), tape,
                                 definition->name);

    if (r != 0 && errors != NULL)
        fprintf(errors, "%.*s\n", (int)report.text.size, (const char *)report.text.data);
    else if (!fits && errors != NULL)
        fprintf(errors, "%s: participants are p0 to p4, p4 not guarded in an unguarded world; "
                        "steps are s0 to s%u in their order\n",
                definition->name, SIM_STEPS_MAX - 1);
    catalog_report_fini(&report);
    return fits;
}

bool shapes_fit(const struct tape *tape, FILE *errors)
{
    struct catalog *catalog;
    bool fit = true;
    int r = catalog_open(&catalog);

    assert(r == 0);
    for (uint32_t i = 0; i < tape->definition_count && fit; i++)
        fit = shape_fits(catalog, tape, &tape->definitions[i], errors);
    catalog_close(catalog);
    return fit;
}

/* Those of the tape, which have been read before and found to be right. */
static void play_shapes(struct world *world)
{
    const struct tape *tape = world->options.tape;
    struct catalog_report report = {0};

    for (uint32_t i = 0; i < tape->definition_count; i++) {
        const struct tape_definition *definition = &tape->definitions[i];
        int r = catalog_add_text(world->catalog, definition->name, definition->text,
                                 strlen(definition->text), &report);
        assert(r == 0);
        reader_shape(catalog_current(world->catalog, definition->name), &world->oracle.shapes[i]);
    }
    catalog_report_fini(&report);
    world->oracle.shape_count = tape->definition_count;
}

/* The steps of a plan, each with a participant of its own. */
static char *write_plan(const struct sweep_plan *plan, uint32_t timeout_ms, char *end)
{
    for (uint32_t i = 0; i < plan->steps; i++) {
        bool first = true;
        end += sprintf(end, "  - {name: s%u, participant: p%u, timeout: %ums, needs: [", i, i,
                       timeout_ms);
        for (uint32_t other = 0; other < i; other++)
            if (plan->needs[i] & 1u << other) {
                end += sprintf(end, "%ss%u", first ? "" : ", ", other);
                first = false;
            }
        end += sprintf(end, "]");
        if (i < plan->pivot)
            end += sprintf(end, ", undo: u%u", i);
        end += sprintf(end, "%s}\n", i == plan->pivot ? ", pivot: true" : "");
    }
    return end;
}

static void add_plan(struct world *world, uint32_t at)
{
    const struct script *script = world->options.script;
    uint32_t timeout_ms = script->schedule != NULL ? 1000 : 100;
    struct catalog_report report = {0};
    char text[1024], name[16], *end = text;

    snprintf(name, sizeof name, "d%u", at);
    if (catalog_current(world->catalog, name) == NULL) { /* Else from the world before. */
        end += sprintf(end, "saga: %s\npatience: 3s\nguarded: [p0", name);
        for (uint32_t i = 1; i < script->plans[at].steps; i++)
            end += sprintf(end, ", p%u", i);
        end += sprintf(end, "]\nretry: {attempts: 3, base: 10ms, max: 20ms}\nsteps:\n");
        end = write_plan(&script->plans[at], timeout_ms, end);
        int r = catalog_add_text(world->catalog, name, text, (size_t)(end - text), &report);
        assert(r == 0);
        catalog_report_fini(&report);
    }
    reader_shape(catalog_current(world->catalog, name), &world->oracle.shapes[at]);
}

/* One definition for each plan of a script. */
static void write_script(struct world *world)
{
    const struct script *script = world->options.script;
    uint32_t count = 0;

    for (; count < SWEEP_SAGAS_MAX && script->plans[count].steps > 0; count++)
        add_plan(world, count);
    world->oracle.shape_count = count;
}

void shapes_draw(struct world *world)
{
    if (world->options.script != NULL) {
        write_script(world);
        return;
    }
    world->ledgers[4].unguarded = world->swarm.per_mille[MISHAP_UNGUARDED] != 0;
    if (taped_plays(world)) {
        play_shapes(world);
        return;
    }
    uint32_t count = 2 + below(world, SHAPES_MAX - 1);

    for (uint32_t i = 0; i < count; i++)
        draw_shape(world, i);
    world->oracle.shape_count = count;
}
