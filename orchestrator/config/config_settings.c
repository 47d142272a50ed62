#include "config/config_settings.h"

#include "base/bytes.h"
#include "base/fault.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* As docs/examples/sagad.yaml tells them. */
static const struct {
    const char *name, *value;
} defaults[] = {
    {"http.behind_proxy", "false"},
    {"workers.trusted_network", "false"},
    {"backups", "the folder \"backups\" in data"},
    {"log", "info"},
    {"limits.calls_queued", "10000"},
    {"limits.sagas_live", "1000000"},
    {"limits.connections", "2048"},
    {"limits.connections_per_address", "1024"},
};
#define DEFAULT_COUNT (sizeof(defaults) / sizeof(defaults[0]))

struct reading {
    const char *file;
    struct setting *list;
    size_t count;
};

static struct setting *add(struct reading *reading, const char *name)
{
    if (reading->count == CONFIG_SETTINGS_MAX)
        return NULL;
    struct setting *setting = &reading->list[reading->count++];
    text_copy(name, sizeof(setting->name), setting->name);
    return setting;
}

/* A digest is no secret, but who has it can try keys at leisure. */
static bool is_hidden(const char *name)
{
    size_t length = strlen(name), suffix = strlen("_sha256");

    return length > suffix && strcmp(name + length - suffix, "_sha256") == 0;
}

static void add_scalar(struct reading *reading, const char *name, const struct yaml_node *node)
{
    struct setting *setting = add(reading, name);

    if (setting == NULL)
        return;
    text_copy(is_hidden(name) ? "(set)" : node->value, sizeof(setting->value), setting->value);
    snprintf(setting->source, sizeof(setting->source), "%.140s:%u", reading->file,
             (unsigned)node->line);
}

/* Not deeper than the parser lets a file be. */
static void walk(struct reading *reading, const char *name, const struct yaml_node *node)
{
    char inner[SETTING_NAME_SIZE];
    size_t index = 0;

    switch (node->kind) {
    case YAML_NODE_SCALAR:
        add_scalar(reading, name, node);
        return;
    case YAML_NODE_SEQUENCE:
        for (const struct yaml_node *at = node->first; at != NULL; at = at->next) {
            snprintf(inner, sizeof(inner), "%.60s[%zu]", name, index++);
            walk(reading, inner, at);
        }
        return;
    case YAML_NODE_MAPPING:
        for (const struct yaml_node *key = node->first; key != NULL; key = key->next->next) {
            snprintf(inner, sizeof(inner), "%.40s%s%.30s", name, name[0] != '\0' ? "." : "",
                     key->value);
            walk(reading, inner, key->next);
        }
        return;
    }
}

static bool has(const struct reading *reading, const char *name)
{
    for (size_t i = 0; i < reading->count; i++)
        if (strcmp(reading->list[i].name, name) == 0)
            return true;
    return false;
}

int config_settings_read(const char *file, const struct yaml_node *root,
                         struct setting **ret_list, size_t *ret_count)
{
    struct reading reading = {
        .file = file,
        .list = calloc(CONFIG_SETTINGS_MAX, sizeof(struct setting)),
    };

    if (reading.list == NULL)
        return fault(FAULT_MEMORY);
    walk(&reading, "", root);
    for (size_t i = 0; i < DEFAULT_COUNT; i++) {
        struct setting *setting =
            has(&reading, defaults[i].name) ? NULL : add(&reading, defaults[i].name);
        if (setting == NULL)
            continue;
        text_copy(defaults[i].value, sizeof(setting->value), setting->value);
        text_copy("default", sizeof(setting->source), setting->source);
    }
    *ret_list = reading.list;
    *ret_count = reading.count;
    return 0;
}
