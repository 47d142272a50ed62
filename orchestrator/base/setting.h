/*
 * A setting as people are shown it: its name, its value, and where the value came from.
 */
#ifndef ORCHESTRATOR_BASE_SETTING_H
#define ORCHESTRATOR_BASE_SETTING_H

#include <stddef.h>

#define SETTING_NAME_SIZE 80u
#define SETTING_VALUE_SIZE 160u
#define SETTING_SOURCE_SIZE 160u

struct setting {
    char name[SETTING_NAME_SIZE];     /* "http.address", "participants[0].url" */
    char value[SETTING_VALUE_SIZE];   /* Never a secret, nor the digest of one. */
    char source[SETTING_SOURCE_SIZE]; /* "sagad.yaml:12", "default", "--http" */
};

struct settings {
    const struct setting *list; /* Borrowed. */
    size_t count;
};

#endif
