#include "recent.h"

#include <string.h>

#include "memory.h"
#include "stage.h"

struct recent_entry {
    struct recent_entry *next;
    uint8_t signature[SIGNATURE_BYTES];
};

void open_recent(struct recent *recent)
{
    memset(recent, 0, sizeof *recent);
}

static struct recent_entry **bucket_of(struct recent *recent, const uint8_t *signature)
{
    uint64_t word;
    memcpy(&word, signature, sizeof word);
    return &recent->buckets[word % RECENT_BUCKETS];
}

STAGE static void forget_entry(struct recent *recent, struct recent_entry *entry)
{
    struct recent_entry **link = bucket_of(recent, entry->signature);
    while (*link != entry)
        link = &(*link)->next;
    *link = entry->next;
    free(entry);
}

STAGE bool remember_signature(struct recent *recent, const uint8_t signature[SIGNATURE_BYTES])
{
    struct recent_entry **bucket = bucket_of(recent, signature);
    for (const struct recent_entry *entry = *bucket; entry != NULL; entry = entry->next)
        if (memcmp(entry->signature, signature, SIGNATURE_BYTES) == 0)
            return false;
    struct recent_entry *created = allocate(sizeof *created);
    memcpy(created->signature, signature, SIGNATURE_BYTES);
    created->next = *bucket;
    *bucket = created;
    struct recent_entry **oldest = &recent->ring[recent->next];
    if (*oldest != NULL)
        forget_entry(recent, *oldest);
    *oldest = created;
    recent->next = (recent->next + 1) % RECENT_CAPACITY;
    return true;
}

void close_recent(struct recent *recent)
{
    for (size_t i = 0; i < RECENT_CAPACITY; i++)
        free(recent->ring[i]);
}
