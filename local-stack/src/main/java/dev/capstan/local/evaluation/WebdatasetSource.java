package dev.capstan.local.evaluation;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.capstan.local.webdataset.WebdatasetReader;
import dev.capstan.local.webdataset.WebdatasetReader.Item;
import dev.capstan.local.webdataset.WebdatasetReader.Problem;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Predicate;

/**
 * A webdataset file: {@code .txt} has a caption a line, {@code .json} a field {@code caption}, {@code .cls} the class.
 */
record WebdatasetSource(Path file) implements ExampleSource {
    private static final JsonMapper JSON = JsonMapper.builder().build();
    private static final int MOST_TEXT_BYTES = 1 << 20;
    private static final Set<String> TEXTS = Set.of("txt", "json", "cls");

    /** What ends an archive before its end: an evaluation of a part would pass for one of the whole. */
    private static final Set<String> FATAL = Set.of("archive-damaged", "compression-ratio");

    @Override
    public void read(Predicate<Example> taker, Consumer<String> passedOver) throws IOException {
        try (WebdatasetReader reader = WebdatasetReader.open(file, 0, WebdatasetSource::mostBytes)) {
            for (Optional<Item> next = reader.next(); next.isPresent(); next = reader.next()) {
                if (next.get() instanceof Problem problem) {
                    if (FATAL.contains(problem.reason())) {
                        throw new IOException(problem.detail());
                    }
                    passedOver.accept(problem.detail());
                    continue;
                }
                WebdatasetReader.Example read = (WebdatasetReader.Example) next.get();
                Optional<Example> example = example(read, passedOver);
                if (example.isPresent() && !taker.test(example.get())) {
                    return;
                }
            }
        }
    }

    private static int mostBytes(String extension) {
        if (Pictures.isPicture(extension)) {
            return (int) Pictures.MOST_BYTES;
        }
        return TEXTS.contains(extension) ? MOST_TEXT_BYTES : 0;
    }

    private Optional<Example> example(WebdatasetReader.Example read, Consumer<String> passedOver) {
        Map<String, byte[]> files = read.files();
        Optional<byte[]> image = files.keySet().stream()
                .filter(Pictures::isPicture)
                .sorted()
                .findFirst()
                .map(files::get);
        if (image.isEmpty()) {
            passedOver.accept(read.key() + " has no picture");
            return Optional.empty();
        }
        Optional<String> label = Optional.ofNullable(files.get("cls"))
                .map(content -> text(content).strip());
        return Optional.of(new Example(read.key(), image.get(), texts(read, passedOver), label));
    }

    private List<String> texts(WebdatasetReader.Example read, Consumer<String> passedOver) {
        byte[] lines = read.files().get("txt");
        if (lines != null) {
            return text(lines)
                    .lines()
                    .map(String::strip)
                    .filter(line -> !line.isEmpty())
                    .toList();
        }
        byte[] fields = read.files().get("json");
        if (fields == null) {
            return List.of();
        }
        try {
            JsonNode caption = JSON.readTree(text(fields)).path("caption");
            return caption.isTextual() ? List.of(caption.asText()) : List.of();
        } catch (JsonProcessingException e) {
            passedOver.accept(file + ": " + read.key() + ".json is no JSON");
            return List.of();
        }
    }

    private static String text(byte[] content) {
        return new String(content, StandardCharsets.UTF_8);
    }
}
