package org.example.quotes;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.ZoneId;
import java.time.ZonedDateTime;

public final class Main {
    public static void main(String[] words) throws IOException {
        Quotes quotes = Quotes.load();
        if (words.length == 0) {
            serve(quotes);
        } else if (words[0].equals("zone")) {
            System.out.println(ZonedDateTime.parse("2024-07-01T12:00Z").withZoneSameInstant(ZoneId.of(words[1])));
        } else {
            try {
                Quotes.Quote quote = quotes.at(Integer.parseInt(words[0]));
                System.out.println(quote.said() + " (" + quote.who() + ")");
            } catch (NumberFormatException error) {
                System.err.println("not a number: " + words[0]);
                System.exit(2);
            } catch (IllegalArgumentException error) {
                System.err.println(error.getMessage());
                System.exit(1);
            }
        }
    }

    private static void serve(Quotes quotes) throws IOException {
        HttpServer server = HttpServer.create(new InetSocketAddress(8080), 0);
        server.createContext("/", exchange -> {
            if (exchange.getRequestURI().getPath().equals("/")) {
                answer(exchange, 200, quotes.size() + " quotes\n");
            } else {
                answer(exchange, 404, "no such page\n");
            }
        });
        server.createContext("/health", exchange -> answer(exchange, 200, "well\n"));
        server.start();
    }

    private static void answer(HttpExchange exchange, int status, String text) throws IOException {
        byte[] body = text.getBytes(StandardCharsets.UTF_8);
        exchange.sendResponseHeaders(status, body.length);
        exchange.getResponseBody().write(body);
        exchange.close();
    }
}
