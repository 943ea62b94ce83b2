#include <stdio.h>
#include <time.h>

/* What the clock on the wall showed at the second 1,700,000,000. */
int main(void) {
    char shown[64];
    time_t then = 1700000000;
    strftime(shown, sizeof shown, "%F %T %Z", localtime(&then));
    puts(shown);
    return 0;
}
