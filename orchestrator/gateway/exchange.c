#include "gateway/exchange.h"

#include "base/clock.h"
#include "gateway/http.h"
#include "gateway/problem.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

struct exchange *exchange_new(struct service *service, const char *target)
{
    struct exchange *exchange = calloc(1, sizeof(*exchange));
    if (!exchange)
        return NULL;
    exchange->target = strdup(target);
    if (!exchange->target) {
        free(exchange);
        return NULL;
    }
    exchange->service = service;
    exchange->begun_ms = instant_now().monotonic_ms;
    exchange->query = "";
    char *question = strchr(exchange->target, '?');
    if (question) {
        *question = '\0';
        exchange->query = question + 1;
    }
    return exchange;
}

void exchange_free(struct exchange *exchange)
{
    if (!exchange)
        return;
    if (exchange->work_free)
        exchange->work_free(exchange->work);
    desk_reply_fini(&exchange->reply_of_desk);
    buffer_fini(&exchange->body);
    free(exchange->reply.body);
    free(exchange->target);
    free(exchange);
}

static void say_who_may(struct exchange *exchange, enum verdict_on_caller verdict)
{
    if (verdict == CALLER_UNKNOWN)
        problem_say(exchange, PROBLEM_UNAUTHENTICATED,
                    "The credentials are missing, or not those of a known account or operator.");
    else
        problem_say(exchange, PROBLEM_FORBIDDEN, "%s may not do this.",
                    exchange->caller.kind == CALLER_ACCOUNT
                        ? "An account"
                        : operator_role_name(exchange->caller.staff->role));
}

/* On the Messages face the path names the account, and it must be the one that asks. */
static enum verdict_on_caller judge_caller(const struct exchange *exchange)
{
    enum access access = exchange->match.route->access;
    enum verdict_on_caller verdict = caller_may(&exchange->caller, access);

    if (verdict == CALLER_ALLOWED && access == ACCESS_ACCOUNT &&
        strcmp(exchange->caller.account, exchange->match.parameters[0]) != 0)
        return CALLER_UNKNOWN;
    return verdict;
}

/* A body that is compressed, or otherwise not what it is, would be taken for nonsense. */
static bool is_encoded(const struct exchange *exchange)
{
    const char *encoding = exchange_request_header(exchange, "Content-Encoding");

    return exchange->body_seen > 0 && encoding && strcasecmp(encoding, "identity") != 0;
}

static void handle_if_allowed(struct exchange *exchange)
{
    enum verdict_on_caller verdict = judge_caller(exchange);

    if (verdict != CALLER_ALLOWED) {
        say_who_may(exchange, verdict);
    } else if (is_encoded(exchange)) {
        exchange_add_header(exchange, "Accept-Encoding", "identity");
        problem_say(exchange, PROBLEM_MEDIA_TYPE,
                    "The body has a Content-Encoding, and none is known here: send it as it is.");
    } else {
        exchange->match.route->handle(exchange);
    }
}

void exchange_dispatch(struct exchange *exchange)
{
    exchange->received_ms = instant_now().monotonic_ms;
    exchange->match = route_find(exchange->method, exchange->target);
    exchange->caller = caller_identify(exchange->service->options.accounts,
                                       exchange_request_header(exchange, "Authorization"));
    if (exchange->body_too_large) {
        problem_say(exchange, PROBLEM_TOO_LARGE, "The body is larger than %u bytes.",
                    GATEWAY_BODY_MAX);
    } else if (!exchange->match.path_known) {
        problem_say(exchange, PROBLEM_NOT_FOUND, "There is nothing at this path.");
    } else if (!exchange->match.route) {
        problem_say(exchange, PROBLEM_METHOD, "The path does not know this method.");
    } else {
        handle_if_allowed(exchange);
    }
    assert(exchange->stage >= EXCHANGE_ASKED);
}

const char *exchange_request_header(const struct exchange *exchange, const char *name)
{
    return http_request_header(exchange->connection, name);
}

bool exchange_repeats_header(const struct exchange *exchange, const char *name)
{
    return http_count_request_header(exchange->connection, name) > 1;
}

uint64_t exchange_elapsed_ms(const struct exchange *exchange)
{
    return instant_now().monotonic_ms - exchange->received_ms;
}

/* Text is UTF-8, and ASCII is a part of it; what names another charset would be misread. */
static bool is_utf8(const char *type)
{
    static const char *const names[] = {"utf-8", "utf8", "us-ascii"};
    const char *charset = strcasestr(type, "charset=");
    if (!charset)
        return true;
    charset += strlen("charset=");
    charset += *charset == '"';
    size_t length = strcspn(charset, "\"; \t");
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (strlen(names[i]) == length && strncasecmp(charset, names[i], length) == 0)
            return true;
    return false;
}

bool exchange_has_type(const struct exchange *exchange, const char *type)
{
    const char *named = exchange_request_header(exchange, "Content-Type");
    if (!named)
        return true;
    size_t length = strlen(type);
    if (strncasecmp(named, type, length) != 0)
        return false;
    return (named[length] == '\0' || named[length] == ';' || named[length] == ' ') &&
           is_utf8(named + length);
}

void exchange_ask(struct exchange *exchange, struct ask *ask,
                  void (*next)(struct exchange *exchange), uint64_t within_ms)
{
    desk_reply_fini(&exchange->reply_of_desk);
    if (!ask || !desk_admit(exchange->service->desk)) {
        ask_free(ask);
        exchange->reply_of_desk = (struct desk_reply){.came = true, .status = ANSWER_SHED};
        next(exchange);
        return;
    }
    exchange->next = next;
    exchange->stage = EXCHANGE_ASKED;
    http_suspend(exchange->connection);
    /* From here on the exchange may be woken at any moment: it is not touched again. */
    desk_ask(exchange->service->desk, ask, exchange, instant_now().monotonic_ms + within_ms);
}

void exchange_keep(struct exchange *exchange, void *work, void (*work_free)(void *work))
{
    assert(!exchange->work);

    exchange->work = work;
    exchange->work_free = work_free;
}

void exchange_reply(struct exchange *exchange, unsigned status, const char *type, char *body,
                    size_t size)
{
    assert(exchange->stage != EXCHANGE_REPLIED);

    if (!body) {
        exchange_drop(exchange);
        return;
    }
    exchange->stage = EXCHANGE_REPLIED;
    exchange->reply.status = status;
    exchange->reply.type = type;
    exchange->reply.body = body;
    exchange->reply.size = size;
}

void exchange_reply_json(struct exchange *exchange, unsigned status, json_t *json)
{
    char *text = json ? json_dumps(json, JSON_COMPACT) : NULL;

    json_decref(json);
    exchange_reply(exchange, status, "application/json", text, text ? strlen(text) : 0);
}

void exchange_add_header(struct exchange *exchange, const char *name, const char *format, ...)
{
    assert(exchange->reply.header_count < REPLY_HEADERS_MAX);

    struct reply_header *header = &exchange->reply.headers[exchange->reply.header_count++];
    va_list arguments;
    header->name = name;
    va_start(arguments, format);
    int length = vsnprintf(header->value, sizeof(header->value), format, arguments);
    va_end(arguments);
    assert(length >= 0 && (size_t)length < sizeof(header->value));
}

void exchange_drop(struct exchange *exchange)
{
    exchange->stage = EXCHANGE_DROPPED;
}
