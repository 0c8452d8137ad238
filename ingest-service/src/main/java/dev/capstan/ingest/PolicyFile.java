package dev.capstan.ingest;

import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import com.fasterxml.jackson.dataformat.yaml.YAMLParser;
import dev.capstan.ingest.filter.CurationPolicy;
import dev.capstan.platform.ConfigurationSource;
import dev.capstan.platform.InvalidConfigurationException;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Reads a policy from a YAML file: one mapping whose keys are those of the policy in the configuration, without
 * {@code ingest.}, and {@code name}. A key that is left out has its default. Files that say the same in another order or
 * layout make the same policy and version.
 *
 * <p>{@code builtin:NAME} is one of the policies that come with the service.
 */
public final class PolicyFile {

    /** Policies that come with the service. */
    public static final List<String> BUILT_IN = List.of("datacomp-basic", "laion");

    private static final String BUILT_IN_PREFIX = "builtin:";
    private static final int MAX_BYTES = 1 << 20;

    private PolicyFile() {}

    /**
     * Reads a policy.
     *
     * @param location a path, or {@code builtin:NAME}
     * @throws InvalidPolicyException naming every error
     */
    public static CurationPolicy read(String location) {
        try {
            if (location.startsWith(BUILT_IN_PREFIX)) {
                return parse(location, builtIn(location.substring(BUILT_IN_PREFIX.length())), Path.of(""));
            }
            Path file = Path.of(location);
            if (Files.size(file) > MAX_BYTES) {
                throw new InvalidPolicyException(
                        "The policy file " + file + " has " + Files.size(file) + " bytes; at most " + MAX_BYTES
                                + " are read",
                        null);
            }
            Path parent = file.toAbsolutePath().getParent();
            return parse(location, Files.readAllBytes(file), parent == null ? Path.of("") : parent);
        } catch (IOException | InvalidPathException e) {
            throw new InvalidPolicyException("The policy file " + location + " cannot be read: " + e, e);
        }
    }

    private static byte[] builtIn(String name) throws IOException {
        if (!BUILT_IN.contains(name)) {
            throw new FileNotFoundException(
                    "there is no such built-in policy; there are " + String.join(", ", BUILT_IN));
        }
        try (InputStream input = PolicyFile.class.getResourceAsStream("policies/" + name + ".yaml")) {
            if (input == null) {
                throw new IllegalStateException("the class path lacks the policy " + name);
            }
            return input.readAllBytes();
        }
    }

    /**
     * Parses the bytes of a file.
     *
     * @param directory against which paths in it are resolved
     */
    static CurationPolicy parse(String location, byte[] bytes, Path directory) {
        List<String> errors = new ArrayList<>();
        ConfigurationSource source = ConfigurationSource.of(values(bytes, errors));
        PolicySettings settings = PolicySettings.of(source, CurationPolicy.defaults(), directory);
        try {
            CurationPolicy policy = source.finish(settings::policy);
            if (errors.isEmpty()) {
                return policy;
            }
        } catch (InvalidConfigurationException e) {
            // The keys as they stand in the file, without the names that they have in the environment.
            errors.add(String.valueOf(e.getMessage())
                    .replaceAll(" \\(CAPSTAN_[^)]*\\)", "")
                    .replace("ingest.policy-name", "name")
                    .replace("ingest.", "")
                    .replace("The configuration has", "it has"));
        }
        throw new InvalidPolicyException(
                "The policy file " + location + " is not valid: " + String.join("; ", errors), null);
    }

    private static Map<String, String> values(byte[] bytes, List<String> errors) {
        Map<String, String> values = new TreeMap<>();
        try (YAMLParser parser = new YAMLFactory().createParser(bytes)) {
            if (parser.nextToken() != JsonToken.START_OBJECT) {
                errors.add("it must be one mapping of keys to values");
                return values;
            }
            while (parser.nextToken() == JsonToken.FIELD_NAME) {
                String key = parser.currentName();
                int line = parser.currentTokenLocation().getLineNr();
                String before = values.put(settingsKey(key), value(parser, key, line, errors));
                if (before != null) {
                    errors.add(key + " is given twice, the second time in line " + line);
                }
            }
            if (parser.nextToken() != null) {
                errors.add("it goes on after its mapping: one document is read");
            }
        } catch (IOException e) {
            errors.add("it is no valid YAML: " + e.getMessage());
        }
        return values;
    }

    private static String value(YAMLParser parser, String key, int line, List<String> errors) throws IOException {
        JsonToken token = parser.nextToken();
        if (token != JsonToken.START_ARRAY) {
            return scalar(parser, token, key, line, errors);
        }
        List<String> entries = new ArrayList<>();
        for (JsonToken entry = parser.nextToken(); entry != JsonToken.END_ARRAY; entry = parser.nextToken()) {
            entries.add(scalar(parser, entry, key, line, errors));
        }
        return String.join(",", entries);
    }

    private static String scalar(YAMLParser parser, JsonToken token, String key, int line, List<String> errors)
            throws IOException {
        if (token == null) {
            throw new IOException("it ends too early");
        }
        if (!token.isScalarValue() || token == JsonToken.VALUE_NULL || parser.isCurrentAlias()) {
            errors.add(key + " in line " + line + " has no plain value: give a number, a text or a list of texts");
            parser.skipChildren();
            return "";
        }
        return parser.getText();
    }

    private static String settingsKey(String key) {
        return key.equals("name") ? "ingest.policy-name" : "ingest." + key;
    }
}
