package dev.capstan.local.feed;

import dev.capstan.local.webdataset.WebdatasetReader;
import dev.capstan.local.webdataset.WebdatasetReader.Item;
import dev.capstan.local.webdataset.WebdatasetReader.Problem;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;

/** Pairs of a webdataset archive. A place counts bytes of the unpacked archive. */
final class WebdatasetPairs implements PairReader {
    private final FeedLimits limits;
    private final WebdatasetReader archive;
    private Place place;

    private WebdatasetPairs(FeedLimits limits, WebdatasetReader archive, long offset) {
        this.limits = limits;
        this.archive = archive;
        this.place = new Place(offset, 0);
    }

    static WebdatasetPairs open(Path file, long offset, FeedLimits limits) throws IOException {
        return new WebdatasetPairs(
                limits, WebdatasetReader.open(file, offset, extension -> mostBytes(extension, limits)), offset);
    }

    @Override
    public Optional<Found> next() {
        Optional<Item> item = archive.next();
        if (item.isEmpty()) {
            place = new Place(archive.offset(), 0);
            return Optional.empty();
        }
        if (item.get() instanceof Problem problem) {
            // Of the example that is being read, if it has begun, this is the first result.
            place = archive.offset() == place.offset() ? place.next() : new Place(archive.offset(), 1);
            return Optional.of(new Found.PassedOver(problem.reason(), problem.detail()));
        }
        place = new Place(archive.offset(), 0);
        return Optional.of(pair((WebdatasetReader.Example) item.get()));
    }

    @Override
    public Place place() {
        return place;
    }

    @Override
    public void close() throws IOException {
        archive.close();
    }

    private Found pair(WebdatasetReader.Example example) {
        Map<String, byte[]> files = example.files();
        Optional<byte[]> image = files.keySet().stream()
                .filter(FeedFormat::isPicture)
                .sorted()
                .findFirst()
                .map(files::get);
        if (image.isEmpty()) {
            return new Found.PassedOver("no-picture", "example " + Utf8.shortened(example.key()) + " has no picture");
        }
        SideText side =
                SideText.of("example " + Utf8.shortened(example.key()), files.get("txt"), files.get("json"), limits);
        if (side.problem().isPresent()) {
            return side.problem().get();
        }
        return Found.Image.ofFile(image.get(), side.text().orElseThrow(), side.url());
    }

    private static int mostBytes(String extension, FeedLimits limits) {
        if (FeedFormat.isPicture(extension)) {
            return limits.imageBytes();
        }
        return extension.equals("txt") || extension.equals("json") ? limits.rowBytes() : 0;
    }
}
