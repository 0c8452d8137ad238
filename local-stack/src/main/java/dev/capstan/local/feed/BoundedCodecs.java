package dev.capstan.local.feed;

import com.github.luben.zstd.Zstd;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.zip.GZIPInputStream;
import org.apache.parquet.bytes.BytesInput;
import org.apache.parquet.compression.CompressionCodecFactory;
import org.apache.parquet.hadoop.metadata.CompressionCodecName;
import org.xerial.snappy.Snappy;

/**
 * Unpacks pages of Parquet columns, none larger than a bound, whatever its header says. Reads only. One thread.
 */
final class BoundedCodecs implements CompressionCodecFactory {
    private final int mostBytes;

    BoundedCodecs(int mostBytes) {
        this.mostBytes = mostBytes;
    }

    /** Unpacks into an array of the size that the page's header names, after it was compared with the bound. */
    private interface Unpacking {
        byte[] unpack(byte[] packed, int size) throws IOException;
    }

    private record Bounded(String name, int mostBytes, Unpacking unpacking) implements BytesInputDecompressor {
        @Override
        public BytesInput decompress(BytesInput bytes, int size) throws IOException {
            return BytesInput.from(unpack(bytes.toInputStream().readAllBytes(), size));
        }

        @Override
        public void decompress(ByteBuffer input, int packedSize, ByteBuffer output, int size) throws IOException {
            byte[] packed = new byte[packedSize];
            input.get(packed);
            output.put(unpack(packed, size));
        }

        @Override
        public void release() {
            // Holds nothing.
        }

        private byte[] unpack(byte[] packed, int size) throws IOException {
            if (size < 0 || size > mostBytes) {
                throw new IOException(
                        "a page says that it unpacks to " + size + " bytes; at most " + mostBytes + " are taken");
            }
            byte[] unpacked = unpacking.unpack(packed, size);
            if (unpacked.length != size) {
                throw new IOException("a " + name + " page unpacks to " + unpacked.length + " bytes, not " + size);
            }
            return unpacked;
        }
    }

    @Override
    public BytesInputDecompressor getDecompressor(CompressionCodecName codec) {
        return switch (codec) {
            case UNCOMPRESSED -> new Bounded("plain", mostBytes, (packed, size) -> packed);
            case SNAPPY -> new Bounded("snappy", mostBytes, BoundedCodecs::snappy);
            case GZIP -> new Bounded("gzip", mostBytes, BoundedCodecs::gzip);
            case ZSTD -> new Bounded("zstd", mostBytes, BoundedCodecs::zstd);
            default ->
                throw new UnsupportedOperationException("columns packed with " + codec
                        + " are not read: write the file with snappy, zstd, gzip or without packing");
        };
    }

    @Override
    public BytesInputCompressor getCompressor(CompressionCodecName codec) {
        throw new UnsupportedOperationException("feeds write no Parquet");
    }

    @Override
    public void release() {
        // Holds nothing.
    }

    private static byte[] snappy(byte[] packed, int size) throws IOException {
        int claimed = Snappy.uncompressedLength(packed);
        if (claimed != size) {
            throw new IOException("a snappy page unpacks to " + claimed + " bytes, not " + size);
        }
        return Snappy.uncompress(packed);
    }

    private static byte[] gzip(byte[] packed, int size) throws IOException {
        try (GZIPInputStream in = new GZIPInputStream(new ByteArrayInputStream(packed))) {
            return in.readNBytes(size);
        }
    }

    private static byte[] zstd(byte[] packed, int size) throws IOException {
        byte[] unpacked = new byte[size];
        long written = Zstd.decompressByteArray(unpacked, 0, size, packed, 0, packed.length);
        if (Zstd.isError(written) || written != size) {
            throw new IOException("a zstd page cannot be unpacked: "
                    + (Zstd.isError(written) ? Zstd.getErrorName(written) : written + " bytes"));
        }
        return unpacked;
    }
}
