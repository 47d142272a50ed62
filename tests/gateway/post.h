/*
 * Posting messages, and the sagas that become of them.
 */
#ifndef TESTS_GATEWAY_POST_H
#define TESTS_GATEWAY_POST_H

#include "gateway/world.h"

#define CREATE "/2010-04-01/Accounts/AC1/Messages.json"
#define GOOD "To=%2B15005550010&From=%2B15005550006&Body=Hi"

/* Post a form as account AC1; and take the submit that must follow. */
void post(struct world *world, const char *headers, const char *body);
struct request *posted(struct world *world, const char *headers, const char *body);

/* What a saga can be when its submit is answered. */
struct snapshot *queued(const struct request *request);
struct snapshot *refused(const struct request *request, const char *code, const char *text);
struct snapshot *turned_for_service(const struct request *request);

/* The answer is an error of this status and code, in the form of the Messages face. */
void expect_code(struct world *world, unsigned status, const char *code);

#endif
