/* The graph for graphviz: the words are those of the boxes, and a colour only repeats them. */
#include "ctl/graph.h"

/* Inside double quotes. */
static void print_quoted(const char *text, FILE *out)
{
    for (; *text != '\0'; text++) {
        if (*text == '"' || *text == '\\')
            fputc('\\', out);
        fputc(*text, out);
    }
}

static void print_label(const struct graph_node *node, FILE *out)
{
    for (size_t i = 0; i < node->line_count; i++) {
        fputs(i > 0 ? "\\n" : "", out);
        print_quoted(node->lines[i], out);
    }
}

static const char *colour_of(enum graph_tone tone)
{
    switch (tone) {
    case GRAPH_PLAIN:
        return "black";
    case GRAPH_QUIET:
        return "gray50";
    case GRAPH_BUSY:
        return "blue3";
    case GRAPH_DONE:
        return "darkgreen";
    case GRAPH_UNDONE:
        return "darkorange3";
    case GRAPH_WRONG:
        return "red3";
    }
    return "black";
}

static void print_node(const struct graph *graph, uint32_t index, FILE *out)
{
    const struct definition_step *step = &graph->definition->steps[index];

    fprintf(out, "  \"%s\" [label=\"", step->name);
    print_label(&graph->nodes[index], out);
    fprintf(out, "\", color=%s%s];\n", colour_of(graph->nodes[index].tone),
            step->pivot ? ", peripheries=2" : "");
}

void graph_print_dot(const struct graph *graph, FILE *out)
{
    const struct definition *definition = graph->definition;

    fprintf(out, "digraph \"%s\" {\n  label=\"", definition->name);
    print_quoted(graph->title, out);
    fputs("\";\n  labelloc=t;\n  node [shape=box, fontname=\"monospace\"];\n", out);
    for (uint32_t i = 0; i < definition->step_count; i++)
        print_node(graph, i, out);
    for (uint32_t i = 0; i < definition->step_count; i++)
        for (uint32_t need = 0; need < definition->step_count; need++)
            if (definition->steps[i].needs & 1u << need)
                fprintf(out, "  \"%s\" -> \"%s\";\n", definition->steps[need].name,
                        definition->steps[i].name);
    fputs("}\n", out);
}
