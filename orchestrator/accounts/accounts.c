/*
 * Three small tables, searched from end to end: a comparison costs less than the request that asks
 * for it, and a search that always looks at everything says nothing by its duration.
 */
#include "accounts/accounts.h"

#include "base/fault.h"

#include <assert.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

struct entry {
    char name[ACCOUNTS_NAME_SIZE];
    struct accounts_digest digest;
};

struct entries {
    struct entry *items; /* Owned. */
    size_t count;
};

struct accounts {
    struct entries accounts;
    struct entries participants;
    struct operator *operators; /* Owned. */
    size_t operator_count;
};

static const char *const role_names[OPERATOR_ROLE_COUNT] = {
    [OPERATOR_SUBMITTER] = "submitter",
    [OPERATOR_VIEWER] = "viewer",
    [OPERATOR_OPERATOR] = "operator",
    [OPERATOR_ADMIN] = "admin",
};

static bool digest_equal(const struct accounts_digest *a, const struct accounts_digest *b)
{
    return sodium_memcmp(a->bytes, b->bytes, ACCOUNTS_DIGEST_SIZE) == 0;
}

static bool name_fits(const char *name)
{
    size_t size = strnlen(name, ACCOUNTS_NAME_SIZE);
    return size > 0 && size < ACCOUNTS_NAME_SIZE;
}

static const struct entry *entries_find(const struct entries *entries, const char *name)
{
    const struct entry *found = NULL;
    for (size_t i = 0; i < entries->count; i++)
        if (strcmp(entries->items[i].name, name) == 0)
            found = &entries->items[i];
    return found;
}

static int entries_add(struct entries *entries, const char *name,
                       const struct accounts_digest *digest)
{
    if (!name_fits(name) || entries_find(entries, name))
        return fault(FAULT_INPUT);
    if (entries->count == ACCOUNTS_MAX)
        return fault(FAULT_LIMIT);
    struct entry *items = realloc(entries->items, (entries->count + 1) * sizeof(*items));
    if (!items)
        return fault(FAULT_MEMORY);
    entries->items = items;
    struct entry *entry = &items[entries->count];
    memcpy(entry->name, name, strlen(name) + 1);
    entry->digest = *digest;
    entries->count++;
    return 0;
}

/* An unknown name is compared too, with a digest that no secret has, so that both take as long. */
static bool entries_check(const struct entries *entries, const char *name, struct bytes secret)
{
    static const struct entry nobody;

    if (secret.size > ACCOUNTS_SECRET_MAX)
        return false;
    struct accounts_digest digest;
    accounts_hash(secret, &digest);
    const struct entry *entry = entries_find(entries, name);
    bool equal = digest_equal(&digest, entry ? &entry->digest : &nobody.digest);
    sodium_memzero(&digest, sizeof(digest));
    return entry && equal;
}

int accounts_open(struct accounts **ret_accounts)
{
    if (sodium_init() < 0)
        return fault(FAULT_SYSTEM);
    struct accounts *accounts = calloc(1, sizeof(*accounts));
    if (!accounts)
        return fault(FAULT_MEMORY);
    *ret_accounts = accounts;
    return 0;
}

struct accounts *accounts_close(struct accounts *accounts)
{
    if (!accounts)
        return NULL;
    free(accounts->accounts.items);
    free(accounts->participants.items);
    free(accounts->operators);
    free(accounts);
    return NULL;
}

void accounts_hash(struct bytes secret, struct accounts_digest *ret_digest)
{
    static_assert(ACCOUNTS_DIGEST_SIZE == crypto_hash_sha256_BYTES, "a digest is a SHA-256");

    crypto_hash_sha256(ret_digest->bytes, secret.data, secret.size);
}

bool accounts_digest_parse(const char *text, struct accounts_digest *ret_digest)
{
    struct accounts_digest digest;
    if (!hex_decode(text, ACCOUNTS_DIGEST_SIZE, digest.bytes))
        return false;
    *ret_digest = digest;
    return true;
}

int accounts_add_account(struct accounts *accounts, const char *sid,
                         const struct accounts_digest *token)
{
    return pass(entries_add(&accounts->accounts, sid, token));
}

int accounts_add_participant(struct accounts *accounts, const char *name,
                             const struct accounts_digest *secret)
{
    return pass(entries_add(&accounts->participants, name, secret));
}

static bool operator_is_known(const struct accounts *accounts, const char *name,
                              const struct accounts_digest *key)
{
    for (size_t i = 0; i < accounts->operator_count; i++) {
        const struct operator *known = &accounts->operators[i];
        if (strcmp(known->name, name) == 0 || digest_equal(&known->key, key))
            return true;
    }
    return false;
}

int accounts_add_operator(struct accounts *accounts, const char *name,
                          const struct accounts_digest *key, enum operator_role role)
{
    assert(role < OPERATOR_ROLE_COUNT);

    if (!name_fits(name) || operator_is_known(accounts, name, key))
        return fault(FAULT_INPUT);
    if (accounts->operator_count == ACCOUNTS_MAX)
        return fault(FAULT_LIMIT);
    struct operator *operators =
        realloc(accounts->operators, (accounts->operator_count + 1) * sizeof(*operators));
    if (!operators)
        return fault(FAULT_MEMORY);
    accounts->operators = operators;
    struct operator *added = &operators[accounts->operator_count];
    memcpy(added->name, name, strlen(name) + 1);
    added->key = *key;
    added->role = role;
    accounts->operator_count++;
    return 0;
}

bool accounts_check_account(const struct accounts *accounts, const char *sid, struct bytes token)
{
    return entries_check(&accounts->accounts, sid, token);
}

bool accounts_check_participant(const struct accounts *accounts, const char *name,
                                struct bytes secret)
{
    return entries_check(&accounts->participants, name, secret);
}

const struct operator *accounts_find_operator(const struct accounts *accounts, struct bytes key)
{
    if (key.size > ACCOUNTS_SECRET_MAX)
        return NULL;
    struct accounts_digest digest;
    accounts_hash(key, &digest);
    const struct operator *found = NULL;
    for (size_t i = 0; i < accounts->operator_count; i++)
        if (digest_equal(&accounts->operators[i].key, &digest))
            found = &accounts->operators[i];
    sodium_memzero(&digest, sizeof(digest));
    return found;
}

bool accounts_knows_account(const struct accounts *accounts, const char *sid)
{
    return entries_find(&accounts->accounts, sid) != NULL;
}

const char *accounts_only_account(const struct accounts *accounts)
{
    return accounts->accounts.count == 1 ? accounts->accounts.items[0].name : NULL;
}

const char *operator_role_name(enum operator_role role)
{
    assert(role < OPERATOR_ROLE_COUNT);

    return role_names[role];
}

bool operator_role_parse(const char *text, enum operator_role *ret_role)
{
    for (unsigned role = 0; role < OPERATOR_ROLE_COUNT; role++) {
        if (strcmp(text, role_names[role]) == 0) {
            *ret_role = (enum operator_role)role;
            return true;
        }
    }
    return false;
}
