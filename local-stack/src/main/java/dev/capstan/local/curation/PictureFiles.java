package dev.capstan.local.curation;

import dev.capstan.platform.images.ImageFormat;
import dev.capstan.schemas.records.CrawledPair;
import dev.capstan.schemas.records.RejectedPair;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * Writes originals as files, one directory a rule: the picture as it was fetched, and its text beside it, so that {@code
 * capstan feed} reads them again. Files are named by coordinates; what is there already is written anew.
 *
 * @param directory made if it is not there
 */
public record PictureFiles(Path directory) {

    /** @return the picture's file */
    public Path write(RejectedPair refused, CrawledPair original) throws IOException {
        // A rule's name comes from a record: it must not lead out of the directory.
        Path folder = directory.resolve(refused.getRule().replaceAll("[^A-Za-z0-9_-]", "_"));
        Files.createDirectories(folder);
        String name = refused.getTopic() + "-" + refused.getPartition() + "-" + refused.getOffset();
        Files.writeString(folder.resolve(name + ".txt"), original.getText());
        Path picture = folder.resolve(name + "." + ending(original.getImage()));
        try (FileChannel file = FileChannel.open(
                picture, StandardOpenOption.CREATE, StandardOpenOption.WRITE, StandardOpenOption.TRUNCATE_EXISTING)) {
            ByteBuffer bytes = original.getImage().duplicate();
            while (bytes.hasRemaining()) {
                file.write(bytes);
            }
        }
        return picture;
    }

    /** By the content: what claims to be a picture may be anything. */
    private static String ending(ByteBuffer file) {
        return ImageFormat.detect(file)
                .map(format -> format == ImageFormat.JPEG ? "jpg" : format.label())
                .orElse("bin");
    }
}
