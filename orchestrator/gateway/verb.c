#include "gateway/verb.h"

#include <assert.h>
#include <stddef.h>
#include <string.h>

struct verb {
    const char *word;
    const char *as; /* NULL: takes none. */
    bool names_step;
};

static const struct verb verbs[SAGA_VERB_COUNT] = {
    [SAGA_CANCEL] = {"cancel", NULL, false},
    [SAGA_RETRY] = {"retry", NULL, false},
    [SAGA_PAUSE] = {"pause", NULL, false},
    [SAGA_RESUME] = {"resume", NULL, false},
    [SAGA_RESOLVE_DONE] = {"resolve", "done", true},
    [SAGA_RESOLVE_REJECTED] = {"resolve", "rejected", true},
    [SAGA_SKIP] = {"skip", NULL, true},
    [SAGA_WAIVE] = {"waive", NULL, true},
    [SAGA_TERMINATE] = {"terminate", NULL, false},
};

const char *verb_word(enum saga_verb verb)
{
    assert(verb < SAGA_VERB_COUNT);

    return verbs[verb].word;
}

static bool as_fits(const char *as, const char *wanted)
{
    if (!as || !wanted)
        return as == wanted;
    return strcmp(as, wanted) == 0;
}

bool verb_parse(const char *word, const char *as, enum saga_verb *ret_verb)
{
    for (unsigned i = 0; i < SAGA_VERB_COUNT; i++) {
        if (strcmp(verbs[i].word, word) == 0 && as_fits(as, verbs[i].as)) {
            *ret_verb = (enum saga_verb)i;
            return true;
        }
    }
    return false;
}

bool verb_names_step(enum saga_verb verb)
{
    assert(verb < SAGA_VERB_COUNT);

    return verbs[verb].names_step;
}
