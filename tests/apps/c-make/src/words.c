#include "words.h"
#include <sqlite3.h>
#include <stdio.h>

static sqlite3 *base;
static sqlite3_stmt *add;

int words_open(void) {
    if (sqlite3_open(":memory:", &base) != SQLITE_OK)
        return -1;
    sqlite3_exec(base, "create table words (word text primary key, count int)", 0, 0, 0);
    return sqlite3_prepare_v2(base,
        "insert into words values (?, 1) on conflict (word) do update set count = count + 1", -1, &add, 0);
}

void words_add(const char *word) {
    sqlite3_bind_text(add, 1, word, -1, SQLITE_TRANSIENT);
    sqlite3_step(add);
    sqlite3_reset(add);
}

static int print_row(void *unused, int columns, char **values, char **names) {
    (void)unused, (void)columns, (void)names;
    printf("%s %s\n", values[0], values[1]);
    return 0;
}

void words_print(int top) {
    char query[128];
    snprintf(query, sizeof query, "select word, count from words order by count desc, word limit %d", top);
    sqlite3_exec(base, query, print_row, 0, 0);
}
