#include "billing/billing.h"

int main(int argc, char **argv)
{
    return service_main(&billing_service, argc, argv);
}
