/*
 * Comma-separated values, as RFC 4180 has them: quoted where needed, lines end with CR LF.
 */
#ifndef ORCHESTRATOR_CTL_CSV_H
#define ORCHESTRATOR_CTL_CSV_H

#include <stdbool.h>
#include <stdio.h>

/* The next field of a row, with what separates it from the one after, or ends the row. */
void csv_field(const char *text, bool last, FILE *out);

#endif
