#include <dlfcn.h>
#include <stdio.h>
#include <string.h>

/* versions NAME NUMBER: the version that a library tells of itself. */
int main(int argc, char **argv) {
    char name[64];
    if (argc != 3)
        return 1;
    snprintf(name, sizeof name, "lib%s.so.%s", argv[1], argv[2]);
    void *library = dlopen(name, RTLD_NOW);
    if (library == NULL) {
        printf("no %s\n", name);
        return 3;
    }
    snprintf(name, sizeof name, "%.*s_get_version_string", (int)strcspn(argv[1], "-"), argv[1]);
    const char *(*version)(void) = (const char *(*)(void))dlsym(library, name);
    printf("%s %s\n", argv[1], version());
    return 0;
}
