/*
 * Failure on demand: every allocation and sync of the libraries counts, and the nth fails.
 *
 *   SAGAD_FAULT_AT=n    the nth counted call of the process fails, once; 0 or unset: none
 *   SAGAD_FAULT_FILE=f  at exit, f receives how many calls were counted
 *
 * The faults preset includes this header ahead of every library source. Tests and vendor libraries
 * keep the real functions, so that what breaks is ours.
 */
#ifndef TESTS_FAULTS_FAULTS_H
#define TESTS_FAULTS_FAULTS_H

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void *faults_malloc(size_t size);
void *faults_calloc(size_t count, size_t size);
void *faults_realloc(void *memory, size_t size);
char *faults_strdup(const char *text);
int faults_fsync(int file);
int faults_fdatasync(int file);

/* Function-like, so that a member or a pointer of the same name is left alone. */
#undef strdup
#define malloc(size) faults_malloc(size)
#define calloc(count, size) faults_calloc(count, size)
#define realloc(memory, size) faults_realloc(memory, size)
#define strdup(text) faults_strdup(text)
#define fsync(file) faults_fsync(file)
#define fdatasync(file) faults_fdatasync(file)

#endif
