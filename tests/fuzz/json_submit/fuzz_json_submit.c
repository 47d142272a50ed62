/*
 * JSON from anybody: a submit or an action is taken whole and canonical, or refused in words.
 */
#include "gateway/members.h"
#include "gateway/verb.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct member submit_members[] = {
    {"definition", MEMBER_TEXT, 63, true},
    {"input", MEMBER_OBJECT, 0, false},
    {"account", MEMBER_TEXT, 63, false},
};

static const struct member action_members[] = {
    {"verb", MEMBER_TEXT, 63, true},     {"reason", MEMBER_TEXT, 255, true},
    {"step", MEMBER_TEXT, 63, false},    {"as", MEMBER_TEXT, 63, false},
    {"force", MEMBER_BOOLEAN, 0, false}, {"output", MEMBER_ANY, 0, false},
};

/* What is canonical once is canonical for ever, so that the same request has the same hash. */
static void check_canonical(const json_t *input)
{
    char *once = json_dumps(input, JSON_SORT_KEYS | JSON_COMPACT | JSON_ENCODE_ANY);
    assert(once != NULL);
    json_t *parsed = json_loads(once, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, NULL);
    assert(parsed != NULL);
    char *twice = json_dumps(parsed, JSON_SORT_KEYS | JSON_COMPACT | JSON_ENCODE_ANY);
    assert(twice != NULL && strcmp(once, twice) == 0);
    free(twice);
    json_decref(parsed);
    free(once);
}

static json_t *parse(struct bytes text, const struct member *members, size_t count)
{
    struct problem problem;
    json_t *object = NULL;

    if (members_parse(text, members, count, &object, &problem))
        return object;
    assert(problem.detail[0] != '\0');
    assert((problem.error_count > 0) == (problem.code == PROBLEM_INVALID));
    assert(problem.error_count <= PROBLEM_ERRORS_MAX);
    return NULL;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct bytes text = {data, size};
    json_t *submit = parse(text, submit_members, sizeof(submit_members) / sizeof(struct member));
    json_t *action = parse(text, action_members, sizeof(action_members) / sizeof(struct member));
    enum saga_verb verb;

    if (submit) {
        assert(members_text(submit, "definition") != NULL);
        check_canonical(submit);
    }
    if (action && verb_parse(members_text(action, "verb"), members_text(action, "as"), &verb))
        assert(strcmp(verb_word(verb), members_text(action, "verb")) == 0);
    json_decref(submit);
    json_decref(action);
    return 0;
}
