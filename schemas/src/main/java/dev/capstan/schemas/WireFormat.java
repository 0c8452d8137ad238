package dev.capstan.schemas;

import java.nio.ByteBuffer;

/** Confluent's wire format: one magic byte 0, four bytes of schema id in big-endian order, Avro binary. */
final class WireFormat {
    static final byte MAGIC = 0;
    static final int HEADER_BYTES = 1 + Integer.BYTES;

    private WireFormat() {}

    /**
     * Reads the header and leaves the buffer at the Avro payload.
     *
     * @throws PoisonRecordException if the bytes are too short or start with another magic byte
     */
    static int readSchemaId(String topic, ByteBuffer buffer) {
        if (buffer.remaining() < HEADER_BYTES) {
            throw new PoisonRecordException(
                    "A record of " + topic + " has " + buffer.remaining()
                            + " bytes, fewer than the 5 of the wire format's header",
                    null);
        }
        byte magic = buffer.get();
        if (magic != MAGIC) {
            throw new PoisonRecordException(
                    "A record of " + topic + " starts with byte " + magic
                            + " instead of 0: it was not written in the Confluent wire format",
                    null);
        }
        return buffer.getInt();
    }
}
