/* A small validator-like workload, for profilers to look at where no validator runs.
 *
 * Packets arrive in batches, are parsed, hashed, verified and scored (by as many threads as asked
 * for), admitted or refused, executed on the accounts in the order of their lanes, and recorded in
 * a chain of hashes; every so often all accounts are hashed into one root. Nothing depends on the
 * clock or on the number of threads, so a seed and a number of batches give one checksum.
 */
#define _POSIX_C_SOURCE 200809L

#include <inttypes.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "accounts.h"
#include "arguments.h"
#include "memory.h"
#include "packets.h"
#include "queue.h"
#include "recent.h"
#include "scoring.h"
#include "stage.h"

enum {
    ACCOUNTS = 4096,
    RING = 4096,
    BATCH = 64,
    EXECUTED_PER_BATCH = 56,
    HASHES_PER_BATCH = 32,
    BATCHES_PER_BLOCK = 64,
    FEE = 5000,
};

static const uint64_t ENDOWMENT = UINT64_C(1000000000000000);

struct counts {
    uint64_t iterations;
    uint64_t received;
    uint64_t refused;
    uint64_t repeated;
    uint64_t dropped;
    uint64_t unpayable;
    uint64_t transactions;
};

struct pipeline {
    struct packet *ring;
    struct packet batch[BATCH];
    struct waiting *verified[BATCH]; /* NULL: refused */
    struct model model;
    struct accounts accounts;
    struct recent recent;
    struct queue queue;
    struct counts counts;
    uint8_t fee_collector[KEY_BYTES];
    uint8_t history[HASH_BYTES];
    unsigned threads;
    bool finished;
    pthread_barrier_t begin;
    pthread_barrier_t end;
};

struct worker {
    pthread_t thread;
    struct pipeline *pipeline;
    unsigned index;
};

static volatile sig_atomic_t stop_requested = 0;

static void request_stop(int signal)
{
    (void)signal;
    stop_requested = 1;
}

STAGE static void receive_packets(struct pipeline *pipeline)
{
    for (size_t i = 0; i < BATCH; i++) {
        const struct packet *arrived = &pipeline->ring[(pipeline->counts.received + i) % RING];
        pipeline->batch[i].length = arrived->length;
        memcpy(pipeline->batch[i].bytes, arrived->bytes, arrived->length);
    }
    pipeline->counts.received += BATCH;
}

/* Grows with the number of binary digits: 0 to 9984. */
static int32_t magnitude(uint64_t value)
{
    return value == 0 ? 0 : 156 * (64 - __builtin_clzll(value));
}

STAGE static void collect_features(const struct pipeline *pipeline, const struct waiting *waiting,
                                   int32_t features[WIDTH])
{
    const struct account *sender = find_account(&pipeline->accounts, waiting->transfer.from);
    const struct account *receiver = find_account(&pipeline->accounts, waiting->transfer.to);
    features[0] = magnitude(waiting->transfer.lamports);
    features[1] = 8 * waiting->message_length;
    features[2] = sender != NULL ? magnitude(sender->lamports) : 0;
    features[3] = sender != NULL ? magnitude(sender->changes) : 0;
    features[4] = receiver != NULL ? magnitude(receiver->lamports) : 0;
    for (size_t i = 5; i < WIDTH; i++)
        features[i] = 39 * (i < HASH_BYTES ? waiting->message_hash[i] : waiting->signature[i]);
}

STAGE static void hash_message(const struct transaction *transaction, uint8_t digest[HASH_BYTES])
{
    sha256(transaction->message, transaction->message_length, digest);
}

STAGE static bool verify_signatures(const struct transaction *transaction,
                                    const uint8_t message_hash[HASH_BYTES])
{
    for (size_t i = 0; i < transaction->signature_count; i++) {
        uint8_t expected[SIGNATURE_BYTES];
        sign_message(message_hash, transaction->keys + i * KEY_BYTES, expected);
        if (memcmp(expected, transaction->signatures + i * SIGNATURE_BYTES, SIGNATURE_BYTES) != 0)
            return false;
    }
    return true;
}

/* What waits for execution, or NULL when the packet is refused. */
STAGE static struct waiting *verify_packet(const struct pipeline *pipeline,
                                           const struct packet *packet)
{
    struct transaction transaction;
    struct transfer transfer;
    uint8_t message_hash[HASH_BYTES];
    if (!parse_transaction(packet->bytes, packet->length, &transaction)
        || !find_transfer(&transaction, &transfer))
        return NULL;
    hash_message(&transaction, message_hash);
    if (!verify_signatures(&transaction, message_hash))
        return NULL;
    struct waiting *waiting = create_waiting(&transaction);
    waiting->transfer = transfer;
    memcpy(waiting->message_hash, message_hash, HASH_BYTES);
    int32_t features[WIDTH];
    collect_features(pipeline, waiting, features);
    waiting->lane = choose_lane(&pipeline->model, features);
    return waiting;
}

/* Every thread its own share of the batch; the accounts are only read meanwhile. */
STAGE static void verify_share(struct pipeline *pipeline, unsigned index)
{
    for (size_t i = index; i < BATCH; i += pipeline->threads)
        pipeline->verified[i] = verify_packet(pipeline, &pipeline->batch[i]);
}

static void *run_worker(void *argument)
{
    struct worker *worker = argument;
    struct pipeline *pipeline = worker->pipeline;
    for (;;) {
        pthread_barrier_wait(&pipeline->begin);
        if (pipeline->finished)
            return NULL;
        verify_share(pipeline, worker->index);
        pthread_barrier_wait(&pipeline->end);
    }
}

STAGE static void verify_batch(struct pipeline *pipeline)
{
    if (pipeline->threads > 1)
        pthread_barrier_wait(&pipeline->begin);
    verify_share(pipeline, 0);
    if (pipeline->threads > 1)
        pthread_barrier_wait(&pipeline->end);
}

STAGE static void admit_batch(struct pipeline *pipeline)
{
    for (size_t i = 0; i < BATCH; i++) {
        struct waiting *waiting = pipeline->verified[i];
        if (waiting == NULL) {
            pipeline->counts.refused++;
        } else if (!remember_signature(&pipeline->recent, waiting->signature)) {
            pipeline->counts.repeated++;
            free(waiting);
        } else {
            pipeline->counts.dropped += push_waiting(&pipeline->queue, waiting);
        }
    }
}

STAGE static void execute_batch(struct pipeline *pipeline, uint8_t digest[HASH_BYTES])
{
    struct sha256 hash;
    sha256_begin(&hash);
    for (size_t i = 0; i < EXECUTED_PER_BATCH; i++) {
        struct waiting *waiting = pop_waiting(&pipeline->queue);
        if (waiting == NULL)
            break;
        if (transfer_lamports(&pipeline->accounts, &waiting->transfer, pipeline->fee_collector,
                              FEE)) {
            pipeline->counts.transactions++;
            sha256_add(&hash, waiting->message_hash, HASH_BYTES);
        } else {
            pipeline->counts.unpayable++;
        }
        free(waiting);
    }
    sha256_end(&hash, digest);
}

static void mix_into_history(struct pipeline *pipeline, const uint8_t digest[HASH_BYTES])
{
    uint8_t both[2 * HASH_BYTES];
    memcpy(both, pipeline->history, HASH_BYTES);
    memcpy(both + HASH_BYTES, digest, HASH_BYTES);
    sha256(both, sizeof both, pipeline->history);
}

/* Proof of history: hashes that can only be made one after the other. */
STAGE static void extend_history(struct pipeline *pipeline, const uint8_t digest[HASH_BYTES])
{
    for (size_t i = 0; i < HASHES_PER_BATCH; i++)
        sha256(pipeline->history, HASH_BYTES, pipeline->history);
    mix_into_history(pipeline, digest);
}

STAGE static void close_block(struct pipeline *pipeline)
{
    uint8_t root[HASH_BYTES];
    hash_accounts(&pipeline->accounts, root);
    mix_into_history(pipeline, root);
}

STAGE static void process_batch(struct pipeline *pipeline)
{
    uint8_t digest[HASH_BYTES];
    receive_packets(pipeline);
    verify_batch(pipeline);
    admit_batch(pipeline);
    execute_batch(pipeline, digest);
    extend_history(pipeline, digest);
    if (++pipeline->counts.iterations % BATCHES_PER_BLOCK == 0)
        close_block(pipeline);
}

static double now_seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

/* Returns the seconds it took. */
STAGE static double run_pipeline(struct pipeline *pipeline, const struct arguments *arguments)
{
    double begin = now_seconds(), elapsed = 0;
    while (!stop_requested
           && (arguments->duration == 0 || elapsed < arguments->duration)
           && (arguments->iterations == 0
               || pipeline->counts.iterations < arguments->iterations)) {
        process_batch(pipeline);
        elapsed = now_seconds() - begin;
    }
    return elapsed;
}

static void open_pipeline(struct pipeline *pipeline, const struct arguments *arguments)
{
    uint8_t key[KEY_BYTES];
    pipeline->threads = arguments->threads;
    pipeline->ring = allocate_zeroed(RING, sizeof *pipeline->ring);
    generate_packets(pipeline->ring, RING, ACCOUNTS, arguments->seed);
    build_model(&pipeline->model, arguments->seed);
    open_queue(&pipeline->queue);
    open_recent(&pipeline->recent);
    open_accounts(&pipeline->accounts);
    for (uint64_t i = 0; i < ACCOUNTS; i++) {
        account_key(i, key);
        endow_account(&pipeline->accounts, key, ENDOWMENT);
    }
    /* Packets pay to the accounts below 2 * ACCOUNTS. */
    account_key(2 * ACCOUNTS, pipeline->fee_collector);
    pthread_barrier_init(&pipeline->begin, NULL, arguments->threads);
    pthread_barrier_init(&pipeline->end, NULL, arguments->threads);
}

static void close_pipeline(struct pipeline *pipeline)
{
    pthread_barrier_destroy(&pipeline->begin);
    pthread_barrier_destroy(&pipeline->end);
    close_accounts(&pipeline->accounts);
    close_recent(&pipeline->recent);
    close_queue(&pipeline->queue);
    free(pipeline->ring);
    free(pipeline);
}

static void start_workers(struct pipeline *pipeline, struct worker *workers)
{
    for (unsigned i = 1; i < pipeline->threads; i++) {
        workers[i] = (struct worker){.pipeline = pipeline, .index = i};
        if (pthread_create(&workers[i].thread, NULL, run_worker, &workers[i]) != 0) {
            fputs("pipeline: no further thread can be started; ask for fewer\n", stderr);
            exit(3);
        }
    }
}

static void join_workers(struct pipeline *pipeline, struct worker *workers)
{
    pipeline->finished = true;
    if (pipeline->threads > 1)
        pthread_barrier_wait(&pipeline->begin);
    for (unsigned i = 1; i < pipeline->threads; i++)
        pthread_join(workers[i].thread, NULL);
}

static void print_result(struct pipeline *pipeline, double seconds)
{
    const struct counts *counts = &pipeline->counts;
    close_block(pipeline);
    printf("{\"iterations\": %" PRIu64 ", \"received\": %" PRIu64 ", \"refused\": %" PRIu64
           ", \"repeated\": %" PRIu64 ", \"dropped\": %" PRIu64 ", \"unpayable\": %" PRIu64
           ", \"transactions\": %" PRIu64 ", \"accounts\": %zu, \"lamports\": %" PRIu64,
           counts->iterations, counts->received, counts->refused, counts->repeated,
           counts->dropped, counts->unpayable, counts->transactions, pipeline->accounts.count,
           total_lamports(&pipeline->accounts));
    printf(", \"checksum\": \"");
    for (size_t i = 0; i < 8; i++)
        printf("%02x", pipeline->history[i]);
    printf("\", \"seconds\": %.6f, \"transactions_per_second\": %.0f}\n", seconds,
           seconds > 0 ? (double)counts->transactions / seconds : 0.0);
}

int main(int count, char **values)
{
    struct arguments arguments = parse_arguments(count, values);
    struct sigaction stop = {.sa_handler = request_stop};
    sigaction(SIGINT, &stop, NULL);
    sigaction(SIGTERM, &stop, NULL);

    struct worker workers[MAX_THREADS];
    struct pipeline *pipeline = allocate_zeroed(1, sizeof *pipeline);
    open_pipeline(pipeline, &arguments);
    start_workers(pipeline, workers);
    double seconds = run_pipeline(pipeline, &arguments);
    join_workers(pipeline, workers);
    print_result(pipeline, seconds);
    bool conserved = total_lamports(&pipeline->accounts) == ACCOUNTS * ENDOWMENT;
    close_pipeline(pipeline);
    if (!conserved) {
        fputs("pipeline: lamports were lost or made, which is a defect of this program\n", stderr);
        return 1;
    }
    if (fflush(stdout) != 0) {
        fputs("pipeline: the result could not be written\n", stderr);
        return 1;
    }
    return 0;
}
