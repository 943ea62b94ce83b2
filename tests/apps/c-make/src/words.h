int words_open(void);
void words_add(const char *word);
void words_print(int top);
