/*
 * The files of a scene: the server's configuration, and the definitions of its sagas.
 */
#ifndef TESTS_BENCH_SCENE_FILES_H
#define TESTS_BENCH_SCENE_FILES_H

#include "scene.h"

/* False after saying on stderr what is wrong. */
bool scene_files_write(const struct scene *scene);

#endif
