/* Questions about a service: answering them, and putting them to whoever has the database. */
#include "service/service.h"

#include "base/bytes.h"
#include "base/clock.h"
#include "base/fault.h"
#include "service/inquiry.h"
#include "service/turn.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

static uint64_t wall_ms(void)
{
    return instant_now().wall_ms;
}

/* Append JSON as one line; what does not fit the socket's line is an answer too. */
static int dump(const json_t *json, struct buffer *line)
{
    size_t size = json_dumpb(json, NULL, 0, JSON_COMPACT);

    if (size > INQUIRY_LINE_MAX)
        return buffer_print(line, "{\"error\":\"the answer is too long; ask for less\"}");
    uint8_t *room = buffer_reserve(line, size);
    if (room == NULL)
        return fault(FAULT_MEMORY);
    size_t written = json_dumpb(json, (char *)room, size, JSON_COMPACT);
    assert(written == size);
    line->size += size;
    return 0;
}

static int answer_in_turn(const struct service *service, struct service_context *context,
                          const struct question *question, json_t *answer)
{
    int r = turn_begin(context->database);

    if (r == TURN_BUSY) {
        json_object_set_new(answer, "error", json_string("the participant is busy; ask again"));
        return 0;
    }
    if (r != 0)
        return pass(r);
    r = service->answer(context, question, answer);
    if (r == SERVICE_UNKNOWN_QUESTION)
        json_object_set_new(answer, "error", json_string("unknown question"));
    r = turn_end(context->database, r);
    if (r == fault(FAULT_LIMIT)) {
        /* A full disk undid all of it, and is known to have. */
        json_object_clear(answer);
        json_object_set_new(answer, "error", json_string("the disk is full; nothing was done"));
        return 0;
    }
    return r < 0 ? pass(r) : 0;
}

int service_answer(const struct service *service, struct service_context *context, const void *line,
                   size_t size, struct buffer *ret_line)
{
    struct question question;
    const char *why;
    json_t *answer = json_object();
    int r = answer == NULL ? fault(FAULT_MEMORY) : 0;

    if (r == 0 && question_init(line, size, &question, &why) == QUESTION_MALFORMED) {
        json_object_set_new(answer, "error", json_string(why));
    } else if (r == 0) {
        r = answer_in_turn(service, context, &question, answer);
        question_fini(&question);
    }
    if (r == 0)
        r = dump(answer, ret_line);
    json_decref(answer);
    return pass(r);
}

/* Nobody has the database: open it for as long as one answer takes. */
static int ask_file(const struct service *service, const char *dir, const struct buffer *line,
                    struct buffer *answer, char *ret_problem)
{
    struct service_context context = {.now_ms = wall_ms};
    int r = database_open(dir, service->schema, DATABASE_EXISTING, &context.database, ret_problem);

    if (r != 0)
        return pass(r);
    r = service_answer(service, &context, line->data, line->size, answer);
    if (r != 0)
        snprintf(ret_problem, PROBLEM_SIZE, "%s", database_error(context.database));
    database_close(context.database);
    return pass(r);
}

static enum service_exit ask_anyone(const struct service *service, const char *dir,
                                    enum service_reach reach, const struct buffer *line,
                                    struct buffer *answer, char *ret_problem)
{
    int r = inquiry_ask(dir, service->name, line->data, line->size, answer);

    if (r == INQUIRY_NOBODY && reach == SERVICE_ELSE_THE_FILE) {
        r = ask_file(service, dir, line, answer, ret_problem);
        if (r == fault(FAULT_INPUT))
            return SERVICE_MISSING;
        /* Whoever locks it was about to listen. */
        if (r == fault(FAULT_LOCKED))
            r = inquiry_ask(dir, service->name, line->data, line->size, answer);
        else if (r != 0)
            return SERVICE_FAILED;
    }
    if (r == 0)
        return SERVICE_OK;
    if (r == INQUIRY_NOBODY)
        snprintf(ret_problem, PROBLEM_SIZE, "no participant-%s is running in %s", service->name,
                 dir);
    else
        snprintf(ret_problem, PROBLEM_SIZE, "the participant-%s of %s does not answer",
                 service->name, dir);
    return SERVICE_UNREACHABLE;
}

enum service_exit service_ask_quietly(const struct service *service, const char *dir,
                                      enum service_reach reach, json_t *takes_question,
                                      json_t **ret_answer, char ret_problem[PROBLEM_SIZE])
{
    struct buffer line = {0}, answer = {0};
    enum service_exit code = SERVICE_FAILED;

    snprintf(ret_problem, PROBLEM_SIZE, "out of memory");
    if (takes_question != NULL && dump(takes_question, &line) == 0)
        code = ask_anyone(service, dir, reach, &line, &answer, ret_problem);
    json_decref(takes_question);
    buffer_fini(&line);

    json_t *json = NULL;
    if (code == SERVICE_OK)
        json = json_loadb((const char *)answer.data, answer.size, JSON_REJECT_DUPLICATES, NULL);
    buffer_fini(&answer);
    const char *error = json_string_value(json_object_get(json, "error"));
    if (code == SERVICE_OK && (json == NULL || error != NULL)) {
        snprintf(ret_problem, PROBLEM_SIZE, "%s", error != NULL ? error : "a broken answer");
        code = SERVICE_FAILED;
    }
    if (code == SERVICE_OK)
        *ret_answer = json;
    else
        json_decref(json);
    return code;
}

enum service_exit service_ask(const struct service *service, const char *dir,
                              enum service_reach reach, json_t *takes_question, json_t **ret_answer)
{
    char problem[PROBLEM_SIZE];
    enum service_exit code =
        service_ask_quietly(service, dir, reach, takes_question, ret_answer, problem);

    return code == SERVICE_OK ? code : service_complain(service, code, problem);
}

void service_print_json(const json_t *json)
{
    json_dumpf(json, stdout, JSON_COMPACT);
    putchar('\n');
}
