/*
 * Who may speak to the server: accounts, participants and operators, each known by a digest.
 *
 *   secret ──SHA-256──▶ digest ──compared in constant time──▶ the table
 *
 * The table keeps no secret, only digests: whoever reads the memory or the configuration of the
 * server learns no key. Secrets are random and long, so that a plain hash of them is enough.
 *
 * The table is filled before it is shared and never changes afterwards; then any thread may ask.
 */
#ifndef ORCHESTRATOR_ACCOUNTS_ACCOUNTS_H
#define ORCHESTRATOR_ACCOUNTS_ACCOUNTS_H

#include "base/bytes.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ACCOUNTS_DIGEST_SIZE 32u
#define ACCOUNTS_NAME_SIZE 64u  /* A SID or a name, with its NUL. */
#define ACCOUNTS_MAX 4096u      /* Of each kind. */
#define ACCOUNTS_SECRET_MAX 512u /* Bytes; a longer secret is refused without hashing it. */

struct accounts_digest {
    uint8_t bytes[ACCOUNTS_DIGEST_SIZE];
};

/* Ordered: each role may do what those before it may, but a submitter sees only what it names. */
enum operator_role {
    OPERATOR_SUBMITTER, /* Starts sagas. */
    OPERATOR_VIEWER,    /* Reads everything, changes nothing. */
    OPERATOR_OPERATOR,  /* Reads, starts, and acts on sagas. */
    OPERATOR_ADMIN,     /* The same, and whatever changes the server itself. */
    OPERATOR_ROLE_COUNT,
};

struct operator {
    char name[ACCOUNTS_NAME_SIZE];
    enum operator_role role;
    struct accounts_digest key;
};

struct accounts;

/* An empty table; starts libsodium. 0, FAULT_MEMORY or FAULT_SYSTEM. */
int accounts_open(struct accounts **ret_accounts);
struct accounts *accounts_close(struct accounts *accounts); /* Takes NULL; returns NULL. */

/* ---- filling ---- */

/* The digest under which a secret is kept. */
void accounts_hash(struct bytes secret, struct accounts_digest *ret_digest);

/* The same from 64 hexadecimal digits, as configuration files spell it; false when it is not. */
bool accounts_digest_parse(const char *text, struct accounts_digest *ret_digest);

/*
 * Add one; the name is copied.
 *
 * 0; FAULT_INPUT when the name is empty, too long or already there; FAULT_LIMIT; FAULT_MEMORY.
 */
int accounts_add_account(struct accounts *accounts, const char *sid,
                         const struct accounts_digest *token);
int accounts_add_participant(struct accounts *accounts, const char *name,
                             const struct accounts_digest *secret);
int accounts_add_operator(struct accounts *accounts, const char *name,
                          const struct accounts_digest *key, enum operator_role role);

/* ---- asking ---- */

/* Does this secret belong to this name? An unknown name takes as long as a wrong secret. */
bool accounts_check_account(const struct accounts *accounts, const char *sid, struct bytes token);
bool accounts_check_participant(const struct accounts *accounts, const char *name,
                                struct bytes secret);

/* Whose key is this? NULL: nobody's. Borrowed from the table. */
const struct operator *accounts_find_operator(const struct accounts *accounts, struct bytes key);

bool accounts_knows_account(const struct accounts *accounts, const char *sid);

/* The SID when exactly one account is known, else NULL. Borrowed from the table. */
const char *accounts_only_account(const struct accounts *accounts);

/* "submitter", "viewer", "operator", "admin"; and back, false when it is none of them. */
const char *operator_role_name(enum operator_role role);
bool operator_role_parse(const char *text, enum operator_role *ret_role);

#endif
