package dev.capstan.local.command;

import dev.capstan.local.feed.Columns;
import dev.capstan.local.feed.FeedCounts;
import dev.capstan.local.feed.FeedException;
import dev.capstan.local.feed.FeedFormat;
import dev.capstan.local.feed.FeedLimits;
import dev.capstan.local.feed.FeedListener;
import dev.capstan.local.feed.FeedPlan;
import dev.capstan.local.feed.FeedRun;
import dev.capstan.local.feed.FeedSettings;
import dev.capstan.local.feed.Found;
import dev.capstan.local.feed.PageText;
import dev.capstan.platform.KafkaSettings;
import dev.capstan.schemas.Provisioning;
import dev.capstan.schemas.Topics;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Feeds pictures with texts, or addresses with texts, from files. */
@Command(
        name = "feed",
        description = {
            "Feed pairs of pictures and texts.",
            "",
            "Pictures with a .txt or .json file beside them and webdataset archives (.tar, .tar.gz) go to pairs.crawled.",
            "Tables of addresses and texts (.csv, .tsv, .jsonl, each also .gz, and .parquet) go to pairs.located, to be fetched.",
            "Of crawls (.warc, .warc.gz) each picture with its alternative text goes to the one or the other.",
            "A directory is read with all that is in it, by name.",
            "",
            "A feed that was stopped goes on where it was; what was added at the end since is fed too."
        },
        mixinStandardHelpOptions = true)
final class FeedCommand implements Callable<Integer> {
    private static final int MOST_MESSAGES = 20;
    private static final long PROGRESS_NANOS = 2_000_000_000L;

    @Mixin
    private final ClusterOptions cluster = new ClusterOptions();

    @Parameters(paramLabel = "DIR|FILE", description = "Where the pairs are.")
    private Path source = Path.of("");

    @Option(
            names = "--source",
            defaultValue = "files",
            description = "Name of this feed in the records (default: ${DEFAULT-VALUE}).")
    private String name = "files";

    @Option(
            names = "--url-column",
            defaultValue = "url",
            paramLabel = "NAME",
            description = "Column of a table with addresses (default: ${DEFAULT-VALUE}).")
    private String urlColumn = "url";

    @Option(
            names = "--text-column",
            paramLabel = "NAME",
            description = "Column of a table with texts (default: caption, or else text).")
    private @Nullable String textColumn;

    @Option(
            names = "--page-text",
            split = ",",
            defaultValue = "ALT",
            paramLabel = "PLACE",
            description = "Where a web page has a picture's text, best first: ${COMPLETION-CANDIDATES} "
                    + "(default: ${DEFAULT-VALUE}).")
    private List<PageText> pageTexts = List.of(PageText.ALT);

    @Option(
            names = "--max-bytes",
            defaultValue = "4000000",
            description = "Larger pictures are passed over: the topic would not take them (default: ${DEFAULT-VALUE}).")
    private int maxBytes;

    @Option(
            names = "--rate",
            defaultValue = "0",
            paramLabel = "PAIRS",
            description = "Pairs a second at most (default: as many as possible).")
    private double rate;

    @Option(
            names = "--max-lag",
            paramLabel = "RECORDS",
            description = "Wait while the group that reads the pairs is further behind (default: never wait).")
    private @Nullable Long maxLag;

    @Option(
            names = "--ingest-group",
            defaultValue = "capstan-ingest",
            description = "The group that reads pairs.crawled (default: ${DEFAULT-VALUE}).")
    private String ingestGroup = "capstan-ingest";

    @Option(
            names = "--fetch-group",
            defaultValue = "capstan-fetch",
            description = "The group that reads pairs.located (default: ${DEFAULT-VALUE}).")
    private String fetchGroup = "capstan-fetch";

    @Option(
            names = "--watch",
            description = "Feed what is moved into the directory, until Ctrl-C. What was fed goes to its sub-directory "
                    + ".fed; write files elsewhere and rename them in.")
    private boolean watch;

    @Option(names = "--restart", description = "Begin again, whatever was fed before.")
    private boolean restart;

    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec spec;

    @Override
    public Integer call() throws InterruptedException {
        PrintWriter out = spec.commandLine().getOut();
        if (!Files.exists(source)) {
            throw new CommandException(
                    ExitCodes.USAGE,
                    "There is no " + source + ": give a directory, or a file that ends with one of "
                            + FeedFormat.names());
        }
        if (watch && !Files.isDirectory(source)) {
            throw new CommandException(ExitCodes.USAGE, source + " is no directory: --watch needs one");
        }
        FeedPlan plan = plan();
        KafkaSettings settings = cluster.require();
        Provisioning.ensure(
                settings.clientProperties(),
                List.of(Topics.PAIRS_CRAWLED, Topics.PAIRS_LOCATED, Topics.FEEDS_POSITIONS),
                true);
        Progress progress = new Progress(out, spec.commandLine().getErr());
        try (FeedRun run =
                new FeedRun(settings, plan, progress, Clock.systemUTC(), System::nanoTime, FeedCommand::sleep)) {
            FeedCounts counts = watch ? run.watch(() -> false) : run.run();
            out.printf(
                    "%d pairs sent, %d to pairs.crawled and %d to pairs.located; %d passed over%n",
                    counts.sent(), counts.images(), counts.addresses(), counts.allPassedOver());
            counts.byReason().forEach((reason, count) -> out.printf("  passed over: %d %s%n", count, reason));
            return counts.sent() == 0 && counts.allPassedOver() > 0 ? ExitCodes.FAILED : ExitCodes.OK;
        } catch (FeedException e) {
            throw new CommandException(
                    e.isRefused() ? ExitCodes.REFUSED : ExitCodes.FAILED, String.valueOf(e.getMessage()));
        }
    }

    private FeedPlan plan() {
        try {
            FeedLimits defaults = FeedLimits.defaults();
            FeedLimits limits = new FeedLimits(maxBytes, defaults.textBytes(), defaults.rowBytes());
            Columns columns = new Columns(
                    urlColumn, textColumn == null ? Columns.defaults().text() : List.of(textColumn));
            return new FeedPlan(
                    source,
                    name,
                    new FeedSettings(columns, pageTexts, limits),
                    rate,
                    maxLag == null ? OptionalLong.empty() : OptionalLong.of(maxLag),
                    ingestGroup,
                    fetchGroup,
                    restart);
        } catch (IllegalArgumentException e) {
            throw new CommandException(ExitCodes.USAGE, String.valueOf(e.getMessage()));
        }
    }

    private static void sleep(Duration duration) throws InterruptedException {
        TimeUnit.NANOSECONDS.sleep(duration.toNanos());
    }

    /** Prints how it goes: a line every two seconds, and of each reason the first few cases. */
    private static final class Progress implements FeedListener {
        private final PrintWriter out;
        private final PrintWriter err;
        private final Map<String, Integer> told = new HashMap<>();
        private long printedAt = System.nanoTime();

        Progress(PrintWriter out, PrintWriter err) {
            this.out = out;
            this.err = err;
        }

        @Override
        public void passedOver(Found.PassedOver problem) {
            int count = told.merge(problem.reason(), 1, Integer::sum);
            if (count <= MOST_MESSAGES) {
                err.println("passed over: " + problem.reason() + ": " + problem.detail());
            }
            if (count == MOST_MESSAGES) {
                err.println("passed over: " + problem.reason() + ": further ones are only counted");
            }
        }

        @Override
        public void committed(FeedCounts counts, String at) {
            if (System.nanoTime() - printedAt >= PROGRESS_NANOS) {
                printedAt = System.nanoTime();
                out.printf("%d pairs sent, %d passed over, at %s%n", counts.sent(), counts.allPassedOver(), at);
            }
        }

        @Override
        public void waiting(String why) {
            out.println("waiting: " + why);
        }
    }
}
