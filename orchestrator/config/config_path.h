/*
 * Paths in a configuration: relative ones start at the folder of the file, so that they mean the
 * same wherever the server is started.
 */
#ifndef ORCHESTRATOR_CONFIG_CONFIG_PATH_H
#define ORCHESTRATOR_CONFIG_CONFIG_PATH_H

#include "catalog/report.h"
#include "catalog/yaml_tree.h"
#include "config/config.h"

/* False after a problem. @what names the key for people. */
bool config_path_read(struct report *report, const struct yaml_node *node, const char *what,
                      char ret_path[CONFIG_PATH_SIZE]);

#endif
