/*
 * sagad verify: walk through a store that no server has, or through a backup.
 */
#include "base/clock.h"
#include "base/fault.h"
#include "commands.h"
#include "engine/engine.h"
#include "engine/verify.h"
#include "store/store_backend.h"

#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

#define TELL_EVERY_MS 500u

static void tell_progress(const struct verify_report *report, bool last)
{
    fprintf(stderr, "\r\033[Kverifying: %" PRIu64 " records, %" PRIu64 " sagas%s", report->records,
            report->sagas, last ? "\n" : "");
}

static void print_report(const char *path, const struct verify_report *report)
{
    if (report->state == VERIFY_DONE) {
        printf("%s: all is as it was written: %" PRIu64 " records, %" PRIu64 " payloads (%" PRIu64
               " erased), %" PRIu64 " sagas, %" PRIu64 " rows, %" PRIu64 " keys\n",
               path, report->records, report->payloads, report->erased, report->sagas, report->rows,
               report->keys);
        return;
    }
    printf("%s: stream %" PRIu64, path, report->stream);
    if (report->sequence > 0)
        printf(", record %u", (unsigned)report->sequence);
    printf(", %s: %s\n", report->where, report->text);
}

/* 0, or a fault when it cannot be read on. */
static int walk(struct verify *verify)
{
    uint64_t told_ms = instant_now().monotonic_ms;
    bool terminal = isatty(STDERR_FILENO) == 1;
    int r = 0;

    while (r == 0) {
        struct instant now = instant_now();
        r = verify_step(verify, STORE_SCAN_MAX, now.wall_ms);
        if (terminal && now.monotonic_ms - told_ms >= TELL_EVERY_MS) {
            told_ms = now.monotonic_ms;
            tell_progress(verify_report(verify), false);
        }
    }
    if (terminal)
        tell_progress(verify_report(verify), true);
    return r == VERIFY_END ? 0 : pass(r);
}

static int verify_store(struct store *store, const char *path)
{
    const struct verify_options options = {.store = store, .keys_keep_ms = ENGINE_KEYS_KEEP_MS};
    struct verify *verify = NULL;
    int r = verify_open(&options, instant_now().wall_ms, &verify);
    bool good = false;

    if (r == 0)
        r = walk(verify);
    if (r < 0) {
        fprintf(stderr, "sagad verify: %s cannot be read on: %s\n", path, fault_name(r));
    } else {
        print_report(path, verify_report(verify));
        good = verify_report(verify)->state == VERIFY_DONE;
    }
    verify_close(verify);
    return good ? SAGAD_OK : SAGAD_FAILED;
}

static int run_verify(int argc, char **argv)
{
    char message[STORE_MESSAGE_SIZE];
    struct store *store = NULL;
    int first = options_read("verify", argc, argv, NULL, 0);

    if (first < 0)
        return SAGAD_USAGE;
    if (first + 1 != argc) {
        fprintf(stderr, "sagad verify: give one database; see sagad verify --help\n");
        return SAGAD_USAGE;
    }
    int r = store_sqlite_inspect(argv[first], &store, message);
    if (r == fault(FAULT_LOCKED)) {
        fprintf(stderr, "sagad verify: a server has %s; ask it: sagactl server verify\n",
                argv[first]);
        return SAGAD_FAILED;
    }
    if (r < 0) {
        fprintf(stderr, "sagad verify: %s (%s)\n", message, fault_name(r));
        return SAGAD_FAILED;
    }
    int code = verify_store(store, argv[first]);
    store_close(store);
    return code;
}

const struct command command_verify = {
    .name = "verify",
    .summary = "check a store that no server has, or a backup",
    .help = "usage: sagad verify DATABASE\n"
            "\n"
            "Walk through all of DATABASE, a backup or the saga.db of a server that is stopped:\n"
            "every chain of digests, record and payload; and that the tables which are derived\n"
            "from the records say what they say. Nothing is changed. A server that runs does the\n"
            "same by `sagactl server verify`.\n"
            "\n"
            "Prints what there is, or the first thing that is wrong, by stream and record.\n"
            "Exit code: 0 all is as it was written, 1 something is not, 2 wrong usage.\n",
    .run = run_verify,
};
