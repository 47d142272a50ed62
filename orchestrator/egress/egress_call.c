#include "egress/egress_call.h"

#include "base/clock.h"
#include "base/fault.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define USER_AGENT "sagad"

/* ---- what curl asks and tells ---- */

static size_t give_body(char *room, size_t size, size_t count, void *context)
{
    struct egress_call *call = context;
    size_t left = call->request.body.size - call->sent;
    size_t given = left < size * count ? left : size * count;

    if (given > 0)
        memcpy(room, call->request.body.data + call->sent, given);
    call->sent += given;
    return given;
}

/* Anything but what was given tells curl to cut it off. */
static size_t take_line(char *data, size_t size, size_t count, void *context)
{
    struct egress_call *call = context;
    bool more = egress_answer_line(&call->answer, bytes_of(data, size * count),
                                   instant_now().wall_ms);

    return more ? size * count : 0;
}

static size_t take_piece(char *data, size_t size, size_t count, void *context)
{
    struct egress_call *call = context;

    return egress_answer_piece(&call->answer, bytes_of(data, size * count)) ? size * count : 0;
}

/* ---- options ---- */

/* What every connection to an endpoint has in common. */
static CURLcode set_connection(CURL *easy, const struct egress_endpoint *endpoint)
{
    CURLcode r = curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);

    r |= curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
    r |= curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1);
    r |= curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
    r |= curl_easy_setopt(easy, CURLOPT_PROXY, "");
    r |= curl_easy_setopt(easy, CURLOPT_NETRC, CURL_NETRC_IGNORED);
    r |= curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 1L);
    r |= curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 2L);
    r |= curl_easy_setopt(easy, CURLOPT_SSLVERSION, CURL_SSLVERSION_TLSv1_2);
    r |= curl_easy_setopt(easy, CURLOPT_MAXAGE_CONN, (long)EGRESS_IDLE_S);
    r |= curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L); /* A stop waits for no name server. */
    if (endpoint->ca_file[0] != '\0') {
        r |= curl_easy_setopt(easy, CURLOPT_CAINFO, endpoint->ca_file);
        r |= curl_easy_setopt(easy, CURLOPT_CAPATH, NULL);
    }
    return r;
}

static CURLcode set_callbacks(struct egress_call *call)
{
    CURLcode r = curl_easy_setopt(call->easy, CURLOPT_READFUNCTION, give_body);

    r |= curl_easy_setopt(call->easy, CURLOPT_PRIVATE, call);
    r |= curl_easy_setopt(call->easy, CURLOPT_READDATA, call);
    r |= curl_easy_setopt(call->easy, CURLOPT_HEADERFUNCTION, take_line);
    r |= curl_easy_setopt(call->easy, CURLOPT_HEADERDATA, call);
    r |= curl_easy_setopt(call->easy, CURLOPT_WRITEFUNCTION, take_piece);
    r |= curl_easy_setopt(call->easy, CURLOPT_WRITEDATA, call);
    r |= curl_easy_setopt(call->easy, CURLOPT_ERRORBUFFER, call->error);
    return r;
}

/*
 * Connecting has three quarters of the time: one that cannot be made is then known not to have been
 * begun, before the engine has to take it for unknown.
 */
static CURLcode set_times(CURL *easy, uint32_t ms_left)
{
    uint32_t ms = ms_left > 1 ? ms_left : 2;
    uint32_t connect_ms = ms - ms / 4 - 1;

    connect_ms = connect_ms < EGRESS_CONNECT_MS ? connect_ms : EGRESS_CONNECT_MS;
    CURLcode r = curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, (long)ms);
    r |= curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, (long)connect_ms);
    return r;
}

static CURLcode set_request(struct egress_call *call)
{
    CURLcode r = curl_easy_setopt(call->easy, CURLOPT_URL, (const char *)call->request.url.data);

    r |= curl_easy_setopt(call->easy, CURLOPT_POST, 1L);
    r |= curl_easy_setopt(call->easy, CURLOPT_POSTFIELDSIZE_LARGE,
                          (curl_off_t)call->request.body.size);
    r |= curl_easy_setopt(call->easy, CURLOPT_USERAGENT, USER_AGENT);
    r |= curl_easy_setopt(call->easy, CURLOPT_HTTPHEADER, call->lines);
    return r;
}

/* The lines, and none of those that curl adds by itself when a body is large. */
static int make_lines(struct egress_call *call)
{
    const struct buffer *headers = &call->request.headers;
    const char *at = (const char *)headers->data, *end = at + headers->size;

    call->lines = curl_slist_append(NULL, "Expect:");
    for (; at < end && call->lines != NULL; at += strlen(at) + 1) {
        struct curl_slist *longer = curl_slist_append(call->lines, at);
        if (longer == NULL)
            return fault(FAULT_MEMORY);
    }
    return call->lines != NULL ? 0 : fault(FAULT_MEMORY);
}

/* ---- a call's life ---- */

static int open_call(struct egress_call *call, const struct egress_endpoint *endpoint,
                     const struct wire_call *wire)
{
    int r = egress_request_write(endpoint, wire, &call->request);

    if (r == 0)
        r = make_lines(call);
    if (r != 0)
        return r;
    call->easy = curl_easy_init();
    if (call->easy == NULL || set_connection(call->easy, endpoint) != CURLE_OK ||
        set_callbacks(call) != CURLE_OK || set_request(call) != CURLE_OK ||
        set_times(call->easy, wire->ms_left) != CURLE_OK)
        return fault(FAULT_MEMORY);
    return 0;
}

int egress_call_open(const struct egress_endpoint *endpoint, const struct wire_call *wire,
                     struct egress_call **ret_call)
{
    assert(strlen(wire->operation_id) < WIRE_OPERATION_ID_SIZE);
    struct egress_call *call = calloc(1, sizeof *call);

    if (call == NULL)
        return fault(FAULT_MEMORY);
    call->direction = wire->direction;
    call->attempt = wire->attempt;
    memcpy(call->operation_id, wire->operation_id, strlen(wire->operation_id) + 1);
    memcpy(call->token, wire->token, sizeof call->token);
    int r = open_call(call, endpoint, wire);
    if (r < 0) {
        egress_call_close(call);
        return pass(r);
    }
    if (r == EGRESS_NOT_JSON)
        call->answer.end = EGRESS_UNASKABLE;
    *ret_call = call;
    return r;
}

/* The head of the request leaves before its body, so that its size tells. */
static bool has_left(const struct egress_call *call)
{
    long head = 0;
    CURLcode r = curl_easy_getinfo(call->easy, CURLINFO_REQUEST_SIZE, &head);

    return r != CURLE_OK || head > 0 || call->sent > 0;
}

static enum egress_end end_of(const struct egress_call *call, CURLcode code)
{
    if (code == CURLE_OK || (call->answer.is_cut && call->answer.status != 0))
        return EGRESS_ANSWERED;
    if (!has_left(call))
        return EGRESS_NOT_SENT;
    return code == CURLE_OPERATION_TIMEDOUT ? EGRESS_TIMED_OUT : EGRESS_LOST;
}

void egress_call_end(struct egress_call *call, CURLcode code)
{
    const char *what = call->error[0] != '\0' ? call->error : curl_easy_strerror(code);

    call->answer.end = end_of(call, code);
    snprintf(call->answer.what, sizeof call->answer.what, "%s", what);
}

struct egress_call *egress_call_close(struct egress_call *call)
{
    if (call == NULL)
        return NULL;
    if (call->easy != NULL)
        curl_easy_cleanup(call->easy);
    curl_slist_free_all(call->lines);
    egress_request_fini(&call->request);
    egress_answer_fini(&call->answer);
    free(call);
    return NULL;
}

CURL *egress_probe_open(const struct egress_endpoint *endpoint)
{
    CURL *easy = curl_easy_init();

    if (easy == NULL)
        return NULL;
    CURLcode r = set_connection(easy, endpoint);
    r |= curl_easy_setopt(easy, CURLOPT_URL, endpoint->url);
    r |= curl_easy_setopt(easy, CURLOPT_CONNECT_ONLY, 1L);
    r |= set_times(easy, EGRESS_CONNECT_MS);
    if (r == CURLE_OK)
        return easy;
    curl_easy_cleanup(easy);
    return NULL;
}
