package dev.capstan.ingest;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;

/** The digests that identify images and pairs. */
final class Digests {

    private static final int PAIR_KEY_BYTES = 16;

    private Digests() {}

    /** Hex SHA-256 of the image file as crawled. The buffer's position stays. */
    static String ofContent(ByteBuffer image) {
        MessageDigest digest = sha256();
        digest.update(image.duplicate());
        return HexFormat.of().formatHex(digest.digest());
    }

    /** Sixteen bytes that are the same for pairs of the same image file and the same normalised text, and for no others. */
    static byte[] ofPair(String contentDigest, String text) {
        MessageDigest digest = sha256();
        // The content digest has a fixed length, so that no two pairs run together.
        digest.update(contentDigest.getBytes(StandardCharsets.US_ASCII));
        digest.update(text.getBytes(StandardCharsets.UTF_8));
        return Arrays.copyOf(digest.digest(), PAIR_KEY_BYTES);
    }

    /** A number that is the same for equal normalised texts, and for others with a probability of 1 in 2^64. */
    static long ofText(String text) {
        return ByteBuffer.wrap(sha256().digest(text.getBytes(StandardCharsets.UTF_8)))
                .getLong();
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }
}
