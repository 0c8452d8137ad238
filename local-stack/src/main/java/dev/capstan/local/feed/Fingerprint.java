package dev.capstan.local.feed;

import dev.capstan.local.webdataset.DiskInput;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/**
 * The beginning of a file, by which one that was replaced is noticed; one that has grown at its end is still the same.
 */
final class Fingerprint {
    private static final int MOST_BYTES = 64 * 1024;

    private Fingerprint() {}

    /** How many bytes were looked at, and their digest. */
    static String of(Path file) throws IOException {
        return of(file, MOST_BYTES);
    }

    /** Whether a file begins as it did. */
    static boolean fits(Path file, String fingerprint) throws IOException {
        int colon = fingerprint.indexOf(':');
        return colon > 0
                && of(file, Integer.parseInt(fingerprint.substring(0, colon))).equals(fingerprint);
    }

    private static String of(Path file, int most) throws IOException {
        try (InputStream in = new DigestInputStream(DiskInput.open(file), sha256())) {
            int length = in.readNBytes(most).length;
            byte[] digest = ((DigestInputStream) in).getMessageDigest().digest();
            return length + ":" + HexFormat.of().formatHex(digest, 0, 16);
        }
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }
}
