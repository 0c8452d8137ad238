package dev.capstan.local.feed;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Optional;

/**
 * A file that came into a watched directory, with what tells it from another one that comes under the same name.
 *
 * @param file where it lies
 * @param size in bytes
 * @param changedMillis when it was last written
 */
record Arrival(Path file, long size, long changedMillis) {
    static Arrival of(Path file) {
        try {
            return new Arrival(
                    file, Files.size(file), Files.getLastModifiedTime(file).toMillis());
        } catch (IOException e) {
            // It went away again; reading it will say so.
            return new Arrival(file, -1, -1);
        }
    }

    /** What {@link #toString} wrote; empty if this cannot be one. */
    static Optional<Arrival> parse(Path directory, String text) {
        String[] parts = text.split("/", 3);
        try {
            Path file = directory.resolve(parts[2]);
            return directory.equals(file.getParent())
                    ? Optional.of(new Arrival(file, Long.parseLong(parts[0]), Long.parseLong(parts[1])))
                    : Optional.empty();
        } catch (NumberFormatException | ArrayIndexOutOfBoundsException | InvalidPathException e) {
            return Optional.empty();
        }
    }

    /** The files that may stand beside a picture. */
    static List<Path> beside(Path picture) {
        String name = picture.getFileName().toString();
        String stem = name.substring(0, name.lastIndexOf('.'));
        return List.of(picture.resolveSibling(stem + ".txt"), picture.resolveSibling(stem + ".json"));
    }

    /** Moves it, and its text if it is a picture, out of the way. */
    private void move(Path target) {
        boolean picture = FeedFormat.of(file.getFileName().toString())
                .filter(FeedFormat.PICTURE::equals)
                .isPresent();
        try {
            Files.createDirectories(target);
            for (Path text : picture ? beside(file) : List.<Path>of()) {
                if (Files.exists(text)) {
                    Files.move(text, target.resolve(text.getFileName()), StandardCopyOption.REPLACE_EXISTING);
                }
            }
            if (Files.exists(file)) {
                Files.move(file, target.resolve(file.getFileName()), StandardCopyOption.REPLACE_EXISTING);
            }
        } catch (IOException e) {
            throw FeedException.refused(file + " was fed, but cannot be moved to " + target + ": " + e
                    + "; make the directory writable, else it would be fed again and again");
        }
    }

    /** Moves it, unless another file came under its name since. */
    void moveIfUnchanged(Path target) {
        if (equals(of(file))) {
            move(target);
        }
    }

    @Override
    public String toString() {
        return size + "/" + changedMillis + "/" + file.getFileName();
    }
}
