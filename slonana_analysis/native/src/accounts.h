/* The accounts: who owns how many lamports, found by key, hashed into one root. */
#ifndef SLONANA_ACCOUNTS_H
#define SLONANA_ACCOUNTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "packets.h"

struct account {
    uint8_t key[KEY_BYTES];
    uint64_t lamports;
    uint64_t changes;
};

/* Accounts in the order of their creation, and an index of them by open addressing. */
struct accounts {
    struct account *entries;
    size_t count;
    size_t capacity;
    uint32_t *slots; /* 1 + position in entries; 0 is free */
    size_t slot_count;
};

void open_accounts(struct accounts *accounts);
void close_accounts(struct accounts *accounts);

/* NULL when there is no such account. */
const struct account *find_account(const struct accounts *accounts, const uint8_t key[KEY_BYTES]);

/* Adds lamports that come from nowhere: for the first block only. */
void endow_account(struct accounts *accounts, const uint8_t key[KEY_BYTES], uint64_t lamports);

/* Moves lamports and the fee, or nothing when the sender cannot pay both. */
bool transfer_lamports(struct accounts *accounts, const struct transfer *transfer,
                       const uint8_t fee_collector[KEY_BYTES], uint64_t fee);

uint64_t total_lamports(const struct accounts *accounts);

/* Root of the Merkle tree over all accounts. */
void hash_accounts(const struct accounts *accounts, uint8_t root[HASH_BYTES]);

#endif
