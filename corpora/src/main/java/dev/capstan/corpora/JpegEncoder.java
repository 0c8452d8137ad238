package dev.capstan.corpora;

import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import javax.imageio.IIOImage;
import javax.imageio.ImageIO;
import javax.imageio.ImageWriteParam;
import javax.imageio.ImageWriter;
import javax.imageio.stream.MemoryCacheImageOutputStream;

/** Writes JPEG files with one writer that is used again and again. One thread at a time. */
final class JpegEncoder {

    private final ImageWriter writer =
            ImageIO.getImageWritersByFormatName("jpeg").next();

    ByteBuffer encode(BufferedImage image, double quality) {
        ImageWriteParam parameters = writer.getDefaultWriteParam();
        parameters.setCompressionMode(ImageWriteParam.MODE_EXPLICIT);
        parameters.setCompressionQuality((float) quality);
        ByteArrayOutputStream file = new ByteArrayOutputStream(4096);
        try (MemoryCacheImageOutputStream output = new MemoryCacheImageOutputStream(file)) {
            writer.setOutput(output);
            writer.write(null, new IIOImage(image, null, null), parameters);
        } catch (IOException e) {
            throw new UncheckedIOException("writing to memory failed", e);
        } finally {
            writer.reset();
        }
        return ByteBuffer.wrap(file.toByteArray());
    }
}
