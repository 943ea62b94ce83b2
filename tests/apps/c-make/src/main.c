#include "words.h"
#include <ctype.h>
#include <stdio.h>
#include <zlib.h>

int main(int count, char **arguments) {
    const char *path = count > 1 ? arguments[1] : "/usr/local/share/tally/sample.txt";
    gzFile text = gzopen(path, "r");
    if (!text) {
        fprintf(stderr, "tally: cannot read %s\n", path);
        return 2;
    }
    if (words_open() != 0)
        return 1;
    char word[64];
    int length = 0, letter;
    do {
        letter = gzgetc(text);
        if (letter != -1 && isalpha(letter) && length < 63) {
            word[length++] = (char)tolower(letter);
        } else if (length > 0) {
            word[length] = 0;
            words_add(word);
            length = 0;
        }
    } while (letter != -1);
    words_print(3);
    return 0;
}
