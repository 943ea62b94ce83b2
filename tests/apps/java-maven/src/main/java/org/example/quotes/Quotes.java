package org.example.quotes;

import com.google.gson.Gson;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.Reader;
import java.nio.charset.StandardCharsets;

final class Quotes {
    record Quote(String who, String said) {}

    private static final class Entry {
        String who;
        String said;
    }

    private final Entry[] all;

    private Quotes(Entry[] all) {
        this.all = all;
    }

    static Quotes load() throws IOException {
        try (Reader reader = new InputStreamReader(
                Quotes.class.getResourceAsStream("/quotes.json"), StandardCharsets.UTF_8)) {
            return new Quotes(new Gson().fromJson(reader, Entry[].class));
        }
    }

    int size() {
        return all.length;
    }

    Quote at(int number) {
        if (number < 1 || number > all.length) {
            throw new IllegalArgumentException("there is no quote " + number);
        }
        return new Quote(all[number - 1].who, all[number - 1].said);
    }
}
