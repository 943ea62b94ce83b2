#include <pwd.h>
#include <stdio.h>
#include <unistd.h>

/* keep WORD: adds a word to the notes of the user and shows them all. */
int main(int argc, char **argv) {
    struct passwd *who = getpwuid(getuid());
    char line[256];
    FILE *notes = fopen("/var/lib/keeper/notes", "a+");
    if (notes == NULL || who == NULL || argc != 2) {
        fputs("cannot keep that\n", stderr);
        return 2;
    }
    fprintf(notes, "%s keeps %s\n", who->pw_name, argv[1]);
    rewind(notes);
    while (fgets(line, sizeof line, notes) != NULL)
        fputs(line, stdout);
    return 0;
}
