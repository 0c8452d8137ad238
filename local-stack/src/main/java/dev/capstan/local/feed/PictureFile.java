package dev.capstan.local.feed;

import dev.capstan.local.webdataset.DiskInput;
import dev.capstan.local.webdataset.DiskReadException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** One picture file with its text beside it: at most one pair. A place is 0 before it and 1 after it. */
final class PictureFile implements PairReader {
    private final Path root;
    private final Path image;
    private final FeedLimits limits;
    private Place place;

    /** @param root nothing outside of this directory is read */
    PictureFile(Path root, Path image, long offset, FeedLimits limits) {
        this.root = root;
        this.image = image;
        this.limits = limits;
        this.place = new Place(offset, 0);
    }

    @Override
    public Optional<Found> next() {
        if (place.offset() > 0) {
            return Optional.empty();
        }
        place = new Place(1, 0);
        return Optional.of(read());
    }

    @Override
    public Place place() {
        return place;
    }

    @Override
    public void close() {
        // Nothing stays open between two calls.
    }

    private Found read() {
        String name = String.valueOf(image.getFileName());
        String stem = name.substring(0, name.lastIndexOf('.'));
        try {
            SideText side = SideText.of(image.toString(), beside(stem + ".txt"), beside(stem + ".json"), limits);
            return side.problem().<Found>map(problem -> problem).orElseGet(() -> pair(root, image, side, limits));
        } catch (IOException e) {
            DiskReadException.rethrow(e);
            return new Found.PassedOver("unreadable", image + " cannot be read: " + e);
        }
    }

    /** The picture with a text that is known. */
    static Found pair(Path root, Path image, SideText side, FeedLimits limits) {
        try {
            if (!image.toRealPath().startsWith(root.toRealPath())) {
                return new Found.PassedOver(
                        "outside", image + " leads out of " + root + ": only what lies in it is fed");
            }
            long size = Files.size(image);
            if (size > limits.imageBytes()) {
                return new Found.PassedOver(
                        "too-large", image + " has " + size + " bytes, more than " + limits.imageBytes());
            }
            byte[] content = content(image, limits.imageBytes());
            return Found.Image.ofFile(content, side.text().orElseThrow(), side.url());
        } catch (IOException e) {
            DiskReadException.rethrow(e);
            return new Found.PassedOver("unreadable", image + " cannot be read: " + e);
        }
    }

    private byte @Nullable [] beside(String name) throws IOException {
        Path file = image.resolveSibling(name);
        if (!Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
            return null;
        }
        return content(file, limits.rowBytes());
    }

    /** A file may grow between its size and its content. */
    private static byte[] content(Path file, int most) throws IOException {
        try (var in = DiskInput.open(file)) {
            byte[] content = in.readNBytes(most + 1);
            if (content.length > most) {
                throw new IOException(file.getFileName() + " has more than " + most + " bytes");
            }
            return content;
        }
    }
}
