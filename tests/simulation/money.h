/*
 * The money in the participants' books, and whether there is as much as there should be.
 */
#ifndef TESTS_SIMULATION_MONEY_H
#define TESTS_SIMULATION_MONEY_H

#include "simulation/world.h"

/* What a participant's database has of one step. */
struct money_row {
    int64_t amount;
    uint32_t saga;
    int effects;
    uint8_t step;
    bool captured;
};

void money_open(struct ledger *ledger);
void money_close(struct ledger *ledger);
void money_begin(struct world *world);
int64_t money_amount(const struct world *world, const struct ledger *ledger, uint32_t saga,
                     uint8_t step);
bool money_is_captured(const struct world *world, uint32_t saga, uint8_t step);
bool money_pay(struct world *world, struct ledger *ledger, const struct job *job);
void money_give_back(struct world *world, struct ledger *ledger, const struct job *job);
void money_audit(struct world *world, uint32_t participant); /* At a quiet moment. */
void money_compare(struct world *world, const struct ledger *ledger,
                   const struct money_row *row);

#endif
