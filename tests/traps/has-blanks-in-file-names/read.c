#include <stdio.h>

/* read NAME: the file of that name among those whose names begin with a word. */
int main(int argc, char **argv) {
    char path[300], line[256];
    snprintf(path, sizeof path, "/opt/reader/My Data/%s $file.txt", argc > 1 ? argv[1] : "");
    FILE *file = fopen(path, "r");
    if (file == NULL) {
        fprintf(stderr, "no file %s\n", path);
        return 2;
    }
    while (fgets(line, sizeof line, file) != NULL)
        fputs(line, stdout);
    return 0;
}
