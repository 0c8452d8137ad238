package dev.capstan.schemas;

import io.confluent.kafka.schemaregistry.avro.AvroSchema;
import io.confluent.kafka.schemaregistry.client.SchemaMetadata;
import io.confluent.kafka.schemaregistry.client.SchemaRegistryClient;
import io.confluent.kafka.schemaregistry.client.rest.exceptions.RestClientException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericDatumReader;
import org.apache.avro.generic.GenericDatumWriter;
import org.apache.avro.io.BinaryEncoder;
import org.apache.avro.io.DatumWriter;
import org.apache.avro.io.DecoderFactory;
import org.apache.avro.io.EncoderFactory;
import org.apache.avro.specific.SpecificData;
import org.apache.avro.specific.SpecificDatumWriter;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.common.errors.SerializationException;
import org.apache.kafka.common.serialization.Serializer;
import org.jspecify.annotations.Nullable;

/**
 * Writes generated records in Confluent's wire format. Subjects follow TopicNameStrategy: {@code <topic>-value}.
 *
 * <p>Configuration keys are Confluent's: {@code schema.registry.url}, {@code auto.register.schemas} (default true),
 * {@code use.latest.version} (default false; with auto.register.schemas=false it writes with the newest registered
 * schema), and those of the registry client.
 *
 * <p>Thread-safe, because a producer is: it serializes on whatever threads call send, side by side. A registry refusal of an
 * incompatible schema is a {@link SerializationException} whose message carries the registry's reason.
 *
 * @param <T> the record class
 */
public final class AvroSerializer<T extends SpecificRecord> implements Serializer<T> {
    private static final int CONFLICT = 409;

    private record Target(int id, Schema schema) {}

    private final Map<String, Target> targets = new ConcurrentHashMap<>();
    private @Nullable SchemaRegistryClient registry;
    private boolean autoRegister = true;
    private boolean useLatest;

    @Override
    public void configure(Map<String, ?> configuration, boolean isKey) {
        if (isKey) {
            throw new IllegalArgumentException("Keys are UTF-8 strings: use Kafka's StringSerializer for them");
        }
        registry = RegistryClients.create(configuration);
        autoRegister = flag(configuration, "auto.register.schemas", true);
        useLatest = flag(configuration, "use.latest.version", false);
    }

    @Override
    public byte @Nullable [] serialize(String topic, @Nullable T record) {
        if (record == null) {
            return null;
        }
        Schema own = record.getSchema();
        Target target = targets.computeIfAbsent(subject(topic) + '/' + own.getFullName(), name -> resolve(topic, own));
        try {
            ByteArrayOutputStream output = new ByteArrayOutputStream();
            output.write(WireFormat.MAGIC);
            output.write(
                    ByteBuffer.allocate(Integer.BYTES).putInt(0, target.id()).array());
            BinaryEncoder binary = EncoderFactory.get().binaryEncoder(output, null);
            if (target.schema().equals(own)) {
                DatumWriter<T> writer = new SpecificDatumWriter<>(own, SpecificData.getForClass(record.getClass()));
                writer.write(record, binary);
            } else {
                writeResolved(record, own, target.schema(), binary);
            }
            binary.flush();
            return output.toByteArray();
        } catch (IOException | RuntimeException e) {
            throw new SerializationException("Cannot write a " + own.getName() + " for topic " + topic, e);
        }
    }

    @Override
    public void close() {
        SchemaRegistryClient open = registry;
        if (open != null) {
            try {
                open.close();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    private void writeResolved(T record, Schema own, Schema latest, BinaryEncoder binary) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        BinaryEncoder plain = EncoderFactory.get().binaryEncoder(bytes, null);
        new SpecificDatumWriter<T>(own, SpecificData.getForClass(record.getClass())).write(record, plain);
        plain.flush();
        Object resolved = new GenericDatumReader<>(own, latest)
                .read(null, DecoderFactory.get().binaryDecoder(bytes.toByteArray(), null));
        new GenericDatumWriter<>(latest).write(resolved, binary);
    }

    private Target resolve(String topic, Schema own) {
        SchemaRegistryClient client = registry;
        if (client == null) {
            throw new IllegalStateException("The serializer was not configured");
        }
        String subject = subject(topic);
        try {
            if (autoRegister) {
                return new Target(client.register(subject, new AvroSchema(own)), own);
            }
            if (useLatest) {
                SchemaMetadata latest = client.getLatestSchemaMetadata(subject);
                return new Target(latest.getId(), new Schema.Parser().parse(latest.getSchema()));
            }
            return new Target(client.getId(subject, new AvroSchema(own)), own);
        } catch (RestClientException e) {
            if (e.getStatus() == CONFLICT) {
                throw new SerializationException(
                        "The registry refuses the schema of " + own.getFullName() + " for subject " + subject
                                + " as incompatible with the one registered: " + e.getMessage(),
                        e);
            }
            if (e.getStatus() >= 500) {
                throw new RegistryUnavailableException("The registry failed on subject " + subject, e);
            }
            throw new SerializationException(
                    "The registry has no schema to write " + own.getFullName() + " with under subject " + subject
                            + "; register it, or set auto.register.schemas=true",
                    e);
        } catch (IOException e) {
            throw new RegistryUnavailableException("The registry cannot be reached for subject " + subject, e);
        }
    }

    static String subject(String topic) {
        return topic + "-value";
    }

    private static boolean flag(Map<String, ?> configuration, String key, boolean fallback) {
        Object value = configuration.get(key);
        return value == null ? fallback : Boolean.parseBoolean(value.toString());
    }
}
