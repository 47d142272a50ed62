/*
 * The versions of definitions that the server knows: those of its files, and those that only the
 * journal still has.
 */
#include "engine/engine_state.h"

#include "base/fault.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

struct search {
    struct engine *engine;
    const struct request *request;
    struct definitions *found;
    uint64_t place; /* Of the version that is being looked at, from 1. */
};

static uint64_t live_of(const struct engine *engine, const struct definition *definition)
{
    for (const struct plan *plan = engine->plans; plan != NULL; plan = plan->next)
        if (plan->definition == definition)
            return plan->live;
    return 0;
}

/* It has the name, and begins with the version, that is asked for; "" is any. */
static bool is_named(const struct request *request, const struct definition *definition)
{
    char version[2 * DEFINITION_HASH_SIZE + 1];

    if (request->definition[0] != '\0' && strcmp(request->definition, definition->name) != 0)
        return false;
    hex_encode(definition->hash, sizeof definition->hash, version);
    return strncmp(version, request->version, strlen(request->version)) == 0;
}

static struct definitions_row row_of(const struct search *search,
                                     const struct definition *definition, bool current)
{
    return (struct definitions_row){
        .definition = definition,
        .text = catalog_text(search->engine->options.catalog, definition),
        .live = live_of(search->engine, definition),
        .current = current,
    };
}

static bool list_version(void *context, const struct definition *definition, bool current)
{
    struct search *search = context;
    struct definitions *found = search->found;

    if (++search->place <= search->request->before || !is_named(search->request, definition))
        return true;
    if (found->count == search->request->limit) {
        found->cursor = search->place - 1;
        return false;
    }
    struct definitions_row row = row_of(search, definition, current);
    if (search->request->with_finished || current || row.live > 0)
        found->rows[found->count++] = row;
    return true;
}

/* Of one name: the current version, else the newest. */
static bool choose_version(void *context, const struct definition *definition, bool current)
{
    struct search *search = context;

    if (!is_named(search->request, definition))
        return true;
    search->found->rows[0] = row_of(search, definition, current);
    search->found->count = 1;
    return !current;
}

int take_definitions(struct engine *engine, struct request *request)
{
    assert(request->limit > 0);
    assert(request->limit <= INBOX_DEFINITIONS_MAX);

    struct search search = {.engine = engine, .request = request};
    search.found =
        calloc(1, sizeof *search.found + request->limit * sizeof(struct definitions_row));
    if (search.found == NULL)
        return fault(FAULT_MEMORY);
    catalog_each(engine->options.catalog, request->only_newest ? choose_version : list_version,
                 &search);
    struct answer answer = {.status = ANSWER_OK, .definitions = search.found};
    request->answer(request, &answer);
    return 0;
}
