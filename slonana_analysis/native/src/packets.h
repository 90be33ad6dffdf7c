/* Transactions as they travel: Solana's legacy wire format, at most 1232 bytes a packet. */
#ifndef SLONANA_PACKETS_H
#define SLONANA_PACKETS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sha256.h"

enum {
    PACKET_BYTES = 1232,
    SIGNATURE_BYTES = 64,
    KEY_BYTES = 32,
    MAX_INSTRUCTIONS = 8,
};

struct packet {
    uint16_t length;
    uint8_t bytes[PACKET_BYTES];
};

struct instruction {
    uint8_t program;
    uint16_t account_count;
    uint16_t data_length;
    const uint8_t *accounts;
    const uint8_t *data;
};

/* Points into the packet that it was parsed from. */
struct transaction {
    uint16_t signature_count;
    uint16_t key_count;
    uint16_t instruction_count;
    uint16_t message_length;
    const uint8_t *signatures;
    const uint8_t *message;
    const uint8_t *keys;
    const uint8_t *recent_block;
    struct instruction instructions[MAX_INSTRUCTIONS];
};

struct transfer {
    uint8_t from[KEY_BYTES];
    uint8_t to[KEY_BYTES];
    uint64_t lamports;
};

/* Whether the bytes are one whole, consistent transaction and nothing else. */
bool parse_transaction(const uint8_t *bytes, size_t length, struct transaction *transaction);

/* The first transfer instruction of the system program; false when there is none. */
bool find_transfer(const struct transaction *transaction, struct transfer *transfer);

/* What stands in for a signature: 64 bytes that only this message and this signer give. Curve
 * arithmetic would drown everything else in the profile, and is a library's work. */
void sign_message(const uint8_t message_hash[HASH_BYTES], const uint8_t signer[KEY_BYTES],
                  uint8_t signature[SIGNATURE_BYTES]);

/* The key of account `index`, the same for everybody. */
void account_key(uint64_t index, uint8_t key[KEY_BYTES]);

/* Packets from a seed: transfers between the first `accounts` accounts, a few to new accounts, and
 * among them what a validator has to refuse: repeated, cut off, forged, and unpayable ones. */
void generate_packets(struct packet *packets, size_t count, size_t accounts, uint64_t seed);

#endif
