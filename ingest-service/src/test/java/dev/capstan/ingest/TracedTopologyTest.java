package dev.capstan.ingest;

import static org.assertj.core.api.Assertions.assertThat;

import dev.capstan.ingest.filter.CurationPolicy;
import dev.capstan.platform.tracing.TraceAttributes;
import dev.capstan.platform.tracing.Tracing;
import dev.capstan.schemas.records.CuratedPair;
import dev.capstan.schemas.records.RejectedPair;
import dev.capstan.testing.RecordedSpans;
import io.opentelemetry.sdk.trace.data.SpanData;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.streams.test.TestRecord;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class TracedTopologyTest {
    private static final String EXAMINE = "process pairs.crawled";

    private final RecordedSpans spans = new RecordedSpans();
    private final IngestDriver driver = new IngestDriver(CurationPolicy.defaults(), Tracing.of(spans.telemetry()));

    @AfterEach
    void close() {
        driver.close();
        spans.close();
    }

    @Test
    void shouldCarryAPairsTraceToItsCuratedRecord() {
        driver.crawl(TestPairs.good(1), RecordedSpans.headers('a'));

        TestRecord<String, CuratedPair> record = driver.onlyCurated();
        SpanData examined = spans.only(EXAMINE);
        SpanData admitted = admission();
        assertThat(examined.getTraceId()).isEqualTo(RecordedSpans.trace('a'));
        assertThat(examined.getAttributes().get(TraceAttributes.PAIR_ID)).isEqualTo(record.key());
        assertThat(examined.getAttributes().get(TraceAttributes.OUTCOME)).isEqualTo("candidates");
        assertThat(RecordedSpans.isChild(admitted, examined)).isTrue();
        assertThat(admitted.getAttributes().get(TraceAttributes.OUTCOME)).isIn("curated", "heldout");
        assertThat(record.headers()).hasSize(1);
        assertThat(RecordedSpans.text(record.headers())).isEqualTo(RecordedSpans.written(admitted));
    }

    @Test
    void shouldSayWhichRuleRefusedAPair() {
        driver.crawl(
                TestPairs.pair("small", "a small picture", TestPairs.picture(2, 40, 31)), RecordedSpans.headers('b'));

        TestRecord<String, RejectedPair> record = driver.rejectedRecords().get(0);
        SpanData examined = spans.only(EXAMINE);
        assertThat(examined.getAttributes().get(TraceAttributes.OUTCOME)).isEqualTo("rejected");
        assertThat(examined.getAttributes().get(TraceAttributes.RULE)).isEqualTo("image-too-small");
        assertThat(examined.getAttributes().get(TraceAttributes.SCORE)).isEqualTo(31.0);
        assertThat(examined.getAttributes().get(TraceAttributes.THRESHOLD)).isEqualTo(32.0);
        assertThat(RecordedSpans.text(record.headers())).isEqualTo(RecordedSpans.written(examined));
    }

    @Test
    void shouldTraceARefusalOfTheSecondHalf() {
        driver.crawl(TestPairs.good(1), RecordedSpans.headers('a'));
        driver.crawl(TestPairs.good(1), RecordedSpans.headers('b'));

        TestRecord<String, RejectedPair> record = driver.rejectedRecords().get(0);
        SpanData refused = spans.ended().stream()
                .filter(span -> RecordedSpans.says(span, "capstan.rule", "exact-duplicate"))
                .findFirst()
                .orElseThrow();
        assertThat(refused.getTraceId()).isEqualTo(RecordedSpans.trace('b'));
        assertThat(RecordedSpans.text(record.headers())).isEqualTo(RecordedSpans.written(refused));
    }

    @Test
    void shouldBeginATraceWhereTheHeaderIsNone() {
        driver.crawl(
                TestPairs.good(1),
                new RecordHeaders().add(RecordedSpans.HEADER, "nonsense".getBytes(StandardCharsets.UTF_8)));
        driver.crawlBytes(new byte[] {1, 2, 3});

        List<SpanData> examined = spans.named(EXAMINE);
        assertThat(examined)
                .hasSize(2)
                .allSatisfy(span ->
                        assertThat(span.getParentSpanContext().isValid()).isFalse());
        assertThat(driver.onlyCurated().headers()).hasSize(1);
        assertThat(driver.onlyRejected().getRule()).isEqualTo("record-undecodable");
    }

    @Test
    void shouldAddNoHeaderWhenOff() {
        try (IngestDriver off = new IngestDriver()) {
            off.crawl(TestPairs.good(1), RecordedSpans.headers('a'));
            off.crawl(TestPairs.good(1), RecordedSpans.headers('a'));

            assertThat(off.onlyCurated().headers()).isEmpty();
            assertThat(off.rejectedRecords())
                    .singleElement()
                    .satisfies(record -> assertThat(record.headers()).isEmpty());
        }
        assertThat(spans.ended()).isEmpty();
    }

    private SpanData admission() {
        return spans.ended().stream()
                .filter(span -> !span.getName().equals(EXAMINE))
                .findFirst()
                .orElseThrow();
    }
}
