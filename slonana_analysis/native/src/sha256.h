/* SHA-256, FIPS 180-4. */
#ifndef SLONANA_SHA256_H
#define SLONANA_SHA256_H

#include <stddef.h>
#include <stdint.h>

enum { HASH_BYTES = 32 };

struct sha256 {
    uint32_t state[8];
    uint64_t length;
    uint8_t block[64];
};

void sha256_begin(struct sha256 *hash);
void sha256_add(struct sha256 *hash, const void *data, size_t length);
void sha256_end(struct sha256 *hash, uint8_t digest[HASH_BYTES]);

void sha256(const void *data, size_t length, uint8_t digest[HASH_BYTES]);

#endif
