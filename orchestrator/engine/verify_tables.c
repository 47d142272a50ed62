#include "engine/verify_tables.h"

#include "base/fault.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* ---- what should be there ---- */

/* As judge and batch write it: at the submit, and again at the end. */
struct store_row derived_row(const struct live *folded)
{
    bool ended = saga_is_terminal(folded->saga);
    struct store_row row = {
        .id = folded->id,
        .created_ms = folded->created_wall_ms,
        .updated_ms = ended ? folded->updated_wall_ms : folded->created_wall_ms,
        .phase = ended ? folded->saga->state.phase : SAGA_RUNNING,
        .live = !ended,
    };

    text_copy(folded->tenant, sizeof row.tenant, row.tenant);
    text_copy(folded->saga->definition->name, sizeof row.definition, row.definition);
    if (ended && row.phase != SAGA_COMPLETED && folded->code != NULL)
        text_copy(folded->code, sizeof row.code, row.code);
    return row;
}

struct store_key derived_key(const struct live *folded)
{
    struct store_key key = {
        .id = folded->id,
        .created_ms = folded->created_wall_ms,
        .released =
            folded->saga->state.phase == SAGA_COMPENSATED && folded->saga->state.turned_for_service,
    };

    memcpy(key.key, folded->key_digest, sizeof key.key);
    memcpy(key.request_hash, folded->request_hash, sizeof key.request_hash);
    return key;
}

bool derived_key_is_kept(const struct store_row *row, uint64_t wall_ms, uint64_t keep_ms)
{
    return row->live || wall_ms < row->updated_ms + keep_ms;
}

/* ---- what is there ---- */

static int __attribute__((format(printf, 2, 3)))
differ(char text[VERIFY_TABLES_TEXT_SIZE], const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(text, VERIFY_TABLES_TEXT_SIZE, format, arguments);
    va_end(arguments);
    return VERIFY_DIFFERS;
}

/* The column that differs, or NULL. */
static const char *row_difference(const struct store_row *is, const struct store_row *should)
{
    if (is->id.nonce != should->id.nonce)
        return "nonce";
    if (strcmp(is->tenant, should->tenant) != 0)
        return "tenant";
    if (strcmp(is->definition, should->definition) != 0)
        return "definition";
    if (strcmp(is->code, should->code) != 0)
        return "code";
    if (is->phase != should->phase)
        return "phase";
    if (is->created_ms != should->created_ms)
        return "created";
    if (is->updated_ms != should->updated_ms)
        return "updated";
    return is->live != should->live ? "live" : NULL;
}

int verify_row(struct store *store, const struct live *folded,
               char ret_text[VERIFY_TABLES_TEXT_SIZE])
{
    struct store_row should = derived_row(folded), is;
    int r = store_find(store, folded->id.number, &is);

    if (r == STORE_NONE)
        return differ(ret_text, "the saga has no row");
    if (r == fault(FAULT_CORRUPT))
        return differ(ret_text, "the row cannot be read");
    if (r < 0)
        return pass(r);
    const char *difference = row_difference(&is, &should);
    return difference == NULL
               ? 0
               : differ(ret_text, "the row's column \"%s\" is not what the records say",
                        difference);
}

int verify_key(struct store *store, const struct live *folded, uint64_t wall_ms, uint64_t keep_ms,
               char ret_text[VERIFY_TABLES_TEXT_SIZE])
{
    struct store_row row = derived_row(folded);
    struct store_key should = derived_key(folded), is;
    int r = store_find_key(store, should.key, &is);

    if (r == STORE_NONE && derived_key_is_kept(&row, wall_ms, keep_ms))
        return differ(ret_text, "the saga's key is missing");
    if (r == STORE_NONE)
        return 0;
    if (r == fault(FAULT_CORRUPT))
        return differ(ret_text, "the saga's key cannot be read");
    if (r < 0)
        return pass(r);
    bool was_free = should.released || !derived_key_is_kept(&row, wall_ms, keep_ms);
    if (is.id.number > folded->id.number && was_free) /* It was used again. */
        return 0;
    if (!id_equal(is.id, folded->id))
        return differ(ret_text, "the key leads to another saga");
    if (memcmp(is.request_hash, should.request_hash, sizeof is.request_hash) != 0)
        return differ(ret_text, "the key's request is not the saga's");
    if (is.created_ms != should.created_ms || is.released != should.released)
        return differ(ret_text, "the key's row is not what the records say");
    return 0;
}
