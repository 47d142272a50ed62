#include "scene.h"

#include "base/bytes.h"
#include "base/clock.h"
#include "saga/participant.h"
#include "scene_files.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <jansson.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define READY_MS 20000u
#define STOP_MS 6000u /* The server promises five seconds. */

static bool complain(const char *what, const char *why)
{
    fprintf(stderr, "saga-bench: %s: %s\n", what, why);
    return false;
}

static void rest_ms(long ms)
{
    struct timespec time = {.tv_nsec = ms * 1000000};

    nanosleep(&time, NULL);
}

/* ---- participants ---- */

static void do_nothing(void *context, const struct participant_call *call,
                       struct participant_answer *answer)
{
    (void)context;
    (void)call;
    (void)answer; /* It starts as DONE. */
}

static int participate(const struct scene *scene, unsigned number)
{
    struct participant *participant;
    char name[16], operation[16], undo[16];
    struct participant_options options = {.name = name,
                                          .url = scene->url,
                                          .secret = scene->secret,
                                          .secret_size = strlen(scene->secret),
                                          .slots = 240};

    snprintf(name, sizeof name, "bench_%u", number);
    snprintf(operation, sizeof operation, "step_%u", number);
    snprintf(undo, sizeof undo, "undo_%u", number);
    if (participant_open(&options, &participant) < 0) {
        complain(name, participant_error(NULL));
        return 1;
    }
    if (participant_register(participant, operation, do_nothing, undo, do_nothing) < 0 ||
        participant_run(participant) < 0)
        complain(name, participant_error(participant));
    return 1; /* It is only ever killed. */
}

/* In the child: end with the one who made us, also when that one is gone already. */
static void end_with(pid_t parent)
{
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent)
        _exit(1);
}

static bool start_participants(struct scene *scene)
{
    pid_t parent = getpid();

    for (unsigned i = 0; i < SCENE_STEPS; i++) {
        pid_t child = fork();
        if (child < 0)
            return complain("fork", strerror(errno));
        if (child == 0) {
            end_with(parent);
            _exit(participate(scene, i + 1));
        }
        scene->participants[i] = child;
    }
    return true;
}

/* ---- the server ---- */

static void become_server(const struct scene *scene, const char *program)
{
    char config[SCENE_PATH_SIZE + 32], ready[SCENE_PATH_SIZE + 32], log[SCENE_PATH_SIZE + 32];

    snprintf(config, sizeof config, "%s/sagad.yaml", scene->folder);
    snprintf(ready, sizeof ready, "%s/ready.json", scene->folder);
    snprintf(log, sizeof log, "%s/server.log", scene->folder);
    int file = open(log, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (file >= 0)
        dup2(file, STDERR_FILENO);
    execl(program, program, "serve", "--config", config, "--ready", ready, (char *)NULL);
    fprintf(stderr, "%s: %s\n", program, strerror(errno));
}

static bool start_server(struct scene *scene)
{
    char program[SCENE_PATH_SIZE] = "";
    pid_t parent = getpid();
    ssize_t size = readlink("/proc/self/exe", program, sizeof program - 16);
    char *slash = size > 0 ? strrchr(program, '/') : NULL;

    if (slash == NULL)
        return complain("/proc/self/exe", strerror(errno));
    strcpy(slash + 1, "sagad");
    if (access(program, X_OK) != 0)
        return complain(program, "the server is to lie beside saga-bench");
    pid_t child = fork();
    if (child < 0)
        return complain("fork", strerror(errno));
    if (child == 0) {
        end_with(parent);
        become_server(scene, program);
        _exit(1);
    }
    scene->server = child;
    return true;
}

static bool read_ready(struct scene *scene)
{
    char path[SCENE_PATH_SIZE + 32];

    snprintf(path, sizeof path, "%s/ready.json", scene->folder);
    json_t *ready = json_load_file(path, 0, NULL);
    const char *http = json_string_value(json_object_get(ready, "http"));
    if (http != NULL && strncmp(http, "http://", 7) == 0)
        snprintf(scene->http, sizeof scene->http, "%s", http + 7);
    json_decref(ready);
    return scene->http[0] != '\0';
}

static void show_log(const struct scene *scene)
{
    char path[SCENE_PATH_SIZE + 32], line[512];

    snprintf(path, sizeof path, "%s/server.log", scene->folder);
    FILE *file = fopen(path, "r");
    if (file == NULL)
        return;
    while (fgets(line, sizeof line, file) != NULL)
        fputs(line, stderr);
    fclose(file);
}

static bool await_ready(struct scene *scene)
{
    uint64_t until_ms = instant_now().monotonic_ms + READY_MS;

    while (!read_ready(scene)) {
        if (!scene_is_alive(scene) || instant_now().monotonic_ms > until_ms) {
            show_log(scene);
            return complain("sagad serve", "it did not get ready");
        }
        rest_ms(5);
    }
    return true;
}

bool scene_is_alive(const struct scene *scene)
{
    siginfo_t info = {.si_pid = 0};

    return waitid(P_PID, (id_t)scene->server, &info, WEXITED | WNOHANG | WNOWAIT) == 0 &&
           info.si_pid == 0;
}

/* ---- the scene ---- */

static bool make_secret(char ret_text[SCENE_SECRET_SIZE])
{
    uint8_t bytes[16];

    if (getrandom(bytes, sizeof bytes, 0) != (ssize_t)sizeof bytes)
        return complain("getrandom", strerror(errno));
    hex_encode(bytes, sizeof bytes, ret_text);
    return true;
}

static bool make_secrets(struct scene *scene)
{
    char number[SCENE_SECRET_SIZE];

    if (!make_secret(scene->token) || !make_secret(scene->secret) || !make_secret(scene->key) ||
        !make_secret(number))
        return false;
    snprintf(scene->account, sizeof scene->account, "AC%s", number);
    return true;
}

/* Of a temporary folder under /var/tmp, which unlike /tmp is on a disk everywhere. */
static bool make_folder(struct scene *scene, const char *folder)
{
    const char *temporary = getenv("TMPDIR");

    scene->is_temporary = folder == NULL;
    if (folder != NULL) {
        if (mkdir(folder, 0700) != 0 && errno != EEXIST)
            return complain(folder, strerror(errno));
        char *whole = realpath(folder, NULL);
        bool fits = whole != NULL && strlen(whole) < sizeof scene->folder;
        if (fits)
            snprintf(scene->folder, sizeof scene->folder, "%s", whole);
        free(whole);
        return fits || complain(folder, "the path is too long");
    }
    snprintf(scene->folder, sizeof scene->folder, "%s/saga-bench-XXXXXX",
             temporary != NULL ? temporary : "/var/tmp");
    if (mkdtemp(scene->folder) != NULL)
        return true;
    complain(scene->folder, strerror(errno));
    scene->folder[0] = '\0';
    return false;
}

static bool make_sockets(struct scene *scene)
{
    snprintf(scene->sockets, sizeof scene->sockets, "/tmp/saga-bench-XXXXXX");
    if (mkdtemp(scene->sockets) == NULL) {
        complain(scene->sockets, strerror(errno));
        scene->sockets[0] = '\0';
        return false;
    }
    snprintf(scene->url, sizeof scene->url, "ipc://%s/s", scene->sockets);
    return true;
}

bool scene_open(struct scene *scene, const char *folder, uint32_t in_flight)
{
    memset(scene, 0, sizeof *scene);
    scene->in_flight = in_flight;
    return make_secrets(scene) && make_folder(scene, folder) && make_sockets(scene) &&
           scene_files_write(scene) && start_participants(scene) && start_server(scene) &&
           await_ready(scene);
}

static int remove_entry(const char *path, const struct stat *status, int type, struct FTW *walk)
{
    (void)status;
    (void)type;
    (void)walk;
    return remove(path);
}

static void remove_folder(const char *path)
{
    if (path[0] != '\0')
        nftw(path, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
}

static void stop_server(struct scene *scene)
{
    uint64_t until_ms = instant_now().monotonic_ms + STOP_MS;

    if (scene->server == 0)
        return;
    kill(scene->server, SIGTERM);
    while (scene_is_alive(scene) && instant_now().monotonic_ms < until_ms)
        rest_ms(5);
    kill(scene->server, SIGKILL);
    waitpid(scene->server, NULL, 0);
}

void scene_close(struct scene *scene)
{
    stop_server(scene);
    for (unsigned i = 0; i < SCENE_STEPS; i++) {
        if (scene->participants[i] != 0) {
            kill(scene->participants[i], SIGKILL);
            waitpid(scene->participants[i], NULL, 0);
        }
    }
    remove_folder(scene->sockets);
    if (scene->is_temporary)
        remove_folder(scene->folder);
}
