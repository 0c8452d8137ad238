package dev.capstan.model.text;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.charset.StandardCharsets;
import java.text.Normalizer;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** How a text is cut into words before pairs are merged, and what a word's letters are. */
public enum TokenizerStyle {
    /**
     * Lower case, words and runs of punctuation, the last letter of each marked: small vocabularies, as CLIP's. Letters
     * that the training text lacks become the unknown token.
     */
    WORDS {
        private final Pattern word = Pattern.compile("\\w+|[^\\w\\s]+", Pattern.UNICODE_CHARACTER_CLASS);

        @Override
        List<List<String>> words(String text) {
            String folded = Normalizer.normalize(text, Normalizer.Form.NFC).toLowerCase(Locale.ROOT);
            List<List<String>> words = new ArrayList<>();
            Matcher matcher = word.matcher(folded);
            while (matcher.find()) {
                List<String> letters = letters(matcher.group());
                letters.set(letters.size() - 1, letters.get(letters.size() - 1) + WORD_END);
                words.add(letters);
            }
            return words;
        }

        @Override
        Set<String> alphabet(Set<String> seen) {
            Set<String> alphabet = new TreeSet<>();
            for (String letter : seen) {
                String plain =
                        letter.endsWith(WORD_END) ? letter.substring(0, letter.length() - WORD_END.length()) : letter;
                alphabet.add(plain);
                alphabet.add(plain + WORD_END);
            }
            return alphabet;
        }

        @Override
        void describe(ObjectNode tokenizer, ObjectNode model) {
            ObjectNode normalizer = tokenizer.putObject("normalizer");
            normalizer.put("type", "Sequence");
            normalizer.putArray("normalizers").add(typed("NFC")).add(typed("Lowercase"));
            tokenizer.set("pre_tokenizer", typed("Whitespace"));
            tokenizer.set("decoder", typed("BPEDecoder").put("suffix", WORD_END));
            model.put("end_of_word_suffix", WORD_END);
        }
    },

    /** GPT-2's: any text can be written, letter by letter where need be, for a letter is a byte. */
    BYTE_LEVEL {
        private final Pattern word =
                Pattern.compile("'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+");

        @Override
        List<List<String>> words(String text) {
            List<List<String>> words = new ArrayList<>();
            Matcher matcher = word.matcher(text.startsWith(" ") ? text : " " + text);
            while (matcher.find()) {
                List<String> letters = new ArrayList<>();
                for (byte unit : matcher.group().getBytes(StandardCharsets.UTF_8)) {
                    letters.add(byteLetter(unit & 0xff));
                }
                words.add(letters);
            }
            return words;
        }

        @Override
        Set<String> alphabet(Set<String> seen) {
            Set<String> alphabet = new TreeSet<>();
            for (int unit = 0; unit < BYTES; unit++) {
                alphabet.add(byteLetter(unit));
            }
            return alphabet;
        }

        @Override
        void describe(ObjectNode tokenizer, ObjectNode model) {
            ObjectNode byteLevel = typed("ByteLevel")
                    .put("add_prefix_space", true)
                    .put("trim_offsets", true)
                    .put("use_regex", true);
            tokenizer.putNull("normalizer");
            tokenizer.set("pre_tokenizer", byteLevel);
            tokenizer.set("decoder", byteLevel.deepCopy());
            model.putNull("end_of_word_suffix");
        }
    },

    /** CLIP's: lower case, digits one by one, a letter is a byte, the last letter of a word is marked. */
    CLIP {
        private final Pattern word = Pattern.compile(ClipVocabulary.WORDS);

        @Override
        List<List<String>> words(String text) {
            String folded = Normalizer.normalize(text, Normalizer.Form.NFC).toLowerCase(Locale.ROOT);
            List<List<String>> words = new ArrayList<>();
            Matcher matcher = word.matcher(folded);
            while (matcher.find()) {
                List<String> letters = new ArrayList<>();
                for (byte unit : matcher.group().getBytes(StandardCharsets.UTF_8)) {
                    letters.add(byteLetter(unit & 0xff));
                }
                letters.set(letters.size() - 1, letters.get(letters.size() - 1) + WORD_END);
                words.add(letters);
            }
            return words;
        }

        @Override
        Set<String> alphabet(Set<String> seen) {
            return new LinkedHashSet<>(ClipVocabulary.alphabet());
        }

        @Override
        void describe(ObjectNode tokenizer, ObjectNode model) {
            ClipVocabulary.describe(tokenizer, model);
        }
    };

    private static final String WORD_END = "</w>";
    private static final int BYTES = 256;

    /** The words of a text, each as its letters. */
    abstract List<List<String>> words(String text);

    /** The letters that the vocabulary has, in order. */
    abstract Set<String> alphabet(Set<String> seen);

    /** Fills in what {@code tokenizer.json} says about cutting and joining. */
    abstract void describe(ObjectNode tokenizer, ObjectNode model);

    private static List<String> letters(String word) {
        List<String> letters = new ArrayList<>();
        word.codePoints().forEach(point -> letters.add(Character.toString(point)));
        return letters;
    }

    private static ObjectNode typed(String type) {
        ObjectNode node = JsonNodeFactory.instance.objectNode();
        node.put("type", type);
        return node;
    }

    /** GPT-2's printable stand-in for a byte: itself where it can be seen, else the next letter from 256 on. */
    static String byteLetter(int unit) {
        if (isPrintable(unit)) {
            return Character.toString(unit);
        }
        int hidden = 0;
        for (int other = 0; other < unit; other++) {
            hidden += isPrintable(other) ? 0 : 1;
        }
        return Character.toString(BYTES + hidden);
    }

    static boolean isPrintable(int unit) {
        return (unit >= '!' && unit <= '~') || (unit >= 0xa1 && unit <= 0xac) || unit >= 0xae;
    }
}
