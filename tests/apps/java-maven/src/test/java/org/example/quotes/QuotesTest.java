package org.example.quotes;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertThrows;

import org.junit.Test;

public class QuotesTest {
    @Test
    public void countsFromOne() throws Exception {
        assertEquals("Hopper", Quotes.load().at(1).who());
    }

    @Test
    public void refusesWhatIsNotThere() throws Exception {
        Quotes quotes = Quotes.load();
        assertThrows(IllegalArgumentException.class, () -> quotes.at(quotes.size() + 1));
    }
}
