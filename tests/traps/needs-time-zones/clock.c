#include <stdio.h>
#include <stdlib.h>
#include <time.h>

/* clock ZONE: what the clock in a zone showed at the second 1,700,000,000. */
int main(int argc, char **argv) {
    char shown[64];
    time_t then = 1700000000;
    if (argc != 2)
        return 1;
    setenv("TZ", argv[1], 1);
    tzset();
    strftime(shown, sizeof shown, "%F %T %Z", localtime(&then));
    puts(shown);
    return 0;
}
