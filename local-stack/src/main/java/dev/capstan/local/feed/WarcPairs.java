package dev.capstan.local.feed;

import dev.capstan.local.webdataset.DiskReadException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.FileChannel;
import java.nio.charset.Charset;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;
import org.netpreserve.jwarc.HttpResponse;
import org.netpreserve.jwarc.MediaType;
import org.netpreserve.jwarc.WarcCaptureRecord;
import org.netpreserve.jwarc.WarcReader;
import org.netpreserve.jwarc.WarcRecord;
import org.netpreserve.jwarc.WarcResource;
import org.netpreserve.jwarc.WarcResponse;

/**
 * Pictures with their texts out of the web pages of a WARC file, packed or not. A picture that lies in the same file comes with its
 * bytes, any other as an address. A place counts bytes of the file and results of one page.
 *
 * <p>The file is read twice: first to learn where its pictures lie, then page by page. A page that forbids the use of its
 * pictures, in its robots tags or headers, gives none.
 */
final class WarcPairs implements PairReader {
    /** Most bytes of the file from one record's content to the next one's. Packed headers are up to a thousand times as long. */
    private static final long HEADER_BYTES = 48 * 1024;

    private final Path path;
    private final FeedLimits limits;
    private final List<PageText> texts;
    private final Open pages;
    private final Open pictures;
    private final PictureIndex index;
    private final Deque<WebPage.Picture> waiting = new ArrayDeque<>();
    private Place place;
    private boolean ended;

    /** A reader with the channel that bounds it. */
    private record Open(BudgetChannel channel, WarcReader reader) {
        static Open of(Path path) throws IOException {
            FileChannel file = FileChannel.open(path);
            BudgetChannel channel = new BudgetChannel(path, file);
            try {
                return new Open(channel, new WarcReader(channel));
            } catch (IOException | RuntimeException e) {
                file.close();
                throw e;
            }
        }

        Optional<WarcRecord> next() throws IOException {
            channel.allow(HEADER_BYTES);
            Optional<WarcRecord> record = reader.next();
            channel.allowAll();
            return record;
        }

        HttpResponse http(WarcResponse record) throws IOException {
            channel.allow(HEADER_BYTES);
            HttpResponse response = record.http();
            channel.allowAll();
            return response;
        }

        /** Reads the rest of a record, so that the next header's budget is not spent on it. */
        void finish(WarcRecord record) throws IOException {
            channel.allowAll();
            record.body().consume();
        }
    }

    private WarcPairs(Path path, FeedLimits limits, List<PageText> texts, Open pages, Open pictures, long offset)
            throws IOException {
        this.path = path;
        this.limits = limits;
        this.texts = List.copyOf(texts);
        this.pages = pages;
        this.pictures = pictures;
        this.index = new PictureIndex(FeedLimits.INDEXED_PICTURES);
        this.place = new Place(offset, 0);
        index();
        if (offset > 0) {
            pages.reader().position(offset);
        }
    }

    static PairReader open(Path path, long offset, List<PageText> texts, FeedLimits limits) throws IOException {
        Open pages = null;
        Open pictures = null;
        try {
            pages = Open.of(path);
            pictures = Open.of(path);
            return new WarcPairs(path, limits, texts, pages, pictures, offset);
        } catch (IOException | RuntimeException e) {
            for (Open open : new Open[] {pages, pictures}) {
                if (open != null) {
                    open.reader().close();
                }
            }
            DiskReadException.rethrow(e);
            return new Refused(
                    () -> {},
                    new Found.PassedOver("warc-unreadable", path + " is no readable WARC file: " + e.getMessage()),
                    offset);
        }
    }

    @Override
    public Optional<Found> next() {
        while (true) {
            WebPage.Picture picture = waiting.poll();
            if (picture != null) {
                place = place.next();
                return Optional.of(found(picture));
            }
            if (ended) {
                return Optional.empty();
            }
            Optional<Found> problem = nextPage();
            if (problem.isPresent()) {
                return problem;
            }
        }
    }

    @Override
    public Place place() {
        return place;
    }

    @Override
    public void close() throws IOException {
        try {
            pages.reader().close();
        } finally {
            pictures.reader().close();
        }
    }

    /** Goes on to the next record; a page's pictures wait after it. */
    private Optional<Found> nextPage() {
        long at = place.offset();
        Optional<Found> problem = Optional.empty();
        try {
            Optional<WarcRecord> record = pages.next();
            if (record.isEmpty()) {
                ended = true;
                return Optional.empty();
            }
            at = pages.reader().position();
            place = new Place(at, 0);
            if (record.get() instanceof WarcResponse response) {
                problem = page(response, at);
            }
            pages.finish(record.get());
        } catch (IOException | RuntimeException e) {
            DiskReadException.rethrow(e);
            ended = true;
            waiting.clear();
            place = place.next();
            return Optional.of(new Found.PassedOver(
                    "file-damaged", path + " at byte " + at + ": the file cannot be read on: " + e.getMessage()));
        }
        if (problem.isPresent()) {
            place = place.next();
        }
        return problem;
    }

    private Optional<Found> page(WarcResponse record, long at) {
        try {
            HttpResponse response = pages.http(record);
            MediaType type = response.contentType();
            if (response.status() != 200 || !isPage(type)) {
                return Optional.empty();
            }
            Optional<String> forbidden =
                    WebPage.ROBOTS.forbids(response.headers().all("X-Robots-Tag"));
            if (forbidden.isEmpty()) {
                byte[] html;
                try (InputStream body = response.bodyDecoded().stream()) {
                    html = body.readNBytes(FeedLimits.PAGE_BYTES);
                }
                WebPage.Content content =
                        WebPage.read(html, charset(type.parameters().get("charset")), record.target(), texts);
                forbidden = content.forbidden();
                waiting.addAll(content.pictures());
            }
            return forbidden.map(directive -> new Found.PassedOver(
                    "page-opts-out", record.target() + " forbids the use of its pictures: " + directive));
        } catch (IOException | RuntimeException e) {
            DiskReadException.rethrow(e);
            waiting.clear();
            return Optional.of(new Found.PassedOver(
                    "page-unreadable", path + " at byte " + at + ": this page cannot be read: " + e.getMessage()));
        }
    }

    private Found found(WebPage.Picture picture) {
        Found address = Addresses.of(picture.url(), picture.text(), limits);
        OptionalLong at = index.find(picture.url());
        if (!(address instanceof Found.Address) || at.isEmpty()) {
            return address;
        }
        try {
            pictures.channel().allowAll();
            pictures.reader().position(at.getAsLong());
            Optional<WarcRecord> record = pictures.next();
            if (record.isPresent()
                    && record.get() instanceof WarcCaptureRecord capture
                    && capture.target().equals(picture.url())) {
                return image(capture, picture);
            }
            return address;
        } catch (IOException | RuntimeException e) {
            DiskReadException.rethrow(e);
            return new Found.PassedOver(
                    "picture-unreadable",
                    path + " at byte " + at.getAsLong() + ": " + Utf8.shortened(picture.url()) + " cannot be read: "
                            + e.getMessage());
        }
    }

    private Found image(WarcCaptureRecord record, WebPage.Picture picture) throws IOException {
        Map<String, String> headers = new HashMap<>();
        Optional<String> type;
        byte[] content;
        if (record instanceof WarcResponse response) {
            HttpResponse http = pictures.http(response);
            type = http.headers().first("Content-Type");
            List<String> robots = http.headers().all("X-Robots-Tag");
            if (!robots.isEmpty()) {
                headers.put("x-robots-tag", String.join(", ", robots));
            }
            try (InputStream body = http.bodyDecoded().stream()) {
                content = body.readNBytes(limits.imageBytes() + 1);
            }
        } else {
            type = record.headers().first("Content-Type");
            try (InputStream body = record.body().stream()) {
                content = body.readNBytes(limits.imageBytes() + 1);
            }
        }
        if (content.length == 0 || content.length > limits.imageBytes()) {
            return new Found.PassedOver(
                    content.length == 0 ? "picture-empty" : "too-large",
                    Utf8.shortened(picture.url()) + " has " + (content.length == 0 ? "no" : "too many")
                            + " bytes; at most " + limits.imageBytes() + " are taken");
        }
        return new Found.Image(content, picture.text(), Optional.of(picture.url()), type, headers);
    }

    /** Learns where the file's pictures lie. Damage ends it here too; the second reading tells of it. */
    private void index() throws IOException {
        try {
            for (Optional<WarcRecord> next = pictures.next(); next.isPresent(); next = pictures.next()) {
                WarcRecord record = next.get();
                long at = pictures.reader().position();
                try {
                    if (record instanceof WarcCaptureRecord capture && isPicture(capture)) {
                        index.add(capture.target(), at);
                    }
                } catch (IOException | RuntimeException e) {
                    DiskReadException.rethrow(e);
                    // A record that is no HTTP is no picture; its rest is passed over like any other's.
                    pictures.channel().allowAll();
                }
                pictures.finish(record);
            }
        } catch (IOException | RuntimeException e) {
            DiskReadException.rethrow(e);
            pictures.channel().allowAll();
        }
    }

    private boolean isPicture(WarcCaptureRecord record) throws IOException {
        if (record instanceof WarcResponse response) {
            HttpResponse http = pictures.http(response);
            return http.status() == 200 && http.contentType().type().equalsIgnoreCase("image");
        }
        return record instanceof WarcResource && record.contentType().type().equalsIgnoreCase("image");
    }

    private static boolean isPage(MediaType type) {
        String name = type.base().toString().toLowerCase(Locale.ROOT);
        return name.equals("text/html") || name.equals("application/xhtml+xml");
    }

    /** A character set that this Java knows, or null. */
    private static @Nullable String charset(@Nullable String name) {
        try {
            return name != null && Charset.isSupported(name) ? name : null;
        } catch (IllegalArgumentException e) {
            return null;
        }
    }
}
