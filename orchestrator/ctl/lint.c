/* sagactl def lint: the catalog's own checks, here, without a server. */
#include "ctl/lint.h"

#include "ctl/command.h"
#include "ctl/view.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>

static bool keep_current(void *context, const struct definition *definition, bool current)
{
    const struct definition **kept = context;

    if (current)
        *kept = definition;
    return true;
}

const struct definition *lint_file(struct catalog *catalog, const char *path)
{
    struct catalog_report report = {0};
    const struct definition *definition = NULL;
    int r = catalog_add_file(catalog, path, &report);

    if (r < 0)
        fprintf(stderr, "sagactl: %s cannot be checked\n", path);
    if (report.text.size > 0)
        fwrite(report.text.data, 1, report.text.size, stderr);
    catalog_report_fini(&report);
    if (r == 0)
        catalog_each(catalog, keep_current, &definition);
    return definition;
}

static void print_result(const struct call *call, const char *path, bool right, json_t *results)
{
    switch (call->format) {
    case FORMAT_TABLE:
    case FORMAT_WIDE:
    case FORMAT_CSV:
        if (right)
            fprintf(call->out, "%s: ok\n", path);
        break;
    case FORMAT_NAME:
        if (right)
            fprintf(call->out, "%s\n", path);
        break;
    case FORMAT_JSON:
    case FORMAT_JSONL:
        json_array_append_new(results, json_pack("{s:s, s:b}", "file", path, "ok", right));
        break;
    }
}

/* An array, or a line for each file. */
static void print_results(const struct call *call, const json_t *results)
{
    size_t i;
    json_t *result;

    if (call->format == FORMAT_JSON)
        view_json(call, results);
    if (call->format == FORMAT_JSONL)
        json_array_foreach(results, i, result)
            view_json(call, result);
}

enum exit_code lint_run(const struct call *call)
{
    enum exit_code code = EXIT_CODE_OK;
    json_t *results = json_array();

    if (results == NULL || sodium_init() < 0)
        return EXIT_CODE_FAILED;
    for (size_t i = 0; i < call->word_count; i++) {
        struct catalog *catalog;
        if (catalog_open(&catalog) < 0)
            abort();
        bool right = lint_file(catalog, call->words[i]) != NULL;
        print_result(call, call->words[i], right, results);
        if (!right)
            code = EXIT_CODE_FAILED;
        catalog = catalog_close(catalog);
    }
    print_results(call, results);
    json_decref(results);
    return code;
}
