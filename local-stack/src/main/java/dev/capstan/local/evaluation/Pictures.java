package dev.capstan.local.evaluation;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;

/** Picture files by name, and their content within a bound. */
final class Pictures {
    static final long MOST_BYTES = 64L << 20;
    private static final Set<String> EXTENSIONS = Set.of("png", "jpg", "jpeg", "gif", "bmp", "webp");

    private Pictures() {}

    static boolean isPicture(String extension) {
        return EXTENSIONS.contains(extension.toLowerCase(Locale.ROOT));
    }

    /** The content, or empty with a sentence where there is none of a fit size. */
    static Optional<byte[]> read(Path file, Consumer<String> passedOver) {
        try {
            if (Files.size(file) > MOST_BYTES) {
                passedOver.accept(file + " has " + Files.size(file) + " bytes, more than " + MOST_BYTES);
                return Optional.empty();
            }
            return Optional.of(Files.readAllBytes(file));
        } catch (IOException e) {
            passedOver.accept(file + " cannot be read: " + e);
            return Optional.empty();
        }
    }
}
