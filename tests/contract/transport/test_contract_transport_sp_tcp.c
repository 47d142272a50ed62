#include "contract/transport/transport_suite.h"

int main(void)
{
    return transport_suite_run(&rig_sp_tcp);
}
