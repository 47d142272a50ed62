/*
 * What a text must be before it is parsed at all: short enough, UTF-8, and free of characters that
 * people cannot see.
 */
#ifndef ORCHESTRATOR_CATALOG_YAML_TEXT_H
#define ORCHESTRATOR_CATALOG_YAML_TEXT_H

#include "catalog/report.h"

#include <stdbool.h>

/* False with a problem in @report. A line then ends only at a newline. */
bool yaml_text_check(struct report *report, size_t size_max);

#endif
