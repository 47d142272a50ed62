#include "world/credentials.h"

#include "base/bytes.h"
#include "base/fault.h"
#include "world/durable_file.h"

#include <assert.h>
#include <errno.h>
#include <jansson.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define FILE_SIZE_MAX 65536u
#define SECRET_BYTES 32u

const char *const credentials_participants[CREDENTIALS_PARTICIPANTS] = {"auth", "billing",
                                                                        "messaging"};

void credentials_secret(char ret_secret[CREDENTIALS_SECRET_SIZE])
{
    uint8_t random[SECRET_BYTES];

    randombytes_buf(random, sizeof(random));
    hex_encode(random, sizeof(random), ret_secret);
    sodium_memzero(random, sizeof(random));
}

static void make(struct credentials *credentials)
{
    uint8_t random[16];

    randombytes_buf(random, sizeof(random));
    memcpy(credentials->account_sid, "AC", 2);
    hex_encode(random, sizeof(random), credentials->account_sid + 2);
    credentials_secret(credentials->auth_token);
    credentials_secret(credentials->operator_key);
    for (size_t i = 0; i < CREDENTIALS_PARTICIPANTS; i++)
        credentials_secret(credentials->secrets[i]);
}

/* ---- to and from JSON ---- */

/* An object of the three secrets, or NULL. */
static json_t *secrets_json(const struct credentials *credentials)
{
    json_t *secrets = json_object();

    for (size_t i = 0; secrets != NULL && i < CREDENTIALS_PARTICIPANTS; i++) {
        if (json_object_set_new(secrets, credentials_participants[i],
                                json_string(credentials->secrets[i])) < 0) {
            json_decref(secrets);
            return NULL;
        }
    }
    return secrets;
}

/* Takes @json, which may be NULL. */
static int write_json(const char *path, json_t *json)
{
    char *text = json != NULL ? json_dumps(json, JSON_INDENT(2)) : NULL;

    json_decref(json);
    if (text == NULL)
        return fault(FAULT_MEMORY);
    int r = durable_file_write(path, bytes_of_text(text), 0600);
    free(text);
    return r;
}

static int save(const char *path, const struct credentials *credentials)
{
    json_t *json =
        json_pack("{s:s, s:s, s:s, s:o}", "account_sid", credentials->account_sid, "auth_token",
                  credentials->auth_token, "operator_key", credentials->operator_key,
                  "participant_secrets", secrets_json(credentials));

    return write_json(path, json);
}

/* A string member that fits exactly; false when it is anything else. */
static bool take(const json_t *object, const char *key, size_t size, char *ret_text)
{
    const json_t *member = json_object_get(object, key);
    const char *text = json_string_value(member);

    if (text == NULL || json_string_length(member) != size - 1 || strlen(text) != size - 1)
        return false;
    memcpy(ret_text, text, size);
    return true;
}

static bool take_all(const json_t *json, struct credentials *credentials)
{
    const json_t *secrets = json_object_get(json, "participant_secrets");
    bool good = take(json, "account_sid", CREDENTIALS_SID_SIZE, credentials->account_sid) &&
                take(json, "auth_token", CREDENTIALS_SECRET_SIZE, credentials->auth_token) &&
                take(json, "operator_key", CREDENTIALS_SECRET_SIZE, credentials->operator_key);

    for (size_t i = 0; good && i < CREDENTIALS_PARTICIPANTS; i++)
        good = take(secrets, credentials_participants[i], CREDENTIALS_SECRET_SIZE,
                    credentials->secrets[i]);
    return good;
}

static int parse(const struct buffer *text, struct credentials *credentials)
{
    json_t *json = json_loadb((const char *)text->data, text->size, JSON_REJECT_DUPLICATES, NULL);
    bool good = json != NULL && take_all(json, credentials);

    json_decref(json);
    return good ? 0 : fault(FAULT_INPUT);
}

/* ---- files ---- */

static int load_or_make(const struct folder *folder, struct credentials *credentials)
{
    struct buffer text = {0};
    char path[FOLDER_PATH_SIZE];
    int r = folder_file(folder, "credentials.json", path);

    if (r < 0)
        return pass(r);
    r = durable_file_read(path, FILE_SIZE_MAX, &text);
    if (r == 0)
        r = parse(&text, credentials);
    if (r == DURABLE_FILE_NONE) {
        make(credentials);
        r = save(path, credentials);
    }
    buffer_fini(&text);
    return r;
}

static int write_secret(const struct folder *folder, const char *name, const char *secret)
{
    char path[FOLDER_PATH_SIZE], inside[ACCOUNTS_NAME_SIZE];

    snprintf(inside, sizeof(inside), "secrets/%s", name);
    int r = folder_file(folder, inside, path);
    return r < 0 ? pass(r) : durable_file_write(path, bytes_of_text(secret), 0600);
}

static int write_secrets(const struct folder *folder, const struct credentials *credentials)
{
    char path[FOLDER_PATH_SIZE];
    int r = folder_file(folder, "secrets", path);

    if (r < 0)
        return pass(r);
    if (mkdir(path, 0700) < 0 && errno != EEXIST)
        return fault(FAULT_IO);
    for (size_t i = 0; r == 0 && i < CREDENTIALS_PARTICIPANTS; i++)
        r = write_secret(folder, credentials_participants[i], credentials->secrets[i]);
    return r;
}

static int write_demo_account(const struct folder *folder, const struct credentials *credentials)
{
    char path[FOLDER_PATH_SIZE];
    int r = folder_file(folder, "demo-account.json", path);

    if (r < 0)
        return pass(r);
    return write_json(path, json_pack("{s:s}", "account_sid", credentials->account_sid));
}

int credentials_prepare(const struct folder *folder, struct credentials *ret_credentials)
{
    struct credentials credentials = {0};
    int r = load_or_make(folder, &credentials);

    if (r == 0)
        r = write_secrets(folder, &credentials);
    if (r == 0)
        r = write_demo_account(folder, &credentials);
    assert(r <= 0);
    if (r < 0)
        return pass(r);
    *ret_credentials = credentials;
    return 0;
}

static struct accounts_digest digest_of(const char *secret)
{
    struct accounts_digest digest;

    accounts_hash(bytes_of_text(secret), &digest);
    return digest;
}

int credentials_fill(const struct credentials *credentials, struct accounts *accounts)
{
    struct accounts_digest token = digest_of(credentials->auth_token);
    struct accounts_digest key = digest_of(credentials->operator_key);
    int r = accounts_add_account(accounts, credentials->account_sid, &token);

    for (size_t i = 0; r == 0 && i < CREDENTIALS_PARTICIPANTS; i++) {
        struct accounts_digest secret = digest_of(credentials->secrets[i]);
        r = accounts_add_participant(accounts, credentials_participants[i], &secret);
    }
    if (r == 0)
        r = accounts_add_operator(accounts, "local", &key, OPERATOR_ADMIN);
    return r == 0 ? 0 : pass(r);
}
