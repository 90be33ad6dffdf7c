#include "queue.h"

#include <string.h>

#include "memory.h"
#include "stage.h"

enum { LANE_CAPACITY = 512 };

STAGE struct waiting *create_waiting(const struct transaction *transaction)
{
    struct waiting *waiting = allocate(sizeof *waiting + transaction->message_length);
    waiting->next = NULL;
    waiting->lane = 0;
    memcpy(waiting->signature, transaction->signatures, SIGNATURE_BYTES);
    waiting->message_length = transaction->message_length;
    memcpy(waiting->message, transaction->message, transaction->message_length);
    return waiting;
}

void open_queue(struct queue *queue)
{
    for (size_t i = 0; i < LANES; i++) {
        struct lane *lane = &queue->lanes[i];
        *lane = (struct lane){.last = &lane->first};
    }
}

static struct waiting *pop_lane(struct lane *lane)
{
    struct waiting *first = lane->first;
    lane->first = first->next;
    if (lane->first == NULL)
        lane->last = &lane->first;
    lane->count--;
    return first;
}

STAGE size_t push_waiting(struct queue *queue, struct waiting *waiting)
{
    struct lane *lane = &queue->lanes[waiting->lane];
    size_t dropped = lane->count == LANE_CAPACITY;
    if (dropped)
        free(pop_lane(lane));
    *lane->last = waiting;
    lane->last = &waiting->next;
    lane->count++;
    return dropped;
}

STAGE struct waiting *pop_waiting(struct queue *queue)
{
    for (size_t i = 0; i < LANES; i++)
        if (queue->lanes[i].count > 0)
            return pop_lane(&queue->lanes[i]);
    return NULL;
}

void close_queue(struct queue *queue)
{
    for (struct waiting *waiting; (waiting = pop_waiting(queue)) != NULL;)
        free(waiting);
}
