#include "server.h"

#include "base/fault.h"
#include "base/log.h"
#include "catalog/catalog.h"
#include "egress/egress.h"
#include "engine/engine.h"
#include "gateway/gateway.h"
#include "store/backup_files.h"
#include "store/store_backend.h"
#include "transport/transport.h"

#include <assert.h>
#include <sodium.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#define DATABASE "saga.db"
#define BACKUPS "backups"
#define DATABASE_PATH_SIZE 1100u

struct server {
    struct store *store;
    struct inbox *inbox;
    struct transport *transport;
    struct egress *egress; /* NULL: no participant is called over HTTP. */
    struct engine *engine;
    struct engine_thread *thread;
    struct gateway *gateway;
    int ended; /* An eventfd, or -1. */
    char backups[BACKUP_FOLDER_SIZE];
};

__attribute__((format(printf, 2, 3))) static int refuse(char message[SERVER_MESSAGE_SIZE],
                                                        const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(message, SERVER_MESSAGE_SIZE, format, arguments);
    va_end(arguments);
    return SERVER_REFUSED;
}

/* ---- the engine's end ---- */

/* On the engine's thread, last of all. */
static void engine_ended(void *context, int result)
{
    struct server *server = context;
    uint64_t one = 1;

    if (result < 0) {
        log_line(LOG_ERROR,
                 "event=engine_fault reason=%s what=\"the outcome of a commit is "
                 "unknown; stopping at once, the next start knows\"",
                 fault_name(result));
        _exit(1);
    }
    if (write(server->ended, &one, sizeof(one)) != (ssize_t)sizeof(one))
        _exit(1);
}

/* ---- parts ---- */

static void random_bytes(void *context, void *data, size_t size)
{
    (void)context;
    randombytes_buf(data, size);
}

static int open_store(struct server *server, const struct server_options *options, char *message)
{
    char path[DATABASE_PATH_SIZE], reason[STORE_MESSAGE_SIZE] = "";
    int length = snprintf(path, sizeof(path), "%s/%s", options->data, DATABASE);

    if (length < 0 || (size_t)length >= sizeof(path))
        return refuse(message, "the path of the data folder is too long: %s", options->data);
    int r = store_sqlite_open(path, &server->store, reason);
    if (r == 0)
        return 0;
    if (r == fault(FAULT_LOCKED))
        return refuse(message, "%s is used by another process", path);
    return refuse(message, "%s cannot be opened (%s)%s%s", path, fault_name(r),
                  reason[0] != '\0' ? ": " : "", reason);
}

/* Where backups go; what a crash has left of one is removed. */
static int prepare_backups(struct server *server, const struct server_options *options,
                           char *message)
{
    int length = options->backups != NULL
                     ? snprintf(server->backups, sizeof(server->backups), "%s", options->backups)
                     : snprintf(server->backups, sizeof(server->backups), "%s/%s", options->data,
                                BACKUPS);

    if (length < 0 || (size_t)length >= sizeof(server->backups))
        return refuse(message, "the path of the folder of backups is too long");
    size_t removed = backup_files_sweep(server->backups);
    if (removed > 0)
        log_line(LOG_WARNING, "event=partial_backups_removed count=%zu folder=%s", removed,
                 server->backups);
    return 0;
}

static int listen_for_workers(struct server *server, const struct server_options *options,
                              char *message)
{
    struct transport_sink sink = {.deliver = inbox_deliver, .context = server->inbox};
    int r = transport_sp_open(options->workers_url, sink, &server->transport);

    if (r == fault(FAULT_INPUT) && options->workers_url_else != NULL)
        r = transport_sp_open(options->workers_url_else, sink, &server->transport);
    if (r == 0)
        return 0;
    if (r == fault(FAULT_INPUT))
        return refuse(message, "%s, where participants dial, is in use or cannot be listened on",
                      options->workers_url);
    return refuse(message, "%s: %s", options->workers_url, fault_name(r));
}

static int open_egress(struct server *server, const struct server_options *options, char *message)
{
    struct transport_sink sink = {.deliver = inbox_deliver, .context = server->inbox};

    if (options->endpoint_count == 0)
        return 0;
    int r = egress_open(options->endpoints, options->endpoint_count, server->transport, sink,
                        &server->egress);
    return r == 0 ? 0 : refuse(message, "calls over HTTP cannot be made: %s", fault_name(r));
}

static int recover(struct server *server, const struct server_options *options, char *message)
{
    char reason[ENGINE_MESSAGE_SIZE] = "";
    const struct engine_options engine = {
        .store = server->store,
        .transport =
            server->egress != NULL ? egress_transport(server->egress) : server->transport,
        .inbox = server->inbox,
        .catalog = options->catalog,
        .accounts = options->accounts,
        .random = random_bytes,
        .queue_max = options->calls_queued_max,
        .sagas_max = options->sagas_live_max,
        .backups = server->backups,
        .version = SERVER_VERSION,
    };
    int r = engine_open(&engine, instant_now(), &server->engine, reason);

    if (r == 0)
        return 0;
    return refuse(message, "recovery failed (%s)%s%s", fault_name(r), reason[0] != '\0' ? ": " : "",
                  reason);
}

/* What the gateway's lint answers: the report of catalog_check, or NULL when there is none. */
static char *lint(void *context, struct bytes text)
{
    struct catalog_report report = {0};
    struct definition *definition = malloc(sizeof(*definition));
    char *told = NULL;

    (void)context;
    int r = definition == NULL ? fault(FAULT_MEMORY)
                               : catalog_check("definition.yaml", (const char *)text.data,
                                               text.size, &report, definition);
    free(definition);
    if (r < 0)
        told = strdup("the server is short of memory\n");
    else if (r == CATALOG_REFUSED)
        told = strndup((const char *)report.text.data, report.text.size);
    catalog_report_fini(&report);
    return told;
}

static int listen_for_http(struct server *server, const struct server_options *options,
                           char *message)
{
    const struct gateway_options gateway = {
        .address = options->http_address,
        .inbox = server->inbox,
        .accounts = options->accounts,
        .version = SERVER_VERSION,
        .lint = lint,
        .settings = options->settings,
        .connections_max = options->connections_max,
        .connections_per_address = options->connections_per_address,
    };
    int r = gateway_open(&gateway, &server->gateway);

    if (r == 0)
        return 0;
    if (r == GATEWAY_BUSY)
        return refuse(message,
                      "%s is in use by another program; choose another with --http "
                      "ADDR:PORT, or http: address in the configuration",
                      options->http_address);
    if (r == fault(FAULT_INPUT))
        return refuse(message, "%s is not an address to listen on", options->http_address);
    return refuse(message, "http on %s: %s", options->http_address, fault_name(r));
}

static int start_thread(struct server *server, char *message)
{
    server->ended = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (server->ended < 0)
        return refuse(message, "no event file: %s", fault_name(fault(FAULT_SYSTEM)));
    int r =
        engine_thread_start(server->engine, server->inbox, engine_ended, server, &server->thread);
    return r == 0 ? 0 : refuse(message, "the engine's thread cannot start: %s", fault_name(r));
}

/* ---- the whole ---- */

static int open_parts(struct server *server, const struct server_options *options, char *message)
{
    int r = open_store(server, options, message);

    if (r == 0) {
        r = inbox_open(&server->inbox);
        if (r < 0)
            return refuse(message, "no inbox: %s", fault_name(r));
    }
    if (r == 0)
        r = prepare_backups(server, options, message);
    if (r == 0)
        r = listen_for_workers(server, options, message);
    if (r == 0)
        r = open_egress(server, options, message);
    if (r == 0)
        r = recover(server, options, message);
    if (r == 0)
        r = start_thread(server, message);
    if (r == 0)
        r = listen_for_http(server, options, message);
    return r;
}

int server_open(const struct server_options *options, struct server **ret_server,
                char ret_message[SERVER_MESSAGE_SIZE])
{
    struct server *server = calloc(1, sizeof(*server));

    if (server == NULL)
        return refuse(ret_message, "out of memory");
    server->ended = -1;
    int r = open_parts(server, options, ret_message);
    if (r != 0) {
        if (server->thread != NULL)
            inbox_stop(server->inbox);
        server_close(server);
        return r;
    }
    assert(server->gateway != NULL && server->thread != NULL);
    *ret_server = server;
    return 0;
}

const char *server_http(const struct server *server)
{
    return gateway_address(server->gateway);
}

const char *server_workers_url(const struct server *server)
{
    return transport_url(server->transport);
}

struct inbox *server_inbox(struct server *server)
{
    return server->inbox;
}

void server_stop(struct server *server)
{
    gateway_set_stopping(server->gateway);
    inbox_stop(server->inbox);
}

int server_ended_file(const struct server *server)
{
    return server->ended;
}

/* The engine answers what still waits when it closes, so the gateway can close after it. */
struct server *server_close(struct server *server)
{
    if (server == NULL)
        return NULL;
    if (server->thread != NULL)
        engine_thread_join(server->thread);
    server->engine = engine_close(server->engine);
    server->gateway = gateway_close(server->gateway);
    server->egress = egress_close(server->egress);
    server->transport = transport_close(server->transport);
    server->inbox = inbox_close(server->inbox);
    server->store = store_close(server->store);
    if (server->ended >= 0)
        close(server->ended);
    free(server);
    return NULL;
}
