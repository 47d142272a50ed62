/*
 * A store that can die: the production store in memory, behind a door that closes at any append.
 *
 * What an append returned 0 for is durable. At the append where the server dies, what was under way
 * is kept or lost, as a disk may do it, and nobody is told which.
 */
#include "simulation/world.h"

#include "base/fault.h"

static struct sim_store *of(struct store *store)
{
    return (struct sim_store *)(void *)store;
}

static int commit(struct sim_store *sim, const struct store_record *records, size_t count)
{
    int r = store_append(sim->inner, records, count);

    for (size_t i = 0; i < count && r == 0; i++) {
        if (records[i].stream >= ID_FIRST_SAGA)
            reader_event(sim->world, &records[i]);
        else if (records[i].stream == STORE_STREAM_AUDIT)
            reader_audit(sim->world, &records[i]);
    }
    if (r == 0)
        oracle_committed(&sim->world->oracle);
    return r;
}

static int sim_append(struct store *store, const struct store_record *records, size_t count)
{
    struct sim_store *sim = of(store);
    struct world *world = sim->world;

    if (world->dead)
        return fault(FAULT_IO);
    if (sim->full)
        for (size_t i = 0; i < count; i++)
            if (records[i].stream >= ID_FIRST_SAGA && records[i].sequence == 1)
                return STORE_FULL;
    enum die die;
    if (world_dies(world, &die)) {
        int r = die == DIE_BEFORE ? fault(FAULT_IO) : commit(sim, records, count);
        world->dead = true;
        return die == DIE_AFTER ? r : fault(FAULT_IO);
    }
    taped_at_records(world, records, count);
    if (taped_dies(world, ++sim->appends == sim->die_at)) {
        sim->keep = taped_decide(world, MISHAP_COMMIT_KEPT, sim->keep, 2) != 0;
        world_note(world, "die-append", sim->keep, count, 0);
        world->swarm.counts[MISHAP_CRASH_INSIDE]++;
        world->swarm.counts[MISHAP_COMMIT_KEPT] += sim->keep;
        world_reach_all(world, sim->keep ? MISHAP_COMMIT_KEPT : MISHAP_CRASH_INSIDE);
        if (sim->keep)
            (void)commit(sim, records, count);
        world->dead = true;
        return fault(FAULT_IO);
    }
    world_note(world, "append", count, records[0].stream, records[0].sequence);
    return commit(sim, records, count);
}

static int sim_load(struct store *store, uint64_t stream, uint32_t from,
                    store_record_visitor *visit, void *context)
{
    return store_load_from(of(store)->inner, stream, from, visit, context);
}

static int sim_load_back(struct store *store, uint64_t stream, uint32_t before,
                         store_record_visitor *visit, void *context)
{
    return store_load_back(of(store)->inner, stream, before, visit, context);
}

static int sim_live(struct store *store, uint64_t after, store_row_visitor *visit, void *context)
{
    return store_live(of(store)->inner, after, visit, context);
}

static int sim_find(struct store *store, uint64_t number, struct store_row *ret_row)
{
    return store_find(of(store)->inner, number, ret_row);
}

static int sim_find_key(struct store *store, const uint8_t key[STORE_KEY_SIZE],
                        struct store_key *ret_key)
{
    return store_find_key(of(store)->inner, key, ret_key);
}

static int sim_page(struct store *store, uint64_t before, const char *tenant,
                    store_row_visitor *visit, void *context, uint64_t *ret_cursor)
{
    return store_page(of(store)->inner, before, tenant, visit, context, ret_cursor);
}

static int sim_page_newer(struct store *store, uint64_t from, const char *tenant,
                          store_row_visitor *visit, void *context, uint64_t *ret_cursor)
{
    return store_page_newer(of(store)->inner, from, tenant, visit, context, ret_cursor);
}

static int sim_tidy(struct store *store, uint64_t now_ms, uint64_t keep_ms)
{
    return store_tidy(of(store)->inner, now_ms, keep_ms);
}

static int sim_next(struct store *store, uint64_t after, uint64_t *ret_stream)
{
    return store_next(of(store)->inner, after, ret_stream);
}

static int sim_last_number(struct store *store, uint64_t *ret_number)
{
    return store_last_number(of(store)->inner, ret_number);
}

static bool sim_is_full(const struct store *store)
{
    (void)store;
    return false; /* Full is found out at the append, which is the harder case. */
}

static int sim_backup(struct store *store, const struct backup_order *order)
{
    return store_backup(of(store)->inner, order);
}

static void sim_backup_look(struct store *store, struct backup_report *ret_report)
{
    store_backup_look(of(store)->inner, ret_report);
}

static void sim_backup_stop(struct store *store)
{
    store_backup_stop(of(store)->inner);
}

static void sim_close(struct store *store)
{
    (void)store; /* It outlives every server; see sim_store_close. */
}

static const struct store_ops sim_ops = {
    .append = sim_append, .load = sim_load, .load_back = sim_load_back, .live = sim_live,
    .find = sim_find, .find_key = sim_find_key, .page = sim_page, .page_newer = sim_page_newer,
    .tidy = sim_tidy, .next = sim_next, .last_number = sim_last_number, .is_full = sim_is_full,
    .backup = sim_backup, .backup_look = sim_backup_look, .backup_stop = sim_backup_stop,
    .close = sim_close,
};

void sim_store_open(struct world *world)
{
    world->store = (struct sim_store){.store = {.ops = &sim_ops}, .world = world};
    world->store.inner = store_memory_open();
}

void sim_store_close(struct world *world)
{
    world->store.inner = store_close(world->store.inner);
}
