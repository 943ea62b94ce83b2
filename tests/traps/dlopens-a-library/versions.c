#include <dlfcn.h>
#include <stdio.h>

/* Uses libyaml where it is installed, and does without where it is not. */
int main(void) {
    void *yaml = dlopen("libyaml-0.so.2", RTLD_NOW);
    if (yaml == NULL) {
        puts("no yaml");
        return 3;
    }
    const char *(*version)(void) = (const char *(*)(void))dlsym(yaml, "yaml_get_version_string");
    printf("yaml %s\n", version());
    return 0;
}
