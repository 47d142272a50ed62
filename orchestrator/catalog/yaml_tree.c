/*
 * Built from the parser's events rather than its documents: a document is whole before anybody can
 * count it, and no longer says where its anchors were.
 */
#include "catalog/yaml_tree.h"

#include "base/fault.h"
#include "catalog/yaml_text.h"

#include <assert.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <yaml.h>

/* What is being built: the open containers, outermost first. */
struct builder {
    struct report *report;
    struct yaml_tree *tree;
    struct yaml_node *open[YAML_TREE_DEPTH_MAX];
    size_t depth;
    size_t documents;
};

static uint32_t line_of(yaml_mark_t mark)
{
    return (uint32_t)mark.line + 1;
}

static uint32_t column_of(yaml_mark_t mark)
{
    return (uint32_t)mark.column + 1;
}

static int refuse(struct builder *builder, yaml_mark_t mark, const char *message)
{
    report_add(builder->report, line_of(mark), column_of(mark), "%s", message);
    return YAML_TREE_REFUSED;
}

/* ---- one node ---- */

static bool expects_key(const struct builder *builder)
{
    if (builder->depth == 0)
        return false;
    const struct yaml_node *parent = builder->open[builder->depth - 1];
    return parent->kind == YAML_NODE_MAPPING && parent->children % 2 == 0;
}

static void attach(struct builder *builder, struct yaml_node *node)
{
    if (builder->depth == 0) {
        assert(builder->tree->root == NULL);
        builder->tree->root = node;
        return;
    }
    struct yaml_node *parent = builder->open[builder->depth - 1];
    if (parent->last != NULL)
        parent->last->next = node;
    else
        parent->first = node;
    parent->last = node;
    parent->children++;
}

/* What @kind may not be at this place. */
static int check_place(struct builder *builder, enum yaml_node_kind kind, yaml_mark_t mark)
{
    if (kind != YAML_NODE_SCALAR && expects_key(builder))
        return refuse(builder, mark, "a key must be a word");
    if (kind != YAML_NODE_MAPPING && builder->depth == 0)
        return refuse(builder, mark, "the file must hold keys and values (\"key: value\")");
    if (kind != YAML_NODE_SCALAR && builder->depth == YAML_TREE_DEPTH_MAX)
        return refuse(builder, mark, "this is nested too deeply; at most 8 levels are read");
    if (builder->tree->count == YAML_TREE_NODES_MAX)
        return refuse(builder, mark, "the file has too many values");
    return 0;
}

static int add_node(struct builder *builder, enum yaml_node_kind kind, const yaml_event_t *event,
                    struct bytes value)
{
    int r = check_place(builder, kind, event->start_mark);
    if (r != 0)
        return r;

    struct yaml_node *node = calloc(1, sizeof(*node) + value.size + 1);
    if (node == NULL)
        return fault(FAULT_MEMORY);
    node->kind = kind;
    node->line = line_of(event->start_mark);
    node->column = column_of(event->start_mark);
    node->size = value.size;
    if (value.size > 0)
        memcpy(node->value, value.data, value.size);
    node->made = builder->tree->made;
    builder->tree->made = node;
    builder->tree->count++;
    attach(builder, node);
    if (kind != YAML_NODE_SCALAR)
        builder->open[builder->depth++] = node;
    return 0;
}

static int refuse_decoration(struct builder *builder, const yaml_event_t *event,
                             const yaml_char_t *anchor, const yaml_char_t *tag)
{
    if (anchor != NULL)
        return refuse(builder, event->start_mark, "anchors are not allowed");
    if (tag != NULL)
        return refuse(builder, event->start_mark, "tags are not allowed");
    return 0;
}

/* ---- events ---- */

static int start_container(struct builder *builder, const yaml_event_t *event)
{
    bool mapping = event->type == YAML_MAPPING_START_EVENT;
    const yaml_char_t *anchor =
        mapping ? event->data.mapping_start.anchor : event->data.sequence_start.anchor;
    const yaml_char_t *tag =
        mapping ? event->data.mapping_start.tag : event->data.sequence_start.tag;

    int r = refuse_decoration(builder, event, anchor, tag);
    if (r != 0)
        return r;
    return add_node(builder, mapping ? YAML_NODE_MAPPING : YAML_NODE_SEQUENCE, event,
                    (struct bytes){0});
}

static int add_scalar(struct builder *builder, const yaml_event_t *event)
{
    int r = refuse_decoration(builder, event, event->data.scalar.anchor, event->data.scalar.tag);

    if (r != 0)
        return r;
    return add_node(builder, YAML_NODE_SCALAR, event,
                    bytes_of(event->data.scalar.value, event->data.scalar.length));
}

static int start_document(struct builder *builder, const yaml_event_t *event)
{
    builder->documents++;
    if (builder->documents > 1)
        return refuse(builder, event->start_mark, "a second document starts here; one is allowed");
    return 0;
}

static int take_event(struct builder *builder, const yaml_event_t *event)
{
    switch (event->type) {
    case YAML_NO_EVENT:
    case YAML_STREAM_START_EVENT:
    case YAML_STREAM_END_EVENT:
    case YAML_DOCUMENT_END_EVENT:
        return 0;
    case YAML_DOCUMENT_START_EVENT:
        return start_document(builder, event);
    case YAML_ALIAS_EVENT:
        return refuse(builder, event->start_mark, "aliases are not allowed");
    case YAML_SCALAR_EVENT:
        return add_scalar(builder, event);
    case YAML_SEQUENCE_START_EVENT:
    case YAML_MAPPING_START_EVENT:
        return start_container(builder, event);
    case YAML_SEQUENCE_END_EVENT:
    case YAML_MAPPING_END_EVENT:
        assert(builder->depth > 0);
        builder->depth--;
        return 0;
    }
    return 0;
}

/* ---- the parser ---- */

/* Below the last line, where there is nothing to show. */
static bool is_past_text(struct bytes text, yaml_mark_t mark)
{
    size_t lines = 0;

    for (size_t i = 0; i < text.size; i++)
        lines += text.data[i] == '\n' ? 1 : 0;
    return mark.line >= lines && (text.size == 0 || text.data[text.size - 1] == '\n');
}

/* The parser's own words, at the place where it stopped, or at what was left open at the end. */
static int refuse_syntax(struct builder *builder, const yaml_parser_t *parser)
{
    const char *problem = parser->problem != NULL ? parser->problem : "this is not YAML";
    const char *context = parser->context != NULL ? parser->context : "";
    struct bytes text = builder->report->text;
    uint32_t line = line_of(parser->problem_mark), column = column_of(parser->problem_mark);

    if (parser->error == YAML_MEMORY_ERROR)
        return fault(FAULT_MEMORY);
    if (is_past_text(text, parser->problem_mark)) {
        if (parser->context != NULL && !is_past_text(text, parser->context_mark)) {
            line = line_of(parser->context_mark);
            column = column_of(parser->context_mark);
        } else if (builder->depth > 0) {
            line = builder->open[builder->depth - 1]->line;
            column = builder->open[builder->depth - 1]->column;
        }
    }
    report_add(builder->report, line, column, "%s%s%s", problem, context[0] != '\0' ? ", " : "",
               context);
    return YAML_TREE_REFUSED;
}

static int parse(struct builder *builder, yaml_parser_t *parser)
{
    bool ended = false;

    while (!ended) {
        yaml_event_t event;
        if (!yaml_parser_parse(parser, &event))
            return refuse_syntax(builder, parser);
        ended = event.type == YAML_STREAM_END_EVENT;
        int r = take_event(builder, &event);
        yaml_event_delete(&event);
        if (r != 0)
            return r;
    }
    if (builder->tree->root == NULL) {
        report_add(builder->report, 1, 1, "the file is empty");
        return YAML_TREE_REFUSED;
    }
    assert(builder->depth == 0);
    return 0;
}

/* A byte-order mark is no part of the text. */
static void skip_byte_order_mark(struct report *report)
{
    struct bytes *text = &report->text;

    if (text->size >= 3 && memcmp(text->data, "\xef\xbb\xbf", 3) == 0) {
        text->data += 3;
        text->size -= 3;
    }
}

int yaml_tree_init(struct report *report, struct yaml_tree *ret_tree)
{
    struct yaml_tree tree = {0};
    struct builder builder = {.report = report, .tree = &tree};
    yaml_parser_t parser;

    skip_byte_order_mark(report);
    if (!yaml_text_check(report, YAML_TREE_TEXT_MAX))
        return YAML_TREE_REFUSED;
    if (!yaml_parser_initialize(&parser))
        return fault(FAULT_MEMORY);
    yaml_parser_set_encoding(&parser, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&parser, report->text.data, report->text.size);

    int r = parse(&builder, &parser);
    yaml_parser_delete(&parser);
    if (r != 0) {
        yaml_tree_fini(&tree);
        return r;
    }
    *ret_tree = tree;
    return 0;
}

void yaml_tree_fini(struct yaml_tree *tree)
{
    while (tree->made != NULL) {
        struct yaml_node *node = tree->made;
        tree->made = node->made;
        free(node);
    }
    *tree = (struct yaml_tree){0};
}

const struct yaml_node *yaml_node_find(const struct yaml_node *mapping, const char *key)
{
    assert(mapping->kind == YAML_NODE_MAPPING);
    for (const struct yaml_node *node = mapping->first; node != NULL; node = node->next->next) {
        assert(node->next != NULL);
        if (strcmp(node->value, key) == 0)
            return node->next;
    }
    return NULL;
}
