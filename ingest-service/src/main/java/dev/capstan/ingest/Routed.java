package dev.capstan.ingest;

import dev.capstan.schemas.Topics;
import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.common.utils.Bytes;

/**
 * A record that is ready to be written.
 *
 * @param destination the topic
 * @param value the value in wire format
 */
record Routed(Topics destination, Bytes value) implements Examined {

    /** Writes the value as it is. Nothing reads it back inside the topology. */
    static Serde<Routed> serde() {
        return Serdes.serdeFrom((topic, routed) -> routed.value().get(), (topic, value) -> {
            throw new IllegalStateException(topic + " is written only; it holds " + value.length + " bytes");
        });
    }
}
