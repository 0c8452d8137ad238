package dev.capstan.platform.takedowns;

import dev.capstan.schemas.TakedownKeys;
import dev.capstan.schemas.records.CrawledPair;
import dev.capstan.schemas.records.CuratedPair;
import dev.capstan.schemas.records.TakedownKind;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * What is taken down at this moment. One thread follows the topic and writes; any thread asks.
 *
 * <p>It holds 128 bits of a digest for each takedown, about 100 bytes of memory: a million take 100 MB. Two different keys
 * have the same 128 bits with a probability below 1e-24 for a million takedowns.
 */
public final class Takedowns {
    /** The rule under which a pair is refused that a takedown names. */
    public static final String RULE = "takedown";

    private static final String URL_PREFIX = TakedownKeys.of(TakedownKind.URL, "");
    private static final String CONTENT_PREFIX = TakedownKeys.of(TakedownKind.CONTENT, "");

    private final Set<Digest> pairs = ConcurrentHashMap.newKeySet();
    private final Set<Digest> urls = ConcurrentHashMap.newKeySet();
    private final Set<Digest> contents = ConcurrentHashMap.newKeySet();

    private record Digest(long high, long low) {
        static Digest of(String key) {
            try {
                ByteBuffer bytes = ByteBuffer.wrap(
                        MessageDigest.getInstance("SHA-256").digest(key.getBytes(StandardCharsets.UTF_8)));
                return new Digest(bytes.getLong(), bytes.getLong());
            } catch (NoSuchAlgorithmException e) {
                throw new IllegalStateException("every Java platform has SHA-256", e);
            }
        }
    }

    /**
     * Takes over a record of the topic. What it names is in its key, so a value that cannot be read takes down as well.
     *
     * @param lifted whether the record is a tombstone
     */
    public void take(String key, boolean lifted) {
        Set<Digest> named = setOf(key);
        if (lifted) {
            named.remove(Digest.of(key));
        } else {
            named.add(Digest.of(key));
        }
    }

    /** How many there are. */
    public int size() {
        return pairs.size() + urls.size() + contents.size();
    }

    /** What of a crawled pair is named by a takedown, or empty. */
    public Optional<TakedownKind> naming(CrawledPair pair) {
        return naming(pair.getPairId(), pair.getSourceUrl(), () -> Optional.of(TakedownKeys.ofImage(pair.getImage())));
    }

    /** What of a curated pair is named by a takedown, or empty. */
    public Optional<TakedownKind> naming(CuratedPair pair) {
        return naming(
                pair.getPairId(),
                pair.getSourceUrl(),
                () -> Optional.of(TakedownKeys.ofContent(pair.getContentDigest())));
    }

    /** What of a pair that has no picture yet is named by a takedown, or empty. */
    public Optional<TakedownKind> naming(String pairId, String url) {
        return naming(pairId, url, Optional::empty);
    }

    /** Says in a sentence what a takedown names. */
    public static String sentence(TakedownKind kind) {
        String named = switch (kind) {
            case PAIR -> "this pair";
            case URL -> "the pair's address";
            case CONTENT -> "the pair's picture";
        };
        return "A takedown names " + named + ".";
    }

    /** @param contentKey asked only where some content is taken down: it may cost a digest of the image */
    private Optional<TakedownKind> naming(String pairId, @Nullable String url, Supplier<Optional<String>> contentKey) {
        if (!pairs.isEmpty() && pairs.contains(Digest.of(TakedownKeys.ofPair(pairId)))) {
            return Optional.of(TakedownKind.PAIR);
        }
        if (url != null && !urls.isEmpty() && urls.contains(Digest.of(TakedownKeys.ofUrl(url)))) {
            return Optional.of(TakedownKind.URL);
        }
        if (contents.isEmpty()) {
            return Optional.empty();
        }
        return contentKey.get().filter(key -> contents.contains(Digest.of(key))).map(key -> TakedownKind.CONTENT);
    }

    private Set<Digest> setOf(String key) {
        if (key.startsWith(URL_PREFIX)) {
            return urls;
        }
        return key.startsWith(CONTENT_PREFIX) ? contents : pairs;
    }
}
