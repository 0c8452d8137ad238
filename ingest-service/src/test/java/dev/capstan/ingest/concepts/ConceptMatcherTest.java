package dev.capstan.ingest.concepts;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

class ConceptMatcherTest {

    /** Signs, spaces and letters that the rules treat apart, surrogate pairs and combining marks among them. */
    private static final String[] PIECES = {
        "a",
        "b",
        "cat",
        "dog",
        "Cat",
        "hot dog",
        " ",
        "  ",
        "\t",
        "\n",
        "\r",
        ",",
        ".",
        ";",
        ":",
        "?",
        "!",
        "`",
        "'",
        "-",
        "\u00e9",
        "e\u0301",
        "\u732b",
        "\ud83d\ude00",
        "\u00a0",
        "\u2028",
        "\uffff",
        "\u0000",
        "u.s."
    };

    @Test
    void shouldMatchWholeEntriesOnly() {
        List<String> found = match("a cat and a concatenation", "cat", "at", "concat");

        assertThat(found).containsExactly("cat");
    }

    @Test
    void shouldKeepUpperAndLowerCaseApart() {
        List<String> found = match("a Cat", "cat", "Cat");

        assertThat(found).containsExactly("Cat");
    }

    @Test
    void shouldFindEntriesBesideSignsThatMetaclipWraps() {
        List<String> found = match("cat,dog;`fox`(owl)", "cat", "dog", "fox", "owl");

        assertThat(found).containsExactly("cat", "dog", "fox");
    }

    @Test
    void shouldNotFindAnEntryThatContainsAWrappedSign() {
        List<String> found = match("the u.s. flag", "u.s.", "u . s .");

        assertThat(found).containsExactly("u . s .");
    }

    @Test
    void shouldTakeTabsAndLineEndsForSpaces() {
        List<String> found = match("polar\tbear\r\nice", "polar bear", "bear  ice", "bear ice");

        assertThat(found).containsExactly("polar bear", "bear  ice");
    }

    @Test
    void shouldNameEntriesInTheOrderOfTheListAndOnce() {
        List<String> found = match("dog cat dog", "cat", "dog", "cat", "dog cat");

        assertThat(found).containsExactly("cat", "dog", "dog cat");
    }

    @Test
    void shouldFindNothingInAnEmptyText() {
        List<String> found = match("", "cat");

        assertThat(found).isEmpty();
    }

    @Test
    void shouldRefuseAnEmptyList() {
        assertThatThrownBy(() -> ConceptMatcher.of(List.of())).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void shouldMatchAsALoopOverAllEntriesDoes() {
        Random random = new Random(42);
        Set<String> entries = new LinkedHashSet<>();
        while (entries.size() < 1500) {
            entries.add(text(random, 1 + random.nextInt(4)));
        }
        ConceptMatcher matcher = ConceptMatcher.of(entries);
        int matches = 0;
        for (int number = 0; number < 3000; number++) {
            String text = text(random, random.nextInt(30));

            List<String> found = matcher.match(text);

            assertThat(found).as("matches in <%s>", text).isEqualTo(loop(entries, text));
            matches += found.size();
        }
        assertThat(matches).isGreaterThan(10_000);
    }

    /** MetaCLIP's algorithm as its repository states it: replace, then look for every entry between spaces. */
    private static List<String> loop(Set<String> entries, String text) {
        String spaced = " " + text + " ";
        for (String sign : List.of(",", ".", ";", ":", "?", "!", "`")) {
            spaced = spaced.replace(sign, " " + sign + " ");
        }
        for (String space : List.of("\t", "\n", "\r")) {
            spaced = spaced.replace(space, " ");
        }
        List<String> found = new ArrayList<>();
        for (String entry : entries) {
            if (spaced.contains(" " + entry + " ")) {
                found.add(entry);
            }
        }
        return found;
    }

    private static String text(Random random, int pieces) {
        StringBuilder text = new StringBuilder();
        for (int piece = 0; piece < pieces; piece++) {
            text.append(PIECES[random.nextInt(PIECES.length)]);
            if (random.nextInt(3) > 0) {
                text.append(' ');
            }
        }
        return text.toString();
    }

    private static List<String> match(String text, String... entries) {
        return ConceptMatcher.of(List.of(entries)).match(text);
    }
}
