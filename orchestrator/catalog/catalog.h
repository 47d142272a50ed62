/*
 * The catalog: every version of every definition that this server knows.
 *
 *   sagas/x.yaml ──catalog_add_text──▶ checked ──▶ canonical text ──BLAKE2b-256──▶ its version
 *   journal ───────catalog_add_stored──▶ the same text, the same version
 *
 * A definition is known by what it means: its canonical text spells out every default, and leaves
 * out comments and layout, so a change of those is no new version. The engine stores the canonical
 * text when a saga first uses a version, and gives it back at recovery.
 *
 * Always: a definition in the catalog passed every check; its hash is the hash of its text; it is
 * never changed or removed before catalog_close. At most one version of a name is current.
 *
 * Thread: loaded before threads start, then used by the engine's thread alone. catalog_check
 * touches no catalog and may be called from any thread, after sodium_init.
 */
#ifndef ORCHESTRATOR_CATALOG_CATALOG_H
#define ORCHESTRATOR_CATALOG_CATALOG_H

#include "base/bytes.h"
#include "core/definition.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CATALOG_TEXT_MAX 1048576u   /* Bytes of one file; a saga of 32 steps needs some 10 KB. */
#define CATALOG_FILES_MAX 1024u     /* Files in a folder of definitions. */
#define CATALOG_VERSIONS_MAX 16384u /* In all, old ones included. */

/*
 * What is wrong, for people: "file:line:column: what", the line itself, and a caret below it; at
 * most 20 problems a file, in the order of the file. The caller's storage; starts as {0}, and
 * gathers over several calls.
 */
struct catalog_report {
    size_t problems;
    struct buffer text; /* Lines, each ending in a newline; no NUL. */
};
void catalog_report_fini(struct catalog_report *report);

struct catalog;

/* Empty. 0 or FAULT_MEMORY. */
int catalog_open(struct catalog **ret_catalog);

/* Takes NULL; returns NULL. No definition survives it. */
struct catalog *catalog_close(struct catalog *catalog);

/* ---- filling it ---- */

/*
 * Check a file's text and make it the current version of its name. A second file that defines the
 * same saga is refused; the same file again replaces what it said. Everything is copied.
 *
 * Returns 0; CATALOG_REFUSED when it has mistakes, which @report then lists, and nothing changed; a
 * fault: FAULT_MEMORY, FAULT_LIMIT.
 */
enum { CATALOG_REFUSED = 1 };
int catalog_add_text(struct catalog *catalog, const char *file_name, const char *text, size_t size,
                     struct catalog_report *report);

/*
 * The same for a file, and for every *.yaml and *.yml of a folder in the order of their names. A
 * folder goes on after a mistake, so that @report lists those of every file. What cannot be read is
 * listed there too.
 */
int catalog_add_file(struct catalog *catalog, const char *path, struct catalog_report *report);
int catalog_load_folder(struct catalog *catalog, const char *path, struct catalog_report *report);

/*
 * A version from the journal, by the text that catalog_text gave. It does not become current.
 * @ret_definition is the catalog's; the same text again gives the same definition.
 *
 * Returns 0; FAULT_CORRUPT when this is no text of a definition; FAULT_MEMORY; FAULT_LIMIT.
 */
int catalog_add_stored(struct catalog *catalog, struct bytes text,
                       const struct definition **ret_definition);

/*
 * Only check. @ret_definition is the caller's storage, written when 0 is returned.
 */
int catalog_check(const char *file_name, const char *text, size_t size,
                  struct catalog_report *report, struct definition *ret_definition);

/* ---- asking it ---- */

/* The version that a new saga of this name uses, or NULL. Borrowed until catalog_close. */
const struct definition *catalog_current(const struct catalog *catalog, const char *name);

/* Any version, or NULL. Borrowed until catalog_close. */
const struct definition *catalog_version(const struct catalog *catalog, const char *name,
                                         const uint8_t hash[DEFINITION_HASH_SIZE]);

/* The canonical text of a definition of this catalog. Borrowed until catalog_close. */
struct bytes catalog_text(const struct catalog *catalog, const struct definition *definition);

/* Visit every version, current ones and others, oldest first. Returns false to stop. */
typedef bool catalog_visitor(void *context, const struct definition *definition, bool current);
void catalog_each(const struct catalog *catalog, catalog_visitor *visit, void *context);

#endif
