#include "packets.h"

#include <string.h>

#include "random.h"
#include "stage.h"

enum {
    TRANSFER_TAG = 2,
    TRANSFER_BYTES = 12,
    MAX_KEYS = 64,
    REPEAT_DISTANCE = 100,
};

static const uint8_t SYSTEM_PROGRAM[KEY_BYTES] = {0};
static const uint8_t MEMO_PROGRAM[KEY_BYTES] = "MemoProgramMemoProgramMemoProgr";

struct reader {
    const uint8_t *at;
    const uint8_t *end;
    bool failed;
};

/* `count` bytes, or NULL once anything is missing. */
static const uint8_t *take(struct reader *reader, size_t count)
{
    if (reader->failed || (size_t)(reader->end - reader->at) < count) {
        reader->failed = true;
        return NULL;
    }
    const uint8_t *taken = reader->at;
    reader->at += count;
    return taken;
}

static uint8_t take_byte(struct reader *reader)
{
    const uint8_t *byte = take(reader, 1);
    return byte != NULL ? *byte : 0;
}

/* Seven bits a byte, lowest first, at most three bytes; only the shortest form is valid. */
STAGE static uint16_t parse_compact_u16(struct reader *reader)
{
    uint32_t value = 0;
    for (int shift = 0; shift <= 14; shift += 7) {
        uint8_t byte = take_byte(reader);
        value |= (uint32_t)(byte & 0x7f) << shift;
        if ((byte & 0x80) == 0) {
            if ((byte == 0 && shift > 0) || value > UINT16_MAX)
                break;
            return (uint16_t)value;
        }
    }
    reader->failed = true;
    return 0;
}

STAGE static void parse_instruction(struct reader *reader, uint16_t key_count,
                                    struct instruction *instruction)
{
    instruction->program = take_byte(reader);
    instruction->account_count = parse_compact_u16(reader);
    instruction->accounts = take(reader, instruction->account_count);
    instruction->data_length = parse_compact_u16(reader);
    instruction->data = take(reader, instruction->data_length);
    /* The fee payer is no program. */
    if (instruction->program == 0 || instruction->program >= key_count)
        reader->failed = true;
    for (uint16_t i = 0; i < instruction->account_count && !reader->failed; i++)
        if (instruction->accounts[i] >= key_count)
            reader->failed = true;
}

STAGE static void parse_message(struct reader *reader, struct transaction *transaction)
{
    transaction->message = reader->at;
    uint8_t signers = take_byte(reader);
    uint8_t readonly_signers = take_byte(reader);
    uint8_t readonly_others = take_byte(reader);
    transaction->key_count = parse_compact_u16(reader);
    if (signers != transaction->signature_count || readonly_signers >= signers
        || transaction->key_count > MAX_KEYS
        || signers + readonly_others > transaction->key_count)
        reader->failed = true;
    transaction->keys = take(reader, (size_t)transaction->key_count * KEY_BYTES);
    transaction->recent_block = take(reader, HASH_BYTES);
    transaction->instruction_count = parse_compact_u16(reader);
    if (transaction->instruction_count > MAX_INSTRUCTIONS)
        reader->failed = true;
    for (uint16_t i = 0; i < transaction->instruction_count && !reader->failed; i++)
        parse_instruction(reader, transaction->key_count, &transaction->instructions[i]);
}

STAGE bool parse_transaction(const uint8_t *bytes, size_t length, struct transaction *transaction)
{
    struct reader reader = {.at = bytes, .end = bytes + length};
    transaction->signature_count = parse_compact_u16(&reader);
    transaction->signatures = take(&reader, (size_t)transaction->signature_count * SIGNATURE_BYTES);
    if (reader.failed || transaction->signature_count == 0)
        return false;
    parse_message(&reader, transaction);
    if (reader.failed || reader.at != reader.end)
        return false;
    transaction->message_length = (uint16_t)(reader.end - transaction->message);
    return true;
}

static bool is_transfer(const struct transaction *transaction,
                        const struct instruction *instruction)
{
    const uint8_t *program = transaction->keys + (size_t)instruction->program * KEY_BYTES;
    const uint8_t tag[4] = {TRANSFER_TAG};
    return instruction->data_length == TRANSFER_BYTES && instruction->account_count == 2
           && memcmp(program, SYSTEM_PROGRAM, KEY_BYTES) == 0
           && memcmp(instruction->data, tag, sizeof tag) == 0;
}

STAGE bool find_transfer(const struct transaction *transaction, struct transfer *transfer)
{
    for (uint16_t i = 0; i < transaction->instruction_count; i++) {
        const struct instruction *instruction = &transaction->instructions[i];
        if (!is_transfer(transaction, instruction))
            continue;
        memcpy(transfer->from, transaction->keys + instruction->accounts[0] * KEY_BYTES, KEY_BYTES);
        memcpy(transfer->to, transaction->keys + instruction->accounts[1] * KEY_BYTES, KEY_BYTES);
        transfer->lamports = 0;
        for (int byte = 7; byte >= 0; byte--)
            transfer->lamports = transfer->lamports << 8 | instruction->data[4 + byte];
        return true;
    }
    return false;
}

STAGE void sign_message(const uint8_t message_hash[HASH_BYTES], const uint8_t signer[KEY_BYTES],
                        uint8_t signature[SIGNATURE_BYTES])
{
    uint8_t signed_bytes[HASH_BYTES + KEY_BYTES];
    memcpy(signed_bytes, message_hash, HASH_BYTES);
    memcpy(signed_bytes + HASH_BYTES, signer, KEY_BYTES);
    sha256(signed_bytes, sizeof signed_bytes, signature);
    sha256(signature, HASH_BYTES, signature + HASH_BYTES);
}

void account_key(uint64_t index, uint8_t key[KEY_BYTES])
{
    struct random random = {index + 1};
    random_fill(&random, key, KEY_BYTES);
}

struct writer {
    uint8_t *at;
};

static void put(struct writer *writer, const void *bytes, size_t count)
{
    memcpy(writer->at, bytes, count);
    writer->at += count;
}

static void put_byte(struct writer *writer, uint8_t byte)
{
    *writer->at++ = byte;
}

static void put_compact_u16(struct writer *writer, uint16_t value)
{
    for (; value >= 0x80; value >>= 7)
        put_byte(writer, (uint8_t)(value | 0x80));
    put_byte(writer, (uint8_t)value);
}

static void put_transfer(struct writer *writer, uint64_t lamports)
{
    const uint8_t head[] = {2, 2, 0, 1, TRANSFER_BYTES, TRANSFER_TAG, 0, 0, 0};
    put(writer, head, sizeof head);
    for (int byte = 0; byte < 8; byte++)
        put_byte(writer, (uint8_t)(lamports >> (8 * byte)));
}

static void put_memo(struct writer *writer, struct random *random, uint16_t length)
{
    put_byte(writer, 3);
    put_compact_u16(writer, 0);
    put_compact_u16(writer, length);
    random_fill(random, writer->at, length);
    writer->at += length;
}

/* Few accounts send most of the transactions, as on the real network. */
static uint64_t busy_account(struct random *random, size_t accounts)
{
    uint64_t first = random_below(random, accounts), second = random_below(random, accounts);
    return first * second / accounts;
}

static void write_message(struct writer *writer, struct random *random, size_t accounts)
{
    uint8_t sender[KEY_BYTES], receiver[KEY_BYTES], recent_block[HASH_BYTES];
    bool to_new_account = random_below(random, 50) == 0;
    bool unpayable = random_below(random, 100) == 0;
    account_key(busy_account(random, accounts), sender);
    account_key(random_below(random, accounts) + (to_new_account ? accounts : 0), receiver);
    random_fill(random, recent_block, HASH_BYTES);
    uint64_t lamports = unpayable ? UINT64_MAX / 2 : 1 + random_below(random, 1000000);
    /* Most memos are short; one in eight fills the packet. */
    uint16_t memo = (uint16_t)random_below(random, random_below(random, 8) == 0 ? 980 : 120);

    const uint8_t header[] = {1, 0, 2, 4};
    put(writer, header, sizeof header);
    put(writer, sender, KEY_BYTES);
    put(writer, receiver, KEY_BYTES);
    put(writer, SYSTEM_PROGRAM, KEY_BYTES);
    put(writer, MEMO_PROGRAM, KEY_BYTES);
    put(writer, recent_block, HASH_BYTES);
    put_compact_u16(writer, 2);
    put_transfer(writer, lamports);
    put_memo(writer, random, memo);
}

static void write_packet(struct packet *packet, struct random *random, size_t accounts)
{
    uint8_t *signature = packet->bytes + 1;
    uint8_t *message = signature + SIGNATURE_BYTES;
    struct writer writer = {message};
    packet->bytes[0] = 1;
    write_message(&writer, random, accounts);
    packet->length = (uint16_t)(writer.at - packet->bytes);
    uint8_t message_hash[HASH_BYTES];
    sha256(message, (size_t)(writer.at - message), message_hash);
    sign_message(message_hash, message + 4, signature);
}

static void spoil_packet(struct packet *packet, struct random *random)
{
    uint64_t kind = random_below(random, 100);
    if (kind < 2)
        packet->length = (uint16_t)random_below(random, packet->length);
    else if (kind < 4)
        packet->bytes[packet->length - 1] ^= 1;
}

void generate_packets(struct packet *packets, size_t count, size_t accounts, uint64_t seed)
{
    struct random random = {seed};
    for (size_t i = 0; i < count; i++) {
        if (i >= REPEAT_DISTANCE && random_below(&random, 50) == 0) {
            packets[i] = packets[i - 1 - random_below(&random, REPEAT_DISTANCE)];
            continue;
        }
        write_packet(&packets[i], &random, accounts);
        spoil_packet(&packets[i], &random);
    }
}
