/*
 * Versions are few, so they hang in a list, oldest first, and are found by walking it.
 */
#include "catalog/catalog.h"

#include "base/fault.h"
#include "catalog/blueprint.h"
#include "catalog/canonical.h"
#include "catalog/report.h"
#include "catalog/yaml_tree.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

_Static_assert(CATALOG_TEXT_MAX == YAML_TREE_TEXT_MAX, "the limit is said once to users");

struct version {
    struct version *newer;
    struct definition definition;
    struct buffer text; /* Owned: the canonical text. */
    char *file;         /* Owned: the file that made it current; NULL when it is not. */
};

struct catalog {
    struct version *oldest;
    struct version **end; /* Where the next one is hung. */
    size_t count;
};

void catalog_report_fini(struct catalog_report *report)
{
    buffer_fini(&report->text);
    report->problems = 0;
}

/* ---- checking ---- */

static bool build(struct report *report, const struct yaml_tree *tree, struct blueprint *blueprint)
{
    blueprint->report = report;
    blueprint->root = tree->root;
    return blueprint_read(blueprint) && blueprint_rules(blueprint);
}

/* 0 with the definition in @blueprint, all but its hash; CATALOG_REFUSED; FAULT_MEMORY. */
static int check(struct report *report, struct blueprint *blueprint)
{
    struct yaml_tree tree;
    int r = yaml_tree_init(report, &tree);

    if (r == YAML_TREE_REFUSED)
        return CATALOG_REFUSED;
    if (r < 0)
        return pass(r);
    bool good = build(report, &tree, blueprint);
    yaml_tree_fini(&tree);
    assert(good == (report->count == 0));
    return good ? 0 : CATALOG_REFUSED;
}

/* A new version, not in any catalog yet. 0 with what the caller owns; CATALOG_REFUSED; a fault. */
static int version_make(struct report *report, struct version **ret_version)
{
    struct version *version = calloc(1, sizeof(*version));
    struct blueprint *blueprint = calloc(1, sizeof(*blueprint));
    int r = fault(FAULT_MEMORY);

    if (version == NULL || blueprint == NULL)
        goto failed;
    r = check(report, blueprint);
    if (r != 0)
        goto failed;
    version->definition = blueprint->definition;
    r = canonical_print(&version->definition, &version->text);
    if (r < 0)
        goto failed;
    canonical_hash(bytes_of(version->text.data, version->text.size), version->definition.hash);
    free(blueprint);
    *ret_version = version;
    return 0;

failed:
    if (version != NULL)
        buffer_fini(&version->text);
    free(version);
    free(blueprint);
    return r;
}

static void version_free(struct version *version)
{
    buffer_fini(&version->text);
    free(version->file);
    free(version);
}

/* The report's problems become the caller's text. */
static int hand_over(struct report *report, struct catalog_report *to)
{
    to->problems += report->count;
    return report_print(report, &to->text);
}

/* As version_make, with the problems in the caller's report. */
static int version_read(const char *file_name, struct bytes text, struct catalog_report *to,
                        struct version **ret_version)
{
    struct report report;

    report_init(&report, file_name, text);
    int r = version_make(&report, ret_version);
    if (r != CATALOG_REFUSED)
        return r;
    int printed = hand_over(&report, to);
    return printed < 0 ? pass(printed) : CATALOG_REFUSED;
}

int catalog_check(const char *file_name, const char *text, size_t size,
                  struct catalog_report *report, struct definition *ret_definition)
{
    struct version *version;
    int r = version_read(file_name, bytes_of(text, size), report, &version);

    if (r != 0)
        return r;
    *ret_definition = version->definition;
    version_free(version);
    return 0;
}

/* ---- the list ---- */

static struct version *find(const struct catalog *catalog, const char *name,
                            const uint8_t hash[DEFINITION_HASH_SIZE])
{
    for (struct version *version = catalog->oldest; version != NULL; version = version->newer)
        if (strcmp(version->definition.name, name) == 0 &&
            memcmp(version->definition.hash, hash, DEFINITION_HASH_SIZE) == 0)
            return version;
    return NULL;
}

static struct version *find_text(const struct catalog *catalog, struct bytes text)
{
    for (struct version *version = catalog->oldest; version != NULL; version = version->newer)
        if (bytes_equal(bytes_of(version->text.data, version->text.size), text))
            return version;
    return NULL;
}

static struct version *find_current(const struct catalog *catalog, const char *name)
{
    for (struct version *version = catalog->oldest; version != NULL; version = version->newer)
        if (version->file != NULL && strcmp(version->definition.name, name) == 0)
            return version;
    return NULL;
}

/* Takes the version, also when it is there already: then the one that is there is the result. */
static int insert(struct catalog *catalog, struct version *version, struct version **ret_version)
{
    struct version *there = find(catalog, version->definition.name, version->definition.hash);

    if (there != NULL) {
        version_free(version);
        *ret_version = there;
        return 0;
    }
    if (catalog->count == CATALOG_VERSIONS_MAX) {
        version_free(version);
        return fault(FAULT_LIMIT);
    }
    *catalog->end = version;
    catalog->end = &version->newer;
    catalog->count++;
    *ret_version = version;
    return 0;
}

int catalog_open(struct catalog **ret_catalog)
{
    struct catalog *catalog = calloc(1, sizeof(*catalog));

    if (catalog == NULL)
        return fault(FAULT_MEMORY);
    catalog->end = &catalog->oldest;
    *ret_catalog = catalog;
    return 0;
}

struct catalog *catalog_close(struct catalog *catalog)
{
    while (catalog != NULL && catalog->oldest != NULL) {
        struct version *version = catalog->oldest;
        catalog->oldest = version->newer;
        version_free(version);
    }
    free(catalog);
    return NULL;
}

static int refuse_second_file(const char *file_name, const struct version *first,
                              struct catalog_report *report)
{
    report->problems++;
    int r = buffer_print(&report->text, "%s: saga \"%s\" is already defined by %s\n", file_name,
                         first->definition.name, first->file);
    return r < 0 ? pass(r) : CATALOG_REFUSED;
}

/* Takes @version. The version that was current before stays, under its hash. */
static int make_current(struct catalog *catalog, struct version *version, const char *file_name)
{
    char *file = strdup(file_name);

    if (file == NULL) {
        version_free(version);
        return fault(FAULT_MEMORY);
    }
    int r = insert(catalog, version, &version);
    if (r < 0) {
        free(file);
        return pass(r);
    }
    struct version *before = find_current(catalog, version->definition.name);
    if (before != NULL) {
        free(before->file);
        before->file = NULL;
    }
    version->file = file;
    assert(find_current(catalog, version->definition.name) == version);
    return 0;
}

int catalog_add_text(struct catalog *catalog, const char *file_name, const char *text, size_t size,
                     struct catalog_report *report)
{
    struct version *version;
    int r = version_read(file_name, bytes_of(text, size), report, &version);

    if (r != 0)
        return r;
    const struct version *before = find_current(catalog, version->definition.name);
    if (before != NULL && strcmp(before->file, file_name) != 0) {
        version_free(version);
        return refuse_second_file(file_name, before, report);
    }
    return make_current(catalog, version, file_name);
}

int catalog_add_stored(struct catalog *catalog, struct bytes text,
                       const struct definition **ret_definition)
{
    struct report report;
    struct version *version = find_text(catalog, text);

    if (version != NULL) { /* A file says the same, as most do after a restart. */
        *ret_definition = &version->definition;
        return 0;
    }
    report_init(&report, "journal", text);
    int r = version_make(&report, &version);
    if (r == CATALOG_REFUSED)
        return fault(FAULT_CORRUPT);
    if (r < 0)
        return pass(r);
    /* The version is what was stored, also when this release would print it otherwise. */
    buffer_clear(&version->text);
    r = buffer_append(&version->text, text.data, text.size);
    if (r < 0) {
        version_free(version);
        return pass(r);
    }
    canonical_hash(text, version->definition.hash);
    r = insert(catalog, version, &version);
    if (r < 0)
        return pass(r);
    *ret_definition = &version->definition;
    return 0;
}

/* ---- asking ---- */

const struct definition *catalog_current(const struct catalog *catalog, const char *name)
{
    const struct version *version = find_current(catalog, name);

    return version != NULL ? &version->definition : NULL;
}

const struct definition *catalog_version(const struct catalog *catalog, const char *name,
                                         const uint8_t hash[DEFINITION_HASH_SIZE])
{
    const struct version *version = find(catalog, name, hash);

    return version != NULL ? &version->definition : NULL;
}

struct bytes catalog_text(const struct catalog *catalog, const struct definition *definition)
{
    const struct version *version = find(catalog, definition->name, definition->hash);

    assert(version != NULL && &version->definition == definition);
    return bytes_of(version->text.data, version->text.size);
}

void catalog_each(const struct catalog *catalog, catalog_visitor *visit, void *context)
{
    const struct version *version = catalog->oldest;

    while (version != NULL && visit(context, &version->definition, version->file != NULL))
        version = version->newer;
}
