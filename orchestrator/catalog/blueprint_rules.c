/*
 * The rules between steps. They are checked in an order in which each may rely on those before it:
 * one pivot, no cycle, sides of the pivot, undo on each side, time.
 */
#include "catalog/blueprint.h"
#include "catalog/reader.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

/* The value of a step's key, or the step itself: the best place to point at. */
static const struct yaml_node *place(const struct blueprint *blueprint, uint8_t step,
                                     const char *key)
{
    const struct yaml_node *node = yaml_node_find(blueprint->steps[step], key);

    return node != NULL ? node : blueprint->steps[step];
}

/* ---- one pivot ---- */

static bool check_one_pivot(struct blueprint *blueprint)
{
    const struct definition *definition = &blueprint->definition;
    uint8_t first = DEFINITION_NO_STEP;
    bool good = true;

    for (uint8_t i = 0; i < definition->step_count; i++) {
        if (!definition->steps[i].pivot)
            continue;
        if (first == DEFINITION_NO_STEP) {
            first = i;
            continue;
        }
        reader_problem(blueprint->report, place(blueprint, i, "pivot"),
                       "a second pivot; step \"%s\" on line %u is the pivot already",
                       definition->steps[first].name, blueprint->steps[first]->line);
        good = false;
    }
    return good;
}

/* ---- no cycle ---- */

/* The lowest step of a mask. */
static uint8_t first_of(uint32_t steps)
{
    uint8_t index = 0;

    assert(steps != 0);
    while ((steps & 1u << index) == 0)
        index++;
    return index;
}

/* Steps that are on a cycle or need one: what is left when those without open needs are taken. */
static uint32_t steps_left_over(const struct definition *definition)
{
    uint32_t left = definition_all(definition);

    for (bool taken = true; taken;) {
        taken = false;
        for (uint8_t i = 0; i < definition->step_count; i++) {
            if ((left & 1u << i) != 0 && (definition->steps[i].needs & left) == 0) {
                left &= ~(1u << i);
                taken = true;
            }
        }
    }
    return left;
}

/* A walk from step to step, as text; what does not fit is left out in the middle. */
struct path {
    char text[REPORT_MESSAGE_SIZE / 2];
    size_t used;
    bool cut;
};

static void path_add(struct path *path, const char *name)
{
    static const char gap[] = "... -> ";
    size_t room = sizeof(path->text) - path->used - sizeof(gap);

    if (path->cut)
        return;
    path->cut = strlen(name) + strlen(" -> ") > room;
    int printed = path->cut ? snprintf(path->text + path->used, sizeof(gap), "%s", gap)
                            : snprintf(path->text + path->used, room + 1, "%s -> ", name);
    assert(printed > 0);
    path->used += (size_t)printed;
    assert(path->used < sizeof(path->text));
}

/* Each step left over needs another one, so walking along needs must come back to where it was. */
static void report_cycle(struct blueprint *blueprint)
{
    const struct definition *definition = &blueprint->definition;
    uint32_t left = steps_left_over(definition), seen = 0;
    uint8_t step = first_of(left);
    struct path path = {.text = ""};

    while ((seen & 1u << step) == 0) {
        seen |= 1u << step;
        step = first_of(definition->steps[step].needs & left);
    }
    uint8_t start = step;
    do {
        path_add(&path, definition->steps[step].name);
        step = first_of(definition->steps[step].needs & left);
    } while (step != start);
    reader_problem(blueprint->report, place(blueprint, start, "needs"),
                   "the steps need each other: %s%s", path.text, definition->steps[start].name);
}

/* ---- sides of the pivot ---- */

static bool is_before_pivot(const struct definition *definition, uint8_t step)
{
    if (definition->pivot == DEFINITION_NO_STEP)
        return true;
    return (definition->dependents[step] & 1u << definition->pivot) != 0;
}

static bool is_after_pivot(const struct definition *definition, uint8_t step)
{
    return (definition->after_pivot & 1u << step) != 0;
}

static bool check_side(struct blueprint *blueprint, uint8_t step)
{
    const struct definition *definition = &blueprint->definition;

    if (step == definition->pivot || is_before_pivot(definition, step) ||
        is_after_pivot(definition, step))
        return true;
    reader_problem(blueprint->report, place(blueprint, step, "needs"),
                   "step \"%s\" is neither before nor after the pivot \"%s\"",
                   definition->steps[step].name, definition->steps[definition->pivot].name);
    return false;
}

/* ---- undo ---- */

/* A step's flags that contradict each other, wherever it stands. */
static bool check_flags(struct blueprint *blueprint, uint8_t index)
{
    const struct definition_step *step = &blueprint->definition.steps[index];

    if (step->read_only && step->undo[0] != '\0') {
        reader_problem(blueprint->report, place(blueprint, index, "undo"),
                       "step \"%s\" is read_only, so there is nothing to undo", step->name);
        return false;
    }
    if (step->read_only && step->pivot) {
        reader_problem(blueprint->report, place(blueprint, index, "read_only"),
                       "the pivot \"%s\" cannot be read_only: it has no effect to return from",
                       step->name);
        return false;
    }
    if (step->compensate_on_reject && step->undo[0] == '\0') {
        reader_problem(blueprint->report, place(blueprint, index, "compensate_on_reject"),
                       "compensate_on_reject needs an undo to call");
        return false;
    }
    return true;
}

static bool check_undo_before(struct blueprint *blueprint, uint8_t index)
{
    const struct definition_step *step = &blueprint->definition.steps[index];

    if (step->read_only || step->undo[0] != '\0')
        return true;
    if (blueprint->definition.pivot == DEFINITION_NO_STEP)
        reader_problem(blueprint->report, blueprint->steps[index],
                       "step \"%s\" has no undo and is not read_only, and no step is the pivot",
                       step->name);
    else
        reader_problem(blueprint->report, blueprint->steps[index],
                       "step \"%s\" is before the pivot and has no undo; if it has no effect, say "
                       "read_only: true",
                       step->name);
    return false;
}

/* A pivot that refused may have to be cleaned up after; one that is done never is. */
static bool check_undo_pivot(struct blueprint *blueprint, uint8_t index)
{
    const struct definition_step *step = &blueprint->definition.steps[index];

    if (step->undo[0] == '\0' || step->compensate_on_reject)
        return true;
    reader_problem(blueprint->report, place(blueprint, index, "undo"),
                   "the pivot \"%s\" is never undone; its undo is only for compensate_on_reject",
                   step->name);
    return false;
}

static bool check_undo_after(struct blueprint *blueprint, uint8_t index)
{
    const struct definition_step *step = &blueprint->definition.steps[index];

    if (step->undo[0] != '\0') {
        reader_problem(blueprint->report, place(blueprint, index, "undo"),
                       "step \"%s\" is after the pivot, where nothing is undone", step->name);
        return false;
    }
    const struct yaml_node *exhausted = yaml_node_find(blueprint->steps[index], "on_exhausted");
    if (exhausted != NULL && !step->park_on_exhausted) {
        reader_problem(blueprint->report, exhausted,
                       "step \"%s\" is after the pivot, where nothing is compensated", step->name);
        return false;
    }
    return true;
}

static bool check_step(struct blueprint *blueprint, uint8_t index)
{
    const struct definition *definition = &blueprint->definition;

    if (!check_side(blueprint, index) || !check_flags(blueprint, index))
        return false;
    if (index == definition->pivot)
        return check_undo_pivot(blueprint, index);
    if (is_after_pivot(definition, index))
        return check_undo_after(blueprint, index);
    return check_undo_before(blueprint, index);
}

/* ---- time ---- */

static bool check_deadline(struct blueprint *blueprint)
{
    const struct definition *definition = &blueprint->definition;
    const struct yaml_node *node = yaml_node_find(blueprint->root, "deadline");
    char needed[READER_DURATION_SIZE], given[READER_DURATION_SIZE];
    uint8_t last;
    uint64_t longest_ms = definition_longest_ms(definition, &last);

    if (longest_ms <= definition->deadline_ms)
        return true;
    reader_problem(blueprint->report, node,
                   "the longest path to \"%s\" takes up to %s (attempts, time-outs and back-off), "
                   "the deadline is %s",
                   definition->steps[last].name, reader_duration_text(longest_ms, needed),
                   reader_duration_text(definition->deadline_ms, given));
    return false;
}

bool blueprint_rules(struct blueprint *blueprint)
{
    struct definition *definition = &blueprint->definition;
    bool good = true;

    assert(definition->step_count >= 1 && definition->step_count <= SAGA_STEPS_MAX);
    if (!check_one_pivot(blueprint))
        return false;
    if (!definition_derive(definition)) {
        report_cycle(blueprint);
        return false;
    }
    for (uint8_t i = 0; i < definition->step_count; i++)
        good = check_step(blueprint, i) && good;
    return check_deadline(blueprint) && good;
}
