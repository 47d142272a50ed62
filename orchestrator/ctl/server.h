/*
 * The server as sagactl sees it: one request, one answer, JSON both ways.
 *
 * Every failure has an exit code and a sentence; whoever calls prints it with server_complain and
 * ends with that code.
 */
#ifndef ORCHESTRATOR_CTL_SERVER_H
#define ORCHESTRATOR_CTL_SERVER_H

#include "ctl/exit_code.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#define SERVER_PATH_SIZE 4096u
#define SERVER_ANSWER_MAX (64u * 1024u * 1024u) /* Bytes; a page of sagas is far smaller. */
#define SERVER_WAIT_MAX_S 20u                   /* What one request asks the server to wait. */
#define SERVER_TIMEOUT_S 10u                    /* On top of what a server may hold an answer. */

struct server; /* One connection, kept between requests. */

struct server_request {
    const char *method; /* "GET" or "POST" */
    const char *path;   /* With its query, escaped. */
    const json_t *body; /* Borrowed; NULL: none. */
    const char *key;    /* Idempotency-Key, or NULL. */
    const char *match;  /* If-Match, or NULL. */
    uint32_t wait_s;    /* Prefer: wait; 0: none. */
};

struct server_answer {
    long status;  /* 0: there was none. */
    json_t *body; /* Owned; NULL when it was empty or not JSON. */
    char text[256]; /* What went wrong when there is no body that says so. */
};

/* @url and @key are borrowed; @key may be NULL. NULL when memory is short. */
struct server *server_open(const char *url, const char *key);
struct server *server_close(struct server *server);

/* Ask; the answer's body is the caller's, by server_answer_fini. True for a 2xx. */
bool server_ask(struct server *server, const struct server_request *request,
                struct server_answer *ret_answer);
void server_answer_fini(struct server_answer *answer);

/* A GET without more. */
bool server_get(struct server *server, const char *path, struct server_answer *ret_answer);

/* Append to a path in @path, escaped for a query; false when it does not fit. */
bool server_escape(const char *text, char *path, size_t size);

/* Tell stderr what the failed answer means; the exit code that fits. */
enum exit_code server_complain(const struct server *server, const struct server_answer *answer);

/* The exit code of a status, by itself. */
enum exit_code server_exit_code(long status);

#endif
