#include "engine/fold.h"

#include "base/fault.h"
#include "catalog/catalog.h"

#include <assert.h>
#include <string.h>

static int corrupt(struct fold *fold, const char *what)
{
    fold->wrong = what;
    return fault(FAULT_CORRUPT);
}

/* The first record says which version of which definition the saga is pinned to. */
static int begin(struct fold *fold, struct bytes payload)
{
    const struct record_submission *submission = &fold->record.submission;
    const struct definition *definition =
        catalog_version(fold->catalog, submission->definition, submission->definition_hash);

    if (definition == NULL)
        return corrupt(fold, "its definition is not in the store");
    if (payload.size > SAGA_INPUT_MAX)
        return corrupt(fold, "its input is too large");
    struct plan *plan = fold->plan_for(fold->context, definition);
    if (plan == NULL)
        return fault(FAULT_LIMIT);
    fold->live = live_new(plan, submission->id);
    if (fold->live == NULL)
        return fault(FAULT_MEMORY);
    return live_set_submission(fold->live, submission);
}

static int check_link(struct fold *fold, const struct store_record *stored,
                      uint8_t ret_digest[RECORD_DIGEST_SIZE])
{
    static const uint8_t start[RECORD_DIGEST_SIZE];
    const uint8_t *link = fold->live != NULL ? fold->live->digest : start;

    if (stored->sequence != ++fold->sequence)
        return corrupt(fold, "the record before it is missing");
    record_chain(link, stored->stream, stored->sequence, stored->body, ret_digest);
    if (memcmp(ret_digest, stored->digest, RECORD_DIGEST_SIZE) != 0)
        return corrupt(fold, "the chain of digests breaks here");
    return 0;
}

static int check_payload(struct fold *fold, struct bytes payload)
{
    bool erased = fold->record.has_payload && payload.data == NULL;

    if (fold->record.has_payload && !erased && !record_payload_fits(&fold->record, payload))
        return corrupt(fold, "its payload is not the one that was written");
    fold->erased = fold->erased || erased;
    return 0;
}

int fold_record(struct fold *fold, const struct store_record *stored)
{
    uint8_t digest[RECORD_DIGEST_SIZE];
    uint32_t steps = fold->live != NULL ? fold->live->saga->definition->step_count : SAGA_STEPS_MAX;

    int r = check_link(fold, stored, digest);
    if (r < 0)
        return pass(r);
    r = record_decode(stored->stream, stored->sequence, steps, stored->body, &fold->record);
    if (r == fault(FAULT_CORRUPT))
        return corrupt(fold, "it is not as this release writes records");
    if (r == 0)
        r = check_payload(fold, stored->payload);
    if (r == 0 && fold->live == NULL)
        r = begin(fold, stored->payload);
    if (r == 0)
        r = live_fold(fold->live, &fold->record, stored->payload);
    if (r == 0)
        memcpy(fold->live->digest, digest, sizeof digest);
    return pass(r);
}

/* A payload may be erased once its saga has ended, and not before: somebody needs it. */
int fold_end(struct fold *fold)
{
    assert(fold->live != NULL);

    if (fold->erased && !saga_is_terminal(fold->live->saga))
        return corrupt(fold, "a payload is missing that is still needed");
    return 0;
}
