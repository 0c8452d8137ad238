package dev.capstan.endtoend.reference;

import static org.assertj.core.api.Assertions.assertThat;

import dev.capstan.platform.Durations;
import dev.capstan.schemas.Topics;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import org.apache.avro.Schema;
import org.junit.jupiter.api.Test;

/** docs/topics.md says what {@link Topics} and the schemas say. How to write it anew: {@link ConfigurationReferenceTest}. */
final class TopicsReferenceTest {
    private static final int MEBIBYTE = 1024 * 1024;
    private static final String INTRODUCTION = """
            # Topics and records

            Keys are UTF-8 strings; values are Avro in Confluent's wire format, each subject `TOPIC-value` with BACKWARD compatibility. Read with
            `isolation.level=read_committed`. `capstan provision` creates what is missing and refuses a topic that cannot work. Partitions are
            defaults for one machine; a topic with one partition marked "fixed" must keep it. Where traces are on, records of pairs, requests, events, rejections
            and `checkpoints.manifests` carry the header `traceparent` (W3C Trace Context); it is read from pairs and requests, and never needed. This page is written by a test from `Topics` and the
            schemas (`TopicsReferenceTest`): change them, not it.

            | topic | record | partitions | clean-up | kept | largest record |
            |---|---|---|---|---|---|
            """;

    @Test
    void shouldDescribeEveryTopicAndEveryFieldOfItsRecord() throws IOException {
        StringBuilder page = new StringBuilder(INTRODUCTION);
        Map<String, Schema> records = new LinkedHashMap<>();
        for (Topics topic : Topics.values()) {
            Schema schema = topic.schema();
            page.append("| `%s` | [%s](#%s) | %d%s | %s | %s | %d MiB |\n"
                    .formatted(
                            topic.topicName(),
                            schema.getName(),
                            schema.getName().toLowerCase(Locale.ROOT),
                            topic.defaultPartitions(),
                            topic.isSinglePartition() ? ", fixed" : "",
                            topic.isCompacted() ? "by key" : "by time",
                            topic.isCompacted() ? "newest of each key" : Durations.format(topic.retention()),
                            topic.maxMessageBytes() / MEBIBYTE));
            collect(schema, records);
        }
        records.values().forEach(schema -> page.append(describe(schema)));

        assertThat(records).hasSizeGreaterThan(Topics.values().length);
        ReferencePage.requireEqual(Path.of("docs/topics.md"), page.toString());
    }

    /** The record and those inside of it, each once, in the order of their first use. */
    private static void collect(Schema schema, Map<String, Schema> records) {
        switch (schema.getType()) {
            case RECORD -> {
                if (records.putIfAbsent(schema.getName(), schema) == null) {
                    schema.getFields().forEach(field -> collect(field.schema(), records));
                }
            }
            case ENUM -> records.putIfAbsent(schema.getName(), schema);
            case ARRAY -> collect(schema.getElementType(), records);
            case MAP -> collect(schema.getValueType(), records);
            case UNION -> schema.getTypes().forEach(type -> collect(type, records));
            default -> {
                // Has nothing inside.
            }
        }
    }

    private static String describe(Schema schema) {
        assertThat(schema.getDoc()).as("documentation of %s", schema.getName()).isNotBlank();
        StringBuilder text = new StringBuilder("\n## " + schema.getName() + "\n\n" + line(schema.getDoc()) + "\n\n");
        if (schema.getType() == Schema.Type.ENUM) {
            return text.append("One of ")
                    .append(schema.getEnumSymbols().stream()
                            .map(symbol -> "`" + symbol + "`")
                            .collect(Collectors.joining(", ")))
                    .append(".\n")
                    .toString();
        }
        text.append("| field | type | meaning |\n|---|---|---|\n");
        for (Schema.Field field : schema.getFields()) {
            assertThat(field.doc())
                    .as("documentation of %s.%s", schema.getName(), field.name())
                    .isNotBlank();
            text.append("| `%s` | %s | %s |\n".formatted(field.name(), type(field.schema()), line(field.doc())));
        }
        return text.toString();
    }

    private static String type(Schema schema) {
        if (schema.getLogicalType() != null) {
            return schema.getLogicalType().getName();
        }
        return switch (schema.getType()) {
            case RECORD, ENUM -> schema.getName();
            case ARRAY -> "array of " + type(schema.getElementType());
            case MAP -> "map of " + type(schema.getValueType());
            case UNION ->
                schema.getTypes().stream()
                                .filter(branch -> branch.getType() != Schema.Type.NULL)
                                .map(TopicsReferenceTest::type)
                                .collect(Collectors.joining(" or "))
                        + (schema.isNullable() ? ", or null" : "");
            default -> schema.getType().getName();
        };
    }

    private static String line(String text) {
        return text.replaceAll("\\s+", " ").replace("|", "\\|").strip();
    }
}
