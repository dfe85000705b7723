/* Times Vectorscan's literal matcher over a file, for the benches: LITERALS has one a line, "i:" before it for any case.
 * Prints bytes per second of the thread's time in the median round and the number of matches. */
#include <hs/hs.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { ROUNDS = 9, MOST = 20000, BLOCK = 256 << 10 };

static int count(unsigned id, unsigned long long from, unsigned long long to, unsigned flags, void *context) {
    (void)id, (void)from, (void)to, (void)flags;
    ++*(unsigned long *)context;
    return 0;
}

static char *slurp(const char *path, size_t *length) {
    FILE *file = fopen(path, "rb");
    if (!file) { perror(path); exit(2); }
    fseek(file, 0, SEEK_END);
    *length = (size_t)ftell(file);
    rewind(file);
    char *text = malloc(*length + 1);
    if (!text || fread(text, 1, *length, file) != *length) { perror(path); exit(2); }
    text[*length] = 0;
    fclose(file);
    return text;
}

static int by_size(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

int main(int argc, char **argv) {
    if (argc != 3) { fprintf(stderr, "usage: vectorscan LITERALS FILE\n"); return 2; }
    static const char *expressions[MOST];
    static size_t lengths[MOST];
    static unsigned flags[MOST], ids[MOST];
    unsigned n = 0;
    size_t list_length, length;
    char *list = slurp(argv[1], &list_length), *text = slurp(argv[2], &length);
    for (char *line = strtok(list, "\n"); line && n < MOST; line = strtok(NULL, "\n")) {
        int folded = strncmp(line, "i:", 2) == 0;
        expressions[n] = line + (folded ? 2 : 0);
        lengths[n] = strlen(expressions[n]);
        flags[n] = folded ? HS_FLAG_CASELESS : 0;
        ids[n] = n;
        n++;
    }
    hs_database_t *database;
    hs_compile_error_t *error;
    if (hs_compile_lit_multi(expressions, flags, ids, lengths, n, HS_MODE_BLOCK, NULL, &database, &error) != HS_SUCCESS) {
        fprintf(stderr, "%s\n", error->message);
        return 2;
    }
    hs_scratch_t *scratch = NULL;
    hs_alloc_scratch(database, &scratch);
    double seconds[ROUNDS];
    unsigned long matches = 0;
    for (int round = 0; round < ROUNDS; round++) {
        struct timespec from, to;
        matches = 0;
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &from);
        /* In blocks, as a filter would see them. */
        for (size_t at = 0; at < length; at += BLOCK) {
            size_t rest = length - at < BLOCK ? length - at : BLOCK;
            hs_scan(database, text + at, (unsigned)rest, 0, scratch, count, &matches);
        }
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &to);
        seconds[round] = (double)(to.tv_sec - from.tv_sec) + 1e-9 * (double)(to.tv_nsec - from.tv_nsec);
    }
    qsort(seconds, ROUNDS, sizeof *seconds, by_size);
    printf("%.0f %lu\n", (double)length / seconds[ROUNDS / 2], matches);
    return 0;
}
