/*
 * What makes a participant a service: its tables, operations, questions and commands, as data.
 *
 *   main ─▶ service_main ─┬─ serve ──▶ database ─▶ seed ─▶ inquiry thread ─▶ participant_run
 *                         └─ others ─▶ service_ask: the running one by its socket, else the file
 *
 * Handlers run on the thread of participant_run, inside the guard's transaction. Answers to
 * questions run on the inquiry's thread, inside a turn (turn.h). Neither begins or commits.
 */
#ifndef PARTICIPANTS_SERVICE_SERVICE_H
#define PARTICIPANTS_SERVICE_SERVICE_H

#include "saga/participant.h"
#include "base/bytes.h"
#include "service/arguments.h"
#include "service/database.h"
#include "service/question.h"

#include <jansson.h>

/* Exit codes, as those of sagactl. */
enum service_exit {
    SERVICE_OK = 0,
    SERVICE_FAILED = 1,
    SERVICE_USAGE = 2,
    SERVICE_MISSING = 3,
    SERVICE_UNREACHABLE = 6,
};

/* What handlers and answers work with: the context of every participant_handler. */
struct service_context {
    struct database *database; /* Borrowed. */
    uint64_t (*now_ms)(void);  /* Wall clock, since 1970. */
};

struct service_operation {
    const char *name;
    participant_handler *run;
    const char *undo_name; /* NULL for a step without effect. */
    participant_handler *undo;
};

enum { SERVICE_UNKNOWN_QUESTION = 1, SERVICE_REFUSED_QUESTION = 2 };

struct service;

struct service_command {
    const char *name;
    const char *synopsis; /* "--dir DIR [--count N]" */
    const char *summary;
    const char *letters; /* Of the options it takes (arguments.h). */
    enum service_exit (*run)(const struct service *service, const struct arguments *arguments);
};

struct service {
    const char *name; /* "billing"; the program is participant-billing. */
    const char *summary;
    const struct database_schema *schema;
    const struct service_operation *operations;
    size_t operation_count;
    const struct service_command *commands; /* Beside serve. */
    size_t command_count;

    /* Give the demo account what it needs; the same again changes nothing. 0 or a fault. */
    int (*seed)(struct service_context *context, const char *account);

    /*
     * Answer a question; @answer is an empty object to fill. 0; SERVICE_UNKNOWN_QUESTION;
     * SERVICE_REFUSED_QUESTION when @answer says why in "error"; a fault.
     */
    int (*answer)(struct service_context *context, const struct question *question, json_t *answer);
};

enum service_exit service_main(const struct service *service, int argc, char **argv);

/* Run as a participant until told to stop. */
enum service_exit service_serve(const struct service *service, const struct arguments *arguments);

/*
 * Answer one line with another: parse, take a turn, answer. The only refusals are {"error":"…"}
 * lines; a fault is one of the database. In memory and in a thread alike.
 */
int service_answer(const struct service *service, struct service_context *context, const void *line,
                   size_t size, struct buffer *ret_line);

enum service_reach { SERVICE_RUNNING_ONLY, SERVICE_ELSE_THE_FILE };

/*
 * Put a question, given as jansson's pack format would make it, to the service of a folder.
 * SERVICE_OK with the answer, which the caller owns; otherwise stderr has been told why.
 */
enum service_exit service_ask(const struct service *service, const char *dir,
                              enum service_reach reach, json_t *takes_question,
                              json_t **ret_answer);

/* The same without a word on stderr; @ret_problem says why. */
enum service_exit service_ask_quietly(const struct service *service, const char *dir,
                                      enum service_reach reach, json_t *takes_question,
                                      json_t **ret_answer, char ret_problem[PROBLEM_SIZE]);

/* One line on stderr: "participant-billing: …". Returns @code. */
enum service_exit service_complain(const struct service *service, enum service_exit code,
                                   const char *text);

/* Print as JSON on one line. */
void service_print_json(const json_t *json);

#endif
