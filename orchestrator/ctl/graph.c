#include "ctl/graph.h"

#include "base/bytes.h"
#include "ctl/view.h"

#include <assert.h>
#include <stdarg.h>
#include <string.h>

#define VERSION_BYTES 8u /* As everywhere: the first 16 digits of the hash. */

/* What a state is called in a box; what it means for the colour. */
struct word {
    const char *state;
    const char *text;
    enum graph_tone tone;
};

static const struct word do_words[] = {
    {"pending", "pending", GRAPH_QUIET},    {"calling", "calling", GRAPH_BUSY},
    {"backoff", "backing off", GRAPH_BUSY}, {"waiting", "waiting", GRAPH_BUSY},
    {"done", "done", GRAPH_DONE},           {"rejected", "rejected", GRAPH_WRONG},
    {"skipped", "skipped", GRAPH_QUIET},    {"not_run", "not run", GRAPH_QUIET},
};
static const struct word undo_words[] = {
    {"due", "undo due", GRAPH_BUSY},
    {"calling", "undoing", GRAPH_BUSY},
    {"backoff", "undo backing off", GRAPH_BUSY},
    {"waiting", "undo waiting", GRAPH_BUSY},
    {"done", "undone", GRAPH_UNDONE},
    {"waived", "undo waived", GRAPH_WRONG},
};

#define DO_WORD_COUNT (sizeof do_words / sizeof do_words[0])
#define UNDO_WORD_COUNT (sizeof undo_words / sizeof undo_words[0])

static const struct word *find_word(const struct word *words, size_t count, const char *state)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(words[i].state, state) == 0)
            return &words[i];
    return NULL;
}

__attribute__((format(printf, 2, 3))) static void add_line(struct graph_node *node,
                                                           const char *format, ...)
{
    va_list arguments;

    assert(node->line_count < GRAPH_LINES_MAX);
    va_start(arguments, format);
    vsnprintf(node->lines[node->line_count++], GRAPH_LINE_SIZE, format, arguments);
    va_end(arguments);
}

/* ---- the state of a saga's step ---- */

static const json_t *step_named(const json_t *saga, const char *name)
{
    size_t i;
    json_t *step;

    json_array_foreach(json_object_get(saga, "steps"), i, step) {
        if (strcmp(view_text(step, "name"), name) == 0)
            return step;
    }
    return NULL;
}

/* While a first call is out, nobody is in doubt yet. */
static bool is_in_doubt(const json_t *step)
{
    return json_is_true(json_object_get(step, "in_doubt")) &&
           (strcmp(view_text(step, "state"), "calling") != 0 || view_number(step, "attempts") > 1);
}

static void add_state(struct graph_node *node, const json_t *step)
{
    const struct word *undo = find_word(undo_words, UNDO_WORD_COUNT, view_text(step, "undo"));
    const struct word *word = undo;
    uint64_t tries = view_number(step, undo != NULL ? "undo_attempts" : "attempts");
    bool in_doubt = undo == NULL && is_in_doubt(step);
    char count[32] = "";

    if (word == NULL)
        word = find_word(do_words, DO_WORD_COUNT, view_text(step, "state"));
    node->state_line = node->line_count;
    node->tone = in_doubt ? GRAPH_WRONG : word != NULL ? word->tone : GRAPH_PLAIN;
    if (tries > 1)
        snprintf(count, sizeof count, ", %llu tries", (unsigned long long)tries);
    add_line(node, "%s%s%s", word != NULL ? word->text : "state unknown",
             in_doubt ? ", in doubt" : "", count);
}

/* ---- what the definition says of it ---- */

static void add_participants(struct graph_node *node, const struct definition *definition,
                             const struct definition_step *step)
{
    char names[GRAPH_LINE_SIZE] = "";
    size_t length = 0;

    for (size_t i = 0; i < step->route_count && length < sizeof names; i++)
        length +=
            (size_t)snprintf(names + length, sizeof names - length, "%s%s", i > 0 ? " or " : "",
                             definition->participants[step->routes[i]].name);
    if (strcmp(step->operation, step->name) == 0)
        add_line(node, "%s", names);
    else
        add_line(node, "%.*s: %s", (int)(GRAPH_LINE_SIZE - SAGA_NAME_SIZE - 3), names,
                 step->operation);
}

static void add_kind(struct graph_node *node, const struct definition *definition, uint32_t index)
{
    const struct definition_step *step = &definition->steps[index];

    if (step->pivot)
        add_line(node, "PIVOT: no way back");
    if (step->undo[0] != '\0')
        add_line(node, "undo: %s", step->undo);
    else if (step->read_only)
        add_line(node, "read only");
    else if (!step->pivot)
        add_line(node, "after the pivot");
}

/* It goes into three formats, none of which is to be steered by what a server says. */
static void keep_printable(char *text)
{
    for (; *text != '\0'; text++)
        if (*text < ' ' || *text > '~')
            *text = '?';
}

void graph_init(const struct definition *definition, const json_t *saga, struct graph *ret_graph)
{
    char version[2 * VERSION_BYTES + 1], phase[VIEW_CONDITION_SIZE];

    *ret_graph = (struct graph){.definition = definition};
    hex_encode(definition->hash, VERSION_BYTES, version);
    snprintf(ret_graph->title, sizeof ret_graph->title, "%s %s", definition->name, version);
    if (saga != NULL) {
        view_phase(saga, phase);
        snprintf(ret_graph->title, sizeof ret_graph->title, "%.40s  %.64s: %.50s",
                 view_text(saga, "id"), definition->name, phase);
    }
    keep_printable(ret_graph->title);
    for (uint32_t i = 0; i < definition->step_count; i++) {
        struct graph_node *node = &ret_graph->nodes[i];
        add_line(node, "%s", definition->steps[i].name);
        if (saga != NULL)
            add_state(node, step_named(saga, definition->steps[i].name));
        add_participants(node, definition, &definition->steps[i]);
        add_kind(node, definition, i);
    }
}

/* ---- placing the boxes ---- */

static int32_t box_width(const struct graph_node *node, const struct graph_measures *measures)
{
    int32_t longest = 0;

    for (size_t i = 0; i < node->line_count; i++) {
        int32_t length = (int32_t)strlen(node->lines[i]);
        longest = length > longest ? length : longest;
    }
    return longest * measures->character + measures->padding;
}

void graph_place(const struct graph *graph, const struct graph_measures *measures,
                 struct layout *ret_layout)
{
    const struct definition *definition = graph->definition;
    uint32_t needs[SAGA_STEPS_MAX];
    int32_t widths[SAGA_STEPS_MAX];

    for (uint32_t i = 0; i < definition->step_count; i++) {
        needs[i] = definition->steps[i].needs;
        widths[i] = box_width(&graph->nodes[i], measures);
    }
    layout_arrange(needs, definition->step_count, ret_layout);
    layout_place(ret_layout, widths, measures->line, measures->gap);
}

size_t graph_layer_lines(const struct graph *graph, const struct layout_layer *layer)
{
    size_t lines = 0;

    for (size_t i = 0; i < layer->count; i++) {
        const struct layout_item *item = &layer->items[i];
        if (!item->line && graph->nodes[item->step].line_count > lines)
            lines = graph->nodes[item->step].line_count;
    }
    return lines;
}
