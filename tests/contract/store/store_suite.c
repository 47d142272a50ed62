#include "store_suite.h"

#include "store_world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/* The suite itself is fixed for the whole run. */
static const struct store_suite *suite;

static struct {
    void *place;
    struct store *store;
} world;

void store_world_use(const struct store_suite *which)
{
    suite = which;
}

int store_world_open(void **state)
{
    world.place = suite->place_open();
    world.store = suite->open(world.place);
    *state = &world;
    return world.store == NULL ? -1 : 0;
}

int store_world_close(void **state)
{
    (void)state;
    world.store = store_close(world.store);
    suite->place_close(world.place);
    return 0;
}

struct store *store_world_store(void **state)
{
    (void)state;
    return world.store;
}

struct store *store_world_reopen(void **state)
{
    (void)state;
    if (suite->survives) {
        world.store = store_close(world.store);
        world.store = suite->open(world.place);
        assert_non_null(world.store);
    }
    return world.store;
}

int store_suite_run(const struct store_suite *which)
{
    print_message("%s\n", which->name);
    store_world_use(which);
    return store_suite_records() + store_suite_rows() + store_suite_keys() + store_suite_backup();
}
