/*
 * Any text is taken or refused with a reason; what is taken, its canonical text gives again.
 */
#include "catalog/catalog.h"

#include <assert.h>
#include <sodium.h>
#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void expect_same_again(const struct catalog *catalog, const struct definition *definition)
{
    struct catalog *other;
    const struct definition *again;

    assert(catalog_open(&other) == 0);
    assert(catalog_add_stored(other, catalog_text(catalog, definition), &again) == 0);
    assert(memcmp(again->hash, definition->hash, DEFINITION_HASH_SIZE) == 0);
    assert(strcmp(again->name, definition->name) == 0);
    assert(again->step_count == definition->step_count);
    assert(again->pivot == definition->pivot);
    catalog_close(other);
}

static bool visit(void *context, const struct definition *definition, bool current)
{
    assert(current);
    expect_same_again(context, definition);
    return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct catalog_report report = {0};
    struct catalog *catalog;

    assert(sodium_init() >= 0);
    assert(catalog_open(&catalog) == 0);
    int r = catalog_add_text(catalog, "fuzz.yaml", (const char *)data, size, &report);
    assert(r == 0 || r == CATALOG_REFUSED);
    assert((r == 0) == (report.problems == 0));
    assert((r == 0) == (report.text.size == 0));
    catalog_each(catalog, visit, catalog);
    catalog_report_fini(&report);
    catalog_close(catalog);
    return 0;
}
