/*
 * sagad serve: the real thing. Read the configuration, open, run, close; nothing else.
 */
#include "base/fault.h"
#include "base/log.h"
#include "catalog/catalog.h"
#include "commands.h"
#include "config/config.h"
#include "signals.h"
#include "watch.h"
#include "world/durable_file.h"
#include "world/folder.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static int complain(const char *what)
{
    fprintf(stderr, "sagad serve: %s\n", what);
    return SAGAD_FAILED;
}

/* Run the server until it is told to end. */
static int run_server(const struct config *config, struct catalog *catalog, const char *ready_file)
{
    const struct server_options options = {
        .data = config->data,
        .backups = config->backups[0] != '\0' ? config->backups : NULL,
        .http_address = config->http_address,
        .workers_url = config->workers_url,
        .catalog = catalog,
        .accounts = config->accounts,
        .endpoints = config->endpoints,
        .endpoint_count = config->endpoint_count,
        .settings = {config->settings, config->setting_count},
        .calls_queued_max = config->calls_queued_max,
        .sagas_live_max = config->sagas_live_max,
        .connections_max = config->connections_max,
        .connections_per_address = config->connections_per_address,
    };
    struct watch watch = {.ready_file = ready_file};
    char message[SERVER_MESSAGE_SIZE];

    if (signals_open(&watch.signals) < 0)
        return complain("signals cannot be received");
    if (ready_file != NULL && durable_file_remove(ready_file) < 0)
        return complain(strerror(errno));
    if (server_open(&options, &watch.server, message) != 0)
        return complain(message);
    return watch_run(&watch);
}

static int with_definitions(const struct config *config, const char *ready_file)
{
    struct catalog_report report = {0};
    struct catalog *catalog;

    if (catalog_open(&catalog) < 0)
        return complain("out of memory");
    int r = catalog_load_folder(catalog, config->definitions, &report);
    command_print(&report.text, stderr);
    catalog_report_fini(&report);
    int code = r == 0 ? run_server(config, catalog, ready_file)
                      : complain(r < 0 ? fault_name(r) : "the definitions have mistakes");
    catalog_close(catalog);
    return code;
}

/* The lock keeps a second server from this data, before it can touch anything. */
static int with_data(const struct config *config, const char *ready_file)
{
    char message[SERVER_MESSAGE_SIZE * 2];
    struct folder folder;
    pid_t other = 0;
    int r = folder_open(config->data, &folder, &other);

    if (r == FOLDER_TAKEN) {
        snprintf(message, sizeof(message), "%s is used by another server (pid %ld)", config->data,
                 (long)other);
        return complain(message);
    }
    if (r < 0) {
        snprintf(message, sizeof(message), "%s: %s", config->data, strerror(errno));
        return complain(message);
    }
    int code = with_definitions(config, ready_file);
    folder_close(&folder);
    return code;
}

static int run_serve(int argc, char **argv)
{
    const char *config_file = NULL, *ready_file = NULL;
    const struct option_row rows[] = {{"--config", &config_file, NULL},
                                      {"--ready", &ready_file, NULL}};
    int first = options_read("serve", argc, argv, rows, 2);

    if (first < 0)
        return SAGAD_USAGE;
    if (first != argc || config_file == NULL) {
        fprintf(stderr, "sagad serve: give --config FILE and nothing else; see sagad serve "
                        "--help\n");
        return SAGAD_USAGE;
    }
    struct buffer messages = {0};
    struct config config;
    int r = config_load(config_file, &config, &messages);
    command_print(&messages, stderr);
    buffer_fini(&messages);
    if (r != 0)
        return complain(r < 0 ? fault_name(r) : "the configuration has mistakes");
    log_set_level(config.log);
    int code = with_data(&config, ready_file);
    config_fini(&config);
    return code;
}

const struct command command_serve = {
    .name = "serve",
    .summary = "run the server by a configuration",
    .help = "usage: sagad serve --config FILE [--ready FILE]\n"
            "\n"
            "Run the server until SIGTERM or SIGINT, which lets it finish what is out and ends it\n"
            "within five seconds.\n"
            "\n"
            "  --config FILE  the configuration; docs/examples/sagad.yaml shows every key\n"
            "  --ready FILE   written when the server is up, with its addresses and its pid;\n"
            "                 removed when it stops\n"
            "\n"
            "Exit code: 0 it was told to end, 1 it could not start or go on, 2 wrong usage.\n",
    .run = run_serve,
};
