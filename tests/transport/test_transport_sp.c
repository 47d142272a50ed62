/* Plain sockets never go deaf: the suite expects no cure. */
#include "listener_suite.h"

int main(void)
{
    return listener_suite_run(transport_sp_open, 0);
}
