/*
 * The top of a definition: its own keys, the names of its steps, and the guarded participants.
 */
#include "catalog/blueprint.h"
#include "catalog/reader.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

#define DEADLINE_MS 30000u
#define PATIENCE_MS 86400000u
#define RETRY_DEFAULT                                                                              \
    {                                                                                              \
        .attempts = 3, .base_ms = 100, .factor = 2, .max_ms = 5000                                 \
    }

#define ATTEMPTS_MAX 100u
#define FACTOR_MAX 10u
#define BACKOFF_MS_MAX 3600000u /* An hour, as the longest wait that a participant can ask for. */

static const char *const definition_keys[] = {"saga",  "deadline", "steps",
                                              "retry", "patience", "guarded"};
static const char *const retry_keys[] = {"attempts", "base", "factor", "max"};

static const struct yaml_node *required(struct blueprint *blueprint, const char *key)
{
    const struct yaml_node *node = yaml_node_find(blueprint->root, key);

    if (node == NULL)
        reader_problem(blueprint->report, blueprint->root, "the definition has no key \"%s\"", key);
    return node;
}

/* ---- retry ---- */

static bool read_retry_number(struct report *report, const struct yaml_node *retry, const char *key,
                              uint32_t most, uint32_t *number)
{
    const struct yaml_node *node = yaml_node_find(retry, key);
    uint64_t read;

    if (node == NULL)
        return true;
    if (!reader_number(report, node, key, 1, most, &read))
        return false;
    *number = (uint32_t)read;
    return true;
}

static bool read_retry_duration(struct report *report, const struct yaml_node *retry,
                                const char *key, uint32_t *ms)
{
    const struct yaml_node *node = yaml_node_find(retry, key);
    uint64_t read;

    if (node == NULL)
        return true;
    if (!reader_duration(report, node, key, 1, BACKOFF_MS_MAX, &read))
        return false;
    *ms = (uint32_t)read;
    return true;
}

bool blueprint_read_retry(struct report *report, const struct yaml_node *node,
                          struct definition_retry *retry)
{
    if (!reader_mapping(report, node, "retry", retry_keys, COUNT(retry_keys)))
        return false;
    bool good = read_retry_number(report, node, "attempts", ATTEMPTS_MAX, &retry->attempts);
    good = read_retry_duration(report, node, "base", &retry->base_ms) && good;
    good = read_retry_number(report, node, "factor", FACTOR_MAX, &retry->factor) && good;
    good = read_retry_duration(report, node, "max", &retry->max_ms) && good;
    if (!good)
        return false;
    if (retry->base_ms > retry->max_ms) {
        reader_problem(report, node, "the first wait (base, %ums) is above the longest (max, %ums)",
                       retry->base_ms, retry->max_ms);
        return false;
    }
    return true;
}

/* ---- steps ---- */

/* The list's entries become the blueprint's steps, with nothing but names. */
static bool read_step_name(struct blueprint *blueprint, const struct yaml_node *node)
{
    struct definition *definition = &blueprint->definition;
    uint8_t index = (uint8_t)definition->step_count;
    struct definition_step *step = &definition->steps[index];

    if (node->kind != YAML_NODE_MAPPING) {
        reader_problem(blueprint->report, node, "a step must be a group of keys");
        return false;
    }
    const struct yaml_node *name = yaml_node_find(node, "name");
    if (name == NULL) {
        reader_problem(blueprint->report, node, "this step has no key \"name\"");
        return false;
    }
    if (!reader_name(blueprint->report, name, "the step's name", sizeof(step->name), step->name))
        return false;
    for (uint8_t i = 0; i < index; i++) {
        if (strcmp(definition->steps[i].name, step->name) == 0) {
            reader_problem(blueprint->report, name,
                           "duplicate step \"%s\"; it is already on line %u", step->name,
                           blueprint->steps[i]->line);
            return false;
        }
    }
    blueprint->steps[index] = node;
    definition->step_count++;
    return true;
}

static bool read_steps(struct blueprint *blueprint)
{
    const struct yaml_node *list = required(blueprint, "steps");
    bool good = true;

    if (list == NULL)
        return false;
    if (!reader_list(blueprint->report, list, "steps", 1, SAGA_STEPS_MAX))
        return false;
    for (const struct yaml_node *node = list->first; node != NULL; node = node->next)
        good = read_step_name(blueprint, node) && good;
    if (!good)
        return false;
    for (uint8_t i = 0; i < blueprint->definition.step_count; i++)
        good = blueprint_read_step(blueprint, i) && good;
    return good;
}

/* ---- guarded ---- */

static struct definition_participant *participant_named(struct definition *definition,
                                                        const char *name)
{
    for (size_t i = 0; i < definition->participant_count; i++)
        if (strcmp(definition->participants[i].name, name) == 0)
            return &definition->participants[i];
    return NULL;
}

static bool read_guarded_name(struct blueprint *blueprint, const struct yaml_node *node)
{
    struct definition *definition = &blueprint->definition;
    char name[SAGA_NAME_SIZE], hint[READER_HINT_SIZE];

    if (!reader_name(blueprint->report, node, "the participant", sizeof(name), name))
        return false;
    struct definition_participant *participant = participant_named(definition, name);
    if (participant == NULL) {
        const char *names[SAGA_STEPS_MAX];
        for (size_t i = 0; i < definition->participant_count; i++)
            names[i] = definition->participants[i].name;
        reader_problem(blueprint->report, node, "no step uses participant \"%s\"%s", name,
                       reader_hint(name, names, definition->participant_count, hint));
        return false;
    }
    if (participant->guarded) {
        reader_problem(blueprint->report, node, "participant \"%s\" is listed twice", name);
        return false;
    }
    participant->guarded = true;
    return true;
}

static bool read_guarded(struct blueprint *blueprint)
{
    const struct yaml_node *list = yaml_node_find(blueprint->root, "guarded");
    bool good = true;

    if (list == NULL)
        return true;
    if (!reader_list(blueprint->report, list, "guarded", 0, SAGA_STEPS_MAX))
        return false;
    for (const struct yaml_node *node = list->first; node != NULL; node = node->next)
        good = read_guarded_name(blueprint, node) && good;
    return good;
}

/* ---- the whole ---- */

static bool read_span(struct blueprint *blueprint, const char *key, uint64_t *ms)
{
    const struct yaml_node *node = yaml_node_find(blueprint->root, key);

    return node == NULL ||
           reader_duration(blueprint->report, node, key, 1, SAGA_DEADLINE_MS_MAX, ms);
}

static bool read_own_retry(struct blueprint *blueprint)
{
    const struct yaml_node *node = yaml_node_find(blueprint->root, "retry");
    struct definition_retry retry = RETRY_DEFAULT;

    if (node != NULL && !blueprint_read_retry(blueprint->report, node, &retry))
        return false;
    for (size_t i = 0; i < SAGA_STEPS_MAX; i++)
        blueprint->definition.steps[i].retry = retry;
    return true;
}

bool blueprint_read(struct blueprint *blueprint)
{
    struct definition *definition = &blueprint->definition;

    assert(blueprint->root->kind == YAML_NODE_MAPPING);
    definition->deadline_ms = DEADLINE_MS;
    definition->patience_ms = PATIENCE_MS;
    bool good = reader_mapping(blueprint->report, blueprint->root, "the definition",
                               definition_keys, COUNT(definition_keys));
    const struct yaml_node *name = required(blueprint, "saga");
    if (name == NULL || !reader_name(blueprint->report, name, "the saga's name",
                                     sizeof(definition->name), definition->name))
        good = false;
    good = read_span(blueprint, "deadline", &definition->deadline_ms) && good;
    good = read_span(blueprint, "patience", &definition->patience_ms) && good;
    good = read_own_retry(blueprint) && good;
    bool steps_good = read_steps(blueprint);
    /* Whether a participant is used is only known once every step has been read. */
    return steps_good && read_guarded(blueprint) && good;
}
