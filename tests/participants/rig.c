#include "participants/rig.h"

#include "base/bytes.h"

#include <sqlite3.h>
#include <string.h>

uint64_t rig_now_ms = 1438286400000; /* 2015-07-30T20:00:00Z */

uint64_t rig_clock(void)
{
    return rig_now_ms;
}

void rig_init(struct rig *rig, const struct service *service)
{
    *rig = (struct rig){.service = service, .context.now_ms = rig_clock};
    assert_int_equal(database_open_memory(service->schema, &rig->context.database), 0);
    assert_int_equal(database_begin(rig->context.database), 0);
    assert_int_equal(service->seed(&rig->context, RIG_ACCOUNT), 0);
    assert_int_equal(database_commit(rig->context.database), 0);
}

void rig_fini(struct rig *rig)
{
    rig->context.database = database_close(rig->context.database);
}

static participant_handler *find_handler(const struct service *service, const char *operation,
                                         bool *ret_undo)
{
    for (size_t i = 0; i < service->operation_count; i++) {
        const struct service_operation *known = &service->operations[i];
        *ret_undo = strcmp(known->name, operation) != 0;
        if (!*ret_undo)
            return known->run;
        if (known->undo_name != NULL && strcmp(known->undo_name, operation) == 0)
            return known->undo;
    }
    fail_msg("no operation %s", operation);
    return NULL;
}

/* A do and its undo are the same step: the step is named after what follows the first "_". */
static const char *step_of(const char *operation)
{
    const char *rest = strchr(operation, '_');

    return rest == NULL ? operation : rest + 1;
}

struct participant_call rig_make_call(const struct service *service, const char *operation,
                                      const char *sid, const char *input,
                                      participant_handler **ret_handler)
{
    bool undo;

    *ret_handler = find_handler(service, operation, &undo);
    return (struct participant_call){
        .operation_id = operation,
        .saga = sid,
        .sid = sid,
        .definition = "send_message",
        .step = step_of(operation),
        .operation = operation,
        .tenant = RIG_ACCOUNT,
        .direction = undo ? PARTICIPANT_UNDO : PARTICIPANT_DO,
        .attempt = 1,
        .ms_left = 1000,
        .input = input,
        .input_size = strlen(input),
    };
}

void rig_call(struct rig *rig, const char *operation, const char *sid, const char *input)
{
    participant_handler *handler;
    struct participant_call call = rig_make_call(rig->service, operation, sid, input, &handler);

    memset(&rig->answer, 0, sizeof rig->answer);
    assert_int_equal(database_begin(rig->context.database), 0);
    handler(&rig->context, &call, &rig->answer);
    if (rig->answer.verdict == PARTICIPANT_DONE)
        assert_int_equal(database_commit(rig->context.database), 0);
    else
        database_rollback(rig->context.database);
}

void rig_expect_done(const struct rig *rig)
{
    if (rig->answer.verdict != PARTICIPANT_DONE)
        fail_msg("not done: %s %s", rig->answer.code, rig->answer.text);
}

void rig_expect_rejected(const struct rig *rig, const char *code)
{
    assert_int_equal(rig->answer.verdict, PARTICIPANT_REJECTED);
    assert_string_equal(rig->answer.code, code);
    assert_true(strlen(rig->answer.text) > 10);
}

static json_t *output_of(const struct rig *rig)
{
    json_t *output = json_loadb((const char *)rig->answer.output, rig->answer.output_size, 0, NULL);

    assert_non_null(output);
    return output;
}

int64_t rig_output_number(const struct rig *rig, const char *key)
{
    json_t *output = output_of(rig);
    int64_t number = rig_number(output, key);

    json_decref(output);
    return number;
}

void rig_expect_output_text(const struct rig *rig, const char *key, const char *text)
{
    json_t *output = output_of(rig);
    const char *found = json_string_value(json_object_get(output, key));

    assert_non_null(found);
    assert_string_equal(found, text);
    json_decref(output);
}

json_t *rig_ask(struct rig *rig, const char *question)
{
    struct buffer line = {0};

    assert_int_equal(service_answer(rig->service, &rig->context, question, strlen(question), &line),
                     0);
    json_t *answer = json_loadb((const char *)line.data, line.size, 0, NULL);
    assert_non_null(answer);
    buffer_fini(&line);
    return answer;
}

int64_t rig_number(const json_t *json, const char *key)
{
    const json_t *number = json_object_get(json, key);

    assert_true(json_is_integer(number));
    return json_integer_value(number);
}

int64_t rig_number_at(const json_t *json, const char *array, size_t index, const char *key)
{
    return rig_number(json_array_get(json_object_get(json, array), index), key);
}

void rig_sql(struct rig *rig, const char *sql)
{
    assert_int_equal(sqlite3_exec(database_handle(rig->context.database), sql, NULL, NULL, NULL),
                     SQLITE_OK);
}
