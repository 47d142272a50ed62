/*
 * One prepared statement and its values.
 *
 *   database_query ─▶ query_text, query_number … ─▶ query_run
 *                                                └▶ query_row ─▶ query_get_… ─▶ query_row … ─▶ 0
 *                                                                             └▶ query_end
 *
 * A statement is never left in the middle of its rows: query_run and the query_row that answers 0
 * or a fault end it; who stops reading sooner calls query_end.
 */
#ifndef PARTICIPANTS_SERVICE_QUERY_H
#define PARTICIPANTS_SERVICE_QUERY_H

#include <stdbool.h>
#include <stdint.h>

struct sqlite3_stmt;

enum { QUERY_ROW = 1 };

struct query {
    struct sqlite3_stmt *statement; /* Owned by the database. */
    int bound;                      /* The first failure to bind, in SQLite's terms. */
};

/* Values by position, from 1. Text is borrowed until the query ends; NULL is SQL's NULL. */
void query_text(struct query *query, int at, const char *text);
void query_number(struct query *query, int at, int64_t number);

/* Run it for its effect. 0 or a fault. */
int query_run(struct query *query);

/* The next row: QUERY_ROW, 0 when there is none left, or a fault. */
int query_row(struct query *query);

/* Columns by position, from 0. Text is borrowed until the next row; NULL reads as "" or 0. */
const char *query_get_text(struct query *query, int column);
int64_t query_get_number(struct query *query, int column);
bool query_is_null(struct query *query, int column);

void query_end(struct query *query);

/* One number of one row, then end: QUERY_ROW, 0 when there is no row, or a fault. */
int query_one(struct query *query, int64_t *ret_number);

/* The fault that a result of SQLite stands for; 0 for its three good ones. */
int query_fault(int result);

#endif
