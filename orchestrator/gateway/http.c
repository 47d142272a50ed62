/*
 * The library calls handle_request once when the headers are there, once per piece of the body,
 * once when it is complete, and again after every resume; the exchange's stage tells which.
 *
 * A body that is too large is read on to its end, up to a bound, and thrown away: a client that is
 * still sending when its connection closes would see a reset instead of the answer. Only when it
 * waits for "100 Continue", or announces more than the bound, is it answered at once.
 */
#include "gateway/http.h"

#include "base/clock.h"
#include "base/fault.h"
#include "base/log.h"
#include "gateway/exchange.h"
#include "gateway/problem.h"

#include <microhttpd.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define DISCARD_MAX 16777216u /* Bytes of a body that are read only to be thrown away. */
#define UPLOAD_MS_MAX 30000u  /* A request that takes longer to arrive is a slow attack. */
#define LENGTH_DIGITS_MAX 18u /* A Content-Length with more digits is more than anybody has. */

struct http {
    struct service *service; /* Borrowed. */
    struct MHD_Daemon *daemon;
};

const char *http_request_header(void *connection, const char *name)
{
    return MHD_lookup_connection_value(connection, MHD_HEADER_KIND, name);
}

struct header_count {
    const char *name;
    size_t count;
};

static enum MHD_Result count_header(void *context, enum MHD_ValueKind kind, const char *name,
                                    const char *value)
{
    struct header_count *count = context;

    (void)kind;
    (void)value;
    count->count += strcasecmp(name, count->name) == 0;
    return MHD_YES;
}

size_t http_count_request_header(void *connection, const char *name)
{
    struct header_count count = {.name = name};

    MHD_get_connection_values(connection, MHD_HEADER_KIND, count_header, &count);
    return count.count;
}

void http_suspend(void *connection)
{
    MHD_suspend_connection(connection);
}

void http_wake(void *connection)
{
    MHD_resume_connection(connection);
}

/* ---- replies ---- */

static void add_headers(struct MHD_Response *response, const struct reply *reply)
{
    if (reply->type)
        MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, reply->type);
    for (size_t i = 0; i < reply->header_count; i++)
        MHD_add_response_header(response, reply->headers[i].name, reply->headers[i].value);
    MHD_add_response_header(response, MHD_HTTP_HEADER_CACHE_CONTROL, "no-store");
}

static void log_exchange(const struct exchange *exchange)
{
    static const char *const methods[] = {"GET", "POST", "other"};

    if (log_level() > LOG_DEBUG)
        return;
    log_line(LOG_DEBUG, "http %s %s status=%u ms=%llu", methods[exchange->method],
             exchange->match.path_known
                 ? exchange->match.route ? exchange->match.route->pattern : "(method)"
                 : "(path)",
             exchange->reply.status,
             (unsigned long long)(instant_now().monotonic_ms - exchange->begun_ms));
}

/* The response takes the body, which the library frees once it is sent. */
static enum MHD_Result send_reply(struct MHD_Connection *connection, struct exchange *exchange)
{
    struct reply *reply = &exchange->reply;
    enum MHD_ResponseMemoryMode mode = reply->body ? MHD_RESPMEM_MUST_FREE : MHD_RESPMEM_PERSISTENT;
    void *body = reply->body;
    struct MHD_Response *response =
        MHD_create_response_from_buffer(reply->size, body ? body : "", mode);
    if (!response)
        return MHD_NO;
    reply->body = NULL;
    add_headers(response, reply);
    enum MHD_Result result = MHD_queue_response(connection, reply->status, response);
    MHD_destroy_response(response);
    log_exchange(exchange);
    return result;
}

static enum MHD_Result after_handler(struct MHD_Connection *connection, struct exchange *exchange)
{
    switch (exchange->stage) {
    case EXCHANGE_ASKED:
        return MHD_YES;
    case EXCHANGE_REPLIED:
        return send_reply(connection, exchange);
    case EXCHANGE_DROPPED:
    case EXCHANGE_HEAD:
    case EXCHANGE_BODY:
        break;
    }
    return MHD_NO;
}

/* ---- requests ---- */

static uint64_t announced_length(void *connection)
{
    const char *length = http_request_header(connection, MHD_HTTP_HEADER_CONTENT_LENGTH);
    if (!length)
        return 0;
    return strlen(length) > LENGTH_DIGITS_MAX ? UINT64_MAX : strtoull(length, NULL, 10);
}

static bool waits_for_continue(void *connection)
{
    const char *expect = http_request_header(connection, MHD_HTTP_HEADER_EXPECT);
    return expect && strcasecmp(expect, "100-continue") == 0;
}

static enum method method_of(const char *method)
{
    if (strcmp(method, MHD_HTTP_METHOD_GET) == 0 || strcmp(method, MHD_HTTP_METHOD_HEAD) == 0)
        return METHOD_GET;
    return strcmp(method, MHD_HTTP_METHOD_POST) == 0 ? METHOD_POST : METHOD_OTHER;
}

static enum MHD_Result begin_request(struct MHD_Connection *connection, struct exchange *exchange,
                                     const char *method)
{
    uint64_t length = announced_length(connection);

    exchange->connection = connection;
    exchange->method = method_of(method);
    exchange->stage = EXCHANGE_BODY;
    exchange->body_too_large = length > GATEWAY_BODY_MAX;
    if (!exchange->body_too_large)
        return MHD_YES;
    if (!waits_for_continue(connection) && length <= DISCARD_MAX)
        return MHD_YES;
    exchange_dispatch(exchange);
    return after_handler(connection, exchange);
}

static enum MHD_Result take_body(struct exchange *exchange, const char *data, size_t *size)
{
    exchange->body_seen += *size;
    if (exchange->body_seen > GATEWAY_BODY_MAX)
        exchange->body_too_large = true;
    if (exchange->body_seen > DISCARD_MAX)
        return MHD_NO;
    if (instant_now().monotonic_ms - exchange->begun_ms > UPLOAD_MS_MAX)
        return MHD_NO;
    if (exchange->body_too_large)
        buffer_fini(&exchange->body);
    else if (buffer_append(&exchange->body, data, *size) < 0)
        return MHD_NO;
    *size = 0;
    return MHD_YES;
}

static enum MHD_Result handle_request(void *context, struct MHD_Connection *connection,
                                      const char *url, const char *method, const char *version,
                                      const char *data, size_t *size, void **request)
{
    struct exchange *exchange = *request;

    (void)context;
    (void)url;
    (void)version;
    if (!exchange)
        return MHD_NO;
    switch (exchange->stage) {
    case EXCHANGE_HEAD:
        return begin_request(connection, exchange, method);
    case EXCHANGE_BODY:
        if (*size > 0)
            return take_body(exchange, data, size);
        exchange_dispatch(exchange);
        break;
    case EXCHANGE_ASKED:
        desk_take_reply(exchange->service->desk);
        exchange->next(exchange);
        break;
    case EXCHANGE_REPLIED:
    case EXCHANGE_DROPPED:
        return MHD_NO;
    }
    return after_handler(connection, exchange);
}

/* The first the library tells of a request: its target, before it is taken apart. */
static void *note_target(void *context, const char *target, struct MHD_Connection *connection)
{
    struct http *http = context;

    (void)connection;
    return exchange_new(http->service, target);
}

static void request_completed(void *context, struct MHD_Connection *connection, void **request,
                              enum MHD_RequestTerminationCode code)
{
    (void)context;
    (void)connection;
    (void)code;
    exchange_free(*request);
    *request = NULL;
}

/* Paths and queries are decoded by ourselves, strictly; the library's copy is left as it came. */
static size_t leave_as_it_is(void *context, struct MHD_Connection *connection, char *text)
{
    (void)context;
    (void)connection;
    return strlen(text);
}

int http_open(struct service *service, int listener, struct http **ret_http)
{
    const struct gateway_options *options = &service->options;
    struct http *http = calloc(1, sizeof(*http));

    if (!http)
        return fault(FAULT_MEMORY);
    http->service = service;
    http->daemon = MHD_start_daemon(
        MHD_USE_EPOLL_INTERNAL_THREAD | MHD_ALLOW_SUSPEND_RESUME, 0, NULL, NULL, handle_request,
        http, MHD_OPTION_LISTEN_SOCKET, listener, MHD_OPTION_URI_LOG_CALLBACK, note_target, http,
        MHD_OPTION_UNESCAPE_CALLBACK, leave_as_it_is, NULL, MHD_OPTION_NOTIFY_COMPLETED,
        request_completed, NULL, MHD_OPTION_CONNECTION_MEMORY_LIMIT,
        (size_t)GATEWAY_CONNECTION_MEMORY, MHD_OPTION_CONNECTION_LIMIT, options->connections_max,
        MHD_OPTION_PER_IP_CONNECTION_LIMIT, options->connections_per_address,
        MHD_OPTION_CONNECTION_TIMEOUT, options->idle_timeout_s, MHD_OPTION_STRICT_FOR_CLIENT, 1,
        MHD_OPTION_END);
    if (!http->daemon) {
        free(http);
        return fault(FAULT_SYSTEM);
    }
    *ret_http = http;
    return 0;
}

struct http *http_close(struct http *http)
{
    if (!http)
        return NULL;
    MHD_stop_daemon(http->daemon);
    free(http);
    return NULL;
}
