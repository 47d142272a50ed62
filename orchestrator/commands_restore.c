/*
 * sagad restore: put a backup where a server finds its store, whole or not at all.
 */
#include "base/bytes.h"
#include "base/fault.h"
#include "commands.h"
#include "world/durable_file.h"
#include "world/folder.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <sodium.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define DATABASE "saga.db"
#define MANIFEST_MAX 65536u
#define PIECE_SIZE (1024u * 1024u)
#define DIGEST_SIZE (2u * crypto_hash_sha256_BYTES + 1u)

struct restoring {
    const char *backup;
    struct folder folder;
    char database[FOLDER_PATH_SIZE];
    char partial[FOLDER_PATH_SIZE];
    char expected[DIGEST_SIZE]; /* By the manifest; "": nobody knows. */
    uint64_t bytes;
};

__attribute__((format(printf, 1, 2))) static int complain(const char *format, ...)
{
    va_list arguments;

    fputs("sagad restore: ", stderr);
    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    fputc('\n', stderr);
    return SAGAD_FAILED;
}

/* ---- the manifest ---- */

static bool manifest_path(const char *backup, char ret_path[FOLDER_PATH_SIZE])
{
    size_t length = strlen(backup);
    size_t stem = length > 3 && strcmp(backup + length - 3, ".db") == 0 ? length - 3 : length;
    int printed = snprintf(ret_path, FOLDER_PATH_SIZE, "%.*s.json", (int)stem, backup);

    return printed > 0 && (size_t)printed < FOLDER_PATH_SIZE;
}

static int read_manifest(struct restoring *restoring)
{
    char path[FOLDER_PATH_SIZE];
    struct buffer text = {0};

    if (!manifest_path(restoring->backup, path))
        return complain("%s: the path is too long", restoring->backup);
    int r = durable_file_read(path, MANIFEST_MAX, &text);
    if (r != 0) {
        buffer_fini(&text);
        return complain("%s: %s; without the manifest nobody knows what the backup should be. "
                        "Say --unchecked to take it as it is",
                        path, r == DURABLE_FILE_NONE ? "there is none" : fault_name(r));
    }
    json_t *manifest = json_loadb((const char *)text.data, text.size, JSON_REJECT_DUPLICATES, NULL);
    const char *digest = json_string_value(json_object_get(manifest, "sha256"));
    bool good = digest != NULL && strlen(digest) == DIGEST_SIZE - 1;
    if (good)
        memcpy(restoring->expected, digest, DIGEST_SIZE);
    json_decref(manifest);
    buffer_fini(&text);
    return good ? SAGAD_OK : complain("%s: it does not say what the backup should be", path);
}

/* ---- the copy ---- */

static int copy_bytes(struct restoring *restoring, int from, int to, uint8_t *piece)
{
    crypto_hash_sha256_state state;
    uint8_t digest[crypto_hash_sha256_BYTES];
    char text[DIGEST_SIZE];
    ssize_t got;

    crypto_hash_sha256_init(&state);
    while ((got = read(from, piece, PIECE_SIZE)) > 0) {
        crypto_hash_sha256_update(&state, piece, (size_t)got);
        restoring->bytes += (uint64_t)got;
        if (write(to, piece, (size_t)got) != got)
            return complain("%s: %s", restoring->partial, strerror(errno));
    }
    if (got < 0)
        return complain("%s: %s", restoring->backup, strerror(errno));
    crypto_hash_sha256_final(&state, digest);
    hex_encode(digest, sizeof(digest), text);
    if (restoring->expected[0] != '\0' && strcmp(text, restoring->expected) != 0)
        return complain("%s is not what its manifest says: its digest is %s, not %s",
                        restoring->backup, text, restoring->expected);
    return fsync(to) == 0 ? SAGAD_OK : complain("%s: %s", restoring->partial, strerror(errno));
}

static int copy_file(struct restoring *restoring)
{
    int from = open(restoring->backup, O_RDONLY | O_CLOEXEC);
    if (from < 0)
        return complain("%s: %s", restoring->backup, strerror(errno));
    int to = open(restoring->partial, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (to < 0) {
        int code = complain("%s: %s", restoring->partial, strerror(errno));
        close(from);
        return code;
    }
    uint8_t *piece = malloc(PIECE_SIZE);
    int code = piece != NULL ? copy_bytes(restoring, from, to, piece) : complain("out of memory");
    free(piece);
    close(to);
    close(from);
    return code;
}

static int give_name(const struct restoring *restoring)
{
    if (rename(restoring->partial, restoring->database) != 0)
        return complain("%s: %s", restoring->database, strerror(errno));
    int folder = open(restoring->folder.path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    bool synced = folder >= 0 && fsync(folder) == 0;
    if (folder >= 0)
        close(folder);
    return synced ? SAGAD_OK : complain("%s: %s", restoring->folder.path, strerror(errno));
}

/* ---- the whole ---- */

/* A log that belongs to another store would be taken for this one's. */
static int expect_no_store(const struct restoring *restoring)
{
    static const char *const names[] = {DATABASE, DATABASE "-wal"};

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        char path[FOLDER_PATH_SIZE];
        if (folder_file(&restoring->folder, names[i], path) < 0)
            return complain("the path of the data folder is too long");
        if (access(path, F_OK) == 0)
            return complain("%s exists: there is a store already. Move all of it away first: %s, "
                            "%s-wal and what else begins so",
                            path, restoring->database, restoring->database);
    }
    return SAGAD_OK;
}

static int restore(struct restoring *restoring)
{
    if (folder_file(&restoring->folder, DATABASE, restoring->database) < 0 ||
        folder_file(&restoring->folder, DATABASE ".restoring", restoring->partial) < 0)
        return complain("the path of the data folder is too long");
    int code = expect_no_store(restoring);
    if (code == SAGAD_OK)
        code = copy_file(restoring);
    if (code == SAGAD_OK)
        code = give_name(restoring);
    if (code != SAGAD_OK)
        unlink(restoring->partial);
    else
        printf("restored %s from %s: %llu bytes\n", restoring->database, restoring->backup,
               (unsigned long long)restoring->bytes);
    return code;
}

static int run_restore(int argc, char **argv)
{
    struct restoring restoring = {0};
    const char *data = NULL;
    bool unchecked = false;
    const struct option_row rows[] = {{"--data", &data, NULL}, {"--unchecked", NULL, &unchecked}};
    int first = options_read("restore", argc, argv, rows, 2);
    pid_t other = 0;

    if (first < 0)
        return SAGAD_USAGE;
    if (first + 1 != argc || data == NULL) {
        fprintf(stderr, "sagad restore: give --data DIR and one backup; see sagad restore "
                        "--help\n");
        return SAGAD_USAGE;
    }
    restoring.backup = argv[first];
    int code = unchecked ? SAGAD_OK : read_manifest(&restoring);
    if (code != SAGAD_OK)
        return code;
    int r = folder_open(data, &restoring.folder, &other);
    if (r == FOLDER_TAKEN)
        return complain("%s is used by a server (pid %ld); stop it first", data, (long)other);
    if (r < 0)
        return complain("%s: %s", data, strerror(errno));
    code = restore(&restoring);
    folder_close(&restoring.folder);
    return code;
}

const struct command command_restore = {
    .name = "restore",
    .summary = "put a backup where a server finds its store",
    .help =
        "usage: sagad restore --data DIR [--unchecked] BACKUP\n"
        "\n"
        "Copy BACKUP, a file that `sagactl server backup` made, to DIR/saga.db, and check it\n"
        "against its manifest on the way. DIR is the data folder of a server, which no server\n"
        "uses and which has no store yet; it is made when it is not there. Read\n"
        "docs/how-to/back-up-and-restore.md first: what happened after the backup is not known\n"
        "to the server that starts on it.\n"
        "\n"
        "  --data DIR    the data folder\n"
        "  --unchecked   there is no manifest beside the backup; take the file as it is\n"
        "\n"
        "Exit code: 0 it is there, 1 nothing was changed, 2 wrong usage.\n",
    .run = run_restore,
};
