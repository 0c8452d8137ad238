package dev.capstan.platform.images;

import java.nio.ByteBuffer;
import java.util.Optional;

/** The image formats that Capstan reads, told apart by their first bytes and never by a name or a content type. */
public enum ImageFormat {
    PNG("png") {
        @Override
        boolean startsLike(ByteBuffer bytes) {
            return has(bytes, 0, 0x89, 'P', 'N', 'G', '\r', '\n', 0x1A, '\n');
        }
    },
    JPEG("jpeg") {
        @Override
        boolean startsLike(ByteBuffer bytes) {
            return has(bytes, 0, 0xFF, 0xD8, 0xFF);
        }
    },
    GIF("gif") {
        @Override
        boolean startsLike(ByteBuffer bytes) {
            return has(bytes, 0, 'G', 'I', 'F', '8', '7', 'a') || has(bytes, 0, 'G', 'I', 'F', '8', '9', 'a');
        }
    },
    BMP("bmp") {
        @Override
        boolean startsLike(ByteBuffer bytes) {
            return has(bytes, 0, 'B', 'M') && has(bytes, 6, 0, 0, 0, 0);
        }
    },
    WEBP("webp") {
        @Override
        boolean startsLike(ByteBuffer bytes) {
            return has(bytes, 0, 'R', 'I', 'F', 'F') && has(bytes, 8, 'W', 'E', 'B', 'P');
        }
    };

    private final String label;

    ImageFormat(String label) {
        this.label = label;
    }

    abstract boolean startsLike(ByteBuffer bytes);

    /** Lower-case name, for example "png". */
    public String label() {
        return label;
    }

    /** The format of the file between the buffer's position and limit, or empty if it is none of these. */
    public static Optional<ImageFormat> detect(ByteBuffer bytes) {
        for (ImageFormat format : values()) {
            if (format.startsLike(bytes)) {
                return Optional.of(format);
            }
        }
        return Optional.empty();
    }

    private static boolean has(ByteBuffer bytes, int offset, int... expected) {
        if (bytes.remaining() < offset + expected.length) {
            return false;
        }
        for (int index = 0; index < expected.length; index++) {
            if ((bytes.get(bytes.position() + offset + index) & 0xFF) != expected[index]) {
                return false;
            }
        }
        return true;
    }
}
