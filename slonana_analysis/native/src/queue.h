/* Transactions that wait for their turn, by lane. Each is an allocation of its own size that lives
 * until it is taken out, so lifetimes differ from lane to lane. */
#ifndef SLONANA_QUEUE_H
#define SLONANA_QUEUE_H

#include <stddef.h>
#include <stdint.h>

#include "packets.h"
#include "scoring.h"

struct waiting {
    struct waiting *next;
    struct transfer transfer;
    size_t lane;
    uint8_t message_hash[HASH_BYTES];
    uint8_t signature[SIGNATURE_BYTES];
    uint16_t message_length;
    uint8_t message[];
};

struct lane {
    struct waiting *first;
    struct waiting **last;
    size_t count;
};

struct queue {
    struct lane lanes[LANES];
};

struct waiting *create_waiting(const struct transaction *transaction);

void open_queue(struct queue *queue);
void close_queue(struct queue *queue);

/* Takes ownership; when the lane is full its oldest transaction is dropped and freed. Returns how
 * many were dropped. */
size_t push_waiting(struct queue *queue, struct waiting *waiting);

/* The oldest of the most urgent lane that has any, for the caller to free; NULL when empty. */
struct waiting *pop_waiting(struct queue *queue);

#endif
