#include "config/config_people.h"

#include "base/fault.h"
#include "catalog/reader.h"
#include "config/config_endpoint.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))
#define REFUSED 1

static const char *const account_keys[] = {"sid", "auth_token_sha256"};
static const char *const participant_keys[] = {"name", "secret_sha256"};
static const char *const operator_keys[] = {"name", "key_sha256", "role"};
static const char *const role_words[] = {"submitter", "viewer", "operator", "admin"};

enum kind { ACCOUNT, PARTICIPANT, OPERATOR };

/* One list: what its entries are called, and which keys they have; the first two are required. */
struct people {
    const char *list;
    const char *entry;
    const char *const *keys;
    size_t key_count;
    enum kind kind;
};

static const struct people all_people[] = {
    {"accounts", "an account", account_keys, COUNT(account_keys), ACCOUNT},
    {"participants", "a participant", participant_keys, COUNT(participant_keys), PARTICIPANT},
    {"operators", "an operator", operator_keys, COUNT(operator_keys), OPERATOR},
};

struct person {
    char name[ACCOUNTS_NAME_SIZE];
    struct accounts_digest digest;
    enum operator_role role;
};

/* "AC" and 32 hexadecimal digits in lower case. */
static bool is_account_sid(const char *text)
{
    return strncmp(text, "AC", 2) == 0 && strlen(text) == 34 &&
           strspn(text + 2, "0123456789abcdef") == 32;
}

static bool read_name(struct report *report, const struct people *people,
                      const struct yaml_node *node, struct person *person)
{
    char quote[REPORT_QUOTE_SIZE];

    if (people->kind != ACCOUNT)
        return reader_name(report, node, people->keys[0], sizeof(person->name), person->name);
    if (!reader_text(report, node, "sid", sizeof(person->name), person->name))
        return false;
    if (is_account_sid(person->name))
        return true;
    reader_problem(report, node, "sid must be AC and 32 hexadecimal digits, not %s",
                   report_quote(node->value, node->size, quote));
    return false;
}

static bool read_digest(struct report *report, const char *key, const struct yaml_node *node,
                        struct person *person)
{
    char text[2 * ACCOUNTS_DIGEST_SIZE + 1];

    if (node->kind == YAML_NODE_SCALAR && node->size == sizeof(text) - 1) {
        memcpy(text, node->value, sizeof(text));
        if (strlen(text) == node->size && accounts_digest_parse(text, &person->digest))
            return true;
    }
    reader_problem(report, node,
                   "%s must be the 64 hexadecimal digits that sagad key prints as sha256", key);
    return false;
}

static bool read_role(struct report *report, const struct yaml_node *entry, struct person *person)
{
    const struct yaml_node *node = yaml_node_find(entry, "role");
    size_t word;

    if (node == NULL) {
        reader_problem(report, entry, "operator \"%s\" has no key \"role\"", person->name);
        return false;
    }
    if (!reader_word(report, node, "role", role_words, COUNT(role_words), &word))
        return false;
    bool known = operator_role_parse(role_words[word], &person->role);
    assert(known);
    return known;
}

static bool read_person(struct report *report, const struct people *people,
                        const struct yaml_node *entry, struct person *person)
{
    if (!reader_mapping(report, entry, people->entry, people->keys, people->key_count))
        return false;
    for (size_t i = 0; i < 2; i++) {
        if (yaml_node_find(entry, people->keys[i]) == NULL) {
            reader_problem(report, entry, "%s has no key \"%s\"", people->entry, people->keys[i]);
            return false;
        }
    }
    bool good = read_name(report, people, yaml_node_find(entry, people->keys[0]), person);
    good = read_digest(report, people->keys[1], yaml_node_find(entry, people->keys[1]), person) &&
           good;
    return (people->kind != OPERATOR || read_role(report, entry, person)) && good;
}

static int add_person(struct accounts *accounts, enum kind kind, const struct person *person)
{
    switch (kind) {
    case ACCOUNT:
        return accounts_add_account(accounts, person->name, &person->digest);
    case PARTICIPANT:
        return accounts_add_participant(accounts, person->name, &person->digest);
    case OPERATOR:
        return accounts_add_operator(accounts, person->name, &person->digest, person->role);
    }
    return fault(FAULT_INPUT);
}

static int read_entry(struct report *report, const struct people *people,
                      const struct yaml_node *entry, struct config *config)
{
    struct person person = {0};

    if (people->kind == PARTICIPANT && config_endpoint_is(entry))
        return config_endpoint_read(report, entry, config);
    if (!read_person(report, people, entry, &person))
        return REFUSED;
    int r = add_person(config->accounts, people->kind, &person);
    if (r == fault(FAULT_INPUT)) {
        reader_problem(report, entry, "\"%s\" is listed twice", person.name);
        return REFUSED;
    }
    return r < 0 ? pass(r) : 0;
}

static int read_list(struct report *report, const struct people *people,
                     const struct yaml_node *root, struct config *config)
{
    const struct yaml_node *list = yaml_node_find(root, people->list);
    int result = 0;

    if (list == NULL)
        return 0;
    if (!reader_list(report, list, people->list, 0, ACCOUNTS_MAX))
        return REFUSED;
    for (const struct yaml_node *entry = list->first; entry != NULL; entry = entry->next) {
        int r = read_entry(report, people, entry, config);
        if (r < 0)
            return pass(r);
        result = r == REFUSED ? REFUSED : result;
    }
    return result;
}

int config_people_read(struct report *report, const struct yaml_node *root,
                       struct config *config)
{
    int result = 0;

    for (size_t i = 0; i < COUNT(all_people); i++) {
        int r = read_list(report, &all_people[i], root, config);
        if (r < 0)
            return pass(r);
        result = r == REFUSED ? REFUSED : result;
    }
    return result;
}
