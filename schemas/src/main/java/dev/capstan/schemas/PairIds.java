package dev.capstan.schemas;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Optional;

/** Ids of pairs: hex SHA-256 of the source URL (of the image content where there is none) and the text. */
public final class PairIds {
    private PairIds() {}

    /** The same picture with the same text has the same id, whoever feeds it. */
    public static String of(Optional<String> sourceUrl, byte[] image, String text) {
        MessageDigest digest = sha256();
        digest.update(sourceUrl.map(url -> url.getBytes(StandardCharsets.UTF_8)).orElse(image));
        digest.update((byte) 0);
        digest.update(text.getBytes(StandardCharsets.UTF_8));
        return HexFormat.of().formatHex(digest.digest());
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }
}
