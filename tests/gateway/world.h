/*
 * A gateway over the fake inbox, with two accounts and an operator of every role.
 */
#ifndef TESTS_GATEWAY_WORLD_H
#define TESTS_GATEWAY_WORLD_H

#include "gateway/fake_inbox.h"
#include "gateway/gateway.h"
#include "gateway/peer.h"

/* Account AC1 has the token "secret1", AC2 "secret2"; each operator's key is the role's name. */
#define AS_AC1 "Authorization: Basic QUMxOnNlY3JldDE=\r\n"
#define AS_AC2 "Authorization: Basic QUMyOnNlY3JldDI=\r\n"
#define AS_SUBMITTER "Authorization: Bearer submitter\r\n"
#define AS_VIEWER "Authorization: Bearer viewer\r\n"
#define AS_OPERATOR "Authorization: Bearer operator\r\n"
#define AS_ADMIN "Authorization: Bearer admin\r\n"
#define FORM "Content-Type: application/x-www-form-urlencoded\r\n"
#define JSON "Content-Type: application/json\r\n"

struct world {
    struct inbox *inbox;
    struct accounts *accounts;
    struct gateway *gateway;
    struct gateway_options options;
    struct peer peer;
};

/* A world with these options; address, inbox, accounts and version are filled in when NULL. */
struct world *world_open(const struct gateway_options *options);
struct world *world_close(struct world *world);

/* For cmocka: the defaults. */
int world_setup(void **state);
int world_teardown(void **state);

/* Ask over the world's own connection, without waiting. */
void world_ask(struct world *world, const char *method, const char *target, const char *headers,
               const char *body);

/* Ask, and read the answer, which needs no engine. */
struct response world_call(struct world *world, const char *method, const char *target,
                           const char *headers, const char *body);

/* The answer has this status and, at @path of its JSON, this text. Ends the response. */
void expect_text(struct response *response, unsigned status, const char *path, const char *text);

/* A question that is wrong, and how the detail of its refusal begins. */
struct wrong_question {
    const char *query, *detail;
};

/* A viewer asks each of @path, and it is refused with 400. */
void expect_wrong(struct world *world, const char *path, const struct wrong_question *questions,
                  size_t count);

#endif
