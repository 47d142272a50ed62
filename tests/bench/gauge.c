#include "gauge.h"

#include "base/bytes.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define METRICS_MAX (4u << 20)

/* "127.0.0.1:port", as the scene's configuration asked for. */
static int connect_http(const char *http)
{
    const char *colon = strrchr(http, ':');
    struct sockaddr_in address = {.sin_family = AF_INET};

    if (colon == NULL)
        return -1;
    address.sin_port = htons((uint16_t)strtoul(colon + 1, NULL, 10));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int file = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (file >= 0 && connect(file, (struct sockaddr *)&address, sizeof address) != 0) {
        close(file);
        return -1;
    }
    return file;
}

/* All that comes until the server closes; a NUL ends it. */
static bool read_all(int file, struct buffer *text)
{
    ssize_t size = 1;

    while (size > 0 && text->size < METRICS_MAX) {
        uint8_t *place = buffer_reserve(text, 65536);
        if (place == NULL)
            return false;
        size = read(file, place, 65536);
        if (size > 0)
            text->size += (size_t)size;
    }
    return size == 0 && buffer_append(text, "", 1) == 0;
}

static bool fetch(const struct scene *scene, struct buffer *text)
{
    char request[256];
    int file = connect_http(scene->http);

    if (file < 0)
        return false;
    int size = snprintf(request, sizeof request,
                        "GET /metrics HTTP/1.1\r\nHost: %s\r\nAuthorization: Bearer %s\r\n"
                        "Connection: close\r\n\r\n",
                        scene->http, scene->key);
    bool good = write(file, request, (size_t)size) == size && read_all(file, text);
    close(file);
    return good && strncmp((const char *)text->data, "HTTP/1.1 200", 12) == 0;
}

/* The sum over all labels. */
static double sum_of(const char *text, const char *name)
{
    double sum = 0;

    for (const char *line = text; line != NULL; line = strchr(line, '\n')) {
        line += *line == '\n' ? 1 : 0;
        if (strncmp(line, name, strlen(name)) != 0)
            continue;
        char after = line[strlen(name)];
        const char *value = after == '{' ? strchr(line, '}') : line + strlen(name);
        if ((after == ' ' || after == '{') && value != NULL)
            sum += strtod(value + 1, NULL);
    }
    return sum;
}

bool gauge_read(const struct scene *scene, struct gauge *ret_gauge)
{
    struct buffer text = {.data = NULL};
    bool good = fetch(scene, &text);

    if (good) {
        ret_gauge->commits = sum_of((const char *)text.data, "saga_store_commits_total");
        ret_gauge->finished = sum_of((const char *)text.data, "saga_sagas_finished_total");
    } else {
        fprintf(stderr, "saga-bench: http://%s/metrics cannot be read\n", scene->http);
    }
    buffer_fini(&text);
    return good;
}

double gauge_rss_mb(const struct scene *scene)
{
    char path[64], line[256];
    unsigned long kilobytes = 0;

    snprintf(path, sizeof path, "/proc/%d/status", (int)scene->server);
    FILE *file = fopen(path, "r");
    if (file == NULL)
        return 0;
    while (fgets(line, sizeof line, file) != NULL) {
        if (strncmp(line, "VmRSS:", 6) == 0)
            kilobytes = strtoul(line + 6, NULL, 10);
    }
    fclose(file);
    return (double)kilobytes / 1024;
}
