package dev.capstan.inference;

import static dev.capstan.inference.InferenceContext.PATIENCE;
import static dev.capstan.inference.InferenceContext.caption;
import static dev.capstan.inference.InferenceContext.classify;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.capstan.inference.loop.BatchStages;
import dev.capstan.inference.requests.ReplyAddresses;
import dev.capstan.schemas.AvroDeserializer;
import dev.capstan.schemas.Topics;
import dev.capstan.schemas.records.ClassificationEvent;
import dev.capstan.schemas.records.RejectedRequest;
import dev.capstan.testing.KafkaExtension;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.internals.RecordHeader;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.assertj.core.groups.Tuple;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class RepliesTest {
    private static final String REPLIES = "replies";
    private static final String TINY_REPLIES = "tiny-replies";
    private static final Map<String, String> ALLOWED = Map.of("inference.reply-topics", REPLIES + ", " + TINY_REPLIES);

    @RegisterExtension
    static final KafkaExtension KAFKA = new KafkaExtension();

    private final FakeModels models = new FakeModels();
    private InferenceContext context;

    @BeforeAll
    static void createTopics() {
        KAFKA.createTopics();
        KAFKA.createTopic(REPLIES, 3, Map.of());
        KAFKA.createTopic(TINY_REPLIES, 1, Map.of("max.message.bytes", "2000"));
    }

    @BeforeEach
    void begin() {
        context = new InferenceContext(KAFKA);
        context.publish(FakeModels.tensor(1));
    }

    @AfterEach
    void end() {
        context.close();
        assertThat(models.violations()).isEmpty();
    }

    @Test
    void shouldReplyToTheTopicAndPartitionWithTheCorrelationId() {
        byte[] correlationId = {0, -1, 7};
        context.start(models, BatchStages.none(), ALLOWED);

        context.ask(
                classify("asked", 0, List.of("cat")),
                new RecordHeader(ReplyAddresses.REPLY_TOPIC, REPLIES.getBytes(StandardCharsets.UTF_8)),
                new RecordHeader(
                        ReplyAddresses.REPLY_PARTITION,
                        ByteBuffer.allocate(4).putInt(0, 2).array()),
                new RecordHeader(ReplyAddresses.CORRELATION_ID, correlationId));

        ConsumerRecord<String, byte[]> reply = replies(1).get(0);
        assertThat(reply.partition()).isEqualTo(2);
        assertThat(reply.key()).isEqualTo("asked");
        Header correlation = reply.headers().lastHeader(ReplyAddresses.CORRELATION_ID);
        assertThat(correlation.value()).isEqualTo(correlationId);
        try (AvroDeserializer<ClassificationEvent> deserializer = new AvroDeserializer<>(ClassificationEvent.class)) {
            deserializer.configure(KAFKA.clientProperties(), false);
            assertThat(deserializer.deserialize(REPLIES, reply.value()))
                    .isEqualTo(context.classifications(1).get(0));
        }
    }

    @Test
    void shouldRejectARequestWhoseReplyTopicDoesNotTakeTheAnswer() {
        List<String> manyLabels = IntStream.range(0, 200)
                .mapToObj(number -> "label number " + number)
                .toList();
        context.ask(caption("before", 1));
        var tooLarge = classify("too large for its reply", 0, manyLabels);
        tooLarge.setTop(200);
        context.ask(
                tooLarge, new RecordHeader(ReplyAddresses.REPLY_TOPIC, TINY_REPLIES.getBytes(StandardCharsets.UTF_8)));
        context.ask(classify("beside", 0, List.of("cat")));

        context.start(models, BatchStages.none(), ALLOWED);

        assertThat(context.rejections(1))
                .extracting(RejectedRequest::getRequestId, RejectedRequest::getReason)
                .containsExactly(Tuple.tuple("too large for its reply", "reply-refused"));
        context.captions(1);
        context.classifications(1);
        assertThat(context.<ClassificationEvent>allOf(Topics.EVENTS_CLASSIFICATIONS))
                .extracting(ClassificationEvent::getRequestId)
                .containsExactly("beside");
        assertThat(context.allOf(Topics.REQUESTS_REJECTED)).hasSize(1);
    }

    private static List<ConsumerRecord<String, byte[]>> replies(int count) {
        Map<String, Object> properties = KAFKA.clientProperties();
        properties.put("isolation.level", "read_committed");
        List<TopicPartition> partitions = IntStream.range(0, 3)
                .mapToObj(partition -> new TopicPartition(REPLIES, partition))
                .toList();
        try (Consumer<String, byte[]> consumer =
                new KafkaConsumer<>(properties, new StringDeserializer(), new ByteArrayDeserializer())) {
            consumer.assign(partitions);
            consumer.seekToBeginning(partitions);
            List<ConsumerRecord<String, byte[]>> replies = new ArrayList<>();
            await().atMost(PATIENCE).until(() -> {
                consumer.poll(Duration.ofMillis(100)).forEach(replies::add);
                return replies.size() >= count;
            });
            return replies;
        }
    }
}
