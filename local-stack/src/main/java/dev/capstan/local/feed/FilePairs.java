package dev.capstan.local.feed;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Stream;

/**
 * Reads pairs from a directory (pictures with a {@code .txt} file of the same name beside them, sub-directories included)
 * or from a JSON-lines file ({@code {"image": "cat.png", "text": "a cat", "url": "https://..."}}; paths are relative to
 * the file). What is no pair is told to the caller and passed over.
 */
public final class FilePairs {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Set<String> PICTURES = Set.of("png", "jpg", "jpeg", "gif", "bmp", "webp");

    private FilePairs() {}

    /**
     * Hands on every pair, in the order of the files' names or of the lines.
     *
     * @param source a directory or a JSON-lines file
     * @param found takes the pairs
     * @param passedOver told, in a sentence, of everything that is no pair
     * @throws IOException if the source cannot be read
     */
    public static void read(Path source, Consumer<FilePair> found, Consumer<String> passedOver) throws IOException {
        if (Files.isDirectory(source)) {
            try (Stream<Path> files = Files.walk(source)) {
                files.filter(Files::isRegularFile)
                        .filter(FilePairs::isPicture)
                        .sorted()
                        .forEach(image -> beside(image, passedOver).ifPresent(found));
            }
            return;
        }
        Path base = source.toAbsolutePath().getParent();
        if (base == null) {
            throw new IOException(source + " has no directory");
        }
        try (Stream<String> lines = Files.lines(source, StandardCharsets.UTF_8)) {
            lines.filter(line -> !line.isBlank())
                    .forEach(line -> parse(base, line, passedOver).ifPresent(found));
        }
    }

    private static Optional<FilePair> beside(Path image, Consumer<String> passedOver) {
        String name = image.getFileName().toString();
        Path text = image.resolveSibling(name.substring(0, name.lastIndexOf('.')) + ".txt");
        try {
            return Optional.of(new FilePair(image, Files.readString(text), Optional.empty()));
        } catch (IOException e) {
            passedOver.accept(image + " has no readable text beside it in " + text.getFileName());
            return Optional.empty();
        }
    }

    private static Optional<FilePair> parse(Path base, String line, Consumer<String> passedOver) {
        try {
            JsonNode node = JSON.readTree(line);
            if (!node.path("image").isTextual() || !node.path("text").isTextual()) {
                passedOver.accept("this line has no \"image\" and \"text\": " + shortened(line));
                return Optional.empty();
            }
            Optional<String> url = Optional.ofNullable(node.get("url")).map(JsonNode::asText);
            return Optional.of(new FilePair(
                    base.resolve(node.get("image").asText()), node.get("text").asText(), url));
        } catch (IOException e) {
            passedOver.accept("this line is no JSON: " + shortened(line));
            return Optional.empty();
        }
    }

    private static boolean isPicture(Path file) {
        String name = file.getFileName().toString();
        int dot = name.lastIndexOf('.');
        return dot > 0 && PICTURES.contains(name.substring(dot + 1).toLowerCase(Locale.ROOT));
    }

    private static String shortened(String line) {
        return line.length() <= 80 ? line : line.substring(0, 80) + "...";
    }
}
