#include "gateway/body.h"

#include "base/clock.h"
#include "core/input.h"
#include "base/utf8.h"
#include "gateway/verb.h"

#include <stdlib.h>
#include <string.h>

json_t *body_text(const char *text)
{
    json_t *string = json_string(text);
    if (string)
        return string;
    char *repaired = strdup(text);
    if (!repaired)
        return NULL;
    utf8_repair(repaired);
    string = json_string(repaired);
    free(repaired);
    return string;
}

json_t *body_text_or_null(const char *text)
{
    return *text ? body_text(text) : json_null();
}

json_t *body_time(uint64_t wall_ms)
{
    char text[CLOCK_RFC3339_SIZE];

    if (wall_ms == 0)
        return json_null();
    clock_rfc3339(wall_ms, text);
    return json_string(text);
}

json_t *body_id(struct saga_id id)
{
    char text[ID_TEXT_SIZE];

    if (id.number == 0)
        return json_null();
    id_text(id, text);
    return json_string(text);
}

json_t *body_verbs(uint32_t mask)
{
    json_t *verbs = json_array();
    const char *last = "";

    for (unsigned i = 0; i < SAGA_VERB_COUNT; i++) {
        const char *word = verb_word((enum saga_verb)i);
        if ((mask & 1u << i) == 0 || strcmp(word, last) == 0)
            continue;
        json_array_append_new(verbs, json_string(word));
        last = word;
    }
    return verbs;
}

json_t *body_parsed(struct bytes text)
{
    json_t *json = text.size > 0 ? json_loadb((const char *)text.data, text.size,
                                              JSON_DECODE_ANY | JSON_REJECT_DUPLICATES, NULL)
                                 : NULL;
    return json ? json : json_null();
}
