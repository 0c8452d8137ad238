package dev.capstan.local.feed;

import dev.capstan.ingest.TopicLimits;
import dev.capstan.local.webdataset.DiskReadException;
import dev.capstan.platform.KafkaSettings;
import dev.capstan.schemas.PairIds;
import dev.capstan.schemas.Topics;
import dev.capstan.schemas.records.CrawledPair;
import dev.capstan.schemas.records.FeedPosition;
import dev.capstan.schemas.records.LocatedPair;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Clock;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;

/**
 * Feeds one source from where it stands to its end, or a directory for as long as files come. Runs once, on one thread.
 *
 * <p>Pairs are written in transactions of at most {@value #BATCH_RESULTS} results, {@value #BATCH_BYTES} bytes or about a second,
 * each with the position after it: whenever the process dies, the next run finds either both or neither. Holds one result, one
 * batch in the producer's buffer, and what the readers say of themselves.
 */
public final class FeedRun implements AutoCloseable {
    static final int BATCH_RESULTS = 500;
    static final int BATCH_BYTES = 8 * 1024 * 1024;
    private static final long BATCH_NANOS = 1_000_000_000L;
    /** Where a watched directory's files go when they are fed. */
    static final String FED = ".fed";

    private static final Duration WATCH_PAUSE = Duration.ofMillis(200);

    /** Files that are taken up in one look at a watched directory. */
    private static final int ARRIVALS = 10_000;

    private static final Duration LAG_PAUSE = Duration.ofMillis(250);
    private static final Duration LONGEST_PAUSE = Duration.ofMillis(100);

    /** What a record takes beside its texts and its picture, generously. */
    private static final int RECORD_OVERHEAD = 2048;

    /** Lets time pass. */
    @FunctionalInterface
    public interface Pause {
        void sleep(Duration duration) throws InterruptedException;
    }

    private final FeedPlan plan;
    private final FeedListener listener;
    private final Clock clock;
    private final LongSupplier nanoTime;
    private final Pause pause;
    private final Pace pace;
    private final Map<Topics, Integer> recordLimits;
    private final FeedLog log;
    private final Optional<RecordLag> lag;
    private final Map<String, Long> passedOver = new HashMap<>();
    private long images;
    private long addresses;
    private String file = "";
    private Place place = Place.START;
    private String fingerprint = "";
    private final List<Arrival> moving = new ArrayList<>();
    private int batchResults;
    private long batchBytes;
    private long batchBegan;

    /** Opens the feed: any other process that feeds the same stops. */
    public FeedRun(
            KafkaSettings kafka,
            FeedPlan plan,
            FeedListener listener,
            Clock clock,
            LongSupplier nanoTime,
            Pause pause) {
        this.plan = plan;
        this.listener = listener;
        this.clock = clock;
        this.nanoTime = nanoTime;
        this.pause = pause;
        this.pace = new Pace(plan.pairsPerSecond(), nanoTime);
        this.recordLimits =
                new TopicLimits(kafka.clientProperties(), List.of(Topics.PAIRS_CRAWLED, Topics.PAIRS_LOCATED)).read();
        this.log = new FeedLog(kafka, key(plan), limit(Topics.PAIRS_CRAWLED));
        this.lag = plan.maxLag().isPresent() ? Optional.of(new RecordLag(kafka)) : Optional.empty();
    }

    /**
     * Feeds until the source ends.
     *
     * @return what was fed since the feed first began
     * @throws FeedException if it cannot go on
     */
    public FeedCounts run() throws InterruptedException {
        Optional<FeedPosition> before = plan.restart() ? Optional.empty() : log.position();
        before.ifPresent(this::goOn);
        String resumed = file;
        FeedFiles files = FeedFiles.of(plan.source(), resumed, this::passOver);
        for (Optional<Path> next = files.next(); next.isPresent(); next = files.next()) {
            Path path = next.get();
            String name = files.name(path);
            boolean again = name.equals(resumed);
            feed(files.root(), path, name, again ? place : Place.START, again);
        }
        commit(true);
        return counts();
    }

    /**
     * Feeds what is in a directory and what is moved into it, until it is told to stop. What was fed is moved to its
     * sub-directory {@value #FED}, after the commit: if the process dies in between, the next one moves it first.
     *
     * @throws FeedException if it cannot go on
     */
    public FeedCounts watch(BooleanSupplier stopped) throws InterruptedException {
        Path directory = plan.source();
        Optional<FeedPosition> before = plan.restart() ? Optional.empty() : log.position();
        before.ifPresent(this::goOn);
        if (before.isPresent() && !before.get().getMoving().isEmpty()) {
            before.get()
                    .getMoving()
                    .forEach(arrival -> Arrival.parse(directory, arrival)
                            .ifPresent(known -> known.moveIfUnchanged(directory.resolve(FED))));
            file = "";
            place = Place.START;
            commit(false);
        }
        while (!stopped.getAsBoolean()) {
            List<Path> arrived = FeedFiles.arrived(directory, file, ARRIVALS, this::passOver);
            for (Path path : arrived) {
                String name = path.getFileName().toString();
                boolean again = name.equals(file);
                Arrival arrival = Arrival.of(path);
                feed(directory, path, name, again ? place : Place.START, again);
                moving.add(arrival);
                file = "";
                place = Place.START;
                fingerprint = "";
                batchResults++;
                commitIfDue();
                if (stopped.getAsBoolean()) {
                    break;
                }
            }
            if (batchResults > 0) {
                commit(false);
            }
            if (arrived.isEmpty()) {
                pause.sleep(WATCH_PAUSE);
            }
        }
        return counts();
    }

    @Override
    public void close() {
        lag.ifPresent(RecordLag::close);
        log.close();
    }

    /** What was written and passed over since the feed first began. */
    public FeedCounts counts() {
        return new FeedCounts(images, addresses, passedOver);
    }

    /** The feed's name and a digest of what it feeds. */
    static String key(FeedPlan plan) {
        try {
            byte[] path = plan.source().toAbsolutePath().normalize().toString().getBytes(StandardCharsets.UTF_8);
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(path);
            return plan.name() + "/" + HexFormat.of().formatHex(digest, 0, 8);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }

    private void goOn(FeedPosition position) {
        images = position.getImages();
        addresses = position.getAddresses();
        passedOver.putAll(position.getPassedOver());
        file = position.getFile();
        place = new Place(position.getOffset(), position.getWithin());
        fingerprint = position.getFingerprint();
    }

    private void begin(Path path, String name, Place from, boolean again) throws IOException {
        boolean picture = isPicture(name);
        if (again && !picture && !fingerprint.isEmpty() && !Fingerprint.fits(path, fingerprint)) {
            throw FeedException.refused(path + " is not the file any more of which " + plan.name() + " fed "
                    + counts().sent() + " pairs, up to " + from
                    + ": feed it with --restart to begin again, or under another --source");
        }
        file = name;
        place = from;
        fingerprint = picture ? "" : Fingerprint.of(path);
    }

    private void feed(Path root, Path path, String name, Place from, boolean again) throws InterruptedException {
        if (batchResults > 0 && !isPicture(name)) {
            // It may take long to open, and what was read does not wait for it.
            commit(false);
        }
        try {
            begin(path, name, from, again);
            feed(root, path, from);
        } catch (DiskReadException e) {
            throw diskFailed(e);
        } catch (UncheckedIOException e) {
            throw e.getCause() instanceof DiskReadException disk ? diskFailed(disk) : e;
        } catch (IOException e) {
            passOver(new Found.PassedOver("unreadable", path + " cannot be read: " + e));
        }
    }

    /** To pass over the file would lose the rest of it for ever. */
    private static FeedException diskFailed(DiskReadException failure) {
        return FeedException.failed(
                failure.getMessage() + "; when it can be read again, start the feed again: it goes on where it was",
                failure);
    }

    private void feed(Path root, Path path, Place from) throws IOException, InterruptedException {
        FeedFormat format = FeedFormat.of(file)
                .orElseThrow(() -> FeedException.refused(
                        path + " is of no kind that is fed: its name must end with one of " + FeedFormat.names()));
        try (PairReader reader = format.open(root, path, from, plan.settings())) {
            while (true) {
                Optional<Found> found = reader.next();
                if (found.isEmpty()) {
                    place = reader.place();
                    return;
                }
                if (found.get() instanceof Found.Image) {
                    awaitTurn(plan.ingestGroup(), Topics.PAIRS_CRAWLED);
                }
                if (found.get() instanceof Found.Address) {
                    awaitTurn(plan.fetchGroup(), Topics.PAIRS_LOCATED);
                }
                if (batchResults == 0) {
                    batchBegan = nanoTime.getAsLong();
                }
                take(found.get());
                place = reader.place();
                batchResults++;
                commitIfDue();
            }
        }
    }

    private static boolean isPicture(String name) {
        return FeedFormat.of(name).filter(FeedFormat.PICTURE::equals).isPresent();
    }

    private void take(Found found) {
        if (found instanceof Found.PassedOver problem) {
            passOver(problem);
            return;
        }
        if (found instanceof Found.Image image) {
            takeImage(image);
            return;
        }
        takeAddress((Found.Address) found);
    }

    private void takeImage(Found.Image image) {
        long size = (long) image.image().length
                + bytes(image.text())
                + bytes(image.url().orElse(""))
                + image.headers().values().stream().mapToLong(FeedRun::bytes).sum();
        if (!fits(Topics.PAIRS_CRAWLED, size)) {
            return;
        }
        String id = PairIds.of(image.url(), image.image(), image.text());
        log.add(
                Topics.PAIRS_CRAWLED,
                id,
                new CrawledPair(
                        id,
                        image.url().orElse(null),
                        image.text(),
                        ByteBuffer.wrap(image.image()),
                        image.contentType().orElse(null),
                        image.headers(),
                        plan.name(),
                        clock.instant().truncatedTo(ChronoUnit.MILLIS)));
        images++;
        batchBytes += size;
    }

    private void takeAddress(Found.Address address) {
        long size = bytes(address.url()) + bytes(address.text());
        if (!fits(Topics.PAIRS_LOCATED, size)) {
            return;
        }
        log.add(
                Topics.PAIRS_LOCATED,
                Addresses.key(address.url()),
                new LocatedPair(
                        address.url(),
                        address.text(),
                        plan.name(),
                        clock.instant().truncatedTo(ChronoUnit.MILLIS),
                        null));
        addresses++;
        batchBytes += size;
    }

    /** In a transaction a record that its topic does not take would take everything else with it. */
    private boolean fits(Topics topic, long size) {
        int limit = limit(topic);
        if (size + RECORD_OVERHEAD <= limit) {
            return true;
        }
        passOver(new Found.PassedOver(
                "too-large",
                file + " at " + place + ": the record would take " + (size + RECORD_OVERHEAD) + " bytes; "
                        + topic.topicName() + " takes " + limit));
        return false;
    }

    private void passOver(Found.PassedOver problem) {
        passedOver.merge(problem.reason(), 1L, Long::sum);
        listener.passedOver(problem);
    }

    /** Waits for the rate, and for whoever reads the pairs. What was read is not held back for long meanwhile. */
    private void awaitTurn(String group, Topics topic) throws InterruptedException {
        if (batchResults == 0 && lag.isPresent()) {
            awaitReaders(lag.get(), group, topic);
        }
        for (Duration wait = pace.next(); !wait.isZero(); wait = pace.next()) {
            commitIfDue();
            pause.sleep(wait.compareTo(LONGEST_PAUSE) < 0 ? wait : LONGEST_PAUSE);
        }
    }

    private void awaitReaders(RecordLag behind, String group, Topics topic) throws InterruptedException {
        long most = plan.maxLag().orElseThrow();
        boolean told = false;
        for (long records = behind.of(group, topic); records > most; records = behind.of(group, topic)) {
            if (!told) {
                listener.waiting(
                        group + " is " + records + " records of " + topic.topicName() + " behind, more than " + most);
                told = true;
            }
            pause.sleep(LAG_PAUSE);
        }
    }

    private void commitIfDue() {
        if (batchResults > 0
                && (batchResults >= mostResults()
                        || batchBytes >= BATCH_BYTES
                        || nanoTime.getAsLong() - batchBegan >= BATCH_NANOS)) {
            commit(false);
        }
    }

    /** Lag is looked at between two batches. */
    private int mostResults() {
        return (int) Math.min(BATCH_RESULTS, Math.max(1, plan.maxLag().orElse(BATCH_RESULTS)));
    }

    private void commit(boolean complete) {
        log.commit(new FeedPosition(
                plan.name(),
                plan.source().toAbsolutePath().normalize().toString(),
                file,
                place.offset(),
                place.within(),
                fingerprint,
                images,
                addresses,
                passedOver,
                complete,
                moving.stream().map(Arrival::toString).toList(),
                clock.instant().truncatedTo(ChronoUnit.MILLIS)));
        batchResults = 0;
        batchBytes = 0;
        // Under its name may lie another file by now, which was not read.
        moving.forEach(arrival -> arrival.moveIfUnchanged(plan.source().resolve(FED)));
        moving.clear();
        listener.committed(counts(), file + " at " + place);
    }

    private int limit(Topics topic) {
        return Objects.requireNonNull(recordLimits.get(topic));
    }

    private static long bytes(String text) {
        return text.length() * 3L;
    }
}
