package dev.capstan.checkpoints;

import java.util.Optional;
import java.util.regex.Pattern;

/** The keys of the checkpoint topics. */
final class RecordKeys {
    private static final Pattern DIGEST = Pattern.compile("[0-9a-f]{64}");

    /** Key of a manifest and of a lineage record. */
    record VersionKey(String model, long version) {
        String text() {
            return model + '/' + version;
        }

        static Optional<VersionKey> parse(String text) {
            int slash = text.lastIndexOf('/');
            return slash < 1
                    ? Optional.empty()
                    : number(text.substring(slash + 1)).map(n -> new VersionKey(text.substring(0, slash), n));
        }
    }

    /** Key of one piece of a tensor. */
    record ChunkKey(String digest, int index) {
        String text() {
            return digest + '/' + index;
        }

        static Optional<ChunkKey> parse(String text) {
            int slash = text.lastIndexOf('/');
            if (slash < 0 || !isDigest(text.substring(0, slash))) {
                return Optional.empty();
            }
            return number(text.substring(slash + 1))
                    .filter(index -> index <= Integer.MAX_VALUE)
                    .map(index -> new ChunkKey(text.substring(0, slash), index.intValue()));
        }
    }

    private RecordKeys() {}

    static boolean isDigest(String text) {
        return DIGEST.matcher(text).matches();
    }

    private static Optional<Long> number(String text) {
        if (text.isEmpty() || text.length() > 18 || !text.chars().allMatch(c -> c >= '0' && c <= '9')) {
            return Optional.empty();
        }
        return Optional.of(Long.parseLong(text));
    }
}
