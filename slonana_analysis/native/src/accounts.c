#include "accounts.h"

#include <string.h>

#include "memory.h"
#include "stage.h"

enum {
    FIRST_CAPACITY = 1024,
    ACCOUNTS_PER_LEAF = 4,
};

void open_accounts(struct accounts *accounts)
{
    accounts->count = 0;
    accounts->capacity = FIRST_CAPACITY;
    accounts->slot_count = 2 * FIRST_CAPACITY;
    accounts->entries = allocate(accounts->capacity * sizeof *accounts->entries);
    accounts->slots = allocate_zeroed(accounts->slot_count, sizeof *accounts->slots);
}

void close_accounts(struct accounts *accounts)
{
    free(accounts->entries);
    free(accounts->slots);
}

STAGE static uint64_t hash_key(const uint8_t key[KEY_BYTES])
{
    uint64_t words[4];
    memcpy(words, key, sizeof words);
    uint64_t mixed = words[0] ^ words[1] * UINT64_C(0x9e3779b97f4a7c15);
    mixed ^= words[2] * UINT64_C(0xbf58476d1ce4e5b9) ^ words[3] * UINT64_C(0x94d049bb133111eb);
    return mixed ^ mixed >> 32;
}

/* The slot that holds the key, or the free one where it belongs. */
STAGE static uint32_t *probe_slots(const struct accounts *accounts, const uint8_t key[KEY_BYTES])
{
    size_t mask = accounts->slot_count - 1;
    for (size_t i = hash_key(key) & mask;; i = (i + 1) & mask) {
        uint32_t *slot = &accounts->slots[i];
        if (*slot == 0 || memcmp(accounts->entries[*slot - 1].key, key, KEY_BYTES) == 0)
            return slot;
    }
}

STAGE static void grow_accounts(struct accounts *accounts)
{
    accounts->capacity *= 2;
    accounts->entries =
        allocated(realloc(accounts->entries, accounts->capacity * sizeof *accounts->entries));
    accounts->slot_count *= 2;
    free(accounts->slots);
    accounts->slots = allocate_zeroed(accounts->slot_count, sizeof *accounts->slots);
    for (size_t i = 0; i < accounts->count; i++)
        *probe_slots(accounts, accounts->entries[i].key) = (uint32_t)i + 1;
}

STAGE static struct account *find_or_create(struct accounts *accounts, const uint8_t key[KEY_BYTES])
{
    if (accounts->count == accounts->capacity)
        grow_accounts(accounts);
    uint32_t *slot = probe_slots(accounts, key);
    if (*slot == 0) {
        struct account *created = &accounts->entries[accounts->count++];
        memset(created, 0, sizeof *created);
        memcpy(created->key, key, KEY_BYTES);
        *slot = (uint32_t)accounts->count;
    }
    return &accounts->entries[*slot - 1];
}

STAGE const struct account *find_account(const struct accounts *accounts,
                                         const uint8_t key[KEY_BYTES])
{
    uint32_t slot = *probe_slots(accounts, key);
    return slot == 0 ? NULL : &accounts->entries[slot - 1];
}

void endow_account(struct accounts *accounts, const uint8_t key[KEY_BYTES], uint64_t lamports)
{
    find_or_create(accounts, key)->lamports += lamports;
}

static void credit(struct accounts *accounts, const uint8_t key[KEY_BYTES], uint64_t lamports)
{
    struct account *account = find_or_create(accounts, key);
    account->lamports += lamports;
    account->changes++;
}

STAGE bool transfer_lamports(struct accounts *accounts, const struct transfer *transfer,
                             const uint8_t fee_collector[KEY_BYTES], uint64_t fee)
{
    uint32_t slot = *probe_slots(accounts, transfer->from);
    if (slot == 0)
        return false;
    struct account *sender = &accounts->entries[slot - 1];
    if (sender->lamports < fee || sender->lamports - fee < transfer->lamports)
        return false;
    sender->lamports -= transfer->lamports + fee;
    sender->changes++;
    credit(accounts, transfer->to, transfer->lamports);
    credit(accounts, fee_collector, fee);
    return true;
}

uint64_t total_lamports(const struct accounts *accounts)
{
    uint64_t total = 0;
    for (size_t i = 0; i < accounts->count; i++)
        total += accounts->entries[i].lamports;
    return total;
}

STAGE static void hash_leaf(const struct account *first, size_t count, uint8_t digest[HASH_BYTES])
{
    struct sha256 hash;
    sha256_begin(&hash);
    for (size_t i = 0; i < count; i++)
        sha256_add(&hash, &first[i], sizeof first[i]);
    sha256_end(&hash, digest);
}

STAGE static void hash_subtree(const struct account *first, size_t count,
                               uint8_t digest[HASH_BYTES])
{
    if (count <= ACCOUNTS_PER_LEAF) {
        hash_leaf(first, count, digest);
        return;
    }
    uint8_t children[2 * HASH_BYTES];
    hash_subtree(first, count / 2, children);
    hash_subtree(first + count / 2, count - count / 2, children + HASH_BYTES);
    sha256(children, sizeof children, digest);
}

STAGE void hash_accounts(const struct accounts *accounts, uint8_t root[HASH_BYTES])
{
    hash_subtree(accounts->entries, accounts->count, root);
}
