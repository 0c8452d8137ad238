package dev.capstan.model.pretrained;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.capstan.model.tensors.WeightsFormatException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/**
 * An object of a JSON file that somebody else wrote, read key by key; each fault names file, key and value. Values are
 * integers, numbers, words; whatever else stands there is refused.
 */
final class JsonFile {
    private static final JsonMapper JSON = JsonMapper.builder().build();

    private final String where;
    private final JsonNode node;

    private JsonFile(String where, JsonNode node) {
        this.where = where;
        this.node = node;
    }

    /**
     * @param mostBytes a larger file is refused unread
     */
    static JsonFile read(Path file, int mostBytes) throws IOException {
        byte[] content;
        try (InputStream stream = Files.newInputStream(file)) {
            content = stream.readNBytes(mostBytes + 1);
        }
        if (content.length > mostBytes) {
            throw new WeightsFormatException(file + ": more than " + mostBytes + " bytes");
        }
        try {
            JsonNode node = JSON.readTree(new String(content, StandardCharsets.UTF_8));
            if (!node.isObject()) {
                throw new WeightsFormatException(file + ": not a JSON object");
            }
            return new JsonFile(file.toString(), node);
        } catch (JsonProcessingException e) {
            throw new WeightsFormatException(file + ": not JSON: " + e.getOriginalMessage(), e);
        }
    }

    boolean has(String key) {
        return node.hasNonNull(key);
    }

    Set<String> keys() {
        Set<String> keys = new TreeSet<>();
        node.fieldNames().forEachRemaining(keys::add);
        return keys;
    }

    /** An object below this one; empty where the key is missing. */
    JsonFile object(String key) throws WeightsFormatException {
        JsonNode child = node.path(key);
        if (child.isMissingNode() || child.isNull()) {
            return new JsonFile(where + ": " + key, JSON.createObjectNode());
        }
        if (!child.isObject()) {
            throw fault(key, "an object");
        }
        return new JsonFile(where + ": " + key, child);
    }

    boolean isObject(String key) {
        return node.path(key).isObject();
    }

    boolean isArray(String key) {
        return node.path(key).isArray();
    }

    int integer(String key) throws WeightsFormatException {
        JsonNode child = node.path(key);
        if (!child.isIntegralNumber() || !child.canConvertToInt()) {
            throw fault(key, "an integer");
        }
        return child.intValue();
    }

    int integer(String key, int other) throws WeightsFormatException {
        return has(key) ? integer(key) : other;
    }

    double number(String key, double other) throws WeightsFormatException {
        if (!has(key)) {
            return other;
        }
        JsonNode child = node.path(key);
        if (!child.isNumber() || !Double.isFinite(child.doubleValue())) {
            throw fault(key, "a number");
        }
        return child.doubleValue();
    }

    boolean flag(String key, boolean other) throws WeightsFormatException {
        if (!has(key)) {
            return other;
        }
        if (!node.path(key).isBoolean()) {
            throw fault(key, "true or false");
        }
        return node.path(key).booleanValue();
    }

    String word(String key, String other) throws WeightsFormatException {
        if (!has(key)) {
            return other;
        }
        if (!node.path(key).isTextual()) {
            throw fault(key, "a string");
        }
        return node.path(key).textValue();
    }

    List<Integer> integers(String key) throws WeightsFormatException {
        List<Integer> values = new ArrayList<>();
        for (JsonNode element : node.path(key)) {
            if (!element.isIntegralNumber() || !element.canConvertToInt()) {
                throw fault(key, "an array of integers");
            }
            values.add(element.intValue());
        }
        return values;
    }

    List<Float> floats(String key, List<Float> other) throws WeightsFormatException {
        if (!has(key)) {
            return other;
        }
        List<Float> values = new ArrayList<>();
        for (JsonNode element : node.path(key)) {
            if (!element.isNumber()) {
                throw fault(key, "an array of numbers");
            }
            values.add(element.floatValue());
        }
        return values;
    }

    /** Refuses a value that Capstan's models cannot have. */
    void require(boolean condition, String key, String supported) throws WeightsFormatException {
        if (!condition) {
            throw fault(key, supported);
        }
    }

    WeightsFormatException fault(String key, String wanted) {
        return new WeightsFormatException(where + ": " + key + " must be " + wanted + ", not " + shown(node.get(key)));
    }

    WeightsFormatException fault(String message) {
        return new WeightsFormatException(where + ": " + message);
    }

    private static String shown(JsonNode value) {
        if (value == null) {
            return "missing";
        }
        String text = value.toString();
        return text.length() > 100 ? text.substring(0, 100) + "..." : text;
    }
}
