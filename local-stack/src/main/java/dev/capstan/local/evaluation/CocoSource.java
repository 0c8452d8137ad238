package dev.capstan.local.evaluation;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Predicate;

/**
 * Captions in COCO's annotation format, which NoCaps has too: {@code images} with {@code id} and {@code file_name},
 * {@code annotations} with {@code image_id} and {@code caption}. The pictures lie in a directory beside it.
 *
 * @param annotations the JSON file
 * @param images directory of the pictures
 */
record CocoSource(Path annotations, Path images) implements ExampleSource {
    private static final JsonMapper JSON = JsonMapper.builder().build();

    @Override
    public void read(Predicate<Example> taker, Consumer<String> passedOver) throws IOException {
        Map<String, String> files = new LinkedHashMap<>();
        Map<String, List<String>> captions = new LinkedHashMap<>();
        try (JsonParser json = JSON.createParser(annotations.toFile())) {
            if (json.nextToken() != JsonToken.START_OBJECT) {
                throw new IOException(annotations + " is no JSON object of COCO's annotation format");
            }
            while (json.nextToken() == JsonToken.FIELD_NAME) {
                String field = json.currentName();
                JsonToken value = json.nextToken();
                boolean wanted = field.equals("images") || field.equals("annotations");
                if (!wanted || value != JsonToken.START_ARRAY) {
                    json.skipChildren();
                    continue;
                }
                while (json.nextToken() == JsonToken.START_OBJECT) {
                    JsonNode node = JSON.readTree(json);
                    if (field.equals("images")) {
                        files.put(
                                node.path("id").asText(), node.path("file_name").asText());
                    } else {
                        captions.computeIfAbsent(node.path("image_id").asText(), id -> new ArrayList<>())
                                .add(node.path("caption").asText());
                    }
                }
            }
        }
        if (files.isEmpty()) {
            throw new IOException(annotations + " lists no \"images\": is it of COCO's annotation format?");
        }
        for (Map.Entry<String, String> entry : files.entrySet()) {
            Optional<byte[]> image =
                    inside(entry.getValue(), passedOver).flatMap(file -> Pictures.read(file, passedOver));
            if (image.isPresent()
                    && !taker.test(new Example(
                            entry.getValue(),
                            image.get(),
                            captions.getOrDefault(entry.getKey(), List.of()),
                            Optional.empty()))) {
                return;
            }
        }
    }

    /** The file of a name that does not lead out of the directory. */
    private Optional<Path> inside(String name, Consumer<String> passedOver) {
        Path root = images.toAbsolutePath().normalize();
        Path file = root.resolve(name).normalize();
        if (name.isEmpty() || !file.startsWith(root) || file.equals(root)) {
            passedOver.accept("the file name \"" + name + "\" leads out of " + images);
            return Optional.empty();
        }
        return Optional.of(file);
    }
}
