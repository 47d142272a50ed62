#include "billing/billing.h"

int main(int argc, char **argv)
{
    return (int)service_main(&billing_service, argc, argv);
}
