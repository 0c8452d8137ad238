package dev.capstan.local.feed;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.capstan.local.webdataset.Unpacked;
import java.io.IOException;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Pairs from a file with one JSON object a line: {@code {"image": "cat.png", "text": "a cat", "url": "https://..."}} names a
 * picture file beside the table, and {@code {"url": "https://...", "caption": "a cat"}} an address.
 */
final class JsonRows extends TextRows {
    private static final JsonMapper JSON = JsonMapper.builder()
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();

    private final Path directory;
    private final Columns columns;
    private final FeedLimits limits;

    private JsonRows(RowSplitter rows, Path directory, Columns columns, FeedLimits limits) {
        super(rows);
        this.directory = directory;
        this.columns = columns;
        this.limits = limits;
    }

    static JsonRows open(Path file, long offset, Columns columns, FeedLimits limits) throws IOException {
        Path directory = file.toAbsolutePath().getParent();
        if (directory == null) {
            throw new IOException(file + " has no directory");
        }
        RowSplitter rows = new RowSplitter(Unpacked.open(file, offset), offset, limits.rowBytes(), (char) 0);
        return new JsonRows(rows, directory, columns, limits);
    }

    @Override
    Optional<Found> read(String row) {
        JsonNode node;
        try {
            node = JSON.readTree(row);
        } catch (JsonProcessingException e) {
            return Optional.of(new Found.PassedOver("no-json", "this line is no JSON: " + Utf8.shortened(row)));
        }
        return Optional.of(node.path("image").isTextual() ? picture(node, row) : address(node, row));
    }

    private Found picture(JsonNode node, String row) {
        Optional<String> text = textual(node, "text").or(() -> text(node));
        if (text.isEmpty()) {
            return missing(row);
        }
        if (text.get().length() > limits.textBytes()) {
            return new Found.PassedOver("text-too-long", "this line's text is too long: " + Utf8.shortened(row));
        }
        try {
            Path image = directory.resolve(node.get("image").asText());
            SideText side = new SideText(text, textual(node, columns.url()), Optional.empty());
            return PictureFile.pair(directory, image, side, limits);
        } catch (InvalidPathException e) {
            return new Found.PassedOver(
                    "no-path", "this line's \"image\" can be no file's name: " + Utf8.shortened(row));
        }
    }

    private Found address(JsonNode node, String row) {
        List<String> names = new ArrayList<>();
        node.fieldNames().forEachRemaining(names::add);
        Optional<Columns.Found> places = columns.in(names);
        if (places.isEmpty()) {
            return missing(row);
        }
        JsonNode url = node.path(names.get(places.get().url()));
        JsonNode text = node.path(names.get(places.get().text()));
        if (!url.isTextual() || !text.isTextual()) {
            return missing(row);
        }
        return Addresses.of(url.asText(), text.asText(), limits);
    }

    private Optional<String> text(JsonNode node) {
        return columns.text().stream()
                .map(name -> textual(node, name))
                .flatMap(Optional::stream)
                .findFirst();
    }

    private Found missing(String row) {
        return new Found.PassedOver(
                "fields-missing",
                "this line has neither \"image\" and \"text\" nor \"" + columns.url() + "\" and \""
                        + String.join("\" or \"", columns.text()) + "\": " + Utf8.shortened(row));
    }

    private static Optional<String> textual(JsonNode node, String field) {
        return Optional.of(node.path(field)).filter(JsonNode::isTextual).map(JsonNode::asText);
    }
}
