package dev.capstan.local.feed;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/** The kinds of files that are fed, told by their names. */
public enum FeedFormat {
    /** A picture with a .txt or .json file beside it. */
    PICTURE(".png .jpg .jpeg .gif .bmp .webp") {
        @Override
        PairReader open(Path root, Path file, long offset, FeedSettings settings) {
            return new PictureFile(root, file, offset, settings.limits());
        }
    },
    /** Pictures with their texts in a tar archive. */
    WEBDATASET(".tar .tar.gz .tgz") {
        @Override
        PairReader open(Path root, Path file, long offset, FeedSettings settings) throws IOException {
            return WebdatasetPairs.open(file, offset, settings.limits());
        }
    },
    /** A table with commas. */
    CSV(".csv .csv.gz") {
        @Override
        PairReader open(Path root, Path file, long offset, FeedSettings settings) throws IOException {
            return DelimitedRows.open(file, ',', offset, settings.columns(), settings.limits());
        }
    },
    /** A table with tabs. */
    TSV(".tsv .tsv.gz") {
        @Override
        PairReader open(Path root, Path file, long offset, FeedSettings settings) throws IOException {
            return DelimitedRows.open(file, '\t', offset, settings.columns(), settings.limits());
        }
    },
    /** A JSON object a line. */
    JSON_LINES(".jsonl .jsonl.gz .ndjson .ndjson.gz") {
        @Override
        PairReader open(Path root, Path file, long offset, FeedSettings settings) throws IOException {
            return JsonRows.open(file, offset, settings.columns(), settings.limits());
        }
    },
    /** A table in columns. */
    PARQUET(".parquet") {
        @Override
        PairReader open(Path root, Path file, long offset, FeedSettings settings) throws IOException {
            return ParquetRows.open(file, offset, settings.columns(), settings.limits());
        }
    },
    /** Web pages as a crawler kept them. */
    WARC(".warc .warc.gz") {
        @Override
        PairReader open(Path root, Path file, long offset, FeedSettings settings) throws IOException {
            return WarcPairs.open(file, offset, settings.pageTexts(), settings.limits());
        }
    };

    private static final Set<String> PICTURES = Set.of("png", "jpg", "jpeg", "gif", "bmp", "webp");

    /** What names end with, separated by spaces. */
    private final String suffixes;

    FeedFormat(String suffixes) {
        this.suffixes = suffixes;
    }

    /** The format of a file of this name, or empty if it is none that is fed. */
    public static Optional<FeedFormat> of(String name) {
        String lower = name.toLowerCase(Locale.ROOT);
        return Arrays.stream(values())
                .filter(format -> Arrays.stream(format.suffixes.split(" "))
                        .anyMatch(suffix -> lower.endsWith(suffix) && !lower.equals(suffix)))
                .findFirst();
    }

    /** Every suffix, for messages. */
    public static String names() {
        return Arrays.stream(values()).map(format -> format.suffixes).collect(Collectors.joining(" "));
    }

    /** Whether a file with this extension (without its dot) is a picture. */
    static boolean isPicture(String extension) {
        return PICTURES.contains(extension.toLowerCase(Locale.ROOT));
    }

    /**
     * Opens a file where an earlier reading came to.
     *
     * @param root nothing outside of this directory is read
     * @param place as {@link PairReader#place} gave it
     */
    PairReader open(Path root, Path file, Place place, FeedSettings settings) throws IOException {
        PairReader reader = open(root, file, place.offset(), settings);
        try {
            for (long done = 0; done < place.within() && reader.next().isPresent(); done++) {
                // These results are done.
            }
            return reader;
        } catch (IOException | RuntimeException e) {
            reader.close();
            throw e;
        }
    }

    abstract PairReader open(Path root, Path file, long offset, FeedSettings settings) throws IOException;
}
