/*
 * The scene: a server and five participants, as processes of their own, made for one benchmark.
 *
 *   saga-bench ──fork──▶ bench_1 … bench_5     answer every call at once; no database
 *              ──exec──▶ sagad serve           of saga-bench's own folder; every commit synced
 *
 * Everybody dies with saga-bench. What is written lies in one folder; it is removed at the end
 * unless the caller named it.
 */
#ifndef TESTS_BENCH_SCENE_H
#define TESTS_BENCH_SCENE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#define SCENE_STEPS 5u
#define SCENE_SAGA "five_steps"
#define SCENE_MESSAGE "send_message" /* The same five steps; a list of messages shows it. */
#define SCENE_HELD "held"            /* Waits at its second step, for nobody works for that. */
#define SCENE_PATH_SIZE 512u
#define SCENE_SECRET_SIZE 33u

struct scene {
    char folder[SCENE_PATH_SIZE];
    char sockets[64]; /* A short folder for the participants' socket. */
    bool is_temporary;
    uint32_t in_flight;
    char url[128];
    char account[35];
    char token[SCENE_SECRET_SIZE];
    char secret[SCENE_SECRET_SIZE]; /* Of every participant. */
    char key[SCENE_SECRET_SIZE];    /* Of the operator who reads the metrics. */
    char http[80];                  /* "127.0.0.1:port", once ready. */
    pid_t server;
    pid_t participants[SCENE_STEPS];
};

/*
 * Write the configuration, start everybody and wait until the server is ready. @folder NULL: a
 * temporary one. False after saying on stderr what is wrong; scene_close is due in any case.
 */
bool scene_open(struct scene *scene, const char *folder, uint32_t in_flight);
void scene_close(struct scene *scene);

/* Whether the server still runs. */
bool scene_is_alive(const struct scene *scene);

#endif
