#include "scene_files.h"

#include "base/bytes.h"

#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#define DIGEST_TEXT_SIZE (2 * crypto_hash_sha256_BYTES + 1)

/* As send_message: looked at, two that can be undone, the point of no return, one after it. The
 * times are long, so that a slow machine is measured and not timed out. */
static const char five_steps[] =
    "deadline: 30m\n"
    "steps:\n"
    "  - {name: step_1, participant: bench_1, read_only: true, timeout: 60s}\n"
    "  - {name: step_2, participant: bench_2, undo: undo_2, timeout: 60s}\n"
    "  - {name: step_3, participant: bench_3, undo: undo_3, timeout: 60s}\n"
    "  - {name: step_4, participant: bench_4, pivot: true, timeout: 60s}\n"
    "  - {name: step_5, participant: bench_5, timeout: 60s}\n"
    "retry: {attempts: 3, base: 100ms, factor: 2, max: 5s}\n";

/* Nobody works for this participant: its sagas stay. */
static const char held[] =
    "deadline: 30m\n"
    "steps:\n"
    "  - {name: step_1, participant: bench_1, read_only: true, timeout: 60s}\n"
    "  - {name: step_2, participant: nobody, pivot: true, timeout: 60s}\n";

static void digest(const char *secret, char ret_text[DIGEST_TEXT_SIZE])
{
    uint8_t hash[crypto_hash_sha256_BYTES];

    crypto_hash_sha256(hash, (const uint8_t *)secret, strlen(secret));
    hex_encode(hash, sizeof hash, ret_text);
}

static bool close_file(FILE *file, const char *path)
{
    if (file != NULL && fclose(file) == 0)
        return true;
    fprintf(stderr, "saga-bench: %s: %s\n", path, strerror(errno));
    return false;
}

static bool write_definition(const struct scene *scene, const char *name, const char *text)
{
    char path[SCENE_PATH_SIZE + 64];

    snprintf(path, sizeof path, "%s/definitions/%s.yaml", scene->folder, name);
    FILE *file = fopen(path, "w");
    if (file != NULL)
        fprintf(file, "saga: %s\n%s", name, text);
    return close_file(file, path);
}

static bool write_definitions(const struct scene *scene)
{
    char path[SCENE_PATH_SIZE + 64];

    snprintf(path, sizeof path, "%s/definitions", scene->folder);
    if (mkdir(path, 0700) != 0 && errno != EEXIST)
        return close_file(NULL, path);
    return write_definition(scene, SCENE_SAGA, five_steps) &&
           write_definition(scene, SCENE_MESSAGE, five_steps) &&
           write_definition(scene, SCENE_HELD, held);
}

/* Durability is not mentioned: the server knows no other than that of production. */
static void print_config(FILE *file, const struct scene *scene)
{
    char text[DIGEST_TEXT_SIZE];
    unsigned room = 2 * scene->in_flight + 1000;

    fprintf(file, "http:\n  address: 127.0.0.1:0\nworkers:\n  url: %s\n", scene->url);
    fprintf(file, "data: data\ndefinitions: definitions\nlog: warning\n");
    fprintf(file, "limits:\n  calls_queued: %u\n  sagas_live: %u\n", room, room);
    digest(scene->token, text);
    fprintf(file, "accounts:\n  - sid: %s\n    auth_token_sha256: \"%s\"\n", scene->account, text);
    digest(scene->secret, text);
    fprintf(file, "participants:\n");
    for (unsigned i = 1; i <= SCENE_STEPS; i++)
        fprintf(file, "  - name: bench_%u\n    secret_sha256: \"%s\"\n", i, text);
    fprintf(file, "  - name: nobody\n    secret_sha256: \"%s\"\n", text);
    digest(scene->key, text);
    fprintf(file, "operators:\n  - name: bench\n    role: viewer\n    key_sha256: \"%s\"\n", text);
}

static bool write_config(const struct scene *scene)
{
    char path[SCENE_PATH_SIZE + 64];

    snprintf(path, sizeof path, "%s/sagad.yaml", scene->folder);
    FILE *file = fopen(path, "w");
    if (file != NULL)
        print_config(file, scene);
    return close_file(file, path);
}

bool scene_files_write(const struct scene *scene)
{
    char path[SCENE_PATH_SIZE + 64];

    snprintf(path, sizeof path, "%s/ready.json", scene->folder);
    remove(path); /* Of an earlier run in the same folder. */
    return write_definitions(scene) && write_config(scene);
}
