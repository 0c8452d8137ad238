package dev.capstan.ingest.fetch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.capstan.platform.ConfigurationSource;
import dev.capstan.platform.tracing.TraceAttributes;
import dev.capstan.platform.tracing.Tracing;
import dev.capstan.schemas.TakedownKeys;
import dev.capstan.schemas.Topics;
import dev.capstan.schemas.records.CrawledPair;
import dev.capstan.testing.KafkaExtension;
import dev.capstan.testing.RecordedSpans;
import io.micrometer.core.instrument.DistributionSummary;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.opentelemetry.sdk.trace.data.SpanData;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The service on a real broker and a web of its own. */
class FetchServiceTest {
    @RegisterExtension
    static final KafkaExtension KAFKA = new KafkaExtension();

    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final String PRIVATE = "127.0.0.2";

    private final FakeWeb web = new FakeWeb();
    private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
    private final String group = "fetch-" + UUID.randomUUID();

    @BeforeEach
    void createTopics() {
        KAFKA.recreateTopics();
    }

    @AfterEach
    void close() {
        web.close();
    }

    @Test
    void shouldFetchAPairWithWhatItsServerSaid() throws Exception {
        web.page("/a.png", FakeWeb.image("Content-Type", "image/jpeg", "Last-Modified", "yesterday", "X-Secret", "no"));
        web.page("/moved", FakeWeb.redirect("/a.png"));
        try (FetchService service = start(Map.of());
                FetchedStream pairs = new FetchedStream(KAFKA.clientProperties())) {
            String url = web.url("one.test", "/moved");
            pairs.locate(url);

            await().atMost(PATIENCE).until(() -> pairs.read() == 1);

            CrawledPair pair = pairs.crawled().get(0);
            assertThat(pair.getPairId()).isEqualTo(OutcomeRecords.pairId(url, "what stood beside"));
            assertThat(pair.getSourceUrl()).isEqualTo(url);
            assertThat(pair.getText()).isEqualTo("what stood beside");
            assertThat(pair.getImage()).isEqualTo(ByteBuffer.wrap(FakeWeb.png()));
            assertThat(pair.getContentType()).isEqualTo("image/jpeg");
            assertThat(pair.getHeaders())
                    .containsEntry("last-modified", "yesterday")
                    .containsEntry(OutcomeRecords.FINAL_ADDRESS, web.url("one.test", "/a.png"))
                    .doesNotContainKey("x-secret");
            assertThat(service.isReady()).isTrue();
            DistributionSummary age =
                    meters.get("capstan.freshness").tag("stage", "crawled").summary();
            // It is counted once the pair is committed, and so after a reader has it.
            await().untilAsserted(() -> assertThat(age.count()).isEqualTo(1));
        }
    }

    @Test
    void shouldSayOfEachRefusalWhichRuleItWas() throws Exception {
        byte[] html = "<html><body>not found, but 200</body></html>".getBytes(StandardCharsets.UTF_8);
        byte[] large = java.util.Arrays.copyOf(FakeWeb.png(), 3000);
        web.page("/html.jpg", exchange -> FakeWeb.send(exchange, 200, html, "Content-Type", "image/jpeg"));
        web.page("/large.png", exchange -> FakeWeb.send(exchange, 200, large));
        web.page("/large-unannounced.png", exchange -> {
            exchange.sendResponseHeaders(200, 0);
            exchange.getResponseBody().write(large);
        });
        web.page("/empty.png", exchange -> FakeWeb.send(exchange, 200, new byte[0]));
        web.page("/truncated.png", FakeWeb.truncated());
        web.page("/busy.png", exchange -> FakeWeb.send(exchange, 503, new byte[0]));
        web.page("/noai.png", FakeWeb.image("X-Robots-Tag", "otherbot: noindex", "X-Robots-Tag", "capstan: noai"));
        web.page("/circle", FakeWeb.redirect("/circle"));
        web.page("/out", FakeWeb.redirect("file:///etc/passwd"));
        web.page("/silent.png", exchange -> web.hold());
        web.name("unknown.test", List.of(List.of()));
        Map<String, String> expected = new HashMap<>();
        expected.put(web.url("a.test", "/html.jpg"), "fetch-not-image");
        expected.put(web.url("a.test", "/large.png"), "fetch-too-many-bytes");
        expected.put(web.url("a.test", "/large-unannounced.png"), "fetch-too-many-bytes");
        expected.put(web.url("a.test", "/empty.png"), "fetch-not-image");
        expected.put(web.url("a.test", "/truncated.png"), "fetch-connection");
        expected.put(web.url("a.test", "/busy.png"), "fetch-status");
        expected.put(web.url("a.test", "/missing.png"), "fetch-status");
        expected.put(web.url("a.test", "/noai.png"), "fetch-robots");
        expected.put(web.url("a.test", "/circle"), "fetch-redirects");
        expected.put(web.url("a.test", "/out"), "fetch-url");
        expected.put(web.url("silent.test", "/silent.png"), "fetch-timeout");
        expected.put(web.url("unknown.test", "/a.png"), "fetch-unknown-host");
        expected.put("ftp://a.test/a.png", "fetch-url");
        expected.put("poison", "record-undecodable");
        try (FetchService service = start(Map.of("fetch.max-bytes", "2000", "fetch.request-timeout", "3s"));
                FetchedStream pairs = new FetchedStream(KAFKA.clientProperties())) {
            for (String url : expected.keySet()) {
                if (!url.equals("poison")) {
                    pairs.locate(url);
                }
            }
            pairs.write("no wire format".getBytes(StandardCharsets.UTF_8));

            await().atMost(PATIENCE).until(() -> pairs.read() >= expected.size());

            assertThat(pairs.rules()).isEqualTo(expected);
            assertThat(pairs.crawled()).isEmpty();
            assertThat(web.hits("/busy.png")).isEqualTo(2);
            assertThat(web.hits("/missing.png")).isEqualTo(1);
            assertThat(meters.get("capstan.fetch.body.bytes").gauge().value()).isZero();
            assertThat(service.isLive()).isTrue();
        }
    }

    @Test
    void shouldAskNothingOfAHostWhosePageForbidsIt() throws Exception {
        web.page("/a.png", FakeWeb.image());
        web.page("/b.png", FakeWeb.image());
        try (FetchService service = start(Map.of());
                FetchedStream pairs = new FetchedStream(KAFKA.clientProperties())) {
            pairs.locate(web.url("a.test", "/a.png"), "nofollow, NoAI");
            pairs.locate(web.url("a.test", "/b.png"), "otherbot: noindex");

            await().atMost(PATIENCE).until(() -> pairs.read() >= 2);

            assertThat(pairs.rules()).containsExactly(Map.entry(web.url("a.test", "/a.png"), "fetch-robots"));
            assertThat(pairs.crawledUrls()).containsExactly(web.url("a.test", "/b.png"));
            assertThat(web.hits("/a.png")).isZero();
            assertThat(service.isLive()).isTrue();
        }
    }

    @Test
    void shouldNeitherAskForNorWriteWhatIsTakenDown() throws Exception {
        byte[] taken = java.util.Arrays.copyOf(FakeWeb.png(), 1000);
        web.page("/pair.png", FakeWeb.image());
        web.page("/url.png", FakeWeb.image());
        web.page("/content.png", exchange -> FakeWeb.send(exchange, 200, taken));
        web.page("/free.png", FakeWeb.image());
        takeDown(TakedownKeys.ofPair(OutcomeRecords.pairId(web.url("a.test", "/pair.png"), "what stood beside")));
        takeDown(TakedownKeys.ofUrl(web.url("a.test", "/url.png")));
        takeDown(TakedownKeys.ofImage(ByteBuffer.wrap(taken)));
        try (FetchedStream pairs = new FetchedStream(KAFKA.clientProperties())) {
            for (String path : List.of("/pair.png", "/url.png", "/content.png", "/free.png")) {
                pairs.locate(web.url("a.test", path));
            }
            try (FetchService service = start(Map.of())) {
                await().atMost(PATIENCE).until(() -> pairs.read() >= 4);

                assertThat(pairs.rules())
                        .containsOnlyKeys(
                                web.url("a.test", "/pair.png"),
                                web.url("a.test", "/url.png"),
                                web.url("a.test", "/content.png"))
                        .allSatisfy((url, rule) -> assertThat(rule).isEqualTo("takedown"));
                assertThat(pairs.crawledUrls()).containsExactly(web.url("a.test", "/free.png"));
                assertThat(web.hits("/pair.png")).isZero();
                assertThat(web.hits("/url.png")).isZero();
                assertThat(meters.get("capstan.fetch.body.bytes").gauge().value())
                        .isZero();
                assertThat(service.isLive()).isTrue();
            }
        }
    }

    @Test
    void shouldHonourATakedownThatComesWhileAPairWaitsOrIsFetched() throws Exception {
        web.page("/underway.png", exchange -> {
            web.hold();
            FakeWeb.image().answer(exchange);
        });
        web.page("/waiting.png", FakeWeb.image());
        String underway = web.url("a.test", "/underway.png");
        String waiting = web.url("a.test", "/waiting.png");
        try (FetchService service = start(Map.of("fetch.host-requests", "1", "fetch.host-wait", "1m"));
                FetchedStream pairs = new FetchedStream(KAFKA.clientProperties())) {
            pairs.locate(underway);
            pairs.locate(waiting);
            await().atMost(PATIENCE).until(() -> web.hits("/underway.png") == 1 && gauge("waiting") == 1);
            takeDown(TakedownKeys.ofUrl(underway));
            takeDown(TakedownKeys.ofUrl(waiting));
            await().atMost(PATIENCE).until(() -> gauge("takedowns") == 2);
            web.release();

            await().atMost(PATIENCE).until(() -> pairs.read() >= 2);

            assertThat(pairs.rules()).isEqualTo(Map.of(underway, "takedown", waiting, "takedown"));
            assertThat(pairs.crawled()).isEmpty();
            assertThat(web.hits("/waiting.png")).isZero();
            assertThat(service.isLive()).isTrue();
        }
    }

    @Test
    void shouldReachNothingPrivate() throws Exception {
        web.page("/a.png", FakeWeb.image("Connection", "close"));
        web.page("/redirect", FakeWeb.redirect(web.url(PRIVATE, "/a.png")));
        web.page("/redirect-name", FakeWeb.redirect(web.url("inside.test", "/a.png")));
        web.page("/rebind", FakeWeb.redirect("/a.png"));
        web.name("inside.test", List.of(List.of(PRIVATE)));
        web.name("rebinding.test", List.of(List.of("127.0.0.1"), List.of(PRIVATE)));
        web.name("both.test", List.of(List.of("127.0.0.1", PRIVATE)));
        List<String> refused = List.of(
                web.url(PRIVATE, "/a.png"),
                web.url("2130706434", "/a.png"),
                web.url("[::ffff:7f00:2]", "/a.png"),
                web.url("[::1]", "/a.png"),
                web.url("inside.test", "/a.png"),
                web.url("both.test", "/a.png"),
                web.url("a.test", "/redirect"),
                web.url("a.test", "/redirect-name"),
                web.url("rebinding.test", "/rebind"),
                "http://169.254.169.254/latest/meta-data/",
                "http://[fd00:ec2::254]/",
                "http://10.0.0.1/");
        try (FetchService service = start(Map.of());
                FetchedStream pairs = new FetchedStream(KAFKA.clientProperties())) {
            for (String url : refused) {
                pairs.locate(url);
            }
            pairs.locate(web.url("a.test", "/a.png"));

            await().atMost(PATIENCE).until(() -> pairs.read() >= refused.size() + 1);

            assertThat(pairs.rules())
                    .containsOnlyKeys(refused)
                    .allSatisfy((url, rule) -> assertThat(rule).isEqualTo("fetch-address"));
            assertThat(pairs.crawledUrls()).containsExactly(web.url("a.test", "/a.png"));
            assertThat(web.hits("/rebind")).isEqualTo(1);
            assertThat(web.trespasses()).isZero();
            assertThat(service.isLive()).isTrue();
        }
    }

    @Test
    void shouldComeBackWhenAHostAsksForIt() throws Exception {
        AtomicInteger limited = new AtomicInteger();
        web.page("/limited.png", exchange -> {
            if (limited.getAndIncrement() == 0) {
                FakeWeb.send(exchange, 429, new byte[0], "Retry-After", "1");
                return;
            }
            FakeWeb.image().answer(exchange);
        });
        try (FetchService service = start(Map.of("fetch.retry-max-delay", "10s"));
                FetchedStream pairs = new FetchedStream(KAFKA.clientProperties())) {
            long before = System.nanoTime();
            pairs.locate(web.url("a.test", "/limited.png"));

            await().atMost(PATIENCE).until(() -> pairs.read() >= 1);

            assertThat(Duration.ofNanos(System.nanoTime() - before)).isGreaterThanOrEqualTo(Duration.ofSeconds(1));
            assertThat(pairs.crawled()).hasSize(1);
            assertThat(web.hits("/limited.png")).isEqualTo(2);
            assertThat(service.isLive()).isTrue();
        }
    }

    @Test
    void shouldNotLetASlowHostSlowTheOthers() throws Exception {
        web.page("/slow.png", exchange -> {
            web.hold();
            FakeWeb.image().answer(exchange);
        });
        try (FetchService service = start(Map.of("fetch.host-queue", "3", "fetch.host-requests", "2"));
                FetchedStream pairs = new FetchedStream(KAFKA.clientProperties())) {
            List<String> slow = new ArrayList<>();
            for (int number = 0; number < 20; number++) {
                slow.add(web.url("slow.test", "/slow.png?" + number));
                pairs.locate(slow.get(number));
            }
            List<String> fast = locateFast(pairs, 100);

            await().atMost(PATIENCE).until(() -> pairs.read() >= fast.size());
            List<String> meanwhile = List.copyOf(pairs.crawledUrls());
            int asked = web.hits("/slow.png");
            web.release();
            await().atMost(PATIENCE).until(() -> pairs.read() >= fast.size() + slow.size());

            assertThat(meanwhile).containsExactlyInAnyOrderElementsOf(fast);
            assertThat(asked).isEqualTo(2);
            slow.addAll(fast);
            assertThat(pairs.crawledUrls()).containsExactlyInAnyOrderElementsOf(slow);
            assertThat(pairs.rejected()).isEmpty();
            assertThat(service.isLive()).isTrue();
        }
    }

    @Test
    void shouldBeginNothingBeyondTheWindow() throws Exception {
        web.page("/slow.png", exchange -> {
            web.hold();
            FakeWeb.image().answer(exchange);
        });
        try (FetchService service = start(Map.of("fetch.window", "10"));
                FetchedStream pairs = new FetchedStream(KAFKA.clientProperties())) {
            pairs.locate(web.url("slow.test", "/slow.png"));
            List<String> fast = locateFast(pairs, 30);

            await().atMost(PATIENCE).until(() -> pairs.read() >= 9);
            int begun = web.hits();
            web.release();
            await().atMost(PATIENCE).until(() -> pairs.read() >= fast.size() + 1);

            assertThat(begun).isEqualTo(10);
            assertThat(pairs.crawledUrls()).doesNotHaveDuplicates().hasSize(31);
            assertThat(service.isLive()).isTrue();
        }
    }

    @Test
    void shouldNotFetchAgainWhatIsDoneAboveTheFrontier() throws Exception {
        web.page("/slow.png", exchange -> {
            web.hold();
            FakeWeb.image().answer(exchange);
        });
        try (FetchedStream pairs = new FetchedStream(KAFKA.clientProperties())) {
            int fast;
            try (FetchService first = start(Map.of())) {
                pairs.locate(web.url("slow.test", "/slow.png"));
                fast = locateFast(pairs, 20).size();
                await().atMost(PATIENCE).until(() -> pairs.read() >= fast);
                assertThat(first.isLive()).isTrue();
            }
            try (FetchService second = start(Map.of())) {
                await().atMost(PATIENCE).until(() -> web.hits("/slow.png") == 2);
                web.release();
                await().atMost(PATIENCE).until(() -> pairs.read() >= fast + 1);

                assertThat(web.hits()).isEqualTo(fast + 2);
                assertThat(pairs.crawledUrls()).doesNotHaveDuplicates().hasSize(fast + 1);
                assertThat(second.isLive()).isTrue();
            }
        }
    }

    @Test
    void shouldShowEachResultOnceThoughItWasFetchedTwice() throws Exception {
        Map<String, String> settings = Map.of("fetch.batch-records", "7", "fetch.instance", "one");
        try (FetchedStream pairs = new FetchedStream(KAFKA.clientProperties())) {
            List<String> located = locateFast(pairs, 60);
            FetchConfig config = config(settings);
            FetchService dying = new FetchService(config, dyingAtCommit(config, 3), web, Clock.systemUTC(), meters);
            try (dying) {
                dying.start();
                assertThat(dying.awaitTermination()).isEqualTo(1);
            }
            try (FetchService successor = start(settings)) {
                await().atMost(PATIENCE).until(() -> pairs.read() >= located.size());

                assertThat(pairs.crawledUrls()).containsExactlyInAnyOrderElementsOf(located);
                assertThat(web.hits()).isGreaterThan(located.size());
                assertThat(successor.isLive()).isTrue();
            }
        }
    }

    @Test
    void shouldCarryTheTraceOfAPairThroughItsRetries() throws Exception {
        web.page("/a.png", FakeWeb.image());
        web.page("/busy.png", exchange -> FakeWeb.send(exchange, 503, new byte[0]));
        try (RecordedSpans spans = new RecordedSpans();
                FetchService service = start(Map.of(), Tracing.of(spans.telemetry()));
                FetchedStream pairs = new FetchedStream(KAFKA.clientProperties())) {
            pairs.locate(web.url("one.test", "/a.png"), null, RecordedSpans.headers('a'));
            await().atMost(PATIENCE).until(() -> pairs.read() == 1);
            pairs.locate(web.url("two.test", "/busy.png"), null, RecordedSpans.headers('b'));
            await().atMost(PATIENCE).until(() -> pairs.read() == 2);

            List<SpanData> fetched = traceOf(spans, 'a');
            assertThat(fetched)
                    .singleElement()
                    .satisfies(span -> assertThat(span.getName()).isEqualTo("process pairs.located"));
            assertThat(fetched.get(0).getAttributes().get(TraceAttributes.OUTCOME))
                    .isEqualTo("crawled");
            assertThat(RecordedSpans.text(pairs.headers().get(0))).isEqualTo(RecordedSpans.written(fetched.get(0)));
            List<SpanData> refused = traceOf(spans, 'b');
            assertThat(refused)
                    .extracting(SpanData::getName)
                    .containsExactly("process pairs.located", "process pairs.located.retry");
            assertThat(RecordedSpans.isChild(refused.get(1), refused.get(0))).isTrue();
            assertThat(refused.get(0).getAttributes().get(TraceAttributes.OUTCOME))
                    .isEqualTo("postponed");
            SpanData last = refused.get(1);
            assertThat(last.getAttributes().get(TraceAttributes.RULE))
                    .isEqualTo(pairs.rejected().get(0).getRule());
            assertThat(RecordedSpans.text(pairs.headers().get(1))).isEqualTo(RecordedSpans.written(last));
            assertThat(service.isLive()).isTrue();
        }
    }

    private static List<SpanData> traceOf(RecordedSpans spans, char letter) {
        return spans.ended().stream()
                .filter(span -> span.getTraceId().equals(RecordedSpans.trace(letter)))
                .toList();
    }

    private List<String> locateFast(FetchedStream pairs, int count) throws InterruptedException {
        List<String> urls = new ArrayList<>();
        for (int number = 0; number < count; number++) {
            web.page("/fast-" + number + ".png", FakeWeb.image());
            String url = web.url("fast" + number % 10 + ".test", "/fast-" + number + ".png");
            urls.add(url);
            pairs.locate(url);
        }
        return urls;
    }

    private double gauge(String name) {
        return meters.get("capstan.fetch." + name).gauge().value();
    }

    private static void takeDown(String key) throws Exception {
        try (KafkaProducer<String, byte[]> producer =
                new KafkaProducer<>(KAFKA.clientProperties(), new StringSerializer(), new ByteArraySerializer())) {
            producer.send(new ProducerRecord<>(Topics.TAKEDOWNS.topicName(), key, new byte[] {1}))
                    .get();
        }
    }

    private FetchService start(Map<String, String> more) {
        return start(more, Tracing.off());
    }

    private FetchService start(Map<String, String> more, Tracing tracing) {
        FetchConfig config = config(more);
        FetchService service =
                new FetchService(config, new FetchClients(config), web, Clock.systemUTC(), meters, tracing);
        service.start();
        return service;
    }

    private FetchConfig config(Map<String, String> more) {
        Map<String, String> values = new HashMap<>(Map.of(
                "bootstrap-servers", KAFKA.bootstrapServers(),
                "registry", KAFKA.registryUrl(),
                "fetch.group", group,
                "fetch.allowed-addresses", "127.0.0.1",
                "fetch.host-interval", "0ms",
                "fetch.retry-first-delay", "10ms",
                "fetch.retry-max-delay", "200ms",
                "fetch.max-attempts", "2"));
        values.putAll(more);
        return FetchConfig.from(ConfigurationSource.of(values));
    }

    /** Clients of a process that dies with everything sent and nothing committed. */
    private static FetchClients dyingAtCommit(FetchConfig config, int commit) {
        AtomicInteger commits = new AtomicInteger();
        return new FetchClients(config) {
            @Override
            Producer<String, byte[]> producer() {
                return new KafkaProducer<>(producerProperties(), new StringSerializer(), new ByteArraySerializer()) {
                    @Override
                    public void commitTransaction() {
                        if (commits.incrementAndGet() == commit) {
                            flush();
                            throw new AssertionError("killed by the test");
                        }
                        super.commitTransaction();
                    }
                };
            }
        };
    }
}
