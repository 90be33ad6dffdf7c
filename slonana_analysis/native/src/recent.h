/* Signatures seen lately, so that a repeated transaction is refused. */
#ifndef SLONANA_RECENT_H
#define SLONANA_RECENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "packets.h"

enum {
    RECENT_CAPACITY = 1024,
    RECENT_BUCKETS = 2048,
};

struct recent_entry;

/* Chained buckets, and a ring that says which entry is the oldest. */
struct recent {
    struct recent_entry *buckets[RECENT_BUCKETS];
    struct recent_entry *ring[RECENT_CAPACITY];
    size_t next;
};

void open_recent(struct recent *recent);
void close_recent(struct recent *recent);

/* False when the signature is among the last RECENT_CAPACITY; otherwise it becomes the newest. */
bool remember_signature(struct recent *recent, const uint8_t signature[SIGNATURE_BYTES]);

#endif
