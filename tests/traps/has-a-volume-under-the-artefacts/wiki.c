#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Shows the first page whose name is given, or the names of all. */
int main(int argc, char **argv) {
    struct dirent **found;
    char path[300], line[256];
    if (argc > 1) {
        snprintf(path, sizeof path, "/srv/wiki/pages/%s.html", argv[1]);
        FILE *page = fopen(path, "r");
        if (page == NULL) {
            puts("no such page");
            return 2;
        }
        while (fgets(line, sizeof line, page) != NULL)
            fputs(line, stdout);
        return 0;
    }
    int count = scandir("/srv/wiki/pages", &found, NULL, alphasort);
    for (int at = 0; at < count; at++)
        if (found[at]->d_name[0] != '.')
            puts(found[at]->d_name);
    return count < 3;
}
