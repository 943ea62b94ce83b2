#include <stdio.h>
#include <stdlib.h>

double scale(double value, double factor);

/* meter NUMBER: a length in the unit that is configured, with the unit's name; remembered in the spool. */
int main(int argc, char **argv) {
    double factor;
    char name[64];
    FILE *configuration = fopen("/etc/meter/meter.conf", "r");
    FILE *units = fopen("/usr/local/share/meter/units", "r");
    FILE *spool = fopen("/var/spool/meter/last", "w");
    if (configuration == NULL || units == NULL || spool == NULL || argc != 2)
        return 2;
    if (fscanf(configuration, "factor %lf", &factor) != 1 || fscanf(units, "%63s", name) != 1)
        return 3;
    printf("%.1f %s\n", scale(atof(argv[1]), factor), name);
    fprintf(spool, "%s\n", argv[1]);
    return 0;
}
