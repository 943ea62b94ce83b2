#include <ctype.h>
#include <libgen.h>
#include <stdio.h>
#include <string.h>

/* One program of three names, each of which does something else with a word. */
int main(int argc, char **argv) {
    char *name = basename(argv[0]);
    char *word = argc > 1 ? argv[1] : "";
    size_t length = strlen(word);
    for (size_t at = 0; at < length; at++)
        if (strcmp(name, "upper") == 0)
            putchar(toupper(word[at]));
        else if (strcmp(name, "lower") == 0)
            putchar(tolower(word[at]));
        else
            putchar(word[length - 1 - at]);
    putchar('\n');
    return length == 0;
}
