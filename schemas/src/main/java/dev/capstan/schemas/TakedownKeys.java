package dev.capstan.schemas;

import dev.capstan.schemas.records.TakedownKind;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Locale;

/** Keys of {@link Topics#TAKEDOWNS}: what is taken down, said so that a reader need not look into the record. */
public final class TakedownKeys {
    private TakedownKeys() {}

    /** One pair. */
    public static String ofPair(String pairId) {
        return of(TakedownKind.PAIR, pairId);
    }

    /** Every pair from an address, written as the feed wrote it. */
    public static String ofUrl(String url) {
        return of(TakedownKind.URL, hex(ByteBuffer.wrap(url.getBytes(StandardCharsets.UTF_8))));
    }

    /** @param contentDigest hex SHA-256 of the image file as crawled */
    public static String ofContent(String contentDigest) {
        return of(TakedownKind.CONTENT, contentDigest);
    }

    /** Every pair with this image file; the buffer stays as it is. */
    public static String ofImage(ByteBuffer image) {
        return ofContent(hex(image));
    }

    /** The key of a kind and a subject. */
    public static String of(TakedownKind kind, String subject) {
        return kind.name().toLowerCase(Locale.ROOT) + ":" + subject;
    }

    private static String hex(ByteBuffer bytes) {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            digest.update(bytes.duplicate());
            return HexFormat.of().formatHex(digest.digest());
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }
}
