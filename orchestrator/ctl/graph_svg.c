/*
 * The graph as a picture of its own: SVG with its style inside, for light pages and dark ones.
 *
 * Sizes are of a monospaced font, so that a box is as wide as its longest line.
 */
#include "ctl/graph.h"

#include <string.h>

#define CHAR_WIDTH 8 /* Of 13 px, with some room for fonts that are wider. */
#define LINE_HEIGHT 18
#define PADDING 12
#define LINE_WIDTH 2
#define GAP_ACROSS 28
#define GAP_DOWN 46
#define MARGIN 16
#define TITLE_HEIGHT 34
#define ARROW 7 /* How far the head reaches. */

/* Each colour is said twice instead of once as a variable, which not every viewer knows. */
static const char style[] =
    "  <style>\n"
    "    text { font: 13px ui-monospace, 'DejaVu Sans Mono', monospace; fill: #1f2328 }\n"
    "    .name { font-weight: bold }\n"
    "    .paper { fill: #ffffff } .head { fill: #6e7781 }\n"
    "    .line { fill: none; stroke: #6e7781; stroke-width: 1.5 }\n"
    "    .box { fill: #f6f8fa; stroke: #6e7781; stroke-width: 1.5 }\n"
    "    .inner { fill: none; stroke: #6e7781; stroke-width: 1.5 }\n"
    "    rect.quiet { stroke-dasharray: 4 3 }\n"
    "    text.quiet { fill: #656d76 }\n"
    "    text.busy { fill: #0550ae } rect.busy { stroke: #0550ae }\n"
    "    text.done { fill: #116329 } rect.done { stroke: #116329 }\n"
    "    text.undone { fill: #953800 } rect.undone { stroke: #953800 }\n"
    "    text.wrong { fill: #a40e26 } rect.wrong { stroke: #a40e26 }\n"
    "    @media (prefers-color-scheme: dark) {\n"
    "      text { fill: #e6edf3 }\n"
    "      .paper { fill: #0d1117 } .head { fill: #8d96a0 }\n"
    "      .line { stroke: #8d96a0 } .inner { stroke: #8d96a0 }\n"
    "      .box { fill: #161b22; stroke: #8d96a0 }\n"
    "      text.quiet { fill: #8d96a0 }\n"
    "      text.busy { fill: #79c0ff } rect.busy { stroke: #79c0ff }\n"
    "      text.done { fill: #7ee787 } rect.done { stroke: #7ee787 }\n"
    "      text.undone { fill: #ffa657 } rect.undone { stroke: #ffa657 }\n"
    "      text.wrong { fill: #ff9492 } rect.wrong { stroke: #ff9492 }\n"
    "    }\n"
    "  </style>\n";

struct picture {
    const struct graph *graph;
    struct layout layout;
    int32_t tops[SAGA_STEPS_MAX]; /* Of the layers. */
    int32_t heights[SAGA_STEPS_MAX];
    int32_t width;
    int32_t height;
    FILE *out;
};

static void print_escaped(const char *text, FILE *out)
{
    for (; *text != '\0'; text++) {
        switch (*text) {
        case '&':
            fputs("&amp;", out);
            break;
        case '<':
            fputs("&lt;", out);
            break;
        case '>':
            fputs("&gt;", out);
            break;
        default:
            fputc(*text, out);
        }
    }
}

static const char *class_of(enum graph_tone tone)
{
    switch (tone) {
    case GRAPH_PLAIN:
        return "plain";
    case GRAPH_QUIET:
        return "quiet";
    case GRAPH_BUSY:
        return "busy";
    case GRAPH_DONE:
        return "done";
    case GRAPH_UNDONE:
        return "undone";
    case GRAPH_WRONG:
        return "wrong";
    }
    return "plain";
}

/* ---- sizes ---- */

static void measure(struct picture *picture)
{
    const struct graph *graph = picture->graph;
    int32_t title = (int32_t)strlen(graph->title) * CHAR_WIDTH, y = MARGIN + TITLE_HEIGHT;
    struct layout *layout = &picture->layout;

    graph_place(
        graph,
        &(struct graph_measures){
            .character = CHAR_WIDTH, .padding = 2 * PADDING, .line = LINE_WIDTH, .gap = GAP_ACROSS},
        layout);
    for (size_t l = 0; l < layout->layer_count; l++) {
        int32_t lines = (int32_t)graph_layer_lines(graph, &layout->layers[l]);
        picture->tops[l] = y;
        picture->heights[l] = lines * LINE_HEIGHT + 2 * PADDING;
        y += picture->heights[l] + GAP_DOWN;
    }
    picture->width = (layout->width > title ? layout->width : title) + 2 * MARGIN;
    picture->height = y - GAP_DOWN + MARGIN;
}

/* ---- lines ---- */

/* From one item to one of the next layer: an S, straight where they stand above each other. */
static void print_line(const struct picture *picture, size_t layer, const struct layout_item *from,
                       const struct layout_item *to)
{
    int32_t x1 = MARGIN + from->centre, x2 = MARGIN + to->centre;
    int32_t y1 = picture->tops[layer] + picture->heights[layer];
    int32_t y2 = picture->tops[layer + 1] - (to->line ? 0 : ARROW);
    int32_t bend = (y1 + y2) / 2;

    fprintf(picture->out, "  <path class=\"line\" d=\"M%d %dC%d %d %d %d %d %d\"/>\n", x1, y1, x1,
            bend, x2, bend, x2, y2);
    if (!to->line)
        fprintf(picture->out, "  <path class=\"head\" d=\"M%d %dl-5 -8h10z\"/>\n", x2, y2 + ARROW);
}

static void print_lines(const struct picture *picture)
{
    const struct layout *layout = &picture->layout;

    for (size_t l = 0; l < layout->layer_count; l++) {
        for (size_t i = 0; i < layout->layers[l].count; i++) {
            const struct layout_item *from = &layout->layers[l].items[i];
            if (from->line)
                fprintf(picture->out, "  <path class=\"line\" d=\"M%d %dv%d\"/>\n",
                        MARGIN + from->centre, picture->tops[l], picture->heights[l]);
            if (l + 1 == layout->layer_count)
                continue;
            for (size_t j = 0; j < layout->layers[l + 1].count; j++)
                if (layout_joins(layout, l, i, j))
                    print_line(picture, l, from, &layout->layers[l + 1].items[j]);
        }
    }
}

/* ---- boxes ---- */

static void print_rectangle(const struct picture *picture, const struct layout_item *item,
                            const char *class, int32_t inset, size_t layer)
{
    const char *tone = class_of(picture->graph->nodes[item->step].tone);

    fprintf(picture->out,
            "    <rect class=\"%s %s\" x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" rx=\"6\"/>\n",
            class, tone, MARGIN + layout_left(item) + inset, picture->tops[layer] + inset,
            item->width - 2 * inset, picture->heights[layer] - 2 * inset);
}

static void print_box(const struct picture *picture, size_t layer, const struct layout_item *item)
{
    const struct graph_node *node = &picture->graph->nodes[item->step];
    int32_t x = MARGIN + layout_left(item) + PADDING;
    int32_t y = picture->tops[layer] + PADDING - 4;

    fputs("  <g>\n", picture->out);
    print_rectangle(picture, item, "box", 0, layer);
    if (picture->graph->definition->steps[item->step].pivot)
        print_rectangle(picture, item, "inner", 4, layer);
    for (size_t i = 0; i < node->line_count; i++) {
        bool state = node->state_line != 0 && i == node->state_line;
        y += LINE_HEIGHT;
        fprintf(picture->out, "    <text class=\"%s\" x=\"%d\" y=\"%d\">",
                i == 0 ? "name" : class_of(state ? node->tone : GRAPH_PLAIN), x, y);
        print_escaped(node->lines[i], picture->out);
        fputs("</text>\n", picture->out);
    }
    fputs("  </g>\n", picture->out);
}

void graph_print_svg(const struct graph *graph, FILE *out)
{
    struct picture picture = {.graph = graph, .out = out};
    const struct layout *layout = &picture.layout;

    measure(&picture);
    fprintf(out,
            "<svg xmlns=\"http://www.w3.org/2000/svg\" role=\"img\" width=\"%d\" height=\"%d\" "
            "viewBox=\"0 0 %d %d\">\n  <title>",
            picture.width, picture.height, picture.width, picture.height);
    print_escaped(graph->title, out);
    fprintf(out, "</title>\n%s  <rect class=\"paper\" width=\"100%%\" height=\"100%%\"/>\n", style);
    fprintf(out, "  <text class=\"name\" x=\"%d\" y=\"%d\">", MARGIN, MARGIN + LINE_HEIGHT - 4);
    print_escaped(graph->title, out);
    fputs("</text>\n", out);
    print_lines(&picture);
    for (size_t l = 0; l < layout->layer_count; l++)
        for (size_t i = 0; i < layout->layers[l].count; i++)
            if (!layout->layers[l].items[i].line)
                print_box(&picture, l, &layout->layers[l].items[i]);
    fputs("</svg>\n", out);
}
