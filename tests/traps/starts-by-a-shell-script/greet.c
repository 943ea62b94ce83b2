#include <stdio.h>
#include <string.h>

/* greet NAME: as the settings say. */
int main(int argc, char **argv) {
    char line[256], greeting[256] = "";
    FILE *settings = fopen("/run/greet.conf", "r");
    if (settings == NULL || argc != 2)
        return 2;
    while (fgets(line, sizeof line, settings) != NULL)
        if (strncmp(line, "greeting=", 9) == 0)
            sscanf(line, "greeting=%255[^\n]", greeting);
    printf("%s, %s!\n", greeting, argv[1]);
    return 0;
}
