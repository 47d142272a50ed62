#include "ctl/server.h"

#include "base/bytes.h"
#include "ctl/table.h"

#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HEADER_SIZE 512u

struct server {
    CURL *curl;
    const char *url;
    const char *key;
    char error[CURL_ERROR_SIZE];
};

struct server *server_open(const char *url, const char *key)
{
    struct server *server = calloc(1, sizeof *server);

    if (server == NULL)
        return NULL;
    if (curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK)
        server->curl = curl_easy_init();
    if (server->curl == NULL) {
        free(server);
        return NULL;
    }
    server->url = url;
    server->key = key;
    return server;
}

struct server *server_close(struct server *server)
{
    if (server != NULL) {
        curl_easy_cleanup(server->curl);
        curl_global_cleanup();
        free(server);
    }
    return NULL;
}

/* Refuses, by returning less than it was given, what no answer should need. */
static size_t take_bytes(char *data, size_t one, size_t count, void *context)
{
    struct buffer *body = context;

    if (body->size + one * count > SERVER_ANSWER_MAX)
        return 0;
    return buffer_append(body, data, one * count) < 0 ? 0 : one * count;
}

/* A list that could not grow is lost as a whole, so the old one is freed here. */
static struct curl_slist *with_header(struct curl_slist *headers, const char *name,
                                      const char *value)
{
    char line[HEADER_SIZE];

    snprintf(line, sizeof line, "%s: %s", name, value);
    struct curl_slist *longer = curl_slist_append(headers, line);
    if (longer == NULL)
        curl_slist_free_all(headers);
    return longer;
}

static struct curl_slist *headers_for(const struct server *server,
                                      const struct server_request *request)
{
    char text[HEADER_SIZE];
    struct curl_slist *headers = with_header(NULL, "Accept", "application/json");

    if (server->key != NULL) {
        snprintf(text, sizeof text, "Bearer %s", server->key);
        headers = with_header(headers, "Authorization", text);
    }
    if (request->body != NULL)
        headers = with_header(headers, "Content-Type", "application/json");
    if (request->key != NULL)
        headers = with_header(headers, "Idempotency-Key", request->key);
    if (request->match != NULL)
        headers = with_header(headers, "If-Match", request->match);
    if (request->wait_s > 0) {
        snprintf(text, sizeof text, "wait=%u", request->wait_s);
        headers = with_header(headers, "Prefer", text);
    }
    return headers;
}

/* Only this server, no redirect elsewhere: the request carries a key. */
static CURLcode perform(struct server *server, const struct server_request *request,
                        const char *url, const char *body, struct buffer *answer)
{
    CURL *curl = server->curl;
    struct curl_slist *headers = headers_for(server, request);

    curl_easy_reset(curl);
    server->error[0] = '\0';
    curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, server->error);
    curl_easy_setopt(curl, CURLOPT_URL, url);
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, (long)SERVER_TIMEOUT_S);
    curl_easy_setopt(curl, CURLOPT_TIMEOUT, (long)(SERVER_TIMEOUT_S + SERVER_WAIT_MAX_S));
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take_bytes);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, answer);
    if (strcmp(request->method, "POST") == 0)
        curl_easy_setopt(curl, CURLOPT_POSTFIELDS, body != NULL ? body : "");

    CURLcode code = curl_easy_perform(curl);
    curl_slist_free_all(headers);
    return code;
}

bool server_ask(struct server *server, const struct server_request *request,
                struct server_answer *ret_answer)
{
    struct buffer url = {0}, received = {0};
    char *body = request->body != NULL ? json_dumps(request->body, JSON_COMPACT) : NULL;
    struct server_answer answer = {0};
    size_t length = strlen(server->url);

    while (length > 0 && server->url[length - 1] == '/')
        length--;
    if (buffer_print(&url, "%.*s%s", (int)length, server->url, request->path) < 0 ||
        (request->body != NULL && body == NULL)) {
        snprintf(answer.text, sizeof answer.text, "out of memory");
    } else {
        CURLcode code = perform(server, request, (const char *)url.data, body, &received);
        if (code == CURLE_OK)
            curl_easy_getinfo(server->curl, CURLINFO_RESPONSE_CODE, &answer.status);
        else
            snprintf(answer.text, sizeof answer.text, "%s",
                     server->error[0] != '\0' ? server->error : curl_easy_strerror(code));
        if (received.size > 0)
            answer.body = json_loadb((const char *)received.data, received.size,
                                     JSON_REJECT_DUPLICATES, NULL);
    }
    free(body);
    buffer_fini(&url);
    buffer_fini(&received);
    *ret_answer = answer;
    return answer.status >= 200 && answer.status < 300;
}

void server_answer_fini(struct server_answer *answer)
{
    json_decref(answer->body);
    *answer = (struct server_answer){0};
}

bool server_get(struct server *server, const char *path, struct server_answer *ret_answer)
{
    return server_ask(server, &(struct server_request){.method = "GET", .path = path}, ret_answer);
}

bool server_escape(const char *text, char *path, size_t size)
{
    static const char digits[] = "0123456789ABCDEF";
    size_t length = strlen(path);

    for (const unsigned char *at = (const unsigned char *)text; *at != '\0'; at++) {
        bool plain = (*at >= 'a' && *at <= 'z') || (*at >= 'A' && *at <= 'Z') ||
                     (*at >= '0' && *at <= '9') || strchr("-._~", *at) != NULL;
        if (length + 4 > size)
            return false;
        if (plain) {
            path[length++] = (char)*at;
        } else {
            path[length++] = '%';
            path[length++] = digits[*at >> 4];
            path[length++] = digits[*at & 15u];
        }
        path[length] = '\0';
    }
    return true;
}

enum exit_code server_exit_code(long status)
{
    if (status >= 200 && status < 300)
        return EXIT_CODE_OK;
    switch (status) {
    case 401:
    case 403:
        return EXIT_CODE_AUTHENTICATION;
    case 404:
        return EXIT_CODE_NOT_FOUND;
    case 409:
    case 422:
        return EXIT_CODE_CONFLICT;
    case 0:
    case 408:
    case 502:
    case 503:
    case 504:
        return EXIT_CODE_UNREACHABLE;
    default:
        return EXIT_CODE_FAILED;
    }
}

static void print_allowed(const json_t *allowed)
{
    size_t i;
    json_t *verb;

    if (json_array_size(allowed) == 0)
        return;
    fputs("allowed now:", stderr);
    json_array_foreach(allowed, i, verb)
    {
        fputs(i == 0 ? " " : ", ", stderr);
        if (json_is_string(verb))
            table_text(json_string_value(verb), stderr);
    }
    fputc('\n', stderr);
}

enum exit_code server_complain(const struct server *server, const struct server_answer *answer)
{
    const char *title = json_string_value(json_object_get(answer->body, "title"));
    const char *detail = json_string_value(json_object_get(answer->body, "detail"));

    if (title != NULL && detail != NULL && strcmp(title, detail) == 0)
        detail = NULL;
    if (answer->status == 0) {
        fprintf(stderr, "sagactl: no answer from %s: %s\n", server->url, answer->text);
        return EXIT_CODE_UNREACHABLE;
    }
    fputs("sagactl: ", stderr);
    if (title == NULL && detail == NULL)
        fprintf(stderr, "%s answered %ld", server->url, answer->status);
    if (title != NULL)
        table_text(title, stderr);
    if (detail != NULL) {
        fputs(title != NULL ? ": " : "", stderr);
        table_text(detail, stderr);
    }
    fputc('\n', stderr);
    print_allowed(json_object_get(answer->body, "allowed"));
    return server_exit_code(answer->status);
}
