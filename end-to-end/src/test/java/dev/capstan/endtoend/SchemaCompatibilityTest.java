package dev.capstan.endtoend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.capstan.schemas.AvroSerializer;
import dev.capstan.schemas.IncompatibleSchemaException;
import dev.capstan.schemas.RegistryClients;
import dev.capstan.schemas.SchemaProvisioner;
import dev.capstan.schemas.Topics;
import dev.capstan.schemas.records.LabelSet;
import io.confluent.kafka.schemaregistry.avro.AvroSchema;
import io.confluent.kafka.schemaregistry.client.SchemaRegistryClient;
import io.confluent.kafka.schemaregistry.client.rest.entities.Config;
import io.confluent.kafka.schemaregistry.client.rest.exceptions.RestClientException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.avro.Schema;
import org.apache.kafka.common.errors.SerializationException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the real registry accepts and refuses. */
class SchemaCompatibilityTest {
    private static final String WITHOUT_DEFAULT = "{\"name\":\"owner\",\"type\":\"string\"}";
    private static final String WITH_DEFAULT = "{\"name\":\"owner\",\"type\":\"string\",\"default\":\"nobody\"}";

    private static final List<Topics> PROVISIONED = Stream.of(Topics.values())
            .filter(topic -> topic != Topics.LABELS_SETS)
            .toList();

    @TempDir
    static Path directory;

    private static RegistryProcess registry;
    private static SchemaRegistryClient client;

    @BeforeAll
    static void startRegistry() throws Exception {
        registry = RegistryProcess.start(directory);
        client = connect();
        // As services do that start together.
        CompletableFuture<?>[] services = IntStream.range(0, 4)
                .mapToObj(service -> CompletableFuture.runAsync(SchemaCompatibilityTest::provision))
                .toArray(CompletableFuture[]::new);
        CompletableFuture.allOf(services).join();
    }

    private static void provision() {
        try (SchemaRegistryClient own = connect()) {
            new SchemaProvisioner(own).ensure(PROVISIONED);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static SchemaRegistryClient connect() {
        return RegistryClients.create(Map.of(RegistryClients.SCHEMA_REGISTRY_URL, registry.url()));
    }

    @AfterAll
    static void stopRegistry() throws Exception {
        client.close();
        registry.close();
    }

    @Test
    void shouldAcceptTheSameSchemasAgain() {
        assertThatCode(() -> new SchemaProvisioner(client).ensure(PROVISIONED)).doesNotThrowAnyException();
    }

    @Test
    void shouldAcceptANewFieldWithADefault() throws Exception {
        int id = client.register(Topics.PAIRS_HELDOUT.subject(), extended(Topics.PAIRS_HELDOUT, WITH_DEFAULT));

        assertThat(id).isPositive();
    }

    @Test
    void shouldRefuseANewFieldWithoutADefaultAndNameIt() {
        assertThatThrownBy(() -> client.register(
                        Topics.PAIRS_CRAWLED.subject(), extended(Topics.PAIRS_CRAWLED, WITHOUT_DEFAULT)))
                .isInstanceOfSatisfying(RestClientException.class, refusal -> {
                    assertThat(refusal.getStatus()).isEqualTo(409);
                    assertThat(refusal).hasMessageContaining("owner");
                });
    }

    @Test
    void shouldRefuseToWriteUnderASubjectThatHoldsAnIncompatibleSchema() throws Exception {
        Schema foreign = new Schema.Parser()
                .parse("{\"type\":\"record\",\"name\":\"LabelSet\",\"namespace\":\"dev.capstan.schemas.records\","
                        + "\"fields\":[{\"name\":\"name\",\"type\":\"int\"}]}");
        client.register("foreign-value", new AvroSchema(foreign));
        client.updateConfig("foreign-value", new Config("BACKWARD"));
        AvroSerializer<LabelSet> serializer = new AvroSerializer<>();
        serializer.configure(Map.of(RegistryClients.SCHEMA_REGISTRY_URL, registry.url()), false);

        assertThatThrownBy(() -> serializer.serialize("foreign", new LabelSet("a", List.of("b"), List.of("{}"))))
                .isInstanceOf(SerializationException.class)
                .hasMessageContaining("incompatible")
                .hasMessageContaining("foreign-value");
    }

    @Test
    void shouldNameTheSubjectThatProvisioningFailsOn() throws Exception {
        Schema foreign = new Schema.Parser()
                .parse("{\"type\":\"record\",\"name\":\"LabelSet\",\"namespace\":\"dev.capstan.schemas.records\","
                        + "\"fields\":[{\"name\":\"name\",\"type\":\"int\"}]}");
        client.register(Topics.LABELS_SETS.subject(), new AvroSchema(foreign));
        client.updateConfig(Topics.LABELS_SETS.subject(), new Config("BACKWARD"));

        assertThatThrownBy(() -> new SchemaProvisioner(client).ensure(List.of(Topics.LABELS_SETS)))
                .isInstanceOf(IncompatibleSchemaException.class)
                .hasMessageContaining(Topics.LABELS_SETS.subject());
    }

    private static AvroSchema extended(Topics topic, String field) {
        String own = topic.schema().toString();
        int end = own.lastIndexOf(']');
        return new AvroSchema(own.substring(0, end) + "," + field + own.substring(end));
    }
}
