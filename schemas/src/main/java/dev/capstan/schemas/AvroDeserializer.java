package dev.capstan.schemas;

import dev.capstan.schemas.records.LabelSet;
import io.confluent.kafka.schemaregistry.ParsedSchema;
import io.confluent.kafka.schemaregistry.client.SchemaRegistryClient;
import io.confluent.kafka.schemaregistry.client.rest.exceptions.RestClientException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.Map;
import org.apache.avro.Schema;
import org.apache.avro.io.BinaryDecoder;
import org.apache.avro.io.DatumReader;
import org.apache.avro.io.DecoderFactory;
import org.apache.avro.specific.SpecificData;
import org.apache.avro.specific.SpecificDatumReader;
import org.apache.avro.specific.SpecificRecord;
import org.apache.avro.util.ClassSecurityValidator;
import org.apache.kafka.common.serialization.Deserializer;
import org.jspecify.annotations.Nullable;

/**
 * Reads generated records from Confluent's wire format: the writer's schema comes from the registry, the reader's is the
 * class's own, and Avro resolves one into the other.
 *
 * <p>What can never be read is a {@link PoisonRecordException}; a registry that does not answer is a
 * {@link RegistryUnavailableException}. Callers that must not stop treat the two differently.
 *
 * <p>Not thread-safe: one consumer owns one deserializer.
 *
 * @param <T> the record class
 */
public final class AvroDeserializer<T extends SpecificRecord> implements Deserializer<T> {
    private static final int NOT_FOUND = 404;

    static {
        // Avro instantiates only classes that it was told to trust; the generated records are ours. What else a
        // process trusts stays as it was.
        String trusted = LabelSet.class.getPackageName();
        ClassSecurityValidator.setGlobal(ClassSecurityValidator.composite(
                ClassSecurityValidator.getGlobal(),
                type -> type.getPackageName().equals(trusted)));
    }

    private final SpecificData data;
    private final Schema own;
    private final Class<T> type;
    private final Map<Integer, DatumReader<T>> readers = new HashMap<>();
    private @Nullable SchemaRegistryClient registry;
    private @Nullable BinaryDecoder decoder;

    /** @param type the generated class to read into */
    public AvroDeserializer(Class<T> type) {
        this.type = type;
        data = SpecificData.getForClass(type);
        own = data.getSchema(type);
    }

    @Override
    public void configure(Map<String, ?> configuration, boolean isKey) {
        if (isKey) {
            throw new IllegalArgumentException("Keys are UTF-8 strings: use Kafka's StringDeserializer for them");
        }
        registry = RegistryClients.create(configuration);
    }

    /**
     * @return the record, or null for a tombstone
     * @throws PoisonRecordException if the bytes can never be read as this class
     * @throws RegistryUnavailableException if the registry did not answer
     */
    @Override
    public @Nullable T deserialize(String topic, byte @Nullable [] bytes) {
        if (bytes == null) {
            return null;
        }
        ByteBuffer buffer = ByteBuffer.wrap(bytes);
        int id = WireFormat.readSchemaId(topic, buffer);
        DatumReader<T> reader = readers.get(id);
        if (reader == null) {
            reader = newReader(topic, id);
            readers.put(id, reader);
        }
        try {
            BinaryDecoder binary =
                    DecoderFactory.get().binaryDecoder(bytes, buffer.position(), buffer.remaining(), decoder);
            decoder = binary;
            return type.cast(reader.read(null, binary));
        } catch (IOException | RuntimeException e) {
            decoder = null;
            throw new PoisonRecordException(
                    "A record of " + topic + " with schema id " + id + " is not a readable " + own.getName(), e);
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

    private DatumReader<T> newReader(String topic, int id) {
        SchemaRegistryClient client = registry;
        if (client == null) {
            throw new IllegalStateException("The deserializer was not configured");
        }
        try {
            ParsedSchema parsed = client.getSchemaById(id);
            if (!(parsed.rawSchema() instanceof Schema writer)) {
                throw new PoisonRecordException(
                        "Schema id " + id + " of a record of " + topic + " is " + parsed.schemaType() + ", not AVRO",
                        null);
            }
            return new SpecificDatumReader<>(writer, own, data);
        } catch (RestClientException e) {
            if (e.getStatus() == NOT_FOUND) {
                throw new PoisonRecordException(
                        "A record of " + topic + " names schema id " + id + ", which the registry does not know", e);
            }
            throw new RegistryUnavailableException("The registry failed on schema id " + id, e);
        } catch (IOException e) {
            throw new RegistryUnavailableException("The registry cannot be reached for schema id " + id, e);
        }
    }
}
