/*
 * Definitions as the commands name them: FILE, or NAME or NAME@VERSION of the server.
 */
#ifndef ORCHESTRATOR_CTL_DEFINITION_H
#define ORCHESTRATOR_CTL_DEFINITION_H

#include "catalog/catalog.h"
#include "ctl/command.h"

/* It has a dot or a slash, as no name has. */
bool definition_is_file(const char *word);

/* The server's JSON of it; the caller's. @version NULL: the current one, else the newest. */
enum exit_code definition_fetch(const struct call *call, const char *name, const char *version,
                                json_t **ret_json);

/* The same for NAME[@VERSION]. */
enum exit_code definition_fetch_word(const struct call *call, const char *word, json_t **ret_json);

/* Read what definition_fetch gave into @catalog; NULL with a sentence on stderr. */
const struct definition *definition_read(struct catalog *catalog, const json_t *json);

#endif
