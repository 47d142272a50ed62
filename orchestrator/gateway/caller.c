#include "gateway/caller.h"

#include <sodium.h>
#include <string.h>
#include <strings.h>

#define BASIC_MAX (ACCOUNTS_NAME_SIZE + ACCOUNTS_SECRET_MAX) /* Decoded bytes. */

/* What follows the scheme's name, or NULL when it is another scheme. */
static const char *after_scheme(const char *authorization, const char *scheme)
{
    size_t length = strlen(scheme);
    if (strncasecmp(authorization, scheme, length) != 0 || authorization[length] != ' ')
        return NULL;
    authorization += length;
    return authorization + strspn(authorization, " ");
}

static void identify_account(const struct accounts *accounts, const char *encoded,
                             struct caller *caller)
{
    char decoded[BASIC_MAX + 1];
    size_t size = 0;
    if (sodium_base642bin((unsigned char *)decoded, BASIC_MAX, encoded, strlen(encoded), NULL,
                          &size, NULL, sodium_base64_VARIANT_ORIGINAL) != 0)
        return;
    decoded[size] = '\0';
    char *colon = memchr(decoded, ':', size);
    if (colon && (size_t)(colon - decoded) < sizeof(caller->account)) {
        *colon = '\0';
        struct bytes token = bytes_of(colon + 1, size - (size_t)(colon + 1 - decoded));
        if (accounts_check_account(accounts, decoded, token)) {
            caller->kind = CALLER_ACCOUNT;
            memcpy(caller->account, decoded, strlen(decoded) + 1);
        }
    }
    sodium_memzero(decoded, sizeof(decoded));
}

struct caller caller_identify(const struct accounts *accounts, const char *authorization)
{
    struct caller caller = {.kind = CALLER_NOBODY};
    if (!authorization)
        return caller;
    const char *rest = after_scheme(authorization, "Basic");
    if (rest) {
        identify_account(accounts, rest, &caller);
        return caller;
    }
    rest = after_scheme(authorization, "Bearer");
    if (rest)
        caller.staff = accounts_find_operator(accounts, bytes_of_text(rest));
    if (caller.staff)
        caller.kind = CALLER_OPERATOR;
    return caller;
}

static bool role_may(enum operator_role role, enum access access)
{
    switch (access) {
    case ACCESS_OPEN:
    case ACCESS_LOOK:
    case ACCESS_OPERATOR:
        return true;
    case ACCESS_ACCOUNT:
        return false;
    case ACCESS_SUBMIT:
        return role != OPERATOR_VIEWER;
    case ACCESS_SURVEY:
    case ACCESS_AUDIT:
        return role != OPERATOR_SUBMITTER;
    case ACCESS_ACT:
        return role == OPERATOR_OPERATOR || role == OPERATOR_ADMIN;
    case ACCESS_ADMIN:
        return role == OPERATOR_ADMIN;
    }
    return false;
}

enum verdict_on_caller caller_may(const struct caller *caller, enum access access)
{
    if (access == ACCESS_OPEN)
        return CALLER_ALLOWED;
    switch (caller->kind) {
    case CALLER_NOBODY:
        return CALLER_UNKNOWN;
    case CALLER_ACCOUNT:
        return access == ACCESS_ACT || access == ACCESS_AUDIT || access == ACCESS_OPERATOR ||
                       access == ACCESS_ADMIN
                   ? CALLER_FORBIDDEN
                   : CALLER_ALLOWED;
    case CALLER_OPERATOR:
        /* The Messages face knows accounts alone, so that an operator is a stranger to it. */
        if (access == ACCESS_ACCOUNT)
            return CALLER_UNKNOWN;
        return role_may(caller->staff->role, access) ? CALLER_ALLOWED : CALLER_FORBIDDEN;
    }
    return CALLER_UNKNOWN;
}
