package dev.capstan.ingest;

import static org.assertj.core.api.Assertions.assertThat;

import dev.capstan.ingest.Rehearsal.Fate;
import dev.capstan.ingest.Rehearsal.Kept;
import dev.capstan.ingest.filter.CurationPolicy;
import dev.capstan.platform.KafkaSettings;
import dev.capstan.schemas.AvroDeserializer;
import dev.capstan.schemas.AvroSerializer;
import dev.capstan.schemas.TakedownKeys;
import dev.capstan.schemas.Topics;
import dev.capstan.schemas.records.CrawledPair;
import dev.capstan.schemas.records.CuratedPair;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class RehearsalTest {
    private static final byte[] KEY = {1};

    private final KafkaSettings settings = new KafkaSettings("127.0.0.1:1", "mock://" + UUID.randomUUID(), Map.of());
    private final Map<Topics, Integer> limits = new EnumMap<>(Topics.class);
    private final Rehearsal rehearsal;

    RehearsalTest() {
        for (Topics topic : TopicLimits.OUTPUTS) {
            limits.put(topic, topic.maxMessageBytes());
        }
        rehearsal =
                new Rehearsal(CurationPolicy.defaults(), settings, Clock.systemUTC(), new RecordLimits(() -> limits));
    }

    @AfterEach
    void close() {
        rehearsal.close();
    }

    @Test
    void shouldKeepWhatTheServiceWouldKeepInItsForm() {
        Fate fate = examine(TestPairs.good(1));

        assertThat(fate).isInstanceOfSatisfying(Kept.class, kept -> {
            assertThat(new String(kept.key(), StandardCharsets.UTF_8)).isEqualTo("pair-1");
            assertThat(curated(kept).getText()).isEqualTo("a picture of thing number 1");
            assertThat(curated(kept).getPolicyVersion())
                    .isEqualTo(CurationPolicy.defaults().version());
        });
    }

    @Test
    void shouldNameTheRuleThatRefuses() {
        assertThat(examine(TestPairs.pair("p", " ", TestPairs.picture(1, 48, 48)))
                        .rule())
                .contains("text-empty");
        assertThat(rehearsal.examine(KEY, new byte[] {7}, 1).rule()).contains("record-undecodable");
        assertThat(rehearsal.examine(null, null, 1).rule()).contains("record-undecodable");
    }

    @Test
    void shouldKnowTheRulesThatLookAtOtherPairs() {
        examine(TestPairs.good(1));

        assertThat(examine(TestPairs.good(1)).rule()).contains("exact-duplicate");
        assertThat(examine(TestPairs.good(2)).rule()).isEmpty();
    }

    @Test
    void shouldHonourTakedowns() {
        byte[] key = TakedownKeys.ofPair("pair-1").getBytes(StandardCharsets.UTF_8);
        rehearsal.know(Topics.TAKEDOWNS, key, new byte[] {1});

        assertThat(examine(TestPairs.good(1)).rule()).contains("takedown");

        rehearsal.know(Topics.TAKEDOWNS, key, null);
        assertThat(examine(TestPairs.good(1)).rule()).isEmpty();
    }

    private Fate examine(CrawledPair pair) {
        try (AvroSerializer<CrawledPair> serializer = new AvroSerializer<>()) {
            serializer.configure(settings.clientProperties(), false);
            byte[] value = serializer.serialize(Topics.PAIRS_CRAWLED.topicName(), pair);
            return rehearsal.examine(KEY, value, pair.getCrawledAt().toEpochMilli());
        }
    }

    private CuratedPair curated(Kept kept) {
        try (AvroDeserializer<CuratedPair> deserializer = new AvroDeserializer<>(CuratedPair.class)) {
            deserializer.configure(settings.clientProperties(), false);
            return Objects.requireNonNull(
                    deserializer.deserialize(kept.destination().topicName(), kept.value()));
        }
    }
}
