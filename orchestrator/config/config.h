/*
 * The configuration of `sagad serve`: a YAML file, checked like a definition.
 *
 *   sagad.yaml ──tree, reader──▶ values ──safety──▶ struct config, and a table of who may speak
 *
 * Credentials are given as digests only, so the file is no secret. What would put the server on a
 * network without protection is a mistake of the file, not a warning. Relative paths start at the
 * folder of the file. docs/reference/configuration.md explains every key.
 */
#ifndef ORCHESTRATOR_CONFIG_CONFIG_H
#define ORCHESTRATOR_CONFIG_CONFIG_H

#include "accounts/accounts.h"
#include "base/bytes.h"
#include "base/log.h"
#include "base/setting.h"
#include "egress/egress_endpoint.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CONFIG_ADDRESS_SIZE 64u
#define CONFIG_URL_SIZE 160u
#define CONFIG_PATH_SIZE 1024u

struct config {
    char http_address[CONFIG_ADDRESS_SIZE]; /* "127.0.0.1:8080", "[::1]:8080" */
    bool behind_proxy;
    char workers_url[CONFIG_URL_SIZE]; /* "tcp://…" or "ipc://…" */
    bool trusted_network;
    char data[CONFIG_PATH_SIZE];        /* A folder. */
    char definitions[CONFIG_PATH_SIZE]; /* A folder. */
    char backups[CONFIG_PATH_SIZE];     /* A folder; "": "backups" in data. */
    enum log_level log;
    uint32_t calls_queued_max; /* 0: the server's default, as below. */
    uint32_t sagas_live_max;
    uint32_t connections_max;
    uint32_t connections_per_address;
    struct accounts *accounts; /* Owned. */
    struct egress_endpoint *endpoints; /* Owned: participants that are called over HTTP. */
    size_t endpoint_count;
    struct setting *settings; /* Owned: all of it as people are shown it. */
    size_t setting_count;
};

/*
 * Read a file. @ret_config is the caller's storage, ended by config_fini when 0 is returned.
 *
 * Returns 0; CONFIG_REFUSED with what is wrong appended to @messages; a fault.
 */
enum { CONFIG_REFUSED = 1 };
int config_load(const char *path, struct config *ret_config, struct buffer *messages);

/* The same for a text; @file_name is for messages and gives the folder of relative paths. */
int config_read(const char *file_name, struct bytes text, struct config *ret_config,
                struct buffer *messages);
void config_fini(struct config *config);

/* "ADDRESS:PORT" with a numeric address: is it one, and does it stay on this machine? */
bool config_address_valid(const char *address);
bool config_address_is_loopback(const char *address);

#endif
