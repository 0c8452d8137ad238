package dev.capstan.local.audit;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;

/** A report as a JSON file: written, read, and compared field by field with another. */
public final class ReportFile {
    private static final ObjectMapper JSON = new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);
    private static final String ENVIRONMENT = "environment";

    private final Path path;
    private final JsonNode content;

    private ReportFile(Path path, JsonNode content) {
        this.path = path;
        this.content = content;
    }

    /**
     * Reads a report.
     *
     * @throws AuditException if the file cannot be read or holds no report
     */
    public static ReportFile read(Path path) {
        try {
            JsonNode content = JSON.readTree(Files.readAllBytes(path));
            if (!(content instanceof ObjectNode) || !content.path("auditedAt").isTextual()) {
                throw new AuditException(path + " is not a report of capstan demo or capstan audit");
            }
            return new ReportFile(path, content);
        } catch (IOException e) {
            throw new AuditException("The report " + path + " cannot be read: " + e.getMessage());
        }
    }

    /** Writes a report in one step. */
    public static void write(Report report, Path path) {
        Path target = path.toAbsolutePath();
        Path temporary = target.resolveSibling(target.getFileName() + ".part");
        try {
            Files.createDirectories(target.getParent());
            Files.writeString(temporary, text(report) + "\n", StandardCharsets.UTF_8);
            Files.move(temporary, target, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            throw new AuditException("The report " + path + " cannot be written: " + e.getMessage());
        }
    }

    /** The JSON text. */
    public static String text(Report report) {
        try {
            return JSON.writeValueAsString(report);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a report is always JSON", e);
        }
    }

    /** The moment up to which the report counted ages. */
    public Instant auditedAt() {
        return Instant.parse(content.path("auditedAt").asText());
    }

    public String model() {
        return content.path("model").asText();
    }

    /** The directory of the run that the report is of, if it names one. */
    public Optional<Path> directory() {
        JsonNode directory = content.path(ENVIRONMENT).path("directory");
        return directory.isTextual() ? Optional.of(Path.of(directory.asText())) : Optional.empty();
    }

    /** Where the file and the recomputed report differ, one line a field; the environment is left out. */
    public List<String> differences(Report recomputed) {
        List<String> differences = new ArrayList<>();
        compare("", without(content), without(JSON.valueToTree(recomputed)), differences);
        return differences;
    }

    @Override
    public String toString() {
        return path.toString();
    }

    private static JsonNode without(JsonNode report) {
        ObjectNode copy = report.deepCopy();
        copy.remove(ENVIRONMENT);
        return copy;
    }

    private static void compare(String field, JsonNode stated, JsonNode found, List<String> differences) {
        if (stated.isObject() && found.isObject()) {
            TreeSet<String> names = new TreeSet<>();
            stated.fieldNames().forEachRemaining(names::add);
            found.fieldNames().forEachRemaining(names::add);
            names.forEach(name -> compare(
                    field.isEmpty() ? name : field + "." + name, stated.path(name), found.path(name), differences));
            return;
        }
        if (stated.isArray() && found.isArray()) {
            for (int i = 0; i < Math.max(stated.size(), found.size()); i++) {
                compare(field + "[" + i + "]", stated.path(i), found.path(i), differences);
            }
            return;
        }
        if (!same(stated, found)) {
            differences.add(field + ": the report says " + said(stated) + ", the topics say " + said(found));
        }
    }

    private static boolean same(JsonNode stated, JsonNode found) {
        if (stated.isNumber() && found.isNumber()) {
            return Double.compare(stated.asDouble(), found.asDouble()) == 0;
        }
        return stated.equals(found);
    }

    private static String said(JsonNode value) {
        return value.isMissingNode() ? "nothing" : value.toString();
    }
}
