package dev.capstan.model.text;

import java.nio.charset.Charset;
import java.util.HashMap;
import java.util.Map;

/** Windows-1252 as Web browsers read it: a byte that it leaves open is the control character of that number. */
final class Windows1252 {
    private static final String LETTERS = letters();
    private static final Map<Character, Integer> BYTES = bytes();

    private Windows1252() {}

    /** The character of a byte. */
    static char letter(int unit) {
        return LETTERS.charAt(unit);
    }

    /** The byte of a character, or -1. U+FFFD is the byte 0x1A: one that was lost. */
    static int unit(char letter) {
        return BYTES.getOrDefault(letter, -1);
    }

    private static String letters() {
        Charset charset = Charset.forName("windows-1252");
        StringBuilder letters = new StringBuilder();
        for (int unit = 0; unit < 256; unit++) {
            String letter = new String(new byte[] {(byte) unit}, charset);
            letters.append(letter.equals("\uFFFD") ? (char) unit : letter.charAt(0));
        }
        return letters.toString();
    }

    private static Map<Character, Integer> bytes() {
        Map<Character, Integer> bytes = new HashMap<>();
        for (int unit = 0; unit < LETTERS.length(); unit++) {
            bytes.put(LETTERS.charAt(unit), unit);
        }
        bytes.put('\uFFFD', 0x1a);
        return Map.copyOf(bytes);
    }
}
