package dev.capstan.ingest.balance;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/** The coin that is tossed for a pair and one of its concepts: always the same for the same two. */
public final class Coin {

    private static final int BITS = 53;

    private Coin() {}

    /** A number that is spread evenly from 0 to 1, 1 excluded. */
    public static double toss(String pairId, String concept) {
        byte[] id = pairId.getBytes(StandardCharsets.UTF_8);
        MessageDigest digest = sha256();
        // The length keeps "ab" with "c" and "a" with "bc" apart.
        digest.update(ByteBuffer.allocate(Integer.BYTES).putInt(id.length).flip());
        digest.update(id);
        digest.update(concept.getBytes(StandardCharsets.UTF_8));
        long bits = ByteBuffer.wrap(digest.digest()).getLong() >>> (Long.SIZE - BITS);
        return (double) bits / (1L << BITS);
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }
}
