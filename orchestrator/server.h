/*
 * The server: its parts put together, opened from the disk upwards and closed the other way.
 *
 *   store ─▶ inbox ─▶ transport ─▶ egress ─▶ engine (recovers) ─▶ engine's thread ─▶ gateway
 *
 * server_stop only asks; the engine finishes what is out, server_ended says so, and server_close
 * takes it down. When the engine ends by a fault, the outcome of a commit is unknown and nobody may
 * be answered any more: the process says why and is gone before anything else can happen.
 */
#ifndef ORCHESTRATOR_SERVER_H
#define ORCHESTRATOR_SERVER_H

#include "base/setting.h"
#include "engine/inbox.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SERVER_VERSION "0.1.0"
#define SERVER_MESSAGE_SIZE 1024u
#define SERVER_DRAIN_MS 4000u /* From the stop until the engine must have ended. */

struct accounts;
struct catalog;
struct egress_endpoint;
struct server;

struct server_options {
    const char *data;    /* The folder of saga.db; it exists. */
    const char *backups; /* The folder of backups; NULL: "backups" in data. */
    const char *http_address;
    const char *workers_url;
    const char *workers_url_else;    /* Tried when the first is taken; NULL: none. */
    struct catalog *catalog;         /* Borrowed; outlives the server. */
    const struct accounts *accounts; /* Borrowed; outlives the server. */
    const struct egress_endpoint *endpoints; /* Borrowed likewise: participants over HTTP. */
    size_t endpoint_count;
    struct settings settings;        /* Borrowed likewise: what operators are shown. */
    uint32_t calls_queued_max;       /* Zero in any of these asks for the default. */
    uint32_t sagas_live_max;
    uint32_t connections_max;
    uint32_t connections_per_address;
};

/* 0; a fault or SERVER_REFUSED, with a sentence in @ret_message. Signals are blocked by then. */
enum { SERVER_REFUSED = 1 };
int server_open(const struct server_options *options, struct server **ret_server,
                char ret_message[SERVER_MESSAGE_SIZE]);

/* "127.0.0.1:8080" and "ipc://…", with the ports that were picked. Borrowed. */
const char *server_http(const struct server *server);
const char *server_workers_url(const struct server *server);
struct inbox *server_inbox(struct server *server);

/* Start nothing new, finish what is out. */
void server_stop(struct server *server);

/* Readable once the engine has ended. */
int server_ended_file(const struct server *server);

/* After the engine has ended. Takes NULL; returns NULL. */
struct server *server_close(struct server *server);

#endif
