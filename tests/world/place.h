/*
 * A folder of a test's own, gone when the test is over.
 */
#ifndef TESTS_WORLD_PLACE_H
#define TESTS_WORLD_PLACE_H

#define PLACE_PATH_SIZE 512u

/* For cmocka: *state becomes the path. */
int place_open(void **state);
int place_close(void **state);

/* PLACE/NAME in a buffer of the caller. */
const char *place_file(const char *place, const char *name, char ret_path[PLACE_PATH_SIZE]);

/* Fails the test unless the file holds exactly this. */
void place_expect(const char *place, const char *name, const char *content);
void place_write(const char *place, const char *name, const char *content);

/* The file's permissions, or 0 when there is none. */
unsigned place_mode(const char *place, const char *name);

#endif
