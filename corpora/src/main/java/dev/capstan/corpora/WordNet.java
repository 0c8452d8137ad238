package dev.capstan.corpora;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;

/** The glosses of WordNet 3.1, read from the data files that stand on the class path. */
public final class WordNet {

    private static final String FOLDER = "/net/sf/extjwnl/data/wordnet/wn31/";
    private static final Map<String, Gloss.PartOfSpeech> FILES = files();

    /** Adjectives carry their place in a sentence: "alive(p)". */
    private static final Pattern MARKER = Pattern.compile("\\([a-z]+\\)$");

    private static final Pattern EXAMPLES = Pattern.compile("[;\"]");
    private static final int LEMMA_COUNT_FIELD = 3;

    private WordNet() {}

    /** All nouns, then verbs, then adjectives, in the order of the files: about 110,000 of them. */
    public static List<Gloss> glosses() {
        List<Gloss> glosses = new ArrayList<>();
        FILES.forEach((file, partOfSpeech) -> read(file, partOfSpeech, glosses));
        return List.copyOf(glosses);
    }

    private static void read(String file, Gloss.PartOfSpeech partOfSpeech, List<Gloss> glosses) {
        InputStream resource = WordNet.class.getResourceAsStream(FOLDER + file);
        if (resource == null) {
            throw new IllegalStateException("WordNet is not on the class path: " + FOLDER + file);
        }
        try (BufferedReader reader = new BufferedReader(new InputStreamReader(resource, StandardCharsets.UTF_8))) {
            for (String line = reader.readLine(); line != null; line = reader.readLine()) {
                // The licence stands at the head of each file, indented.
                if (!line.startsWith(" ")) {
                    addEntry(line, partOfSpeech, glosses);
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException("WordNet cannot be read: " + file, e);
        }
    }

    /** An entry is "offset file type count lemma id lemma id ... | meaning; \"example\"". */
    private static void addEntry(String line, Gloss.PartOfSpeech partOfSpeech, List<Gloss> glosses) {
        int bar = line.indexOf('|');
        if (bar < 0) {
            throw new IllegalStateException("not an entry of WordNet: " + line);
        }
        String[] fields = line.substring(0, bar).split(" ", -1);
        int count = Integer.parseInt(fields[LEMMA_COUNT_FIELD], 16);
        List<String> lemmas = new ArrayList<>(count);
        for (int lemma = 0; lemma < count; lemma++) {
            String word = fields[LEMMA_COUNT_FIELD + 1 + 2 * lemma];
            lemmas.add(MARKER.matcher(word).replaceAll("").replace('_', ' ').toLowerCase(Locale.ROOT));
        }
        String meaning = EXAMPLES.split(line.substring(bar + 1), 2)[0].strip().toLowerCase(Locale.ROOT);
        if (!meaning.isEmpty()) {
            glosses.add(new Gloss(partOfSpeech, lemmas, meaning));
        }
    }

    private static Map<String, Gloss.PartOfSpeech> files() {
        Map<String, Gloss.PartOfSpeech> files = new LinkedHashMap<>();
        files.put("data.noun", Gloss.PartOfSpeech.NOUN);
        files.put("data.verb", Gloss.PartOfSpeech.VERB);
        files.put("data.adj", Gloss.PartOfSpeech.ADJECTIVE);
        return files;
    }
}
