#include <fontconfig/fontconfig.h>
#include <stdio.h>

/* which-font FAMILY: the file that fontconfig takes for a family. */
int main(int argc, char **argv) {
    FcPattern *pattern = argc == 2 ? FcNameParse((const FcChar8 *)argv[1]) : NULL;
    FcResult result;
    FcChar8 *file;
    if (pattern == NULL)
        return 1;
    FcConfigSubstitute(NULL, pattern, FcMatchPattern);
    FcDefaultSubstitute(pattern);
    FcPattern *found = FcFontMatch(NULL, pattern, &result);
    if (found == NULL || FcPatternGetString(found, FC_FILE, 0, &file) != FcResultMatch) {
        puts("no font");
        return 2;
    }
    puts((const char *)file);
    return 0;
}
