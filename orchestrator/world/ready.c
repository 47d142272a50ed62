#include "world/ready.h"

#include "base/fault.h"
#include "world/durable_file.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define HTTP_SIZE 128u

static int set_text(json_t *object, const char *key, const char *text)
{
    return json_object_set_new(object, key, json_string(text));
}

static int set_credentials(json_t *object, const struct credentials *credentials)
{
    json_t *secrets = json_object();
    int r = set_text(object, "account_sid", credentials->account_sid) |
            set_text(object, "auth_token", credentials->auth_token) |
            set_text(object, "operator_key", credentials->operator_key);

    for (size_t i = 0; i < CREDENTIALS_PARTICIPANTS; i++)
        r |= set_text(secrets, credentials_participants[i], credentials->secrets[i]);
    return r | json_object_set_new(object, "participant_secrets", secrets);
}

static int set_pids(json_t *object, const struct children *children)
{
    json_t *pids = json_object();
    int r = json_object_set_new(pids, "sagad", json_integer(getpid()));

    for (size_t i = 0; children != NULL && i < CREDENTIALS_PARTICIPANTS; i++) {
        pid_t pid = children_pid(children, credentials_participants[i]);
        if (pid != 0)
            r |= json_object_set_new(pids, credentials_participants[i], json_integer(pid));
    }
    return r | json_object_set_new(object, "pids", pids);
}

/* The text, to be freed by the caller; NULL when memory is short. */
static char *ready_text(const struct ready *ready)
{
    json_t *object = json_object();
    char http[HTTP_SIZE];

    snprintf(http, sizeof(http), "http://%s", ready->http);
    int r = set_text(object, "http", http) |
            set_text(object, "participants_url", ready->participants_url);
    if (ready->credentials != NULL)
        r |= set_credentials(object, ready->credentials);
    r |= set_pids(object, ready->children);
    char *text = r == 0 ? json_dumps(object, JSON_COMPACT) : NULL;
    json_decref(object);
    return text;
}

int ready_write(const char *path, const struct ready *ready)
{
    char *text = ready_text(ready);

    if (text == NULL)
        return fault(FAULT_MEMORY);
    int r = durable_file_write(path, bytes_of_text(text), 0600);
    free(text);
    return r;
}
