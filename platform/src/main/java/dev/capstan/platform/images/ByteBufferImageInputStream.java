package dev.capstan.platform.images;

import java.nio.ByteBuffer;
import javax.imageio.stream.ImageInputStreamImpl;

/** Reads a file that lies in memory, without a copy or a cache. One thread. */
final class ByteBufferImageInputStream extends ImageInputStreamImpl {

    private final ByteBuffer bytes;

    ByteBufferImageInputStream(ByteBuffer bytes) {
        this.bytes = bytes.slice();
    }

    @Override
    public int read() {
        bitOffset = 0;
        if (streamPos >= bytes.limit()) {
            return -1;
        }
        return bytes.get((int) streamPos++) & 0xFF;
    }

    @Override
    public int read(byte[] target, int offset, int length) {
        bitOffset = 0;
        if (length == 0) {
            return 0;
        }
        if (streamPos >= bytes.limit()) {
            return -1;
        }
        int count = (int) Math.min(length, bytes.limit() - streamPos);
        bytes.get((int) streamPos, target, offset, count);
        streamPos += count;
        return count;
    }

    @Override
    public long length() {
        return bytes.limit();
    }
}
