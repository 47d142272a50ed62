/*
 * Who may speak, from the lists `accounts`, `participants` and `operators` of a configuration.
 */
#ifndef ORCHESTRATOR_CONFIG_CONFIG_PEOPLE_H
#define ORCHESTRATOR_CONFIG_CONFIG_PEOPLE_H

#include "catalog/report.h"
#include "catalog/yaml_tree.h"
#include "config/config.h"

/* Fill the accounts, and the endpoints of those that are called over HTTP. 0; 1 with problems in
 * the report; a fault. */
int config_people_read(struct report *report, const struct yaml_node *root,
                       struct config *config);

#endif
