package dev.capstan.platform.takedowns;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.capstan.platform.KafkaSettings;
import dev.capstan.schemas.TakedownKeys;
import dev.capstan.schemas.Topics;
import dev.capstan.schemas.records.CuratedPair;
import dev.capstan.schemas.records.TakedownKind;
import dev.capstan.testing.KafkaExtension;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class TakedownFollowerTest {
    @RegisterExtension
    static final KafkaExtension KAFKA = new KafkaExtension();

    private static final CuratedPair PAIR = CuratedPair.newBuilder()
            .setPairId("pair-1")
            .setSourceUrl("https://example.org/1.png")
            .setText("text")
            .setImage(ByteBuffer.wrap(new byte[] {1}))
            .setImageFormat("png")
            .setWidth(1)
            .setHeight(1)
            .setContentDigest("ab12")
            .setPerceptualHash(0)
            .setPolicyVersion("default-0")
            .setSource("test")
            .setCrawledAt(Instant.EPOCH)
            .setCuratedAt(Instant.EPOCH)
            .build();

    private final Takedowns takedowns = new Takedowns();

    @Test
    void shouldKnowWhatStoodInTheTopicAndFollowIt() throws Exception {
        KAFKA.recreateTopics();
        write(TakedownKeys.ofPair("pair-1"), new byte[] {1});
        write(TakedownKeys.ofUrl("https://example.org/1.png"), new byte[] {1});
        write(TakedownKeys.ofUrl("https://example.org/2.png"), new byte[] {1});
        write(TakedownKeys.ofPair("pair-1"), null);
        try (TakedownFollower follower = follower()) {
            follower.start();

            assertThat(follower.awaitCaughtUp()).isTrue();

            assertThat(takedowns.size()).isEqualTo(2);
            assertThat(takedowns.naming(PAIR)).contains(TakedownKind.URL);
            write(TakedownKeys.ofUrl("https://example.org/1.png"), null);
            write(TakedownKeys.ofContent("ab12"), new byte[] {1});
            await("content").until(() -> takedowns.naming(PAIR).equals(Optional.of(TakedownKind.CONTENT)));
        }
    }

    @Test
    void shouldSayThatItWasClosedBeforeItKnew() throws Exception {
        TakedownFollower follower = follower();

        follower.close();

        assertThat(follower.awaitCaughtUp()).isFalse();
    }

    private TakedownFollower follower() {
        return new TakedownFollower(
                new KafkaSettings(KAFKA.bootstrapServers(), KAFKA.registryUrl(), Map.of()), takedowns);
    }

    private static void write(String key, byte @Nullable [] value) throws Exception {
        try (KafkaProducer<String, byte[]> producer =
                new KafkaProducer<>(KAFKA.clientProperties(), new StringSerializer(), new ByteArraySerializer())) {
            producer.send(new ProducerRecord<>(Topics.TAKEDOWNS.topicName(), key, value))
                    .get();
        }
    }
}
