#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* Says who serves and how, and leaves a note. */
int main(void) {
    FILE *note = fopen("/run/server/note", "w");
    char *mode = getenv("MODE");
    printf("user %d, %s, %s\n", getuid(), mode != NULL ? mode : "loud", note != NULL ? "noted" : "not noted");
    return note == NULL;
}
