package dev.capstan.schemas;

import java.util.Map;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.common.serialization.Serdes;

/** Kafka serdes for generated records. */
public final class AvroSerdes {
    private AvroSerdes() {}

    /**
     * @param type the generated class
     * @param configuration Confluent's configuration keys
     * @param <T> the record class
     */
    public static <T extends SpecificRecord> Serde<T> forClass(Class<T> type, Map<String, ?> configuration) {
        Serde<T> serde = Serdes.serdeFrom(new AvroSerializer<>(), new AvroDeserializer<>(type));
        serde.configure(configuration, false);
        return serde;
    }
}
