/*
 * A definition's file, checked: what is wrong with its text is told before anything is made of it.
 */
#ifndef ORCHESTRATOR_CTL_LINT_H
#define ORCHESTRATOR_CTL_LINT_H

#include "catalog/catalog.h"

/* True when it is right, and in @catalog; what is wrong goes to stderr, with its place. */
bool lint_file(struct catalog *catalog, const char *path);

#endif
