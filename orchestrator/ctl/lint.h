/*
 * A definition's file, checked: what is wrong with its text is told before anything is made of it.
 */
#ifndef ORCHESTRATOR_CTL_LINT_H
#define ORCHESTRATOR_CTL_LINT_H

#include "catalog/catalog.h"

/* What it defines, in @catalog; NULL when it is wrong, which goes to stderr, with its place. */
const struct definition *lint_file(struct catalog *catalog, const char *path);

#endif
