import java.io.InputStream;
import java.util.Properties;

public class Roman {
    private static final int[] VALUES = {1000, 900, 500, 400, 100, 90, 50, 40, 10, 9, 5, 4, 1};
    private static final String[] SIGNS = {"M", "CM", "D", "CD", "C", "XC", "L", "XL", "X", "IX", "V", "IV", "I"};

    public static void main(String[] arguments) throws Exception {
        int number = Integer.parseInt(arguments[0]);
        if (number == 0) {
            Properties words = new Properties();
            try (InputStream text = Roman.class.getResourceAsStream("words.properties")) {
                words.load(text);
            }
            System.out.println(words.getProperty("zero"));
            return;
        }
        if (number < 0) {
            System.err.println("not a number that Romans knew");
            System.exit(2);
        }
        StringBuilder roman = new StringBuilder();
        for (int i = 0; i < VALUES.length; i++) {
            for (; number >= VALUES[i]; number -= VALUES[i]) roman.append(SIGNS[i]);
        }
        System.out.println(roman);
    }
}
