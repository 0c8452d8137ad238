package dev.capstan.benchmarks;

import com.sun.management.OperatingSystemMXBean;
import com.sun.net.httpserver.HttpServer;
import dev.capstan.ingest.Curator;
import dev.capstan.ingest.PairSpans;
import dev.capstan.ingest.concepts.ConceptCatalog;
import dev.capstan.ingest.filter.CurationPolicy;
import dev.capstan.platform.tracing.TraceAttributes;
import dev.capstan.platform.tracing.Tracing;
import dev.capstan.schemas.Topics;
import dev.capstan.schemas.records.CrawledPair;
import io.opentelemetry.api.trace.Span;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Clock;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.streams.processor.api.RecordMetadata;

/**
 * What traces cost curation: pairs curated in a second of CPU with the spans and headers that ingest's two steps make for each,
 * off, at one in a hundred, and for all, in turn. The CPU time is that of the whole process, which also encodes the spans and sends them
 * to a collector that drops them.
 *
 * <p>Arguments: the side of the pictures in pixels (64), seconds of CPU time of a round (3), rounds (7).
 */
public final class TraceBenchmark {
    private static final double NANOSECONDS = 1e9;

    private TraceBenchmark() {}

    private record Place(String topic) implements RecordMetadata {
        @Override
        public int partition() {
            return 0;
        }

        @Override
        public long offset() {
            return 0;
        }
    }

    private static final Place CRAWLED = new Place(Topics.PAIRS_CRAWLED.topicName());
    private static final Place CANDIDATES = new Place("capstan-ingest-candidates-repartition");

    public static void main(String[] arguments) throws IOException {
        int side = arguments.length > 0 ? Integer.parseInt(arguments[0]) : 64;
        double seconds = arguments.length > 1 ? Double.parseDouble(arguments[1]) : 3;
        int rounds = arguments.length > 2 ? Integer.parseInt(arguments[2]) : 7;
        HttpServer collector = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 16);
        collector.createContext("/v1/traces", exchange -> {
            try (exchange) {
                exchange.getRequestBody().readAllBytes();
                exchange.sendResponseHeaders(200, -1);
            }
        });
        collector.start();
        Curator curator = new Curator(CurationPolicy.defaults(), new ConceptCatalog(List.of()), Clock.systemUTC());
        List<CrawledPair> pairs = CurationBenchmark.pairs("png", side);
        Map<String, Tracing> modes = new LinkedHashMap<>();
        modes.put("off", Tracing.off());
        modes.put("one in a hundred", tracing(collector, "0.01"));
        modes.put("all", tracing(collector, "1"));
        Map<String, List<Double>> rates = new LinkedHashMap<>();
        modes.forEach((name, tracing) -> measure(curator, pairs, new PairSpans(tracing), seconds));
        for (int round = 0; round < rounds; round++) {
            modes.forEach((name, tracing) -> rates.computeIfAbsent(name, mode -> new ArrayList<>())
                    .add(measure(curator, pairs, new PairSpans(tracing), seconds)));
        }
        modes.values().forEach(Tracing::close);
        collector.stop(0);
        double off = median(rates.getOrDefault("off", List.of()));
        rates.forEach((name, measured) -> System.out.printf(
                Locale.ROOT,
                "traces %s: %.0f pairs/s of CPU (median of %d, %.0f to %.0f), %.3f of off%n",
                name,
                median(measured),
                measured.size(),
                measured.stream().mapToDouble(Double::doubleValue).min().orElseThrow(),
                measured.stream().mapToDouble(Double::doubleValue).max().orElseThrow(),
                median(measured) / off));
    }

    private static Tracing tracing(HttpServer collector, String ratio) {
        return Tracing.fromEnvironment(
                "benchmark",
                Map.of(
                        "OTEL_TRACES_EXPORTER",
                        "otlp",
                        "OTEL_EXPORTER_OTLP_ENDPOINT",
                        "http://127.0.0.1:" + collector.getAddress().getPort(),
                        "OTEL_TRACES_SAMPLER_ARG",
                        ratio));
    }

    private static double measure(Curator curator, List<CrawledPair> pairs, PairSpans spans, double seconds) {
        OperatingSystemMXBean system = ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class);
        long start = system.getProcessCpuTime();
        long curated = 0;
        while (system.getProcessCpuTime() - start < seconds * NANOSECONDS) {
            for (CrawledPair pair : pairs) {
                curate(curator, pair, spans);
                curated++;
            }
        }
        return curated / ((system.getProcessCpuTime() - start) / NANOSECONDS);
    }

    /** What the topology does with a pair, as far as curation and traces go. */
    private static void curate(Curator curator, CrawledPair pair, PairSpans spans) {
        RecordHeaders between = new RecordHeaders();
        Span examined = spans.begin(new RecordHeaders(), CRAWLED);
        if (curator.curate(pair).pair().isEmpty()) {
            throw new IllegalStateException("refused: " + curator.curate(pair).refusal());
        }
        examined.setAttribute(TraceAttributes.PAIR_ID, pair.getPairId());
        examined.setAttribute(TraceAttributes.OUTCOME, "candidates");
        spans.carry(examined, between);
        examined.end();
        Span admitted = spans.begin(between, CANDIDATES);
        admitted.setAttribute(TraceAttributes.PAIR_ID, pair.getPairId());
        spans.wentTo(admitted, Topics.PAIRS_CURATED);
        spans.carry(admitted, new RecordHeaders());
        admitted.end();
    }

    private static double median(List<Double> values) {
        return values.stream().sorted().toList().get(values.size() / 2);
    }
}
