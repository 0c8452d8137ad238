package dev.capstan.corpora;

import java.nio.ByteBuffer;

/**
 * An image file in memory.
 *
 * @param bytes the file, read-only
 * @param contentType for example "image/png"
 */
public record EncodedImage(ByteBuffer bytes, String contentType, int width, int height) {

    public EncodedImage {
        bytes = bytes.asReadOnlyBuffer();
    }

    /** The file, in a buffer of its own position. */
    @Override
    public ByteBuffer bytes() {
        return bytes.duplicate();
    }
}
