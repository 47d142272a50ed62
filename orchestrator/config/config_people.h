/*
 * Who may speak, from the lists `accounts`, `participants` and `operators` of a configuration.
 */
#ifndef ORCHESTRATOR_CONFIG_CONFIG_PEOPLE_H
#define ORCHESTRATOR_CONFIG_CONFIG_PEOPLE_H

#include "accounts/accounts.h"
#include "catalog/report.h"
#include "catalog/yaml_tree.h"

/* Fill the table. 0; 1 with problems in the report; a fault. */
int config_people_read(struct report *report, const struct yaml_node *root,
                       struct accounts *accounts);

#endif
