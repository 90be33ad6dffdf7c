/* Twelve stages of known cost, one of which can be made slower by a known percentage.
 *
 * usage: workload ROUNDS EXTRA_PERCENT
 *
 * Every round runs all stages once; `score` does EXTRA_PERCENT more of its work. The work depends on
 * nothing but the two numbers, so what two captures differ by, beyond that, is noise.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define STAGE __attribute__((noinline, noclone))

enum { TABLE = 1 << 11, TEXT = 4096, SORTED = 128, SIDE = 24 };

static uint32_t table[TABLE];
static char text[TEXT];
static uint32_t keys[SORTED];
static double matrix[2][SIDE][SIDE];

STAGE static uint64_t next_random(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

STAGE static uint64_t hash(uint64_t value, int times)
{
    for (int i = 0; i < times; i++)
        value = (value ^ (value >> 29)) * UINT64_C(0xbf58476d1ce4e5b9) + 1;
    return value;
}

STAGE static uint64_t follow(uint32_t place, int times)
{
    for (int i = 0; i < times; i++)
        place = table[place];
    return place;
}

STAGE static double multiply(void)
{
    double sum = 0;
    for (int i = 0; i < SIDE; i++)
        for (int j = 0; j < SIDE; j++) {
            double cell = 0;
            for (int k = 0; k < SIDE; k++)
                cell += matrix[0][i][k] * matrix[1][k][j];
            sum += cell;
        }
    return sum;
}

STAGE static uint64_t parse(void)
{
    uint64_t number = 0;
    uint64_t sum = 0;
    for (int i = 0; i < TEXT; i++) {
        if (text[i] == ' ') {
            sum += number;
            number = 0;
        } else {
            number = 10 * number + (uint64_t)(text[i] - '0');
        }
    }
    return sum;
}

STAGE static int compare(const void *left, const void *right)
{
    const uint32_t a = *(const uint32_t *)left;
    const uint32_t b = *(const uint32_t *)right;
    return (a > b) - (a < b);
}

STAGE static uint64_t sort(uint64_t *state)
{
    for (int i = 0; i < SORTED; i++)
        keys[i] = (uint32_t)next_random(state);
    qsort(keys, SORTED, sizeof keys[0], compare);
    return keys[SORTED / 2];
}

STAGE static uint64_t checksum(uint64_t value, int times)
{
    uint32_t low = (uint32_t)value;
    uint32_t high = (uint32_t)(value >> 32);
    for (int i = 0; i < times; i++) {
        low += high;
        high = (high << 7 | high >> 25) ^ low;
    }
    return (uint64_t)high << 32 | low;
}

STAGE static uint64_t encode(uint64_t value, int times)
{
    uint64_t sum = 0;
    for (int i = 0; i < times; i++)
        for (uint64_t rest = value + (uint64_t)i; rest > 0; rest /= 58)
            sum += rest % 58;
    return sum;
}

STAGE static uint64_t search(uint64_t value, int times)
{
    uint64_t sum = 0;
    for (int i = 0; i < times; i++) {
        const uint32_t wanted = (uint32_t)(value * (uint64_t)(i + 1)) % TABLE;
        uint32_t low = 0;
        for (uint32_t step = TABLE / 2; step > 0; step /= 2)
            low += (low + step) * 3 <= wanted * 3 ? step : 0;
        sum += low;
    }
    return sum;
}

STAGE static double interpolate(double at, int times)
{
    double sum = 0;
    for (int i = 0; i < times; i++) {
        at = at * 0.75 + 0.125 * (double)(i % 5);
        sum += ((at * 0.3 + 0.7) * at - 0.2) * at + 0.1;
    }
    return sum;
}

STAGE static uint64_t score(uint64_t value, int times)
{
    for (int i = 0; i < times; i++)
        value = value * UINT64_C(6364136223846793005) / 3 + (value >> 33) + 1442695;
    return value;
}

STAGE static uint64_t allocate(int times)
{
    uint64_t sum = 0;
    for (int i = 0; i < times; i++) {
        unsigned char *block = malloc(256 + 64 * (size_t)(i % 8));
        if (block == NULL)
            abort();
        memset(block, i, 256);
        sum += block[i % 256];
        free(block);
    }
    return sum;
}

STAGE static uint64_t run_round(uint64_t *state, int extra_percent)
{
    uint64_t sum = hash(*state, 3000);
    sum += follow((uint32_t)(sum % TABLE), 2500);
    sum += (uint64_t)multiply() / 2;
    sum += parse();
    sum += sort(state);
    sum += checksum(sum, 5000);
    sum += encode(sum, 60);
    sum += search(sum, 400);
    sum += (uint64_t)interpolate(0.5, 2500);
    sum += score(sum, 25 * (100 + extra_percent));
    return sum + allocate(150);
}

int main(int count, char **arguments)
{
    const int rounds = count > 1 ? atoi(arguments[1]) : 1000;
    const int extra_percent = count > 2 ? atoi(arguments[2]) : 0;
    uint64_t state = 88172645463325252;
    uint64_t sum = 0;
    for (uint32_t i = 0; i < TABLE; i++)
        table[i] = (i * 40503u + 12345u) % TABLE;
    for (int i = 0; i < TEXT; i++)
        text[i] = i % 6 == 5 ? ' ' : (char)('0' + next_random(&state) % 10);
    for (int i = 0; i < SIDE * SIDE; i++) {
        matrix[0][i / SIDE][i % SIDE] = (double)(next_random(&state) % 1000);
        matrix[1][i / SIDE][i % SIDE] = 0.5;
    }
    for (int round = 0; round < rounds; round++)
        sum += run_round(&state, extra_percent);
    printf("%" PRIu64 "\n", sum);
    return 0;
}
