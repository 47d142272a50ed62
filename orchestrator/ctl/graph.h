/*
 * A definition, or a saga under it, as a graph: what stands in the box of each step.
 *
 *   definition ──┬─▶ graph_init ─▶ graph_print_text   boxes and lines of characters
 *   saga's JSON ─┘                 graph_print_dot    for graphviz
 *                                  graph_print_svg    for a browser
 *
 *   ┌───────────────────┐
 *   │ reserve_quota     │   its name
 *   │ done              │   of a saga: its state, in words; a colour only repeats it
 *   │ billing           │   who does it, and what it is called there if that is not its name
 *   │ undo: give_back   │   its undo; that it has no effect; that it is the pivot, or after it
 *   └───────────────────┘
 */
#ifndef ORCHESTRATOR_CTL_GRAPH_H
#define ORCHESTRATOR_CTL_GRAPH_H

#include "core/definition.h"
#include "ctl/layout.h"

#include <jansson.h>
#include <stdio.h>

#define GRAPH_LINES_MAX 5u
#define GRAPH_LINE_SIZE 400u /* Four participants' names and an operation's. */
#define GRAPH_TITLE_SIZE 160u

enum graph_tone {
    GRAPH_PLAIN,
    GRAPH_QUIET, /* Nothing happened here, or nothing will. */
    GRAPH_BUSY,  /* Something is under way. */
    GRAPH_DONE,
    GRAPH_UNDONE,
    GRAPH_WRONG, /* Refused, or nobody knows. */
};

struct graph_node {
    size_t line_count;
    size_t state_line; /* Which of them is its state; 0, the name, when it has none. */
    enum graph_tone tone;
    char lines[GRAPH_LINES_MAX][GRAPH_LINE_SIZE];
};

struct graph {
    const struct definition *definition; /* Borrowed. */
    char title[GRAPH_TITLE_SIZE];
    struct graph_node nodes[SAGA_STEPS_MAX];
};

/* @saga is the server's JSON of a saga of this definition; NULL: the definition alone. */
void graph_init(const struct definition *definition, const json_t *saga, struct graph *ret_graph);

/* ---- placing the boxes ---- */

struct graph_measures {
    int32_t character; /* The width of one; of what a box has beside its text; of a line. */
    int32_t padding;
    int32_t line;
    int32_t gap; /* Between two boxes. */
};
void graph_place(const struct graph *graph, const struct graph_measures *measures,
                 struct layout *ret_layout);

/* How many lines the boxes of a layer have. */
size_t graph_layer_lines(const struct graph *graph, const struct layout_layer *layer);

/* ---- printing ---- */

struct graph_style {
    bool ascii; /* For terminals that know no other characters. */
    bool colour;
};
void graph_print_text(const struct graph *graph, struct graph_style style, FILE *out);
void graph_print_dot(const struct graph *graph, FILE *out);
void graph_print_svg(const struct graph *graph, FILE *out);

#endif
