/*
 * A definition on its way from nodes to checked data.
 *
 *   nodes ──blueprint_read──▶ each value is in range ──blueprint_rules──▶ together they make sense
 *
 * A blueprint remembers which node each step came from, so that a rule can point at what breaks it.
 */
#ifndef ORCHESTRATOR_CATALOG_BLUEPRINT_H
#define ORCHESTRATOR_CATALOG_BLUEPRINT_H

#include "catalog/report.h"
#include "catalog/yaml_tree.h"
#include "core/definition.h"

#include <stdbool.h>

struct blueprint {
    struct definition definition; /* Without its hash. */
    const struct yaml_node *root;
    const struct yaml_node *steps[SAGA_STEPS_MAX];
    struct report *report;
};

/* Read the nodes under blueprint->root; false with problems in the report. */
bool blueprint_read(struct blueprint *blueprint);

/* Check the rules between the steps, and derive what follows; false with problems. */
bool blueprint_rules(struct blueprint *blueprint);

/* Of blueprint_read: one step, once all steps have names. */
bool blueprint_read_step(struct blueprint *blueprint, uint8_t step);

/* `retry:`, on top of what @retry holds already. */
bool blueprint_read_retry(struct report *report, const struct yaml_node *node,
                          struct definition_retry *retry);

#endif
