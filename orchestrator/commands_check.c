/*
 * sagad check: look at definitions without a server. sagad key: make a credential.
 */
#include "accounts/accounts.h"
#include "base/bytes.h"
#include "base/fault.h"
#include "catalog/catalog.h"
#include "commands.h"
#include "world/credentials.h"

#include <stdio.h>
#include <string.h>

static bool print_ok(void *context, const struct definition *definition, bool current)
{
    char version[2 * DEFINITION_HASH_SIZE + 1];

    (void)context;
    (void)current;
    hex_encode(definition->hash, sizeof(definition->hash), version);
    printf("ok %s %.16s\n", definition->name, version);
    return true;
}

/* One file in a catalog of its own: two files may define the same saga when they are only read. */
static int check_file(const char *path)
{
    struct catalog_report report = {0};
    struct catalog *catalog;
    int r = catalog_open(&catalog);

    if (r < 0)
        return pass(r);
    r = catalog_add_file(catalog, path, &report);
    if (r == 0)
        catalog_each(catalog, print_ok, NULL);
    command_print(&report.text, stdout);
    catalog_report_fini(&report);
    catalog_close(catalog);
    return r;
}

static int run_check(int argc, char **argv)
{
    int first = options_read("check", argc, argv, NULL, 0);
    int code = SAGAD_OK;

    if (first < 0)
        return SAGAD_USAGE;
    if (first == argc) {
        fprintf(stderr, "sagad check: name at least one file; see sagad check --help\n");
        return SAGAD_USAGE;
    }
    for (int i = first; i < argc; i++) {
        int r = check_file(argv[i]);
        if (r < 0)
            fprintf(stderr, "%s: %s\n", argv[i], fault_name(r));
        if (r != 0)
            code = SAGAD_FAILED;
    }
    return code;
}

const struct command command_check = {
    .name = "check",
    .summary = "check definitions of sagas",
    .help = "usage: sagad check FILE...\n"
            "\n"
            "Check definitions of sagas. Each good file gets one line, ok NAME VERSION; what is\n"
            "wrong with the others is told with file, line and column, the line and a caret.\n"
            "\n"
            "Exit code: 0 all are good, 1 some are not, 2 wrong usage.\n",
    .run = run_check,
};

static int run_key(int argc, char **argv)
{
    char secret[CREDENTIALS_SECRET_SIZE], digest_text[2 * ACCOUNTS_DIGEST_SIZE + 1];
    struct accounts_digest digest;
    int first = options_read("key", argc, argv, NULL, 0);

    if (first < 0)
        return SAGAD_USAGE;
    if (first != argc) {
        fprintf(stderr, "sagad key: \"%s\" is too much; see sagad key --help\n", argv[first]);
        return SAGAD_USAGE;
    }
    credentials_secret(secret);
    accounts_hash(bytes_of_text(secret), &digest);
    hex_encode(digest.bytes, sizeof(digest.bytes), digest_text);
    printf("key:    %s\nsha256: %s\n", secret, digest_text);
    return SAGAD_OK;
}

const struct command command_key = {
    .name = "key",
    .summary = "make a new key or secret",
    .help = "usage: sagad key\n"
            "\n"
            "Make a random credential of 32 bytes. The key goes to whoever shall use it and is\n"
            "shown this once; its sha256 goes into the server's configuration, as the\n"
            "auth_token_sha256 of an account, the secret_sha256 of a participant or the\n"
            "key_sha256 of an operator.\n",
    .run = run_key,
};
