/*
 * A participant as a real process, and the server that the test plays for it.
 *
 *   the test ──process_call──▶ server ──▶ participant-NAME serve
 *            ◀─────────────── its poll ◀──┘
 */
#ifndef TESTS_PARTICIPANTS_PROCESS_H
#define TESTS_PARTICIPANTS_PROCESS_H

#include "sdk/server.h"

#include <jansson.h>
#include <sys/types.h>

#define PROCESS_ACCOUNT "AC0123456789abcdef0123456789abcdef"

struct process {
    const char *name;
    struct server server;
    struct transport_delivery *idle; /* Polls that carried nothing and wait for a call. */
    pid_t pid;                       /* 0: not running. */
    unsigned next_token;
};

/* What came back for a call. */
struct process_result {
    enum saga_verdict verdict;
    char code[64];
    char output[16384];
};

/* A world's folder with a demo account and a secret; removed with what participants made in it. */
void process_make_folder(char *ret_folder, size_t size);
void process_remove_folder(const char *folder);

void process_init(struct process *process, const char *name); /* The server listens. */
void process_fini(struct process *process);

/* Start it, and wait until its inquiry socket answers. */
void process_start(struct process *process, const char *folder);
void process_kill(struct process *process); /* SIGKILL. */
int process_stop(struct process *process);  /* SIGTERM; its exit code. */

/* Have one operation done or undone for a message, and acknowledge the result. */
struct process_result process_call(struct process *process, const char *step, const char *operation,
                                   enum saga_direction direction, const char *saga,
                                   const char *input);

/* The same without acknowledging: the worker keeps the result. */
struct process_result process_call_unheard(struct process *process, const char *step,
                                           const char *operation, enum saga_direction direction,
                                           const char *saga, const char *input);

/*
 * Run `participant-NAME COMMAND`, through the shell; its exit code, and what it wrote to stdout
 * and stderr.
 */
int process_run(const char *name, const char *command, char *ret_text, size_t size);

/* The same for a command that prints one JSON value; the caller releases it. */
json_t *process_ask(const char *name, const char *command);

/* A command that goes on running, without the wait for a socket. */
pid_t process_spawn(const char *name, char *const *arguments);

#endif
