package dev.capstan.ingest;

import dev.capstan.schemas.Topics;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import org.apache.kafka.common.errors.SerializationException;
import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.common.utils.Bytes;

/**
 * A pair that passed every rule of its own, on its way to be compared with others. It carries the finished record, so
 * that the second half of the topology decodes nothing.
 *
 * @param destination where the pair goes unless it is a duplicate
 * @param origin where its crawled record stands
 * @param pairId its id: the key of the finished record
 * @param source the feed that brought it
 * @param crawledAtMillis when it was fetched, epoch milliseconds
 * @param textKey a digest of its text, equal for equal texts
 * @param perceptualHash the hash of its picture; empty in what the release before wrote
 * @param listedConcepts entries of the policy's concept list in its text
 * @param value the finished record in wire format
 */
record Candidate(
        Topics destination,
        Origin origin,
        String pairId,
        String source,
        long crawledAtMillis,
        long textKey,
        OptionalLong perceptualHash,
        List<String> listedConcepts,
        Bytes value)
        implements Examined {

    /** Instances of two releases share the topic between them while one replaces the other. */
    private static final int FORMAT = 3;

    /** Without the picture's hash. */
    private static final int FORMAT_BEFORE = 2;

    Candidate {
        listedConcepts = List.copyOf(listedConcepts);
    }

    /** The form on the topic between the two halves of the topology. */
    static Serde<Candidate> serde() {
        return Serdes.serdeFrom((topic, candidate) -> candidate.bytes(), (topic, bytes) -> of(topic, bytes));
    }

    private byte[] bytes() {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream(value.get().length + 256);
        try (DataOutputStream output = new DataOutputStream(bytes)) {
            output.writeByte(perceptualHash.isPresent() ? FORMAT : FORMAT_BEFORE);
            output.writeUTF(destination.topicName());
            output.writeUTF(origin.topic());
            output.writeInt(origin.partition());
            output.writeLong(origin.offset());
            output.writeUTF(pairId);
            output.writeUTF(source);
            output.writeLong(crawledAtMillis);
            output.writeLong(textKey);
            if (perceptualHash.isPresent()) {
                output.writeLong(perceptualHash.getAsLong());
            }
            output.writeInt(listedConcepts.size());
            for (String concept : listedConcepts) {
                output.writeUTF(concept);
            }
            output.writeInt(value.get().length);
            output.write(value.get());
        } catch (IOException e) {
            throw new UncheckedIOException("A candidate could not be written to memory", e);
        }
        return bytes.toByteArray();
    }

    private static Candidate of(String topic, byte[] bytes) {
        try (DataInputStream input = new DataInputStream(new ByteArrayInputStream(bytes))) {
            int format = input.readByte();
            if (format != FORMAT && format != FORMAT_BEFORE) {
                throw new SerializationException(topic + " holds a candidate of format " + format
                        + "; this release reads " + FORMAT_BEFORE + " and " + FORMAT
                        + ": finish the upgrade, or reset the application");
            }
            Topics destination = Topics.byName(input.readUTF());
            Origin origin = new Origin(input.readUTF(), input.readInt(), input.readLong());
            String pairId = input.readUTF();
            String source = input.readUTF();
            long crawledAtMillis = input.readLong();
            long textKey = input.readLong();
            OptionalLong perceptualHash = format == FORMAT ? OptionalLong.of(input.readLong()) : OptionalLong.empty();
            List<String> listedConcepts = concepts(input);
            byte[] value = new byte[input.readInt()];
            input.readFully(value);
            return new Candidate(
                    destination,
                    origin,
                    pairId,
                    source,
                    crawledAtMillis,
                    textKey,
                    perceptualHash,
                    listedConcepts,
                    Bytes.wrap(value));
        } catch (IOException e) {
            throw new SerializationException(topic + " holds a broken candidate", e);
        }
    }

    private static List<String> concepts(DataInputStream input) throws IOException {
        int count = input.readInt();
        List<String> concepts = new ArrayList<>();
        for (int index = 0; index < count; index++) {
            concepts.add(input.readUTF());
        }
        return concepts;
    }
}
