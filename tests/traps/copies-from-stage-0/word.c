#include <stdio.h>
#include <stdlib.h>

/* word N: the Nth word of the sorted list. */
int main(int argc, char **argv) {
    char line[256];
    FILE *words = fopen("/usr/share/words/sorted.txt", "r");
    if (words == NULL || argc != 2)
        return 2;
    for (int left = atoi(argv[1]); fgets(line, sizeof line, words) != NULL; left--)
        if (left == 1) {
            fputs(line, stdout);
            return 0;
        }
    puts("no such word");
    return 3;
}
