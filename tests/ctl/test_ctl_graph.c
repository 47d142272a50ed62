/* The graph of a definition, and of a saga: as characters, for graphviz, as SVG. */
#include "catalog/catalog.h"
#include "ctl/graph.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <sodium.h>

static const char trip_text[] =
    "saga: trip\n"
    "deadline: 60s\n"
    "steps:\n"
    "  - {name: look, participant: desk, read_only: true}\n"
    "  - {name: fly, participant: air, needs: [look], undo: unfly}\n"
    "  - {name: stay, routes: [inn, hut], needs: [look], undo: leave, do: book}\n"
    "  - {name: pay, participant: bank, needs: [fly, stay], pivot: true}\n"
    "  - {name: mail, participant: desk}\n";

static const char saga_text[] =
    "{\"id\":\"saga_1\",\"phase\":\"compensating\",\"hold\":\"none\",\"steps\":["
    "{\"name\":\"look\",\"state\":\"done\",\"undo\":\"none\",\"attempts\":1},"
    "{\"name\":\"fly\",\"state\":\"done\",\"undo\":\"done\",\"attempts\":3,\"undo_attempts\":1},"
    "{\"name\":\"stay\",\"state\":\"backoff\",\"undo\":\"none\",\"attempts\":2,"
    " \"in_doubt\":true},"
    "{\"name\":\"pay\",\"state\":\"rejected\",\"undo\":\"none\",\"attempts\":1},"
    "{\"name\":\"mail\",\"state\":\"\\u001b[31m\",\"undo\":\"none\"}]}";

struct drawing {
    struct catalog *catalog;
    const struct definition *definition;
};

static int draw_setup(void **state)
{
    static struct drawing drawing;
    struct catalog_report report = {0};

    if (sodium_init() < 0 || catalog_open(&drawing.catalog) < 0 ||
        catalog_add_text(drawing.catalog, "trip.yaml", trip_text, strlen(trip_text), &report) != 0)
        return -1;
    drawing.definition = catalog_current(drawing.catalog, "trip");
    *state = &drawing;
    return 0;
}

static int draw_teardown(void **state)
{
    struct drawing *drawing = *state;

    if (drawing != NULL) /* The setup has failed. */
        catalog_close(drawing->catalog);
    return 0;
}

enum kind { TEXT, ASCII, COLOUR, DOT, SVG };

/* What is printed of the definition, or of a saga of it; the caller's, by free. */
static char *drawn(const struct drawing *drawing, const char *saga_json, enum kind kind)
{
    json_t *saga = saga_json != NULL ? json_loads(saga_json, 0, NULL) : NULL;
    struct graph graph;
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);

    assert_true(saga_json == NULL || saga != NULL);
    graph_init(drawing->definition, saga, &graph);
    if (kind == DOT)
        graph_print_dot(&graph, out);
    else if (kind == SVG)
        graph_print_svg(&graph, out);
    else
        graph_print_text(
            &graph, (struct graph_style){.ascii = kind == ASCII, .colour = kind == COLOUR}, out);
    fclose(out);
    json_decref(saga);
    return text;
}

static void branches_are_drawn_side_by_side(void **state)
{
    char *text = drawn(*state, NULL, TEXT);

    assert_string_equal(strchr(text, '\n'), "\n\n"
                                            "           ┌───────────┐\n"
                                            "           │ look      │\n"
                                            "           │ desk      │\n"
                                            "           │ read only │\n"
                                            "           └─────┬─────┘\n"
                                            "       ┌─────────┴──────────┐\n"
                                            "       ▼                    ▼\n"
                                            "┌─────────────┐   ┌──────────────────┐\n"
                                            "│ fly         │   │ stay             │\n"
                                            "│ air         │   │ inn or hut: book │\n"
                                            "│ undo: unfly │   │ undo: leave      │\n"
                                            "└──────┬──────┘   └─────────┬────────┘\n"
                                            "       └─────────┬──────────┘\n"
                                            "                 ▼\n"
                                            "      ╔════════════════════╗\n"
                                            "      ║ pay                ║\n"
                                            "      ║ bank               ║\n"
                                            "      ║ PIVOT: no way back ║\n"
                                            "      ╚══════════╤═════════╝\n"
                                            "                 ▼\n"
                                            "        ┌─────────────────┐\n"
                                            "        │ mail            │\n"
                                            "        │ desk            │\n"
                                            "        │ after the pivot │\n"
                                            "        └─────────────────┘\n");
    free(text);
}

static void a_saga_shows_its_states_in_words(void **state)
{
    char *text = drawn(*state, saga_text, TEXT);

    assert_non_null(strstr(text, "saga_1  trip: compensating\n"));
    assert_non_null(strstr(text, "│ done      │"));
    assert_non_null(strstr(text, "│ undone      │"));
    assert_non_null(strstr(text, "│ backing off, in doubt, 2 tries │"));
    assert_non_null(strstr(text, "║ rejected           ║"));
    free(text);
}

static void a_state_that_is_not_known_steers_no_terminal(void **state)
{
    char *text = drawn(*state, saga_text, TEXT);

    assert_non_null(strstr(text, "state unknown"));
    assert_null(strchr(text, '\033'));
    free(text);
}

static void colours_stand_beside_the_words(void **state)
{
    char *text = drawn(*state, saga_text, COLOUR);

    assert_non_null(strstr(text, "\033[31mbacking off, in doubt, 2 tries\033[0m"));
    assert_non_null(strstr(text, "\033[33mundone\033[0m"));
    free(text);
}

static void in_ascii_there_is_no_other_character(void **state)
{
    char *text = drawn(*state, saga_text, ASCII);

    for (const char *at = text; *at != '\0'; at++)
        assert_true(*at == '\n' || (*at >= ' ' && *at <= '~'));
    assert_non_null(strstr(text, "#=========="));
    assert_non_null(strstr(text, "| fly "));
    free(text);
}

static void graphviz_gets_every_step_and_every_need(void **state)
{
    char *text = drawn(*state, saga_text, DOT);

    assert_int_equal(strncmp(text, "digraph \"trip\" {\n", 17), 0);
    assert_non_null(strstr(text, "\"pay\" [label=\"pay\\nrejected\\nbank\\nPIVOT: no way back\", "
                                 "color=red3, peripheries=2];\n"));
    assert_non_null(strstr(text, "  \"look\" -> \"fly\";\n"));
    assert_non_null(strstr(text, "  \"stay\" -> \"pay\";\n"));
    assert_null(strstr(text, "  \"look\" -> \"pay\";\n"));
    assert_non_null(strstr(text, "\n}\n"));
    free(text);
}

/* As far as this one goes: each element that is opened is closed in turn. */
static void expect_well_formed(const char *text)
{
    const char *open[16];
    size_t lengths[16], depth = 0;

    for (const char *at = strchr(text, '<'); at != NULL; at = strchr(at + 1, '<')) {
        const char *end = strchr(at, '>');
        assert_non_null(end);
        if (at[1] == '/') {
            assert_true(depth > 0);
            depth--;
            assert_int_equal(strncmp(open[depth], at + 2, lengths[depth]), 0);
        } else if (end[-1] != '/') {
            assert_true(depth < 16);
            open[depth] = at + 1;
            lengths[depth++] = strcspn(at + 1, " >");
        }
    }
    assert_int_equal(depth, 0);
}

static void the_picture_is_whole_and_says_it_in_words(void **state)
{
    char *text = drawn(*state, saga_text, SVG);

    expect_well_formed(text);
    assert_int_equal(strncmp(text, "<svg xmlns=\"http://www.w3.org/2000/svg\"", 39), 0);
    assert_non_null(strstr(text, "prefers-color-scheme: dark"));
    assert_non_null(strstr(text, ">backing off, in doubt, 2 tries</text>"));
    assert_non_null(strstr(text, "<rect class=\"inner wrong\"")); /* The pivot's second border. */
    assert_null(strstr(text, "http://www.w3.org/1999"));
    free(text);
}

static void what_could_be_markup_is_escaped(void **state)
{
    char *text = drawn(*state, "{\"id\":\"<a&b>\",\"phase\":\"\\u0007\",\"steps\":[]}", SVG);

    expect_well_formed(text);
    assert_non_null(strstr(text, "&lt;a&amp;b&gt;"));
    assert_null(strchr(text, '\007'));
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(branches_are_drawn_side_by_side),
        cmocka_unit_test(a_saga_shows_its_states_in_words),
        cmocka_unit_test(a_state_that_is_not_known_steers_no_terminal),
        cmocka_unit_test(colours_stand_beside_the_words),
        cmocka_unit_test(in_ascii_there_is_no_other_character),
        cmocka_unit_test(graphviz_gets_every_step_and_every_need),
        cmocka_unit_test(the_picture_is_whole_and_says_it_in_words),
        cmocka_unit_test(what_could_be_markup_is_escaped),
    };

    return cmocka_run_group_tests(tests, draw_setup, draw_teardown);
}
