def say(word):
    return word.upper() + "!"
