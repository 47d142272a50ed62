/*
 * One step's keys. Needs may name any step of the definition, also one that comes later.
 */
#include "catalog/blueprint.h"
#include "catalog/reader.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

#define TIMEOUT_MS 1000u
#define TIMEOUT_MS_MAX 86400000u

static const char *const step_keys[] = {
    "name",  "participant", "routes",  "do",    "undo",         "read_only",
    "pivot", "needs",       "timeout", "retry", "on_exhausted", "compensate_on_reject",
};
static const char *const exhausted_words[] = {"compensate", "park"};

/* ---- who does it ---- */

/* The index of a participant, which is added when no earlier step has it; or false. */
static bool participant_index(struct blueprint *blueprint, const struct yaml_node *node,
                              const char *name, uint8_t *ret_index)
{
    struct definition *definition = &blueprint->definition;
    uint8_t count = definition->participant_count;

    for (uint8_t i = 0; i < count; i++) {
        if (strcmp(definition->participants[i].name, name) == 0) {
            *ret_index = i;
            return true;
        }
    }
    if (count == COUNT(definition->participants)) {
        reader_problem(blueprint->report, node, "more than %u participants in one saga",
                       (unsigned)COUNT(definition->participants));
        return false;
    }
    snprintf(definition->participants[count].name, sizeof(definition->participants[count].name),
             "%s", name);
    definition->participant_count++;
    *ret_index = count;
    return true;
}

static bool read_route(struct blueprint *blueprint, struct definition_step *step,
                       const struct yaml_node *node)
{
    char name[SAGA_NAME_SIZE];
    uint8_t index;

    if (!reader_name(blueprint->report, node, "the participant", sizeof(name), name) ||
        !participant_index(blueprint, node, name, &index))
        return false;
    for (uint8_t i = 0; i < step->route_count; i++) {
        if (step->routes[i] == index) {
            reader_problem(blueprint->report, node, "participant \"%s\" is already a route", name);
            return false;
        }
    }
    assert(step->route_count < SAGA_ROUTES_MAX);
    step->routes[step->route_count++] = index;
    return true;
}

static bool read_routes(struct blueprint *blueprint, struct definition_step *step,
                        const struct yaml_node *list)
{
    bool good = true;

    if (!reader_list(blueprint->report, list, "routes", 1, SAGA_ROUTES_MAX))
        return false;
    for (const struct yaml_node *node = list->first; node != NULL; node = node->next)
        good = read_route(blueprint, step, node) && good;
    return good;
}

static bool read_participants(struct blueprint *blueprint, struct definition_step *step,
                              const struct yaml_node *node)
{
    const struct yaml_node *participant = yaml_node_find(node, "participant");
    const struct yaml_node *routes = yaml_node_find(node, "routes");

    if (participant == NULL && routes == NULL) {
        reader_problem(blueprint->report, node,
                       "step \"%s\" has neither \"participant\" nor \"routes\"", step->name);
        return false;
    }
    if (participant != NULL && routes != NULL) {
        reader_problem(blueprint->report, routes,
                       "step \"%s\" has both \"participant\" and \"routes\"", step->name);
        return false;
    }
    return participant != NULL ? read_route(blueprint, step, participant)
                               : read_routes(blueprint, step, routes);
}

/* ---- what it needs ---- */

static bool read_need(struct blueprint *blueprint, uint8_t step, const struct yaml_node *node)
{
    struct definition *definition = &blueprint->definition;
    const char *names[SAGA_STEPS_MAX];
    char name[SAGA_NAME_SIZE], hint[READER_HINT_SIZE];

    if (!reader_name(blueprint->report, node, "the needed step", sizeof(name), name))
        return false;
    for (uint8_t i = 0; i < definition->step_count; i++) {
        names[i] = definition->steps[i].name;
        if (strcmp(names[i], name) != 0)
            continue;
        if (definition->steps[step].needs & 1u << i) {
            reader_problem(blueprint->report, node, "step \"%s\" is listed twice", name);
            return false;
        }
        definition->steps[step].needs |= 1u << i;
        return true;
    }
    reader_problem(blueprint->report, node, "unknown step \"%s\"%s", name,
                   reader_hint(name, names, definition->step_count, hint));
    return false;
}

static bool read_needs(struct blueprint *blueprint, uint8_t step, const struct yaml_node *node)
{
    const struct yaml_node *list = yaml_node_find(node, "needs");
    bool good = true;

    if (list == NULL) {
        blueprint->definition.steps[step].needs = step > 0 ? 1u << (step - 1) : 0;
        return true;
    }
    if (!reader_list(blueprint->report, list, "needs", 0, SAGA_STEPS_MAX))
        return false;
    for (const struct yaml_node *need = list->first; need != NULL; need = need->next)
        good = read_need(blueprint, step, need) && good;
    return good;
}

/* ---- how it is done ---- */

static bool read_operations(struct report *report, struct definition_step *step,
                            const struct yaml_node *node)
{
    const struct yaml_node *run = yaml_node_find(node, "do"), *undo = yaml_node_find(node, "undo");
    bool good = true;

    if (run == NULL)
        memcpy(step->operation, step->name, sizeof(step->operation));
    else
        good = reader_name(report, run, "do", sizeof(step->operation), step->operation);
    if (undo == NULL)
        return good;
    if (!reader_name(report, undo, "undo", sizeof(step->undo), step->undo))
        return false;
    if (good && strcmp(step->undo, step->operation) == 0) {
        reader_problem(report, undo, "\"%s\" cannot undo itself", step->undo);
        return false;
    }
    return good;
}

static bool read_flag(struct report *report, const struct yaml_node *node, const char *key,
                      bool *flag)
{
    const struct yaml_node *value = yaml_node_find(node, key);

    return value == NULL || reader_bool(report, value, key, flag);
}

static bool read_timeout(struct report *report, const struct yaml_node *node,
                         struct definition_step *step)
{
    const struct yaml_node *value = yaml_node_find(node, "timeout");
    uint64_t ms = TIMEOUT_MS;

    if (value != NULL && !reader_duration(report, value, "timeout", 1, TIMEOUT_MS_MAX, &ms))
        return false;
    step->timeout_ms = (uint32_t)ms;
    return true;
}

static bool read_exhausted(struct report *report, const struct yaml_node *node,
                           struct definition_step *step)
{
    const struct yaml_node *value = yaml_node_find(node, "on_exhausted");
    size_t word = 0;

    if (value != NULL &&
        !reader_word(report, value, "on_exhausted", exhausted_words, COUNT(exhausted_words), &word))
        return false;
    step->park_on_exhausted = word == 1;
    return true;
}

bool blueprint_read_step(struct blueprint *blueprint, uint8_t index)
{
    struct report *report = blueprint->report;
    struct definition_step *step = &blueprint->definition.steps[index];
    const struct yaml_node *node = blueprint->steps[index];

    assert(index < blueprint->definition.step_count && node != NULL);
    bool good = reader_mapping(report, node, "a step", step_keys, COUNT(step_keys));
    good = read_participants(blueprint, step, node) && good;
    good = read_needs(blueprint, index, node) && good;
    good = read_operations(report, step, node) && good;
    good = read_flag(report, node, "read_only", &step->read_only) && good;
    good = read_flag(report, node, "pivot", &step->pivot) && good;
    good = read_flag(report, node, "compensate_on_reject", &step->compensate_on_reject) && good;
    good = read_timeout(report, node, step) && good;
    good = read_exhausted(report, node, step) && good;
    const struct yaml_node *retry = yaml_node_find(node, "retry");
    return (retry == NULL || blueprint_read_retry(report, retry, &step->retry)) && good;
}
