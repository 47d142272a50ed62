#include "gauge.h"

#include "fetch.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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
    struct fetch fetch;
    char authorization[64];

    fetch_init(&fetch, scene->http);
    snprintf(authorization, sizeof authorization, "Bearer %s", scene->key);
    bool good = fetch_get(&fetch, "/metrics", authorization) && fetch.status == 200;
    if (good) {
        ret_gauge->commits = sum_of(fetch.body, "saga_store_commits_total");
        ret_gauge->finished = sum_of(fetch.body, "saga_sagas_finished_total");
    } else {
        fprintf(stderr, "saga-bench: http://%s/metrics cannot be read\n", scene->http);
    }
    fetch_fini(&fetch);
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
