/*
 * A program of the build: openapi_embed IN.yaml OUT.c writes the document as JSON, in a C file that
 * becomes a part of the server.
 *
 * YAML is read by its JSON schema: a plain scalar that is a JSON number, true, false or null is
 * that; any other is a string.
 */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <yaml.h>

#define DEPTH_MAX 64u /* An alias that contains itself has no end. */
#define BYTES_PER_LINE 20u

static json_t *node_json(yaml_document_t *document, int index, unsigned depth);

static json_t *scalar_json(const yaml_node_t *node)
{
    const char *text = (const char *)node->data.scalar.value;
    size_t length = node->data.scalar.length;
    json_t *json = NULL;

    if (node->data.scalar.style == YAML_PLAIN_SCALAR_STYLE)
        json = json_loadb(text, length, JSON_DECODE_ANY, NULL);
    return json ? json : json_stringn(text, length);
}

static json_t *sequence_json(yaml_document_t *document, const yaml_node_t *node, unsigned depth)
{
    json_t *json = json_array();
    int r = 0;

    for (yaml_node_item_t *item = node->data.sequence.items.start;
         item < node->data.sequence.items.top && r == 0; item++)
        r = json_array_append_new(json, node_json(document, *item, depth));
    if (r == 0)
        return json;
    json_decref(json);
    return NULL;
}

/* Adds a pair; -1 when its key is no string, or is there already. */
static int add_pair(yaml_document_t *document, const yaml_node_pair_t *pair, unsigned depth,
                    json_t *object)
{
    const yaml_node_t *key = yaml_document_get_node(document, pair->key);
    const char *name = key->type == YAML_SCALAR_NODE ? (const char *)key->data.scalar.value : "";

    if (*name == '\0' || json_object_get(object, name)) {
        fprintf(stderr, "line %zu: the key \"%s\" is not one, or is there twice\n",
                key->start_mark.line + 1, name);
        return -1;
    }
    return json_object_set_new(object, name, node_json(document, pair->value, depth));
}

static json_t *mapping_json(yaml_document_t *document, const yaml_node_t *node, unsigned depth)
{
    json_t *json = json_object();
    int r = 0;

    for (yaml_node_pair_t *pair = node->data.mapping.pairs.start;
         pair < node->data.mapping.pairs.top && r == 0; pair++)
        r = add_pair(document, pair, depth, json);
    if (r == 0)
        return json;
    json_decref(json);
    return NULL;
}

static json_t *node_json(yaml_document_t *document, int index, unsigned depth)
{
    const yaml_node_t *node = yaml_document_get_node(document, index);

    if (!node || depth == DEPTH_MAX)
        return NULL;
    switch (node->type) {
    case YAML_SCALAR_NODE:
        return scalar_json(node);
    case YAML_SEQUENCE_NODE:
        return sequence_json(document, node, depth + 1);
    case YAML_MAPPING_NODE:
        return mapping_json(document, node, depth + 1);
    case YAML_NO_NODE:
        break;
    }
    return NULL;
}

static json_t *read_document(FILE *file)
{
    yaml_parser_t parser;
    yaml_document_t document;
    json_t *json = NULL;

    if (!yaml_parser_initialize(&parser))
        return NULL;
    yaml_parser_set_input_file(&parser, file);
    if (yaml_parser_load(&parser, &document)) {
        json = node_json(&document, 1, 0);
        yaml_document_delete(&document);
    } else {
        fprintf(stderr, "line %zu: %s\n", parser.problem_mark.line + 1, parser.problem);
    }
    yaml_parser_delete(&parser);
    return json;
}

static int write_array(FILE *file, const char *text)
{
    size_t size = strlen(text);

    fprintf(file, "/* Generated from the OpenAPI document. */\n#include \"gateway/openapi.h\"\n\n"
                  "const unsigned char openapi_document[] = {");
    for (size_t i = 0; i < size; i++)
        fprintf(file, "%s%u,", i % BYTES_PER_LINE == 0 ? "\n    " : " ", (unsigned char)text[i]);
    fprintf(file, "\n};\nconst size_t openapi_document_size = sizeof(openapi_document);\n");
    return ferror(file) ? -1 : 0;
}

static int embed(const char *from, const char *to)
{
    FILE *in = fopen(from, "rb"), *out = fopen(to, "wb");
    json_t *document = in && out ? read_document(in) : NULL;
    char *text = document ? json_dumps(document, JSON_COMPACT) : NULL;
    int r = text ? write_array(out, text) : -1;

    free(text);
    json_decref(document);
    if (in)
        fclose(in);
    if (out && fclose(out) != 0)
        r = -1;
    return r;
}

int main(int count, char **arguments)
{
    if (count != 3) {
        fprintf(stderr, "usage: openapi_embed IN.yaml OUT.c\n");
        return 2;
    }
    if (embed(arguments[1], arguments[2]) == 0)
        return 0;
    fprintf(stderr, "openapi_embed: cannot make %s of %s\n", arguments[2], arguments[1]);
    return 1;
}
