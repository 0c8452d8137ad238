package dev.capstan.schemas;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.capstan.schemas.records.CaptionRequest;
import dev.capstan.schemas.records.CheckpointLineage;
import dev.capstan.schemas.records.Evaluation;
import dev.capstan.schemas.records.LabelSet;
import dev.capstan.schemas.records.TrainingMode;
import io.confluent.kafka.schemaregistry.avro.AvroSchema;
import io.confluent.kafka.schemaregistry.client.SchemaRegistryClient;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.GenericDatumWriter;
import org.apache.avro.generic.GenericRecord;
import org.apache.avro.io.BinaryEncoder;
import org.apache.avro.io.EncoderFactory;
import org.apache.kafka.common.errors.SerializationException;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class AvroSerdeTest {
    private static final String TOPIC = Topics.LABELS_SETS.topicName();
    private static final LabelSet ANIMALS = new LabelSet("animals", List.of("cat", "dog"), List.of("a {}"));

    private Map<String, Object> configuration;
    private SchemaRegistryClient registry;

    @BeforeEach
    void openRegistry() {
        configuration = Map.of(RegistryClients.SCHEMA_REGISTRY_URL, "mock://" + UUID.randomUUID());
        registry = RegistryClients.create(configuration);
    }

    @Test
    void shouldReadWhatItWrote() {
        byte[] bytes = serializer(configuration).serialize(TOPIC, ANIMALS);

        assertThat(deserializer().deserialize(TOPIC, bytes)).isEqualTo(ANIMALS);
    }

    @Test
    void shouldWriteMagicByteAndRegisteredId() throws Exception {
        byte[] bytes = Objects.requireNonNull(serializer(configuration).serialize(TOPIC, ANIMALS));

        assertThat(bytes[0]).isZero();
        assertThat(ByteBuffer.wrap(bytes).getInt(1))
                .isEqualTo(registry.getId("labels.sets-value", new AvroSchema(ANIMALS.getSchema())));
    }

    /** A producer serializes on every thread that sends. */
    @Test
    void shouldWriteEachRecordAsItIsWhileOtherThreadsWrite() throws Exception {
        AvroSerializer<LabelSet> serializer = serializer(configuration);
        int threads = 4;
        int each = 500;
        CyclicBarrier start = new CyclicBarrier(threads);
        ExecutorService writers = Executors.newFixedThreadPool(threads);
        try {
            List<Future<List<LabelSet>>> written = new ArrayList<>();
            for (int thread = 0; thread < threads; thread++) {
                String name = "set-" + thread + "-";
                written.add(writers.submit(() -> {
                    AvroDeserializer<LabelSet> deserializer = deserializer();
                    start.await();
                    return IntStream.range(0, each)
                            .mapToObj(i -> serializer.serialize(
                                    TOPIC, new LabelSet(name + i, List.of(name.repeat(i % 50)), List.of())))
                            .map(bytes -> deserializer.deserialize(TOPIC, bytes))
                            .toList();
                }));
            }

            for (int thread = 0; thread < threads; thread++) {
                String name = "set-" + thread + "-";
                List<LabelSet> read = written.get(thread).get(1, TimeUnit.MINUTES);
                assertThat(read)
                        .isEqualTo(IntStream.range(0, each)
                                .mapToObj(i -> new LabelSet(name + i, List.of(name.repeat(i % 50)), List.of()))
                                .toList());
            }
        } finally {
            writers.shutdownNow();
        }
    }

    @Test
    void shouldPassTombstones() {
        assertThat(serializer(configuration).serialize(TOPIC, null)).isNull();
        assertThat(deserializer().deserialize(TOPIC, null)).isNull();
    }

    @Test
    void shouldReadARecordOfAnOlderSchemaThatLacksAFieldWithADefault() throws Exception {
        Schema older = new Schema.Parser()
                .parse(
                        "{\"type\":\"record\",\"name\":\"CaptionRequest\",\"namespace\":\"dev.capstan.schemas.records\","
                                + "\"fields\":[{\"name\":\"requestId\",\"type\":\"string\"},{\"name\":\"image\",\"type\":\"bytes\"},"
                                + "{\"name\":\"requestedAt\",\"type\":{\"type\":\"long\",\"logicalType\":\"timestamp-millis\"}}]}");
        String topic = Topics.REQUESTS_CAPTION.topicName();
        GenericRecord record = new GenericData.Record(older);
        record.put("requestId", "r1");
        record.put("image", ByteBuffer.wrap(new byte[] {1, 2}));
        record.put("requestedAt", 1000L);
        byte[] bytes = wireFormat(registry.register(topic + "-value", new AvroSchema(older)), older, record);
        AvroDeserializer<CaptionRequest> reader = new AvroDeserializer<>(CaptionRequest.class);
        reader.configure(configuration, false);

        CaptionRequest read = Objects.requireNonNull(reader.deserialize(topic, bytes));

        assertThat(read.getRequestId()).isEqualTo("r1");
        assertThat(read.getMaxTokens()).isEqualTo(24);
        assertThat(read.getBeams()).isEqualTo(1);
    }

    /** Lineages are kept for ever, and so are those from before the crawl times. */
    @Test
    void shouldReadALineageFromBeforeTheCrawlTimes() throws Exception {
        Schema newest = CheckpointLineage.getClassSchema();
        Schema older = Schema.createRecord(newest.getName(), newest.getDoc(), newest.getNamespace(), false);
        older.setFields(newest.getFields().stream()
                .filter(field -> !field.name().equals("crawled"))
                .map(field -> new Schema.Field(field, field.schema()))
                .toList());
        GenericRecord evaluation = new GenericData.Record(Evaluation.getClassSchema());
        evaluation.put("heldoutPairs", 0);
        evaluation.put("zeroShotPairs", 0);
        GenericRecord record = new GenericData.Record(older);
        record.put("model", "m");
        record.put("version", 3L);
        record.put("step", 9L);
        record.put("mode", new GenericData.EnumSymbol(TrainingMode.SCHEMA$, "JOINT"));
        for (String list : List.of("shards", "replayed", "offsets", "policyVersions", "losses")) {
            record.put(list, List.of());
        }
        record.put("pairs", 5L);
        record.put("trainingSeconds", 1.0);
        record.put("evaluation", evaluation);
        record.put("bytesPublished", 1L);
        record.put("bytesTotal", 2L);
        record.put("publishedAt", 1000L);
        String topic = Topics.CHECKPOINTS_LINEAGE.topicName();
        byte[] bytes = wireFormat(registry.register(topic + "-value", new AvroSchema(older)), older, record);
        AvroDeserializer<CheckpointLineage> reader = new AvroDeserializer<>(CheckpointLineage.class);
        reader.configure(configuration, false);

        CheckpointLineage read = Objects.requireNonNull(reader.deserialize(topic, bytes));

        assertThat(read.getVersion()).isEqualTo(3);
        assertThat(read.getCrawled()).isEmpty();
    }

    @Test
    void shouldWriteWithTheNewestRegisteredSchemaWhereAsked() throws Exception {
        Schema newer = new Schema.Parser()
                .parse(
                        "{\"type\":\"record\",\"name\":\"LabelSet\",\"namespace\":\"dev.capstan.schemas.records\",\"fields\":["
                                + "{\"name\":\"name\",\"type\":\"string\"},"
                                + "{\"name\":\"labels\",\"type\":{\"type\":\"array\",\"items\":\"string\"}},"
                                + "{\"name\":\"templates\",\"type\":{\"type\":\"array\",\"items\":\"string\"}},"
                                + "{\"name\":\"owner\",\"type\":\"string\",\"default\":\"nobody\"}]}");
        int id = registry.register("labels.sets-value", new AvroSchema(newer));
        Map<String, Object> latest = Map.of(
                RegistryClients.SCHEMA_REGISTRY_URL,
                configuration.get(RegistryClients.SCHEMA_REGISTRY_URL),
                "auto.register.schemas",
                false,
                "use.latest.version",
                true);

        byte[] bytes = serializer(latest).serialize(TOPIC, ANIMALS);

        assertThat(ByteBuffer.wrap(bytes).getInt(1)).isEqualTo(id);
        assertThat(deserializer().deserialize(TOPIC, bytes)).isEqualTo(ANIMALS);
    }

    @Test
    void shouldRefuseToWriteUnregisteredSchemasWhereRegistrationIsOff() {
        Map<String, Object> closed = Map.of(
                RegistryClients.SCHEMA_REGISTRY_URL,
                configuration.get(RegistryClients.SCHEMA_REGISTRY_URL),
                "auto.register.schemas",
                false);

        assertThatThrownBy(() -> serializer(closed).serialize(TOPIC, ANIMALS))
                .isInstanceOf(SerializationException.class)
                .hasMessageContaining("labels.sets-value")
                .hasMessageContaining("auto.register.schemas=true");
    }

    @Test
    void shouldCallBrokenBytesPoison() {
        AvroSerializer<LabelSet> serializer = serializer(configuration);
        byte[] good = Objects.requireNonNull(serializer.serialize(TOPIC, ANIMALS));
        byte[] truncated = Arrays.copyOf(good, good.length - 3);
        byte[] foreign = good.clone();
        foreign[0] = 1;
        byte[] unknownId = good.clone();
        unknownId[3] = 77;
        AvroDeserializer<LabelSet> reader = deserializer();

        for (byte[] poison : List.of(truncated, foreign, unknownId, new byte[0], new byte[] {0, 0})) {
            assertThatThrownBy(() -> reader.deserialize(TOPIC, poison)).isInstanceOf(PoisonRecordException.class);
        }
        assertThat(reader.deserialize(TOPIC, good)).isEqualTo(ANIMALS);
    }

    @Test
    void shouldNotCallARegistryOutagePoison() throws Exception {
        byte[] bytes = serializer(configuration).serialize(TOPIC, ANIMALS);
        AvroDeserializer<LabelSet> reader = new AvroDeserializer<>(LabelSet.class);
        reader.configure(Map.of(RegistryClients.SCHEMA_REGISTRY_URL, "http://127.0.0.1:" + closedPort()), false);

        assertThatThrownBy(() -> reader.deserialize(TOPIC, bytes)).isInstanceOf(RegistryUnavailableException.class);
    }

    @Test
    void shouldDocumentEveryField() {
        for (Topics topic : Topics.values()) {
            assertThat(topic.schema().getDoc()).as(topic.topicName()).isNotBlank();
            for (Schema.Field field : topic.schema().getFields()) {
                assertThat(field.doc())
                        .as(topic.topicName() + " " + field.name())
                        .isNotBlank();
            }
        }
    }

    private AvroDeserializer<LabelSet> deserializer() {
        AvroDeserializer<LabelSet> reader = new AvroDeserializer<>(LabelSet.class);
        reader.configure(configuration, false);
        return reader;
    }

    private static AvroSerializer<LabelSet> serializer(Map<String, Object> configuration) {
        AvroSerializer<LabelSet> serializer = new AvroSerializer<>();
        serializer.configure(configuration, false);
        return serializer;
    }

    private static byte[] wireFormat(int id, Schema schema, GenericRecord record) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        bytes.write(0);
        bytes.write(ByteBuffer.allocate(4).putInt(0, id).array());
        BinaryEncoder encoder = EncoderFactory.get().binaryEncoder(bytes, null);
        new GenericDatumWriter<GenericRecord>(schema).write(record, encoder);
        encoder.flush();
        return bytes.toByteArray();
    }

    private static int closedPort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }
}
