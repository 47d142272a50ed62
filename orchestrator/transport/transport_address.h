/*
 * Addresses: what an ipc:// or tcp:// url means to a plain socket.
 */
#ifndef ORCHESTRATOR_TRANSPORT_TRANSPORT_ADDRESS_H
#define ORCHESTRATOR_TRANSPORT_TRANSPORT_ADDRESS_H

#include <stdbool.h>
#include <sys/socket.h>

struct transport_address {
    struct sockaddr_storage storage;
    socklen_t size;
};

/* True for an ipc:// or tcp:// url that has all its parts, whether or not its host is known. */
bool transport_address_is_url(const char *url);

/* Where to dial a url that is listened on: a wildcard is dialled on loopback. False: nonsense. */
bool transport_address_to_dial(const char *url, struct transport_address *ret_address);

/* Where to bind in order to listen on a url. */
bool transport_address_to_bind(const char *url, struct transport_address *ret_address);

/* The path of an ipc:// url, or NULL. */
const char *transport_address_path(const char *url);

/* True when a socket file is there and nobody has it open. */
bool transport_address_is_dead(const struct transport_address *address);

#endif
