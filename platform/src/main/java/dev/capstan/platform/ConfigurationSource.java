package dev.capstan.platform;

import java.io.IOException;
import java.io.Reader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * Values of one service's configuration, from a properties file and from environment variables, which win.
 *
 * <p>A key {@code trainer.batch-size} is the environment variable {@code CAPSTAN_TRAINER_BATCH_SIZE}. Reading collects
 * every error; {@link #finish} throws them together, with keys that nobody read: a misspelt key never passes silently.
 * Keys under {@code kafka.} are handed to the Kafka clients as they are.
 *
 * <p>Not thread-safe: {@code Main} reads it once.
 */
public final class ConfigurationSource {
    private static final String PREFIX = "CAPSTAN_";
    private static final String FILE_VARIABLE = "CAPSTAN_CONFIG";
    /** Prefix of keys that go to the Kafka clients, without it. */
    private static final String KAFKA_PREFIX = "kafka.";

    private static final String KAFKA_SECTION = "kafka";
    /** Keys without a section, read by every service. */
    private static final Set<String> COMMON_KEYS = new TreeSet<>(Set.of("bootstrap-servers", "registry"));
    /** First words of variables that other parts of Capstan read. */
    private static final List<String> ELSEWHERE = List.of(
            "ingest",
            "fetch",
            "trainer",
            "inference",
            "score",
            "console",
            "health",
            "exit-with-parent",
            "java",
            "home",
            "log");

    private final Map<String, String> values;
    private final Map<String, Setting> read = new TreeMap<>();
    private final List<String> errors = new ArrayList<>();

    private ConfigurationSource(Map<String, String> values, List<String> errors) {
        this.values = values;
        this.errors.addAll(errors);
    }

    /**
     * Reads the file that {@code --config FILE} or {@code CAPSTAN_CONFIG} names, then the environment.
     *
     * @param sections first parts of the keys that belong to this service, for example {@code trainer}; variables of
     *     other services are passed over, so that one environment file can serve all
     */
    public static ConfigurationSource load(String[] arguments, Map<String, String> environment, Set<String> sections) {
        List<String> errors = new ArrayList<>();
        Map<String, String> values = new TreeMap<>();
        String file = environment.get(FILE_VARIABLE);
        for (int i = 0; i < arguments.length; i++) {
            if (arguments[i].equals("--config") && i + 1 < arguments.length) {
                file = arguments[++i];
            } else {
                errors.add("argument " + arguments[i] + " is unknown; only --config FILE is taken");
            }
        }
        if (file != null) {
            readFile(Path.of(file), values, errors);
        }
        environment.forEach((name, value) -> {
            if (name.startsWith(PREFIX) && !name.equals(FILE_VARIABLE)) {
                variableKey(name, sections, errors).ifPresent(key -> values.put(key, value));
            }
        });
        return new ConfigurationSource(values, errors);
    }

    /** A source with given values: for tests and for services that run in this JVM. */
    public static ConfigurationSource of(Map<String, String> values) {
        return new ConfigurationSource(new TreeMap<>(values), List.of());
    }

    /** A text, or the fallback. */
    public String text(String key, String fallback) {
        note(key, fallback, "a text");
        return given(key).orElse(fallback);
    }

    /** A text that must be given. */
    public String required(String key, String remedy) {
        note(key, "", "required");
        Optional<String> value = given(key);
        if (value.isEmpty()) {
            errors.add(key + " (" + variable(key) + ") is not set: " + remedy);
        }
        return value.orElse("");
    }

    /** A text, if given and not blank. */
    public Optional<String> optional(String key) {
        note(key, "", "a text");
        return given(key);
    }

    /** A whole number within bounds, both included. */
    public long number(String key, long fallback, long minimum, long maximum) {
        return parsed(key, fallback, String::valueOf, "a whole number from " + minimum + " to " + maximum, text -> {
            long value = Long.parseLong(text);
            if (value < minimum || value > maximum) {
                throw new IllegalArgumentException("out of bounds");
            }
            return value;
        });
    }

    /** A whole number within bounds, both included. */
    public int integer(String key, int fallback, int minimum, int maximum) {
        return Math.toIntExact(number(key, fallback, minimum, maximum));
    }

    /** A number within bounds, both included. */
    public double decimal(String key, double fallback, double minimum, double maximum) {
        return parsed(key, fallback, String::valueOf, "a number from " + minimum + " to " + maximum, text -> {
            double value = Double.parseDouble(text);
            if (!(value >= minimum && value <= maximum)) {
                throw new IllegalArgumentException("out of bounds");
            }
            return value;
        });
    }

    /** {@code true} or {@code false}. */
    public boolean flag(String key, boolean fallback) {
        return parsed(key, fallback, String::valueOf, "true or false", text -> {
            if (!text.equals("true") && !text.equals("false")) {
                throw new IllegalArgumentException("neither true nor false");
            }
            return text.equals("true");
        });
    }

    /** A duration such as {@code 250ms}, {@code 15s}, {@code 5m}, {@code 2h}, {@code 7d}. */
    public Duration duration(String key, Duration fallback) {
        return parsed(
                key, fallback, Durations::format, "a duration such as 250ms, 15s, 5m, 2h or 7d", Durations::parse);
    }

    /** A list separated by commas; empty entries are dropped. */
    public List<String> list(String key, List<String> fallback) {
        note(key, String.join(",", fallback), "a list separated by commas");
        return given(key)
                .map(text -> Arrays.stream(text.split(","))
                        .map(String::strip)
                        .filter(entry -> !entry.isEmpty())
                        .toList())
                .orElse(List.copyOf(fallback));
    }

    /** One constant of an enum by its name, in any case, with - or _. */
    public <E extends Enum<E>> E choice(String key, Class<E> type, E fallback) {
        return parsed(
                key,
                fallback,
                value -> value.name().toLowerCase(Locale.ROOT),
                "one of " + Arrays.toString(type.getEnumConstants()).toLowerCase(Locale.ROOT),
                text -> Enum.valueOf(type, text.toUpperCase(Locale.ROOT).replace('-', '_')));
    }

    /** Every key under {@code kafka.}, without the prefix. */
    public Map<String, String> kafkaProperties() {
        Map<String, String> properties = new HashMap<>();
        values.forEach((key, value) -> {
            if (key.startsWith(KAFKA_PREFIX)) {
                properties.put(key.substring(KAFKA_PREFIX.length()), value);
            }
        });
        return Map.copyOf(properties);
    }

    /** Every key that was asked for so far, in alphabetical order: the reference of the configuration is written from it. */
    public List<Setting> settings() {
        return List.copyOf(read.values());
    }

    /** Notes an error of a rule that spans keys; it is thrown by {@link #finish} with the others. */
    public void refuse(String key, String problem) {
        errors.add(key + " (" + variable(key) + ") " + problem);
    }

    /**
     * Ends the reading and makes the record. Read every key before: the supplier only puts values together.
     *
     * @throws InvalidConfigurationException if anything was wrong; names every key
     */
    public <C> C finish(Supplier<C> record) {
        for (String key : values.keySet()) {
            if (!read.containsKey(key) && !key.startsWith(KAFKA_PREFIX)) {
                errors.add(key + " (" + variable(key) + ") is unknown; known are " + String.join(", ", read.keySet()));
            }
        }
        if (!errors.isEmpty()) {
            throw new InvalidConfigurationException(errors);
        }
        return record.get();
    }

    private <V> V parsed(
            String key, V fallback, Function<V, String> written, String expected, Function<String, V> parser) {
        note(key, written.apply(fallback), expected);
        Optional<String> text = given(key);
        if (text.isEmpty()) {
            return fallback;
        }
        try {
            return parser.apply(text.get());
        } catch (RuntimeException e) {
            errors.add(key + " (" + variable(key) + ") is \"" + text.get() + "\": give " + expected);
            return fallback;
        }
    }

    private void note(String key, String fallback, String expected) {
        read.put(key, new Setting(key, variable(key), fallback, expected));
    }

    private Optional<String> given(String key) {
        return Optional.ofNullable(values.get(key)).map(String::strip).filter(value -> !value.isEmpty());
    }

    private static void readFile(Path file, Map<String, String> values, List<String> errors) {
        Properties properties = new Properties();
        try (Reader reader = Files.newBufferedReader(file, StandardCharsets.UTF_8)) {
            properties.load(reader);
        } catch (IOException | IllegalArgumentException e) {
            errors.add("the configuration file " + file + " cannot be read: " + e);
        }
        properties.stringPropertyNames().forEach(key -> values.put(key, properties.getProperty(key)));
    }

    private static Optional<String> variableKey(String name, Set<String> sections, List<String> errors) {
        String key = name.substring(PREFIX.length()).toLowerCase(Locale.ROOT).replace('_', '-');
        if (key.startsWith(KAFKA_SECTION + "-")) {
            return Optional.of(
                    KAFKA_PREFIX + key.substring(KAFKA_PREFIX.length()).replace('-', '.'));
        }
        if (COMMON_KEYS.contains(key)) {
            return Optional.of(key);
        }
        for (String section : sections) {
            if (key.startsWith(section + "-")) {
                return Optional.of(section + "." + key.substring(section.length() + 1));
            }
        }
        if (ELSEWHERE.stream().noneMatch(key::startsWith)) {
            errors.add(name + " belongs to no part of Capstan; parts of this service are " + String.join(", ", sections)
                    + ", " + String.join(", ", COMMON_KEYS));
        }
        return Optional.empty();
    }

    private static String variable(String key) {
        return PREFIX + key.toUpperCase(Locale.ROOT).replace('.', '_').replace('-', '_');
    }
}
