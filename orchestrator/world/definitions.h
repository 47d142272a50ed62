/*
 * The definitions that are part of the program: the files of sagas/, for a world that has none.
 */
#ifndef ORCHESTRATOR_WORLD_DEFINITIONS_H
#define ORCHESTRATOR_WORLD_DEFINITIONS_H

#include <stddef.h>

struct built_in_definition {
    const char *file;
    const char *text;
    size_t size;
};

extern const struct built_in_definition built_in_definitions[];
extern const size_t built_in_definition_count;

#endif
