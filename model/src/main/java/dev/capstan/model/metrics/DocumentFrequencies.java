package dev.capstan.model.metrics;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * In how many images' references each run of words occurs: what CIDEr-D weighs words by. Frozen, it scores a stream,
 * where there is no whole corpus, and scores of different days can be compared. Immutable.
 */
public final class DocumentFrequencies {
    private static final JsonFactory JSON = new JsonFactory();
    /** Runs that a file may hold; COCO's references have about 2 million. */
    private static final int MOST_RUNS = 20_000_000;

    private final int images;
    private final Map<List<String>, Integer> counts;

    private DocumentFrequencies(int images, Map<List<String>, Integer> counts) {
        if (images < 1) {
            throw new IllegalArgumentException("document frequencies need at least one image");
        }
        this.images = images;
        this.counts = counts;
    }

    /**
     * Counts the references of images.
     *
     * @param references of each image its texts, as words with white space between them
     */
    public static DocumentFrequencies of(Collection<List<String>> references) {
        Map<List<String>, Integer> counts = new HashMap<>();
        for (List<String> ofImage : references) {
            Set<List<String>> seen = new HashSet<>();
            ofImage.forEach(text -> seen.addAll(NGrams.of(text).counts().keySet()));
            seen.forEach(run -> counts.merge(run, 1, Integer::sum));
        }
        return new DocumentFrequencies(references.size(), counts);
    }

    public int images() {
        return images;
    }

    /** Logarithm of how much rarer a run is than an image; a run that no reference has counts as occurring once. */
    double inverse(List<String> run) {
        return Math.log(images) - Math.log(Math.max(1, counts.getOrDefault(run, 0)));
    }

    /** Writes {@code {"images": n, "runs": {"a cat": 3, ...}}}, sorted, in place of the file's old content. */
    public void write(Path file) throws IOException {
        Path temporary = file.resolveSibling(file.getFileName() + ".tmp");
        Map<String, Integer> sorted = new TreeMap<>();
        counts.forEach((run, count) -> sorted.put(String.join(" ", run), count));
        try (JsonGenerator json = JSON.createGenerator(Files.newBufferedWriter(temporary))) {
            json.writeStartObject();
            json.writeNumberField("images", images);
            json.writeObjectFieldStart("runs");
            for (Map.Entry<String, Integer> run : sorted.entrySet()) {
                json.writeNumberField(run.getKey(), run.getValue());
            }
            json.writeEndObject();
            json.writeEndObject();
        }
        Files.move(temporary, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    /**
     * Reads what {@link #write} wrote.
     *
     * @throws IOException naming the file and the fault
     */
    public static DocumentFrequencies read(Path file) throws IOException {
        try (JsonParser json = JSON.createParser(file.toFile())) {
            int images = 0;
            Map<List<String>, Integer> counts = new HashMap<>();
            require(json.nextToken() == JsonToken.START_OBJECT, file, "is no JSON object");
            while (json.nextToken() == JsonToken.FIELD_NAME) {
                String field = json.currentName();
                json.nextToken();
                switch (field) {
                    case "images" -> images = json.getIntValue();
                    case "runs" -> readRuns(json, file, counts);
                    default -> throw new IOException(file + ": unknown field \"" + field + "\"");
                }
            }
            require(images > 0, file, "should say \"images\", a positive number");
            int mostImages = images;
            require(
                    counts.values().stream().allMatch(count -> count >= 1 && count <= mostImages),
                    file,
                    "has a run in less than one or more than all of its " + images + " images");
            return new DocumentFrequencies(images, counts);
        }
    }

    private static void readRuns(JsonParser json, Path file, Map<List<String>, Integer> counts) throws IOException {
        require(json.currentToken() == JsonToken.START_OBJECT, file, "\"runs\" should be an object");
        while (json.nextToken() == JsonToken.FIELD_NAME) {
            List<String> run = List.of(json.currentName().split(" ", -1));
            json.nextToken();
            counts.put(run, json.getIntValue());
            require(counts.size() <= MOST_RUNS, file, "has more than " + MOST_RUNS + " runs");
        }
    }

    private static void require(boolean condition, Path file, String fault) throws IOException {
        if (!condition) {
            throw new IOException(file + " " + fault);
        }
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof DocumentFrequencies that && images == that.images && counts.equals(that.counts);
    }

    @Override
    public int hashCode() {
        return counts.hashCode();
    }
}
