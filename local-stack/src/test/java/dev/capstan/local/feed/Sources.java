package dev.capstan.local.feed;

import static org.assertj.core.api.Assertions.assertThat;

import com.github.luben.zstd.Zstd;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import java.util.zip.GZIPOutputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.apache.parquet.bytes.BytesInput;
import org.apache.parquet.compression.CompressionCodecFactory;
import org.apache.parquet.conf.PlainParquetConfiguration;
import org.apache.parquet.example.data.Group;
import org.apache.parquet.example.data.simple.SimpleGroup;
import org.apache.parquet.hadoop.ParquetWriter;
import org.apache.parquet.hadoop.example.ExampleParquetWriter;
import org.apache.parquet.hadoop.metadata.CompressionCodecName;
import org.apache.parquet.io.LocalOutputFile;
import org.apache.parquet.schema.LogicalTypeAnnotation;
import org.apache.parquet.schema.MessageType;
import org.apache.parquet.schema.PrimitiveType.PrimitiveTypeName;
import org.apache.parquet.schema.Types;
import org.xerial.snappy.Snappy;

/** Writes and reads sources of feeds for tests. */
final class Sources {
    private Sources() {}

    /** Everything that a file holds. */
    static List<Found> read(Path file) throws IOException {
        return read(file, FeedSettings.defaults());
    }

    static List<Found> read(Path file, FeedSettings settings) throws IOException {
        return read(file, Place.START, settings);
    }

    static List<Found> read(Path file, Place from, FeedSettings settings) throws IOException {
        List<Found> found = new ArrayList<>();
        try (PairReader reader = open(file, from, settings)) {
            for (Optional<Found> next = reader.next(); next.isPresent(); next = reader.next()) {
                found.add(next.get());
            }
        }
        return found;
    }

    static PairReader open(Path file, Place from, FeedSettings settings) throws IOException {
        FeedFormat format = FeedFormat.of(file.getFileName().toString()).orElseThrow();
        return format.open(Objects.requireNonNull(file.getParent()), file, from, settings);
    }

    /** Checks that reading can be broken off after any result, and goes on with the next one. */
    static void assertResumable(Path file, FeedSettings settings) throws IOException {
        List<String> all = read(file, settings).stream().map(Sources::describe).toList();
        for (int done = 0; done <= all.size(); done++) {
            Place place;
            try (PairReader reader = open(file, Place.START, settings)) {
                for (int result = 0; result < done; result++) {
                    assertThat(reader.next()).isPresent();
                }
                place = reader.place();
            }
            assertThat(read(file, place, settings).stream().map(Sources::describe))
                    .as("from %s, after %d of %d results", place, done, all.size())
                    .containsExactlyElementsOf(all.subList(done, all.size()));
        }
    }

    /** A result in one line. */
    static String describe(Found found) {
        if (found instanceof Found.Image image) {
            return "image " + image.image().length + " bytes | " + image.text() + " | "
                    + image.url().orElse("-");
        }
        if (found instanceof Found.Address address) {
            return "address " + address.url() + " | " + address.text();
        }
        return "passed over " + ((Found.PassedOver) found).reason();
    }

    static List<String> describe(List<Found> found) {
        return found.stream().map(Sources::describe).toList();
    }

    /** A tar archive of names and contents in turn. */
    static byte[] tar(Object... namesAndContents) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (TarArchiveOutputStream tar = new TarArchiveOutputStream(bytes)) {
            tar.setLongFileMode(TarArchiveOutputStream.LONGFILE_POSIX);
            for (int index = 0; index < namesAndContents.length; index += 2) {
                Object content = namesAndContents[index + 1];
                byte[] data =
                        content instanceof byte[] raw ? raw : content.toString().getBytes(StandardCharsets.UTF_8);
                TarArchiveEntry entry = new TarArchiveEntry(namesAndContents[index].toString());
                entry.setSize(data.length);
                tar.putArchiveEntry(entry);
                tar.write(data);
                tar.closeArchiveEntry();
            }
        }
        return bytes.toByteArray();
    }

    static byte[] gzip(byte[] content) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (OutputStream packed = new GZIPOutputStream(bytes)) {
            packed.write(content);
        }
        return bytes.toByteArray();
    }

    /** Packs pages of Parquet columns; the library's own way needs Hadoop. */
    private static final class Packing implements CompressionCodecFactory {
        @Override
        public BytesInputCompressor getCompressor(CompressionCodecName codec) {
            return new BytesInputCompressor() {
                @Override
                public BytesInput compress(BytesInput bytes) throws IOException {
                    byte[] plain = bytes.toInputStream().readAllBytes();
                    return BytesInput.from(
                            switch (codec) {
                                case GZIP -> gzip(plain);
                                case SNAPPY -> Snappy.compress(plain);
                                case ZSTD -> Zstd.compress(plain);
                                default -> plain;
                            });
                }

                @Override
                public CompressionCodecName getCodecName() {
                    return codec;
                }

                @Override
                public void release() {
                    // Holds nothing.
                }
            };
        }

        @Override
        public BytesInputDecompressor getDecompressor(CompressionCodecName codec) {
            throw new UnsupportedOperationException("only writes");
        }

        @Override
        public void release() {
            // Holds nothing.
        }
    }

    /** A Parquet file with the columns key, URL and TEXT in row groups of about a hundred rows; a null text stays away. */
    static Path parquet(Path file, CompressionCodecName codec, int rows) throws IOException {
        MessageType schema = Types.buildMessage()
                .required(PrimitiveTypeName.INT64)
                .named("key")
                .optional(PrimitiveTypeName.BINARY)
                .as(LogicalTypeAnnotation.stringType())
                .named("URL")
                .optional(PrimitiveTypeName.BINARY)
                .as(LogicalTypeAnnotation.stringType())
                .named("TEXT")
                .named("table");
        try (ParquetWriter<Group> writer = ExampleParquetWriter.builder(new LocalOutputFile(file))
                .withConf(new PlainParquetConfiguration())
                .withType(schema)
                .withCompressionCodec(codec)
                .withCodecFactory(new Packing())
                .withRowGroupRowCountLimit(100)
                .withPageRowCountLimit(30)
                .build()) {
            for (int row = 0; row < rows; row++) {
                SimpleGroup group = new SimpleGroup(schema);
                group.add("key", (long) row);
                group.add("URL", "https://example.org/" + row + ".jpg");
                if (row % 10 != 7) {
                    group.add("TEXT", "picture number " + row);
                }
                writer.write(group);
            }
        }
        return file;
    }

    /** A response as WARC files keep it. */
    static byte[] response(String target, String status, String headers, byte[] body) {
        byte[] http = concat(
                ("HTTP/1.1 " + status + "\r\n" + headers + "Content-Length: " + body.length + "\r\n\r\n")
                        .getBytes(StandardCharsets.UTF_8),
                body);
        return concat(
                ("WARC/1.0\r\nWARC-Type: response\r\nWARC-Record-ID: <urn:uuid:"
                                + UUID.nameUUIDFromBytes(http)
                                + ">\r\nWARC-Date: 2026-01-02T03:04:05Z\r\nWARC-Target-URI: " + target
                                + "\r\nContent-Type: application/http; msgtype=response\r\nContent-Length: "
                                + http.length + "\r\n\r\n")
                        .getBytes(StandardCharsets.UTF_8),
                http,
                "\r\n\r\n".getBytes(StandardCharsets.UTF_8));
    }

    static byte[] page(String target, String html) {
        return response(
                target, "200 OK", "Content-Type: text/html; charset=utf-8\r\n", html.getBytes(StandardCharsets.UTF_8));
    }

    static byte[] concat(byte[]... parts) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        for (byte[] part : parts) {
            all.writeBytes(part);
        }
        return all.toByteArray();
    }

    static Path write(Path file, String content) throws IOException {
        Files.createDirectories(file.getParent());
        return Files.writeString(file, content);
    }
}
