/*
 * The shelf as a service, for saga-conformance.
 *
 *   shelf_service MANNER FOLDER         serves SAGA_URL until it is killed
 *   shelf_service MANNER FOLDER count   prints the effect of SAGA_ID
 */
#include "testkit/shelf.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int main(int argc, char **argv)
{
    struct shelf shelf = {.url = getenv("SAGA_URL")};
    bool counting = argc == 4 && strcmp(argv[3], "count") == 0;

    if ((argc != 3 && !counting) || !shelf_manner_of(argv[1], &shelf.manner)) {
        fprintf(stderr, "usage: shelf_service MANNER FOLDER [count]\n");
        return 2;
    }
    struct participant *participant = shelf_open(&shelf, argv[2]);
    if (participant == NULL)
        return 1;
    if (counting) {
        printf("%d\n", shelf_effect(&shelf, getenv("SAGA_ID")));
        return 0;
    }
    int r = participant_run(participant);
    fprintf(stderr, "shelf_service: %s\n", participant_error(participant));
    participant_close(participant);
    return r < 0 ? 1 : 0;
}
