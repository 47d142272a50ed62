/*
 * What a configuration comes to: every value that is in the file, with its line, and the default of
 * every key that is not.
 */
#ifndef ORCHESTRATOR_CONFIG_CONFIG_SETTINGS_H
#define ORCHESTRATOR_CONFIG_CONFIG_SETTINGS_H

#include "base/setting.h"
#include "catalog/yaml_tree.h"

#define CONFIG_SETTINGS_MAX 4096u /* What is beyond is not shown. */

/* @ret_list is the caller's, by free. 0 or FAULT_MEMORY. */
int config_settings_read(const char *file, const struct yaml_node *root,
                         struct setting **ret_list, size_t *ret_count);

#endif
