package dev.capstan.local.feed;

import static dev.capstan.local.feed.Sources.describe;
import static dev.capstan.local.feed.Sources.read;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;
import java.util.zip.GZIPOutputStream;
import org.apache.parquet.hadoop.metadata.CompressionCodecName;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Sources that were made to break their reader: each ends in a reason, in bounded memory. */
@Timeout(120)
class HostileFeedsTest {
    private static final byte[] CAT = {1, 2, 3};

    @TempDir
    private Path temporary;

    private Path directory;

    @BeforeEach
    void resolveLinks() throws IOException {
        directory = temporary.toRealPath();
    }

    @Test
    void shouldFeedWhatStandsBeforeTheEndOfATruncatedArchive() throws IOException {
        byte[] tar = Sources.tar("1.png", CAT, "1.txt", "one", "2.png", new byte[2000], "2.txt", "two");
        Path file = directory.resolve("shard.tar");
        for (int length = 0; length < 4608; length += 97) {
            Files.write(file, Arrays.copyOf(tar, length));

            List<String> found = describe(read(file));

            if (length > 2048) {
                assertThat(found).as("%d bytes", length).contains("image 3 bytes | one | -");
            }
            assertThat(found).as("%d bytes", length).doesNotContain("image 2000 bytes | two | -");
        }
        Files.write(file, Arrays.copyOf(tar, 3000));
        Sources.assertResumable(file, FeedSettings.defaults());
    }

    @Test
    void shouldNotBelieveAnArchivesSizes() throws IOException {
        byte[] tar = Sources.tar("1.png", CAT, "1.txt", "one", "2.png", CAT, "2.txt", "two");
        for (String size : List.of("77777777777", "00000100000", "-0000000001", "99999999999", "\u0080\u00ff")) {
            byte[] lying = tar.clone();
            byte[] field = size.getBytes(StandardCharsets.ISO_8859_1);
            System.arraycopy(field, 0, lying, 2048 + 124, field.length);
            fixChecksum(lying, 2048);
            Path file = Files.write(directory.resolve("shard.tar"), lying);

            List<String> found = describe(read(file));

            assertThat(found).as(size).contains("image 3 bytes | one | -").contains("passed over archive-damaged");
        }
    }

    @Test
    void shouldNotHoldALongNameInMemory() throws IOException {
        byte[] header = Arrays.copyOf(Sources.tar("././@LongLink", new byte[0]), 512);
        header[156] = 'L';
        System.arraycopy("04000000000".getBytes(StandardCharsets.US_ASCII), 0, header, 124, 11);
        fixChecksum(header, 0);
        Path file = directory.resolve("shard.tar.gz");
        try (OutputStream out = new GZIPOutputStream(Files.newOutputStream(file))) {
            out.write(header);
            for (int mebibyte = 0; mebibyte < 8; mebibyte++) {
                out.write(new byte[1 << 20]);
            }
        }

        assertThat(read(file)).singleElement().asString().contains("archive-damaged", "headers");
    }

    @ParameterizedTest
    @EnumSource(Bomb.class)
    void shouldStopAtACompressionBomb(Bomb bomb) throws IOException {
        Path file = directory.resolve(bomb.name);
        try (OutputStream out = new BufferedOutputStream(new GZIPOutputStream(Files.newOutputStream(file)), 1 << 16)) {
            bomb.write(out);
        }
        assertThat(Files.size(file)).isLessThan(200_000);

        List<String> found = describe(read(file));

        assertThat(found).contains("passed over compression-ratio").hasSizeLessThan(10);
    }

    /** Small files that unpack to a hundred mebibytes. */
    enum Bomb {
        TAR("shard.tar.gz") {
            @Override
            void write(OutputStream out) throws IOException {
                byte[] header = Arrays.copyOf(Sources.tar("1.png", new byte[0]), 512);
                System.arraycopy("00640000000".getBytes(StandardCharsets.US_ASCII), 0, header, 124, 11);
                fixChecksum(header, 0);
                out.write(header);
                zeros(out);
            }
        },
        ROWS("table.csv.gz") {
            @Override
            void write(OutputStream out) throws IOException {
                out.write("url,text\n".getBytes(StandardCharsets.UTF_8));
                zeros(out);
            }
        },
        JSON("table.jsonl.gz") {
            @Override
            void write(OutputStream out) throws IOException {
                zeros(out);
            }
        };

        private final String name;

        Bomb(String name) {
            this.name = name;
        }

        abstract void write(OutputStream out) throws IOException;

        private static void zeros(OutputStream out) throws IOException {
            byte[] mebibyte = new byte[1 << 20];
            for (int written = 0; written < 100; written++) {
                out.write(mebibyte);
            }
        }
    }

    @Test
    void shouldTakeANameForANameAndNotForAPath() throws IOException {
        Path outside = Files.write(directory.resolve("secret.png"), CAT);
        Path inside = Files.createDirectory(directory.resolve("feed"));
        Path tar = Files.write(
                inside.resolve("shard.tar"),
                Sources.tar(
                        "../../escape.png", CAT, "../../escape.txt", "one", "/etc/x.png", CAT, "/etc/x.txt", "two"));
        Path lines = Sources.write(
                inside.resolve("pairs.jsonl"), """
                {"image": "../secret.png", "text": "not in this directory"}
                {"image": "%s", "text": "nor here"}
                """.formatted(outside.toString().replace("\\", "\\\\")));
        Path link = Files.createSymbolicLink(inside.resolve("link.png"), outside);
        Sources.write(inside.resolve("link.txt"), "a link that leads out");

        assertThat(describe(read(tar))).containsExactly("image 3 bytes | one | -", "image 3 bytes | two | -");
        assertThat(describe(read(lines))).containsExactly("passed over outside", "passed over outside");
        assertThat(describe(read(link))).containsExactly("passed over outside");
        assertThat(directory.resolve("escape.png")).doesNotExist();
    }

    @Test
    void shouldPassOverRowsThatAreNoUtf8OrTooLong() throws IOException {
        Path file = directory.resolve("table.csv");
        try (OutputStream out = Files.newOutputStream(file)) {
            out.write("url,text\nhttps://example.org/1,".getBytes(StandardCharsets.UTF_8));
            out.write(new byte[] {(byte) 0xC3, 0x28, '\n'});
            out.write("https://example.org/2,".getBytes(StandardCharsets.UTF_8));
            for (int mebibyte = 0; mebibyte < 10; mebibyte++) {
                out.write("x".repeat(1 << 20).getBytes(StandardCharsets.UTF_8));
            }
            out.write("\nhttps://example.org/3,\"".getBytes(StandardCharsets.UTF_8));
            out.write("y".repeat(100_000).getBytes(StandardCharsets.UTF_8));
            out.write("\"\nhttps://example.org/4,the last\n".getBytes(StandardCharsets.UTF_8));
        }

        assertThat(describe(read(file)))
                .containsExactly(
                        "passed over not-utf8",
                        "passed over row-too-long",
                        "passed over text-too-long",
                        "address https://example.org/4 | the last");
    }

    @Test
    void shouldLoseNoTimeToQuotesThatAreNeverClosed() throws IOException {
        Path file = Sources.write(
                directory.resolve("table.csv"), "url,text\n" + ("\"x\n" + "y\n".repeat(9)).repeat(30_001));

        assertThat(read(file).size()).isBetween(30_001, 300_010);
    }

    @Test
    void shouldReadNoNestingThatEndsTheStack() throws IOException {
        Path file = Sources.write(
                directory.resolve("pairs.jsonl"),
                "[".repeat(500_000) + "\n{\"url\": \"https://example.org/1\", \"text\": \"after it\"}\n");

        assertThat(describe(read(file)))
                .containsExactly("passed over no-json", "address https://example.org/1 | after it");
    }

    @Test
    void shouldSurviveEveryDamageToAParquetFile() throws IOException {
        Path whole = Sources.parquet(directory.resolve("whole.parquet"), CompressionCodecName.SNAPPY, 120);
        byte[] content = Files.readAllBytes(whole);
        RandomGenerator random = new SplittableRandom(11);
        Path file = directory.resolve("damaged.parquet");
        int rounds = 400;
        for (int round = 0; round < rounds; round++) {
            byte[] damaged = content.clone();
            // Half of the damage goes to the footer, which says where everything lies and how large it is.
            int from = round % 2 == 0 ? 0 : content.length - 2000;
            for (int change = random.nextInt(1, 6); change > 0; change--) {
                damaged[random.nextInt(from, content.length)] = (byte) random.nextInt(256);
            }
            Files.write(file, damaged);

            assertThat(read(file)).as("round %d", round).hasSizeLessThan(1_000);
        }
        for (int length = 0; length < content.length; length += 211) {
            Files.write(file, Arrays.copyOf(content, length));
            assertThat(describe(read(file))).containsExactly("passed over parquet-unreadable");
        }
    }

    @Test
    void shouldGiveAFooterNoMemoryThatLiesAboutItsSize() throws IOException {
        byte[] lie = ByteBuffer.allocate(1 << 16)
                .order(ByteOrder.LITTLE_ENDIAN)
                .put("PAR1".getBytes(StandardCharsets.US_ASCII))
                .putInt((1 << 16) - 8, Integer.MAX_VALUE)
                .position((1 << 16) - 4)
                .put("PAR1".getBytes(StandardCharsets.US_ASCII))
                .array();
        Path file = Files.write(directory.resolve("lie.parquet"), lie);

        assertThat(read(file)).singleElement().asString().contains("footer would have 2147483647 bytes");
    }

    @Test
    void shouldSurviveEveryDamageToACrawl() throws IOException {
        byte[] crawl = Sources.concat(
                Sources.page("https://example.org/a", "<img src=cat.png alt='a cat'><img src=fox.png alt='a fox'>"),
                Sources.response("https://example.org/cat.png", "200 OK", "Content-Type: image/png\r\n", CAT),
                Sources.page("https://example.org/b", "<img src=owl.png alt='an owl'>"));
        RandomGenerator random = new SplittableRandom(13);
        Path file = directory.resolve("crawl.warc");
        for (int round = 0; round < 400; round++) {
            byte[] damaged = crawl.clone();
            for (int change = random.nextInt(1, 4); change > 0; change--) {
                damaged[random.nextInt(crawl.length)] = (byte) random.nextInt(256);
            }
            Files.write(file, round % 2 == 0 ? damaged : Arrays.copyOf(damaged, random.nextInt(crawl.length)));

            assertThat(read(file)).as("round %d", round).hasSizeLessThan(10);
            Sources.assertResumable(file, FeedSettings.defaults());
        }
    }

    @Test
    void shouldNotHoldEndlessHeadersOfACrawlInMemory() throws IOException {
        Path file = directory.resolve("crawl.warc.gz");
        try (OutputStream out = new GZIPOutputStream(Files.newOutputStream(file))) {
            out.write("WARC/1.0\r\nWARC-Type: response\r\nX-Endless: ".getBytes(StandardCharsets.US_ASCII));
            byte[] mebibyte = new byte[1 << 20];
            Arrays.fill(mebibyte, (byte) 'x');
            for (int written = 0; written < 300; written++) {
                out.write(mebibyte);
            }
        }

        assertThat(read(file)).singleElement().asString().containsAnyOf("file-damaged", "warc-unreadable");
    }

    @Test
    void shouldLookAtTheBeginningOfAHugePageOnly() throws IOException {
        String page = "<img src=first.png alt=first>" + "<div>".repeat(500_000) + "<img src=last.png alt=last>";
        Path file = Files.write(directory.resolve("crawl.warc"), Sources.page("https://example.org/", page));

        assertThat(describe(read(file))).containsExactly("address https://example.org/first.png | first");
    }

    @Test
    void shouldTakeAnyBytesForAnyFormat() throws IOException {
        RandomGenerator random = new SplittableRandom(17);
        for (String name :
                List.of("x.tar", "x.tar.gz", "x.csv", "x.csv.gz", "x.jsonl", "x.parquet", "x.warc", "x.warc.gz")) {
            for (int round = 0; round < 20; round++) {
                byte[] garbage = new byte[random.nextInt(5_000)];
                random.nextBytes(garbage);
                Path file = Files.write(directory.resolve(name), garbage);

                List<Found> found;
                try {
                    found = read(file);
                } catch (IOException e) {
                    // What no reader can open at all is told by the feed as one unreadable file.
                    continue;
                }

                assertThat(found).as("%s, round %d", name, round).allMatch(Found.PassedOver.class::isInstance);
            }
        }
    }

    private static void fixChecksum(byte[] tar, int at) {
        Arrays.fill(tar, at + 148, at + 156, (byte) ' ');
        int sum = 0;
        for (int index = at; index < at + 512; index++) {
            sum += tar[index] & 0xFF;
        }
        byte[] octal = "%06o\0 ".formatted(sum).getBytes(StandardCharsets.US_ASCII);
        System.arraycopy(octal, 0, tar, at + 148, octal.length);
    }
}
