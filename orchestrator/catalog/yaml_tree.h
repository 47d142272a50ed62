/*
 * A YAML file as a tree of nodes that know where they stand.
 *
 *   text ──bounds, UTF-8, tabs──▶ events ──depth, count, no anchors──▶ nodes
 *
 * Only what a settings file needs: mappings, sequences and scalars in one document. Anchors,
 * aliases and tags are refused, so a short text never stands for a long one. Scalars are text;
 * what they mean is for whoever reads them. Every bound is checked before a node is allocated.
 *
 * The tree owns its nodes. Mappings hold key, value, key, value; keys are scalars.
 */
#ifndef ORCHESTRATOR_CATALOG_YAML_TREE_H
#define ORCHESTRATOR_CATALOG_YAML_TREE_H

#include "base/bytes.h"
#include "catalog/report.h"

#include <stdint.h>

#define YAML_TREE_TEXT_MAX 1048576u
#define YAML_TREE_DEPTH_MAX 8u     /* Containers in each other; a definition needs five. */
#define YAML_TREE_NODES_MAX 32768u /* 4 096 accounts with a few members each. */

enum yaml_node_kind { YAML_NODE_SCALAR, YAML_NODE_SEQUENCE, YAML_NODE_MAPPING };

struct yaml_node {
    struct yaml_node *next;  /* Sibling. */
    struct yaml_node *first; /* Child; NULL for a scalar. */
    struct yaml_node *last;
    struct yaml_node *made; /* The node that was made before it. */
    size_t children;
    uint32_t line, column; /* From 1. */
    enum yaml_node_kind kind;
    size_t size;  /* Of the value. */
    char value[]; /* And a NUL; it may hold others. */
};

struct yaml_tree {
    struct yaml_node *root; /* A mapping. */
    struct yaml_node *made; /* All nodes, newest first. */
    size_t count;
};

/*
 * Parse @report's text. @ret_tree is the caller's storage, ended by yaml_tree_fini when 0 is
 * returned.
 *
 * Returns 0; YAML_TREE_REFUSED with a problem in @report; FAULT_MEMORY.
 */
enum { YAML_TREE_REFUSED = 1 };
int yaml_tree_init(struct report *report, struct yaml_tree *ret_tree);
void yaml_tree_fini(struct yaml_tree *tree);

/* The value of a mapping's key, or NULL. */
const struct yaml_node *yaml_node_find(const struct yaml_node *mapping, const char *key);

#endif
