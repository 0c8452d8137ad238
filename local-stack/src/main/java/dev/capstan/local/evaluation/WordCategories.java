package dev.capstan.local.evaluation;

import dev.capstan.model.metrics.WordCategoryRecall;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/** Categories of words, one a line: its name, a colon, its words. Empty lines and lines that begin with # are left out. */
final class WordCategories {
    private static final String OWN = "word-categories.txt";
    private static final long MOST_BYTES = 16 << 20;

    private WordCategories() {}

    /**
     * Reads a file, or without one the list that comes with Capstan.
     *
     * @throws IOException if it cannot be read, naming the line
     */
    static WordCategoryRecall read(Optional<Path> file) throws IOException {
        if (file.isEmpty()) {
            try (InputStream stream = WordCategories.class.getResourceAsStream(OWN)) {
                if (stream == null) {
                    throw new IllegalStateException("no " + OWN + " on the class path");
                }
                return parse(OWN, new String(stream.readAllBytes(), StandardCharsets.UTF_8));
            }
        }
        if (Files.size(file.get()) > MOST_BYTES) {
            throw new IOException(file.get() + " has more than " + MOST_BYTES + " bytes");
        }
        return parse(file.get().toString(), Files.readString(file.get()));
    }

    private static WordCategoryRecall parse(String where, String content) throws IOException {
        Map<String, Set<String>> categories = new TreeMap<>();
        int number = 0;
        for (String line : content.lines().toList()) {
            number++;
            if (line.isBlank() || line.startsWith("#")) {
                continue;
            }
            int colon = line.indexOf(':');
            List<String> words = List.of(
                    line.substring(colon + 1).strip().toLowerCase(Locale.ROOT).split("\\s+", -1));
            if (colon < 1 || words.contains("")) {
                throw new IOException(where + ":" + number + " is no category, colon and words");
            }
            categories
                    .computeIfAbsent(line.substring(0, colon).strip(), name -> new HashSet<>())
                    .addAll(words);
        }
        if (categories.isEmpty()) {
            throw new IOException(where + " has no category of words");
        }
        return new WordCategoryRecall(categories);
    }
}
