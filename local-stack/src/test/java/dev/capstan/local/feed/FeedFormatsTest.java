package dev.capstan.local.feed;

import static dev.capstan.local.feed.Sources.assertResumable;
import static dev.capstan.local.feed.Sources.describe;
import static dev.capstan.local.feed.Sources.read;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.apache.parquet.hadoop.metadata.CompressionCodecName;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What each kind of source holds, and that reading it can be broken off after any result. */
class FeedFormatsTest {
    private static final FeedSettings SETTINGS = FeedSettings.defaults();
    private static final byte[] CAT = {1, 2, 3};

    @TempDir
    private Path temporary;

    private Path directory;

    @BeforeEach
    void resolveLinks() throws IOException {
        directory = temporary.toRealPath();
    }

    @Test
    void shouldReadAPictureWithWhatStandsBesideIt() throws IOException {
        Path cat = Files.write(directory.resolve("a.cat.jpeg"), CAT);
        Sources.write(directory.resolve("a.cat.txt"), "a cat\n");
        Path fox = Files.write(directory.resolve("fox.PNG"), CAT);
        Sources.write(directory.resolve("fox.json"), "{\"caption\": \"a fox\", \"url\": \"https://example.org/fox\"}");
        Path alone = Files.write(directory.resolve("alone.webp"), CAT);

        assertThat(describe(read(cat))).containsExactly("image 3 bytes | a cat\n | -");
        assertThat(describe(read(fox))).containsExactly("image 3 bytes | a fox | https://example.org/fox");
        assertThat(describe(read(alone))).containsExactly("passed over no-text");
        assertResumable(cat, SETTINGS);
    }

    @ParameterizedTest
    @ValueSource(strings = {"shard.tar", "shard.tar.gz", "shard.tgz"})
    void shouldReadAWebdatasetArchive(String name) throws IOException {
        byte[] tar = Sources.tar(
                "0001.jpg",
                CAT,
                "0001.txt",
                "a cat",
                "0001.json",
                "{\"url\": \"https://example.org/1\"}",
                "noextension",
                "x",
                "d/0002.txt",
                "a fox",
                "d/0002.seg.png",
                "ignored",
                "d/0002.PNG",
                CAT,
                "0003.json",
                "{\"caption\": \"an owl\"}",
                "0003.webp",
                CAT,
                "0004.jpg",
                CAT,
                "0005.txt",
                "no picture",
                "0006.jpg",
                new byte[5000],
                "0006.txt",
                "too large",
                "0007.jpg",
                CAT,
                "0007.txt",
                "the last");
        Path file = Files.write(directory.resolve(name), name.equals("shard.tar") ? tar : Sources.gzip(tar));
        FeedSettings small =
                new FeedSettings(Columns.defaults(), List.of(PageText.ALT), new FeedLimits(4096, 4096, 4096));

        assertThat(describe(read(file, small)))
                .containsExactly(
                        "passed over no-extension",
                        "image 3 bytes | a cat | https://example.org/1",
                        "image 3 bytes | a fox | -",
                        "image 3 bytes | an owl | -",
                        "passed over no-text",
                        "passed over no-picture",
                        "passed over too-large",
                        "passed over no-picture",
                        "image 3 bytes | the last | -");
        assertResumable(file, small);
    }

    @Test
    void shouldReadACommaSeparatedTable() throws IOException {
        Path file = Sources.write(
                directory.resolve("table.csv"),
                String.join(
                        "\r\n",
                        "\uFEFFid,URL,caption",
                        "1,https://example.org/a.jpg,\"a cat, \"\"sitting\"\"\nin two lines\"",
                        "",
                        "2,https://example.org/b.jpg,a 5\" screen",
                        "3,https://example.org/c.jpg",
                        "4,ftp://example.org/d.jpg,a dog",
                        "5,https://example.org/e.jpg,the last"));

        assertThat(describe(read(file)))
                .containsExactly(
                        "address https://example.org/a.jpg | a cat, \"sitting\"\nin two lines",
                        "address https://example.org/b.jpg | a 5\" screen",
                        "passed over fields-missing",
                        "passed over address-unusable",
                        "address https://example.org/e.jpg | the last");
        assertResumable(file, SETTINGS);
    }

    @Test
    void shouldReadATabSeparatedTableThatIsPacked() throws IOException {
        String table =
                "url\ttext\nhttps://example.org/a\ta, cat\nhttps://example.org/b\t\nhttps://example.org/c\ta fox\n";
        Path file =
                Files.write(directory.resolve("table.tsv.gz"), Sources.gzip(table.getBytes(StandardCharsets.UTF_8)));

        assertThat(describe(read(file)))
                .containsExactly(
                        "address https://example.org/a | a, cat",
                        "passed over no-text",
                        "address https://example.org/c | a fox");
        assertResumable(file, SETTINGS);
    }

    @Test
    void shouldNameTheColumnsThatATableHas() throws IOException {
        Path file = Sources.write(directory.resolve("table.csv"), "link,alt\nhttps://example.org/a,a cat\n");
        FeedSettings named =
                new FeedSettings(new Columns("link", List.of("ALT")), List.of(PageText.ALT), FeedLimits.defaults());

        assertThat(read(file)).singleElement().asString().contains("column-missing", "--url-column", "link, alt");
        assertThat(describe(read(file, named))).containsExactly("address https://example.org/a | a cat");
        assertResumable(file, SETTINGS);
    }

    @Test
    void shouldReadJsonLinesWithPicturesAndAddresses() throws IOException {
        Files.write(directory.resolve("cat.png"), CAT);
        Path file = Sources.write(directory.resolve("pairs.jsonl"), """
                {"image": "cat.png", "text": "a cat", "url": "https://example.org/cat.png"}

                {"url": "https://example.org/fox.png", "caption": "a fox", "more": 1}
                {"image": "gone.png", "text": "nothing"}
                {"image": "cat.png"}
                {"url": 3, "text": "a number"}
                [1, 2]
                {"image": "half
                {"image": "bad\\u0000name.png", "text": "a path that cannot be"}
                {"url": "https://example.org/owl.png", "TEXT": "an owl"} trailing
                """);

        assertThat(describe(read(file)))
                .containsExactly(
                        "image 3 bytes | a cat | https://example.org/cat.png",
                        "address https://example.org/fox.png | a fox",
                        "passed over unreadable",
                        "passed over fields-missing",
                        "passed over fields-missing",
                        "passed over fields-missing",
                        "passed over no-json",
                        "passed over no-path",
                        "passed over no-json");
        assertResumable(file, SETTINGS);
    }

    @ParameterizedTest
    @EnumSource(names = {"UNCOMPRESSED", "SNAPPY", "ZSTD", "GZIP"})
    void shouldReadAParquetTable(CompressionCodecName codec) throws IOException {
        Path file = Sources.parquet(directory.resolve("table.parquet"), codec, 250);

        List<String> found = describe(read(file));

        assertThat(found).hasSize(250);
        assertThat(found.get(0)).isEqualTo("address https://example.org/0.jpg | picture number 0");
        assertThat(found.get(7)).isEqualTo("passed over fields-missing");
        assertThat(found.get(249)).isEqualTo("address https://example.org/249.jpg | picture number 249");
    }

    @Test
    void shouldGoOnInTheMiddleOfAParquetTable() throws IOException {
        assertResumable(
                Sources.parquet(directory.resolve("table.parquet"), CompressionCodecName.SNAPPY, 215), SETTINGS);
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void shouldFindPicturesInTheWebPagesOfACrawl(boolean packed) throws IOException {
        byte[][] records = {
            Sources.page("https://example.org/a/", """
                    <html><body><img src="cat.png" alt="a cat"><img src="/fox.png" alt="a fox">
                    <img src="silent.png"><img src="titled.png" title="a title">
                    <figure><img src="owl.png" alt=" "><figcaption>an <b>owl</b></figcaption></figure>
                    <img src="data:image/png;base64,AAAA" alt="inline"><img src="cat.png" alt="a cat"></body></html>"""),
            Sources.response("https://example.org/a/cat.png", "200 OK", "Content-Type: image/png\r\n", CAT),
            Sources.page("https://example.org/noai", "<meta name=robots content='noimageai'><img src=x.png alt=x>"),
            Sources.response(
                    "https://example.org/header",
                    "200 OK",
                    "Content-Type: text/html\r\nX-Robots-Tag: noai\r\n",
                    "<img src=x.png alt=x>".getBytes(StandardCharsets.UTF_8)),
            Sources.response(
                    "https://example.org/gone",
                    "404 Not Found",
                    "Content-Type: text/html\r\n",
                    "<img src=x.png alt=x>".getBytes(StandardCharsets.UTF_8)),
            Sources.response(
                    "https://example.org/packed",
                    "200 OK",
                    "Content-Type: text/html\r\nContent-Encoding: gzip\r\n",
                    Sources.gzip("<img src=/a/cat.png alt='again'>".getBytes(StandardCharsets.UTF_8))),
        };
        if (packed) {
            for (int index = 0; index < records.length; index++) {
                records[index] = Sources.gzip(records[index]);
            }
        }
        Path file = Files.write(directory.resolve(packed ? "crawl.warc.gz" : "crawl.warc"), Sources.concat(records));
        FeedSettings everywhere = new FeedSettings(
                Columns.defaults(), List.of(PageText.ALT, PageText.FIGCAPTION, PageText.TITLE), FeedLimits.defaults());

        assertThat(describe(read(file)))
                .containsExactly(
                        "image 3 bytes | a cat | https://example.org/a/cat.png",
                        "address https://example.org/fox.png | a fox",
                        "passed over page-opts-out",
                        "passed over page-opts-out",
                        "image 3 bytes | again | https://example.org/a/cat.png");
        assertThat(describe(read(file, everywhere)))
                .contains(
                        "address https://example.org/a/titled.png | a title",
                        "address https://example.org/a/owl.png | an owl");
        assertResumable(file, everywhere);
    }

    @Test
    void shouldReadADirectoryByName() throws IOException {
        for (String name :
                List.of("b/2.tar", "a.csv", "b/1.jpg", "c.warc", "b/.hidden.jpg", "b/notes.md", "b/c/x.png")) {
            Sources.write(directory.resolve(name), "");
        }

        assertThat(names(directory, "")).containsExactly("a.csv", "b/1.jpg", "b/2.tar", "b/c/x.png", "c.warc");
        assertThat(names(directory, "b/2.tar")).containsExactly("b/2.tar", "b/c/x.png", "c.warc");
        assertThat(names(directory, "b/a/gone.png")).containsExactly("b/c/x.png", "c.warc");
        assertThat(names(directory.resolve("a.csv"), "")).containsExactly("a.csv");
    }

    private static List<String> names(Path source, String from) {
        List<String> names = new ArrayList<>();
        FeedFiles files = FeedFiles.of(source, from, problem -> names.add(problem.detail()));
        for (var next = files.next(); next.isPresent(); next = files.next()) {
            names.add(files.name(next.get()));
        }
        return names;
    }
}
