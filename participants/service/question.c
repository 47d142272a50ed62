#include "service/question.h"

#include "service/message.h"

#include <stdbool.h>
#include <string.h>

static bool copy_word(const json_t *value, char *word, size_t size)
{
    const char *text = json_string_value(value);

    if (text == NULL || strlen(text) >= size)
        return false;
    memcpy(word, text, strlen(text) + 1);
    return true;
}

static bool read_count(const json_t *value, uint32_t *ret_count)
{
    json_int_t count = json_integer_value(value);

    if (!json_is_integer(value) || count < 1 || count > (json_int_t)QUESTION_COUNT_MAX)
        return false;
    *ret_count = (uint32_t)count;
    return true;
}

static bool read_sids(const json_t *value, const json_t **ret_sids)
{
    const json_t *sid;
    size_t i;

    if (!json_is_array(value) || json_array_size(value) > QUESTION_SIDS_MAX)
        return false;
    json_array_foreach(value, i, sid)
        if (!json_is_string(sid) || !message_is_sid(json_string_value(sid), "SM"))
            return false;
    *ret_sids = value;
    return true;
}

static bool read_amount(const json_t *value, int64_t *ret_amount)
{
    json_int_t amount = json_integer_value(value);

    if (!json_is_integer(value) || amount < 0 || amount > QUESTION_MICROS_MAX)
        return false;
    *ret_amount = amount;
    return true;
}

static bool read_quota(const json_t *value, int64_t *ret_quota)
{
    if (!json_is_null(value))
        return read_amount(value, ret_quota);
    *ret_quota = QUESTION_NONE;
    return true;
}

static bool read_sid(const json_t *value, const char *prefix, const char **ret_sid)
{
    *ret_sid = json_string_value(value);
    return *ret_sid != NULL && message_is_sid(*ret_sid, prefix);
}

static bool read_number(const json_t *value, const char **ret_number)
{
    *ret_number = json_string_value(value);
    return *ret_number != NULL && message_is_e164(*ret_number);
}

static bool read_state(const json_t *value, const char **ret_state)
{
    *ret_state = json_string_value(value);
    return *ret_state != NULL && strlen(*ret_state) < QUESTION_WORD_SIZE;
}

/* The members that speak of an account. */
static bool read_of_account(struct question *question, const char *key, const json_t *value)
{
    if (strcmp(key, "account") == 0)
        return read_sid(value, "AC", &question->account);
    if (strcmp(key, "number") == 0)
        return read_number(value, &question->number);
    if (strcmp(key, "pool") == 0)
        return read_sid(value, "MG", &question->pool);
    if (strcmp(key, "state") == 0)
        return read_state(value, &question->state);
    if (strcmp(key, "fund") == 0)
        return read_amount(value, &question->fund);
    if (strcmp(key, "price") == 0)
        return read_amount(value, &question->price);
    if (strcmp(key, "daily_quota") == 0)
        return read_quota(value, &question->daily_quota);
    return false;
}

static bool read_member(struct question *question, const char *key, const json_t *value)
{
    if (strcmp(key, "ask") == 0)
        return copy_word(value, question->ask, sizeof question->ask);
    if (strcmp(key, "after") == 0)
        return copy_word(value, question->after, sizeof question->after);
    if (strcmp(key, "count") == 0)
        return read_count(value, &question->count);
    if (strcmp(key, "sids") == 0)
        return read_sids(value, &question->sids);
    return read_of_account(question, key, value);
}

int question_init(const void *line, size_t size, struct question *ret_question,
                  const char **ret_why)
{
    struct question question = {.count = 1,
                                .fund = QUESTION_ABSENT,
                                .price = QUESTION_ABSENT,
                                .daily_quota = QUESTION_ABSENT};
    const char *key;
    json_t *value;

    *ret_why = "a question is at most 65536 bytes";
    if (size > QUESTION_MAX)
        return QUESTION_MALFORMED;
    *ret_why = "a question is one JSON object";
    question.json = json_loadb(line, size, JSON_REJECT_DUPLICATES, NULL);
    bool good = json_is_object(question.json);
    if (good)
        json_object_foreach(question.json, key, value) {
            *ret_why = "a member is unknown or out of its bounds";
            good = good && read_member(&question, key, value);
        }
    if (!good) {
        json_decref(question.json);
        return QUESTION_MALFORMED;
    }
    *ret_question = question;
    return 0;
}

void question_fini(struct question *question)
{
    json_decref(question->json);
    *question = (struct question){0};
}
