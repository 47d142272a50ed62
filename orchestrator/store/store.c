/*
 * The facade: asserts the contract before and after each call, for every backend.
 */
#include "store/store.h"
#include "store/store_backend.h"

#include <assert.h>
#include <string.h>

static bool is_text(const char *text, size_t size)
{
    return memchr(text, '\0', size) != NULL;
}

static void assert_row(const struct store_row *row, uint64_t stream)
{
    assert(row->id.number == stream);
    assert(stream >= ID_FIRST_SAGA);
    assert(is_text(row->tenant, sizeof row->tenant));
    assert(is_text(row->definition, sizeof row->definition));
    assert(is_text(row->code, sizeof row->code));
}

static void assert_record(const struct store_record *record)
{
    assert(record->stream > 0);
    assert(record->stream <= INT64_MAX);
    assert(record->sequence > 0);
    assert(record->body.data != NULL);
    assert(record->body.size > 0);
    if (record->row != NULL)
        assert_row(record->row, record->stream);
    if (record->key != NULL)
        assert(record->key->id.number <= INT64_MAX);
}

int store_append(struct store *store, const struct store_record *records, size_t count)
{
    assert(count > 0);
    assert(count <= STORE_BATCH_MAX);
    for (size_t i = 0; i < count; i++)
        assert_record(&records[i]);

    int r = store->ops->append(store, records, count);
    assert(r <= 0 || r == STORE_CONFLICT || r == STORE_FULL);
    return r;
}

int store_load(struct store *store, uint64_t stream, store_record_visitor *visit, void *context)
{
    return store_load_from(store, stream, 1, visit, context);
}

int store_load_from(struct store *store, uint64_t stream, uint32_t from,
                    store_record_visitor *visit, void *context)
{
    assert(visit != NULL);
    assert(from > 0);

    int r = store->ops->load(store, stream, from, visit, context);
    assert(r <= 0 || r == STORE_NONE);
    return r;
}

int store_load_back(struct store *store, uint64_t stream, uint32_t before,
                    store_record_visitor *visit, void *context)
{
    assert(visit != NULL);

    int r = store->ops->load_back(store, stream, before, visit, context);
    assert(r <= 0 || r == STORE_NONE);
    return r;
}

int store_live(struct store *store, uint64_t after, store_row_visitor *visit, void *context)
{
    assert(visit != NULL);

    int r = store->ops->live(store, after, visit, context);
    assert(r <= 0);
    return r;
}

int store_find(struct store *store, uint64_t number, struct store_row *ret_row)
{
    assert(ret_row != NULL);

    int r = store->ops->find(store, number, ret_row);
    assert(r <= 0 || r == STORE_NONE);
    assert(r != 0 || ret_row->id.number == number);
    return r;
}

int store_find_key(struct store *store, const uint8_t key[STORE_KEY_SIZE],
                   struct store_key *ret_key)
{
    assert(ret_key != NULL);

    int r = store->ops->find_key(store, key, ret_key);
    assert(r <= 0 || r == STORE_NONE);
    assert(r != 0 || memcmp(ret_key->key, key, STORE_KEY_SIZE) == 0);
    return r;
}

int store_page(struct store *store, uint64_t before, const char *tenant,
               store_row_visitor *visit, void *context, uint64_t *ret_cursor)
{
    assert(visit != NULL);
    assert(ret_cursor != NULL);
    uint64_t cursor = 0;

    int r = store->ops->page(store, before, tenant, visit, context, &cursor);
    assert(r <= 0);
    assert(before == 0 || cursor < before);
    if (r == 0)
        *ret_cursor = cursor;
    return r;
}

int store_page_newer(struct store *store, uint64_t from, const char *tenant,
                     store_row_visitor *visit, void *context, uint64_t *ret_cursor)
{
    assert(visit != NULL);
    assert(ret_cursor != NULL);
    uint64_t cursor = 0;

    int r = store->ops->page_newer(store, from, tenant, visit, context, &cursor);
    assert(r <= 0);
    assert(cursor == 0 || cursor >= from);
    if (r == 0)
        *ret_cursor = cursor;
    return r;
}

int store_tidy(struct store *store, uint64_t now_ms, uint64_t keep_ms)
{
    int r = store->ops->tidy(store, now_ms, keep_ms);

    assert(r <= 0);
    return r;
}

int store_next(struct store *store, uint64_t after, uint64_t *ret_stream)
{
    assert(ret_stream != NULL);

    int r = store->ops->next(store, after, ret_stream);
    assert(r <= 0 || r == STORE_NONE);
    assert(r != 0 || *ret_stream > after);
    return r;
}

int store_last_number(struct store *store, uint64_t *ret_number)
{
    assert(ret_number != NULL);

    int r = store->ops->last_number(store, ret_number);
    assert(r <= 0);
    return r;
}

bool store_is_full(const struct store *store)
{
    return store->ops->is_full(store);
}

int store_backup(struct store *store, const struct backup_order *order)
{
    assert(backup_name_is_valid(order->name));
    assert(is_text(order->folder, sizeof order->folder));
    assert(is_text(order->version, sizeof order->version));

    int r = store->ops->backup(store, order);
    assert(r <= 0 || r == STORE_BUSY);
    return r;
}

void store_backup_look(struct store *store, struct backup_report *ret_report)
{
    store->ops->backup_look(store, ret_report);
    assert((ret_report->ended_ms != 0) == (ret_report->state >= BACKUP_DONE));
}

void store_backup_stop(struct store *store)
{
    store->ops->backup_stop(store);
}

struct store *store_close(struct store *store)
{
    if (store != NULL)
        store->ops->close(store);
    return NULL;
}
