/*
 * The graph in characters. Lines are gathered as arms of cells, and become characters at the end:
 *
 *   up, down, left, right of a cell ──▶ │ ─ ┌ ┐ └ ┘ ├ ┤ ┬ ┴ ┼, or in ASCII | - +
 *
 * Between two layers, steps whose lines end at the same steps share one horizontal line, in a row
 * of its own where it would touch another. Where lines only cross, the vertical one goes over.
 */
#include "ctl/graph.h"
#include "ctl/table.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define PADDING 4 /* Two borders, two blanks. */
#define GAP 3

enum { UP = 1u, DOWN = 2u, LEFT = 4u, RIGHT = 8u };

struct cell {
    char text; /* '\0': none. */
    uint8_t arms;
    bool strong; /* Of the pivot's border. */
    bool arrow;
    uint8_t tone; /* enum graph_tone */
};

struct canvas {
    int32_t width;
    int32_t height;
    struct cell *cells;
};

static struct cell *cell(struct canvas *canvas, int32_t x, int32_t y)
{
    assert(x >= 0 && x < canvas->width);
    assert(y >= 0 && y < canvas->height);

    return &canvas->cells[(size_t)y * (size_t)canvas->width + (size_t)x];
}

/* ---- between two layers ---- */

/* The lines of steps that end at the same ones. */
struct bundle {
    uint32_t above; /* Items of the upper layer, and of the lower one. */
    uint32_t below;
    int32_t left;
    int32_t right;
    int32_t row; /* Of its horizontal part, from the layer's end; unset when it has none. */
};

struct gap {
    const struct layout_layer *above;
    const struct layout_layer *below;
    size_t count;
    struct bundle bundles[SAGA_STEPS_MAX];
    int32_t rows; /* Of horizontal lines. */
};

static void stretch(struct bundle *bundle, int32_t x)
{
    if (x < bundle->left)
        bundle->left = x;
    if (x > bundle->right)
        bundle->right = x;
}

static void add_bundle(struct gap *gap, size_t upper, uint32_t below)
{
    size_t i = 0;

    while (i < gap->count && gap->bundles[i].below != below)
        i++;
    if (i == gap->count)
        gap->bundles[gap->count++] =
            (struct bundle){.below = below, .left = INT32_MAX, .right = INT32_MIN};
    gap->bundles[i].above |= 1u << upper;
    stretch(&gap->bundles[i], gap->above->items[upper].centre);
    for (size_t lower = 0; lower < gap->below->count; lower++)
        if (below & 1u << lower)
            stretch(&gap->bundles[i], gap->below->items[lower].centre);
}

static bool is_straight(const struct bundle *bundle)
{
    return bundle->left == bundle->right;
}

/* Wide ones first: what joins a line further down goes where that line goes, and nowhere else. */
static void sort_bundles(struct gap *gap)
{
    for (size_t i = 1; i < gap->count; i++) {
        struct bundle bundle = gap->bundles[i];
        size_t at = i;
        for (; at > 0 &&
               __builtin_popcount(gap->bundles[at - 1].below) < __builtin_popcount(bundle.below);
             at--)
            gap->bundles[at] = gap->bundles[at - 1];
        gap->bundles[at] = bundle;
    }
}

static void give_rows(struct gap *gap)
{
    for (size_t i = 0; i < gap->count; i++) {
        struct bundle *bundle = &gap->bundles[i];
        if (is_straight(bundle))
            continue;
        for (size_t j = 0; j < i; j++) {
            const struct bundle *other = &gap->bundles[j];
            bool apart = is_straight(other) || other->right + 1 < bundle->left ||
                         bundle->right + 1 < other->left;
            if (!apart && bundle->row <= other->row)
                bundle->row = other->row + 1;
        }
        if (gap->rows <= bundle->row)
            gap->rows = bundle->row + 1;
    }
}

static void find_gap(const struct layout *layout, size_t layer, struct gap *ret_gap)
{
    *ret_gap = (struct gap){.above = &layout->layers[layer], .below = &layout->layers[layer + 1]};
    for (size_t upper = 0; upper < ret_gap->above->count; upper++) {
        uint32_t below = 0;
        for (size_t lower = 0; lower < ret_gap->below->count; lower++)
            if (layout_joins(layout, layer, upper, lower))
                below |= 1u << lower;
        if (below != 0)
            add_bundle(ret_gap, upper, below);
    }
    sort_bundles(ret_gap);
    give_rows(ret_gap);
}

/* From one row to another, both included, as far as lines go: their ends get one arm only. */
static void draw_down(struct canvas *canvas, int32_t x, int32_t from, int32_t to)
{
    for (int32_t y = from; y <= to; y++) {
        cell(canvas, x, y)->arms |= y > from ? UP : 0;
        cell(canvas, x, y)->arms |= y < to ? DOWN : 0;
    }
}

static bool has_end_at(const struct layout_layer *layer, uint32_t items, int32_t x)
{
    for (size_t i = 0; i < layer->count; i++)
        if ((items & 1u << i) != 0 && layer->items[i].centre == x)
            return true;
    return false;
}

static void draw_across(struct canvas *canvas, const struct gap *gap, const struct bundle *bundle,
                        int32_t y)
{
    for (int32_t x = bundle->left; x <= bundle->right; x++) {
        struct cell *at = cell(canvas, x, y);
        bool own =
            has_end_at(gap->above, bundle->above, x) || has_end_at(gap->below, bundle->below, x);
        if (!own && at->arms != 0)
            continue; /* Another line goes over. */
        at->arms |= x > bundle->left ? LEFT : 0;
        at->arms |= x < bundle->right ? RIGHT : 0;
    }
}

/* @y is the last row of the layer above; the row of the arrows is the last one of the gap. */
static void draw_gap(struct canvas *canvas, const struct gap *gap, int32_t y)
{
    int32_t arrows = y + gap->rows + 1;

    for (size_t b = 0; b < gap->count; b++) {
        const struct bundle *bundle = &gap->bundles[b];
        int32_t row = is_straight(bundle) ? arrows : y + 1 + bundle->row;
        for (size_t i = 0; i < gap->above->count; i++)
            if (bundle->above & 1u << i)
                draw_down(canvas, gap->above->items[i].centre, y, row);
        for (size_t i = 0; i < gap->below->count; i++)
            if (bundle->below & 1u << i)
                draw_down(canvas, gap->below->items[i].centre, row, arrows + 1);
    }
    for (size_t b = 0; b < gap->count; b++)
        if (!is_straight(&gap->bundles[b]))
            draw_across(canvas, gap, &gap->bundles[b], y + 1 + gap->bundles[b].row);
    for (size_t i = 0; i < gap->below->count; i++) {
        const struct layout_item *item = &gap->below->items[i];
        struct cell *at = cell(canvas, item->centre, arrows);
        at->arrow = !item->line && at->arms != 0;
        /* The arrow touches the box; its border stays whole. */
        if (!item->line)
            cell(canvas, item->centre, arrows + 1)->arms &= (uint8_t)~UP;
    }
}

/* ---- boxes ---- */

static void draw_border(struct canvas *canvas, int32_t left, int32_t top, int32_t right,
                        int32_t bottom, bool strong)
{
    for (int32_t x = left; x <= right; x++) {
        uint8_t arms = (uint8_t)((x > left ? LEFT : 0) | (x < right ? RIGHT : 0));
        cell(canvas, x, top)->arms |= arms;
        cell(canvas, x, bottom)->arms |= arms;
        cell(canvas, x, top)->strong = cell(canvas, x, bottom)->strong = strong;
    }
    for (int32_t y = top; y <= bottom; y++) {
        uint8_t arms = (uint8_t)((y > top ? UP : 0) | (y < bottom ? DOWN : 0));
        cell(canvas, left, y)->arms |= arms;
        cell(canvas, right, y)->arms |= arms;
        cell(canvas, left, y)->strong = cell(canvas, right, y)->strong = strong;
    }
}

static void draw_box(struct canvas *canvas, const struct graph *graph,
                     const struct layout_item *item, int32_t top, int32_t bottom)
{
    const struct graph_node *node = &graph->nodes[item->step];
    int32_t left = layout_left(item), right = left + item->width - 1;

    draw_border(canvas, left, top, right, bottom, graph->definition->steps[item->step].pivot);
    for (size_t i = 0; i < node->line_count; i++) {
        bool state = node->state_line != 0 && i == node->state_line;
        for (size_t c = 0; node->lines[i][c] != '\0'; c++) {
            struct cell *at = cell(canvas, left + 2 + (int32_t)c, top + 1 + (int32_t)i);
            at->text = node->lines[i][c];
            at->tone = (uint8_t)(state ? node->tone : GRAPH_PLAIN);
        }
    }
}

static int32_t layer_height(const struct graph *graph, const struct layout_layer *layer)
{
    return (int32_t)graph_layer_lines(graph, layer) + 2;
}

static void draw_layer(struct canvas *canvas, const struct graph *graph,
                       const struct layout_layer *layer, int32_t top)
{
    int32_t bottom = top + layer_height(graph, layer) - 1;

    for (size_t i = 0; i < layer->count; i++) {
        if (layer->items[i].line)
            draw_down(canvas, layer->items[i].centre, top, bottom);
        else
            draw_box(canvas, graph, &layer->items[i], top, bottom);
    }
}

/* ---- the whole ---- */

static int32_t graph_height(const struct graph *graph, const struct layout *layout)
{
    int32_t height = 0;

    for (size_t layer = 0; layer < layout->layer_count; layer++) {
        struct gap gap = {0};
        if (layer + 1 < layout->layer_count)
            find_gap(layout, layer, &gap);
        height += layer_height(graph, &layout->layers[layer]) + gap.rows + 1;
    }
    return height;
}

static void draw(struct canvas *canvas, const struct graph *graph, const struct layout *layout)
{
    int32_t top = 0;

    for (size_t layer = 0; layer < layout->layer_count; layer++) {
        int32_t height = layer_height(graph, &layout->layers[layer]);
        struct gap gap;
        draw_layer(canvas, graph, &layout->layers[layer], top);
        if (layer + 1 == layout->layer_count)
            break;
        find_gap(layout, layer, &gap);
        draw_gap(canvas, &gap, top + height - 1);
        top += height + gap.rows + 1;
    }
}

static const char *line_text(const struct cell *at, bool ascii)
{
    static const char *const plain[16] = {" ", "│", "│", "│", "─", "┘", "┐", "┤",
                                          "─", "└", "┌", "├", "─", "┴", "┬", "┼"};
    static const char *const strong[16] = {" ", "║", "║", "║", "═", "╝", "╗", "╣",
                                           "═", "╚", "╔", "╠", "═", "╧", "╤", "╬"};
    bool upright = (at->arms & (LEFT | RIGHT)) == 0, flat = (at->arms & (UP | DOWN)) == 0;

    if (at->arms == 0)
        return " ";
    if (at->arrow)
        return ascii ? "v" : "▼";
    if (!ascii)
        return at->strong ? strong[at->arms] : plain[at->arms];
    if (at->strong)
        return flat ? "=" : "#";
    return upright ? "|" : flat ? "-" : "+";
}

static const char *tone_start(uint8_t tone)
{
    switch ((enum graph_tone)tone) {
    case GRAPH_PLAIN:
        return "";
    case GRAPH_QUIET:
        return "\033[2m";
    case GRAPH_BUSY:
        return "\033[36m";
    case GRAPH_DONE:
        return "\033[32m";
    case GRAPH_UNDONE:
        return "\033[33m";
    case GRAPH_WRONG:
        return "\033[31m";
    }
    return "";
}

/* Without the blanks at its end. */
static void print_row(struct canvas *canvas, int32_t y, struct graph_style style, FILE *out)
{
    int32_t width = canvas->width;
    uint8_t tone = GRAPH_PLAIN;

    while (width > 0 && cell(canvas, width - 1, y)->arms == 0 &&
           cell(canvas, width - 1, y)->text == '\0')
        width--;
    for (int32_t x = 0; x < width; x++) {
        const struct cell *at = cell(canvas, x, y);
        if (style.colour && at->tone != tone)
            fprintf(out, "\033[0m%s", tone_start(at->tone));
        tone = at->tone;
        if (at->text != '\0')
            fputc(at->text, out);
        else
            fputs(line_text(at, style.ascii), out);
    }
    fputc('\n', out);
}

void graph_print_text(const struct graph *graph, struct graph_style style, FILE *out)
{
    struct layout layout;

    graph_place(graph,
                &(struct graph_measures){.character = 1, .padding = PADDING, .line = 1, .gap = GAP},
                &layout);
    struct canvas canvas = {.width = layout.width, .height = graph_height(graph, &layout)};
    canvas.cells = calloc((size_t)canvas.width * (size_t)canvas.height, sizeof *canvas.cells);
    if (canvas.cells == NULL)
        abort();
    draw(&canvas, graph, &layout);
    table_text(graph->title, out);
    fputs("\n\n", out);
    for (int32_t y = 0; y + 1 < canvas.height; y++)
        print_row(&canvas, y, style, out);
    free(canvas.cells);
}
