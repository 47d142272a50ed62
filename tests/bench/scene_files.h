/*
 * The files of a scene: the server's configuration, and the definition of a saga with five steps.
 */
#ifndef TESTS_BENCH_SCENE_FILES_H
#define TESTS_BENCH_SCENE_FILES_H

#include "scene.h"

/* False after saying on stderr what is wrong. */
bool scene_files_write(const struct scene *scene);

#endif
