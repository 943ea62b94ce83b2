#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* Whether this process, which is not root, may bind a low port (bit 10 of capabilities(7)). */
int main(void) {
    char line[256];
    FILE *status = fopen("/proc/self/status", "r");
    unsigned long long effective = 0;
    while (status != NULL && fgets(line, sizeof line, status) != NULL)
        sscanf(line, "CapEff: %llx", &effective);
    printf("%d may%s\n", getuid(), effective >> 10 & 1 ? "" : " not");
    return effective >> 10 & 1 ? 0 : 2;
}
