/*
 * HTTP: the one file that knows the HTTP library. It turns connections into exchanges and replies
 * into bytes, suspends and wakes, and keeps the limits.
 */
#ifndef ORCHESTRATOR_GATEWAY_HTTP_H
#define ORCHESTRATOR_GATEWAY_HTTP_H

#include <stddef.h>

struct http;
struct service;

/* Serve a listening socket, which it takes on success. 0, FAULT_MEMORY or FAULT_SYSTEM. */
int http_open(struct service *service, int listener, struct http **ret_http);

/* Nothing may be suspended any more. Takes NULL; returns NULL. */
struct http *http_close(struct http *http);

/* On the HTTP thread, inside a handler: nothing more is done for it until it is woken. */
void http_suspend(void *connection);

/* Thread: any. Its exchange is handled on. */
void http_wake(void *connection);

/* A request header's value, the first of them, or NULL. Borrowed while the request lives. */
const char *http_request_header(void *connection, const char *name);

/* How often the request has this header. */
size_t http_count_request_header(void *connection, const char *name);

#endif
