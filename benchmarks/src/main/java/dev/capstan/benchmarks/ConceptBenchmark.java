package dev.capstan.benchmarks;

import dev.capstan.ingest.concepts.ConceptMatcher;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;

/**
 * How fast 500,000 concepts are found in 100,000 generated texts, side by side with two plain implementations of the same
 * rules: the loop over all entries that MetaCLIP's repository has, for a part of the texts, and a table of entries asked
 * for every run between two spaces, for all of them. Fails where the matches differ. One thread; rates by its CPU time.
 *
 * <p>Arguments: how many texts the loop is given (200).
 */
public final class ConceptBenchmark {
    private static final int ENTRIES = 500_000;
    private static final int WORDS = 250_000;
    private static final int TEXTS = 100_000;
    private static final int WORDS_A_TEXT = 12;
    private static final String[] SIGNS = {"", "", "", "", "", ",", ".", "!", "?", ";", ":", "`", "\t", "\n"};
    private static final double NANOSECONDS = 1e9;

    private ConceptBenchmark() {}

    public static void main(String[] arguments) {
        int looped = arguments.length > 0 ? Integer.parseInt(arguments[0]) : 200;
        Random random = new Random(7);
        List<String> words = words(random);
        List<String> entries = entries(random, words);
        List<String> texts = texts(random, words);

        long start = cpu();
        ConceptMatcher matcher = ConceptMatcher.of(entries);
        print("build", "%.1f s of CPU, %.1f MB kept", seconds(start), matcher.bytes() / 1e6);

        matchAll(matcher, texts);
        start = cpu();
        long matches = matchAll(matcher, texts);
        double rate = TEXTS / seconds(start);
        print("automaton", "%.0f texts/s/core, %.2f matches a text", rate, (double) matches / TEXTS);

        Map<String, Integer> table = new HashMap<>();
        entries.forEach(entry -> table.put(entry, table.size()));
        int longest = entries.stream().mapToInt(String::length).max().orElseThrow();
        start = cpu();
        for (String text : texts) {
            check(text, matcher.match(text), byTable(table, longest, text));
        }
        print("equality", "%d texts against the table, %.1f s of CPU", TEXTS, seconds(start));

        List<String> spaced = entries.stream().map(entry -> " " + entry + " ").toList();
        start = cpu();
        for (String text : texts.subList(0, looped)) {
            check(text, matcher.match(text), byLoop(entries, spaced, text));
        }
        double loopRate = looped / seconds(start);
        print("loop", "%.2f texts/s/core (%d texts, equal): %.0f times slower", loopRate, looped, rate / loopRate);
    }

    private static long matchAll(ConceptMatcher matcher, List<String> texts) {
        long matches = 0;
        for (String text : texts) {
            matches += matcher.match(text).size();
        }
        return matches;
    }

    private static void check(String text, List<String> found, List<String> expected) {
        if (!found.equals(expected)) {
            throw new IllegalStateException("in <" + text + ">: " + found + " instead of " + expected);
        }
    }

    private static List<String> byTable(Map<String, Integer> table, int longest, String text) {
        String spaced = spaced(text);
        Map<Integer, String> found = new TreeMap<>();
        for (int from = spaced.indexOf(' '); from >= 0; from = spaced.indexOf(' ', from + 1)) {
            int last = Math.min(spaced.length(), from + longest + 2);
            for (int to = spaced.indexOf(' ', from + 1); to >= 0 && to < last; to = spaced.indexOf(' ', to + 1)) {
                String run = spaced.substring(from + 1, to);
                Integer id = table.get(run);
                if (id != null) {
                    found.put(id, run);
                }
            }
        }
        return List.copyOf(found.values());
    }

    private static List<String> byLoop(List<String> entries, List<String> spacedEntries, String text) {
        String spaced = spaced(text);
        List<String> found = new ArrayList<>();
        for (int index = 0; index < entries.size(); index++) {
            if (spaced.contains(spacedEntries.get(index))) {
                found.add(entries.get(index));
            }
        }
        return found;
    }

    private static String spaced(String text) {
        String spaced = " " + text + " ";
        for (String sign : List.of(",", ".", ";", ":", "?", "!", "`")) {
            spaced = spaced.replace(sign, " " + sign + " ");
        }
        return spaced.replace('\t', ' ').replace('\n', ' ').replace('\r', ' ');
    }

    private static List<String> words(Random random) {
        Set<String> words = new LinkedHashSet<>();
        while (words.size() < WORDS) {
            StringBuilder word = new StringBuilder();
            int length = 2 + random.nextInt(9);
            for (int letter = 0; letter < length; letter++) {
                word.append((char) ('a' + (int) (26 * random.nextDouble() * random.nextDouble())));
            }
            words.add(word.toString());
        }
        return List.copyOf(words);
    }

    private static List<String> entries(Random random, List<String> words) {
        Set<String> entries = new LinkedHashSet<>(words);
        while (entries.size() < ENTRIES) {
            entries.add(word(random, words) + " " + word(random, words));
        }
        return List.copyOf(entries);
    }

    private static List<String> texts(Random random, List<String> words) {
        List<String> texts = new ArrayList<>();
        for (int number = 0; number < TEXTS; number++) {
            StringBuilder text = new StringBuilder();
            for (int word = 0; word < WORDS_A_TEXT; word++) {
                // Of three words one is no entry.
                text.append(word(random, words)).append(random.nextInt(3) == 0 ? "#" : "");
                text.append(SIGNS[random.nextInt(SIGNS.length)]).append(' ');
            }
            texts.add(text.toString());
        }
        return texts;
    }

    /** Some words are much more frequent than others. */
    private static String word(Random random, List<String> words) {
        return words.get((int) (words.size() * Math.pow(random.nextDouble(), 4)));
    }

    private static void print(String what, String format, Object... values) {
        System.out.println(what + ": " + String.format(Locale.ROOT, format, values));
    }

    private static long cpu() {
        return ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
    }

    private static double seconds(long start) {
        return (cpu() - start) / NANOSECONDS;
    }
}
