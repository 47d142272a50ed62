/* sagactl graph and def graph: steps as a drawing; of a file without a server. */
#include "base/id.h"
#include "ctl/command.h"
#include "ctl/definition.h"
#include "ctl/graph.h"
#include "ctl/lint.h"
#include "ctl/view.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

/* As the environment says, whether or not this machine has the locale that it names. */
static bool speaks_utf8(void)
{
    static const char *const names[] = {"LC_ALL", "LC_CTYPE", "LANG"};
    const char *locale = NULL;

    for (size_t i = 0; i < sizeof names / sizeof names[0] && locale == NULL; i++) {
        locale = getenv(names[i]);
        if (locale != NULL && locale[0] == '\0')
            locale = NULL;
    }
    const char *charset = locale != NULL ? strchr(locale, '.') : NULL;
    return charset != NULL &&
           (strncasecmp(charset, ".UTF-8", 6) == 0 || strncasecmp(charset, ".UTF8", 5) == 0);
}

static bool takes_colour(FILE *out)
{
    const char *no_colour = getenv("NO_COLOR"), *terminal = getenv("TERM");

    if ((no_colour != NULL && no_colour[0] != '\0') || terminal == NULL ||
        strcmp(terminal, "dumb") == 0)
        return false;
    return isatty(fileno(out)) == 1;
}

static void draw(const struct call *call, const struct definition *definition, const json_t *saga)
{
    const char *format = call->options[OPTION_FORMAT];
    struct graph graph;

    graph_init(definition, saga, &graph);
    if (format != NULL && strcmp(format, "dot") == 0)
        graph_print_dot(&graph, call->out);
    else if (format != NULL && strcmp(format, "svg") == 0)
        graph_print_svg(&graph, call->out);
    else
        graph_print_text(&graph,
                         (struct graph_style){
                             .ascii = call->options[OPTION_ASCII] != NULL || !speaks_utf8(),
                             .colour = takes_colour(call->out),
                         },
                         call->out);
}

/* What the server said of a definition, and perhaps of a saga of it. */
static enum exit_code draw_fetched(const struct call *call, const json_t *json, const json_t *saga)
{
    struct catalog *catalog;

    if (sodium_init() < 0 || catalog_open(&catalog) < 0)
        abort();
    const struct definition *definition = definition_read(catalog, json);
    if (definition != NULL)
        draw(call, definition, saga);
    catalog_close(catalog);
    return definition != NULL ? EXIT_CODE_OK : EXIT_CODE_FAILED;
}

static enum exit_code draw_named(const struct call *call)
{
    json_t *json;
    enum exit_code code = definition_fetch_word(call, call->words[0], &json);

    if (code != EXIT_CODE_OK)
        return code;
    code = draw_fetched(call, json, NULL);
    json_decref(json);
    return code;
}

/* Under the version that the saga started with. */
static enum exit_code draw_saga(const struct call *call)
{
    json_t *saga, *json;
    enum exit_code code = view_saga(call, "", &saga);

    if (code != EXIT_CODE_OK)
        return code;
    code = definition_fetch(call, view_text(saga, "definition"), view_text(saga, "version"), &json);
    if (code == EXIT_CODE_OK) {
        code = draw_fetched(call, json, saga);
        json_decref(json);
    }
    json_decref(saga);
    return code;
}

static enum exit_code draw_file(const struct call *call)
{
    struct catalog *catalog;

    if (sodium_init() < 0 || catalog_open(&catalog) < 0)
        abort();
    const struct definition *definition = lint_file(catalog, call->words[0]);
    if (definition != NULL)
        draw(call, definition, NULL);
    catalog_close(catalog);
    return definition != NULL ? EXIT_CODE_OK : EXIT_CODE_FAILED;
}

enum exit_code definition_graph_run(const struct call *call)
{
    return definition_is_file(call->words[0]) ? draw_file(call) : draw_named(call);
}

enum exit_code graph_run(const struct call *call)
{
    struct saga_id id;

    return id_parse(call->words[0], &id) ? draw_saga(call) : draw_named(call);
}
