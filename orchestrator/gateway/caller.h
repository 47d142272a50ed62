/*
 * The caller: who sent a request, by its Authorization header, and what that allows.
 *
 *   Basic  base64(account SID ":" token)   an account: starts sagas and sees its own
 *   Bearer key                             an operator, in one of four roles
 *   nothing                                nobody: only what is open to all
 */
#ifndef ORCHESTRATOR_GATEWAY_CALLER_H
#define ORCHESTRATOR_GATEWAY_CALLER_H

#include "accounts/accounts.h"

#include <stdbool.h>

enum caller_kind { CALLER_NOBODY, CALLER_ACCOUNT, CALLER_OPERATOR };

struct caller {
    enum caller_kind kind;
    char account[ACCOUNTS_NAME_SIZE]; /* "" unless it is an account. */
    const struct operator *staff;     /* Borrowed from the accounts; NULL unless it is one. */
};

/* Who may use a route. */
enum access {
    ACCESS_OPEN,     /* Anybody. */
    ACCESS_ACCOUNT,  /* The account that the path names. */
    ACCESS_SUBMIT,   /* An account; a submitter, an operator, an admin. */
    ACCESS_LOOK,     /* An account, at what is its own; any operator who knows the id. */
    ACCESS_SURVEY,   /* An account, over what is its own; a viewer, an operator, an admin. */
    ACCESS_ACT,      /* An operator, an admin. */
    ACCESS_AUDIT,    /* A viewer, an operator, an admin; no account. */
    ACCESS_OPERATOR, /* Any operator. */
    ACCESS_ADMIN,    /* An admin. */
};

enum verdict_on_caller { CALLER_ALLOWED, CALLER_UNKNOWN, CALLER_FORBIDDEN };

/*
 * Who is it? @authorization is the header's value, or NULL. A header that is malformed or whose
 * secret is wrong makes nobody of its sender.
 */
struct caller caller_identify(const struct accounts *accounts, const char *authorization);

enum verdict_on_caller caller_may(const struct caller *caller, enum access access);

#endif
