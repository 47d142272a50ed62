/*
 * sagad dev: the same server with a world around it: a folder, credentials, participants.
 */
#include "base/fault.h"
#include "base/log.h"
#include "catalog/catalog.h"
#include "commands.h"
#include "config/config.h"
#include "signals.h"
#include "watch.h"
#include "world/credentials.h"
#include "world/definitions.h"
#include "world/durable_file.h"
#include "world/folder.h"

#include <assert.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PROGRAM_SIZE (FOLDER_PATH_SIZE + 64u)
#define RATE_MAX 100000ul
#define ANY_URL "tcp://127.0.0.1:0"

struct dev_options {
    const char *dir, *http, *ready_file, *rate, *definitions;
    bool no_participants;
};

#define DEV_SETTINGS 3u

struct dev {
    struct dev_options options;
    struct folder folder;
    struct credentials credentials;
    struct accounts *accounts;
    struct catalog *catalog;
    struct watch watch;
    struct setting settings[DEV_SETTINGS]; /* What it runs with, as operators are shown it. */
};

__attribute__((format(printf, 1, 2))) static int complain(const char *format, ...)
{
    va_list arguments;

    fputs("sagad dev: ", stderr);
    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    fputc('\n', stderr);
    return SAGAD_FAILED;
}

static const char *reason(int r)
{
    return r == fault(FAULT_IO) ? strerror(errno) : fault_name(r);
}

/* ---- the world's things ---- */

/* The folder is ours from here on, so an old ready file speaks of nobody. */
static int take_folder(struct dev *dev)
{
    pid_t other = 0;
    int r = folder_open(dev->options.dir, &dev->folder, &other);

    if (r == FOLDER_TAKEN)
        return complain("%s is used by another server (pid %ld)", dev->options.dir, (long)other);
    if (r < 0)
        return complain("%s: %s", dev->options.dir, strerror(errno));
    if (dev->options.ready_file != NULL) {
        r = durable_file_remove(dev->options.ready_file);
        if (r < 0)
            return complain("%s: %s", dev->options.ready_file, strerror(errno));
    }
    return SAGAD_OK;
}

static int take_credentials(struct dev *dev)
{
    int r = credentials_prepare(&dev->folder, &dev->credentials);

    if (r == fault(FAULT_INPUT))
        return complain("%s/credentials.json makes no sense", dev->folder.path);
    if (r < 0)
        return complain("%s: credentials: %s", dev->folder.path, reason(r));
    r = accounts_open(&dev->accounts);
    if (r == 0)
        r = credentials_fill(&dev->credentials, dev->accounts);
    return r < 0 ? complain("accounts: %s", fault_name(r)) : SAGAD_OK;
}

static int load_built_in(struct catalog *catalog, struct catalog_report *report)
{
    int r = 0;

    for (size_t i = 0; r == 0 && i < built_in_definition_count; i++)
        r = catalog_add_text(catalog, built_in_definitions[i].file, built_in_definitions[i].text,
                             built_in_definitions[i].size, report);
    return r;
}

static int load_definitions(struct dev *dev)
{
    struct catalog_report report = {0};
    int r = catalog_open(&dev->catalog);

    if (r == 0)
        r = dev->options.definitions != NULL
                ? catalog_load_folder(dev->catalog, dev->options.definitions, &report)
                : load_built_in(dev->catalog, &report);
    command_print(&report.text, stderr);
    catalog_report_fini(&report);
    if (r != 0)
        return complain("%s", r < 0 ? fault_name(r) : "the definitions have mistakes");
    return SAGAD_OK;
}

/* ---- the server ---- */

static const struct setting dev_settings[DEV_SETTINGS] = {
    {.name = "data", .source = "--dir"},
    {.name = "http.address", .source = "--http, or default"},
    {.name = "workers.url", .source = "made from data"},
};

static int open_server(struct dev *dev)
{
    char url[FOLDER_URL_SIZE], message[SERVER_MESSAGE_SIZE];

    folder_participants_url(&dev->folder, url);
    bool is_tcp = strncmp(url, "tcp://", 6) == 0;
    const char *values[DEV_SETTINGS] = {dev->folder.path, dev->options.http, url};
    for (size_t i = 0; i < DEV_SETTINGS; i++) {
        dev->settings[i] = dev_settings[i];
        text_copy(values[i], sizeof(dev->settings[i].value), dev->settings[i].value);
    }
    const struct server_options options = {
        .data = dev->folder.path,
        .http_address = dev->options.http,
        .workers_url = url,
        .workers_url_else = is_tcp ? ANY_URL : NULL,
        .catalog = dev->catalog,
        .accounts = dev->accounts,
        .settings = {dev->settings, DEV_SETTINGS},
    };
    if (server_open(&options, &dev->watch.server, message) != 0)
        return complain("%s", message);
    if (is_tcp && folder_remember_url(&dev->folder, server_workers_url(dev->watch.server)) < 0)
        log_line(LOG_WARNING, "event=url_not_remembered reason=\"%s\"", strerror(errno));
    return SAGAD_OK;
}

/* ---- the participants ---- */

/* The folder of this very program: the participants lie beside it. */
static int programs_folder(char ret_path[FOLDER_PATH_SIZE])
{
    ssize_t size = readlink("/proc/self/exe", ret_path, FOLDER_PATH_SIZE - 1);

    if (size < 0)
        return fault(FAULT_IO);
    ret_path[size] = '\0';
    char *slash = strrchr(ret_path, '/');
    assert(slash != NULL);
    *slash = '\0';
    return 0;
}

static int find_program(const char *programs, const char *name, char ret_path[PROGRAM_SIZE])
{
    snprintf(ret_path, PROGRAM_SIZE, "%s/participant-%s", programs, name);
    if (access(ret_path, X_OK) == 0)
        return SAGAD_OK;
    return complain("%s: %s; build it, or say --no-participants", ret_path, strerror(errno));
}

static int plan_participant(struct dev *dev, const char *programs, const char *name)
{
    char program[PROGRAM_SIZE], secret[FOLDER_PATH_SIZE], inside[CHILDREN_NAME_SIZE + 16];
    const char *const arguments[] = {
        "serve",          "--server", server_workers_url(dev->watch.server),
        "--secret-file",  secret,     "--dir",
        dev->folder.path, NULL};

    if (find_program(programs, name, program) != SAGAD_OK)
        return SAGAD_FAILED;
    snprintf(inside, sizeof(inside), "secrets/%s", name);
    int r = folder_file(&dev->folder, inside, secret);
    if (r == 0)
        r = children_plan(&dev->watch.children, &dev->folder, name, program, arguments);
    return r < 0 ? complain("participant %s: %s", name, fault_name(r)) : SAGAD_OK;
}

/* Takes messages from the queue as a carrier would, so that they are delivered. */
static int plan_consumer(struct dev *dev, const char *programs)
{
    char program[PROGRAM_SIZE];
    const char *const arguments[] = {"consume", "--dir",           dev->folder.path,
                                     "--rate",  dev->options.rate, NULL};

    if (find_program(programs, "messaging", program) != SAGAD_OK)
        return SAGAD_FAILED;
    int r = children_plan(&dev->watch.children, &dev->folder, "consumer", program, arguments);
    return r < 0 ? complain("consumer: %s", fault_name(r)) : SAGAD_OK;
}

static int plan_children(struct dev *dev)
{
    char programs[FOLDER_PATH_SIZE];
    int code = SAGAD_OK;

    if (dev->options.no_participants)
        return SAGAD_OK;
    if (programs_folder(programs) < 0)
        return complain("/proc/self/exe: %s", strerror(errno));
    for (size_t i = 0; code == SAGAD_OK && i < CREDENTIALS_PARTICIPANTS; i++)
        code = plan_participant(dev, programs, credentials_participants[i]);
    return code == SAGAD_OK ? plan_consumer(dev, programs) : code;
}

/* ---- the whole ---- */

/* A server that was opened must be closed by the watch, which also ends what was started. */
static int run_world(struct dev *dev)
{
    int code = take_folder(dev);

    if (code == SAGAD_OK)
        code = take_credentials(dev);
    if (code == SAGAD_OK)
        code = load_definitions(dev);
    if (code == SAGAD_OK && signals_open(&dev->watch.signals) < 0)
        code = complain("signals cannot be received");
    if (code == SAGAD_OK)
        code = open_server(dev);
    if (code != SAGAD_OK)
        return code;
    dev->watch.ready_file = dev->options.ready_file;
    dev->watch.credentials = &dev->credentials;
    return plan_children(dev) == SAGAD_OK ? watch_run(&dev->watch) : watch_abandon(&dev->watch);
}

/* As the consumer reads it. */
static bool is_rate(const char *text)
{
    char *end;
    unsigned long rate = strtoul(text, &end, 10);

    return text[0] >= '0' && text[0] <= '9' && rate >= 1 && rate <= RATE_MAX &&
           (*end == '\0' || strcmp(end, "/s") == 0);
}

static int read_options(int argc, char **argv, struct dev_options *options)
{
    const struct option_row rows[] = {
        {"--dir", &options->dir, NULL},
        {"--http", &options->http, NULL},
        {"--ready", &options->ready_file, NULL},
        {"--rate", &options->rate, NULL},
        {"--definitions", &options->definitions, NULL},
        {"--no-participants", NULL, &options->no_participants},
    };
    int first = options_read("dev", argc, argv, rows, (int)(sizeof(rows) / sizeof(rows[0])));

    if (first < 0)
        return SAGAD_USAGE;
    if (first != argc || options->dir == NULL) {
        fprintf(stderr, "sagad dev: give --dir DIR; see sagad dev --help\n");
        return SAGAD_USAGE;
    }
    if (!is_rate(options->rate)) {
        fprintf(stderr, "sagad dev: --rate must be a number from 1 to %lu\n", RATE_MAX);
        return SAGAD_USAGE;
    }
    if (!config_address_is_loopback(options->http)) {
        fprintf(stderr, "sagad dev: --http must be a loopback address and a port, such as "
                        "127.0.0.1:8080\n");
        return SAGAD_USAGE;
    }
    return SAGAD_OK;
}

static int run_dev(int argc, char **argv)
{
    struct dev *dev = calloc(1, sizeof(*dev));

    if (dev == NULL)
        return complain("out of memory");
    dev->options.http = "127.0.0.1:8080";
    dev->options.rate = "100";
    dev->folder.lock = -1;
    int code = read_options(argc, argv, &dev->options);
    if (code == SAGAD_OK)
        code = run_world(dev);
    dev->catalog = catalog_close(dev->catalog);
    dev->accounts = accounts_close(dev->accounts);
    folder_close(&dev->folder);
    free(dev);
    return code;
}

const struct command command_dev = {
    .name = "dev",
    .summary = "run the server with a local world around it",
    .help =
        "usage: sagad dev --dir DIR [--http ADDR:PORT] [--ready FILE] [--no-participants]\n"
        "                 [--rate N] [--definitions FOLDER]\n"
        "\n"
        "Run the server with everything it needs to be tried: the participants auth, billing and\n"
        "messaging, a consumer of the queue, and an account with money. All of it lives in DIR "
        "and\n"
        "on loopback, and ends with the server. Started again on the same DIR it goes on where it\n"
        "was. Each child writes to DIR/NAME.log.\n"
        "\n"
        "  --dir DIR             the world's folder; made when it is not there\n"
        "  --http ADDR:PORT      where to listen (default 127.0.0.1:8080; port 0 picks one)\n"
        "  --ready FILE          written when all is up: addresses, credentials and pids, as JSON\n"
        "  --no-participants     start none; each runs as\n"
        "                        participant-NAME serve --server URL --secret-file F --dir DIR\n"
        "  --rate N              messages a second that the consumer takes (default 100)\n"
        "  --definitions FOLDER  definitions of sagas instead of those that are built in\n"
        "\n"
        "Exit code: 0 it was told to end, 1 it could not start or go on, 2 wrong usage.\n",
    .run = run_dev,
};
