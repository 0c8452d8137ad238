package dev.capstan.inference;

import static dev.capstan.inference.InferenceContext.caption;
import static dev.capstan.inference.InferenceContext.classify;
import static java.util.stream.Collectors.toMap;
import static org.assertj.core.api.Assertions.assertThat;

import dev.capstan.inference.loop.BatchStages;
import dev.capstan.inference.requests.ReplyAddresses;
import dev.capstan.schemas.Topics;
import dev.capstan.schemas.records.CaptionEvent;
import dev.capstan.schemas.records.CaptionRanking;
import dev.capstan.schemas.records.CaptionRequest;
import dev.capstan.schemas.records.ClassificationEvent;
import dev.capstan.schemas.records.ClassifyRequest;
import dev.capstan.schemas.records.LabelSet;
import dev.capstan.schemas.records.RejectedRequest;
import dev.capstan.testing.KafkaExtension;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.IntStream;
import org.apache.kafka.common.header.internals.RecordHeader;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class BadRequestsTest {
    private static final List<String> LABELS = List.of("cat", "dog");
    private static final Map<String, String> SETTINGS = Map.of(
            "inference.max-image-bytes", "4000",
            "inference.max-image-pixels", "10000",
            "inference.max-labels", "10",
            "inference.max-templates", "4",
            "inference.max-label-texts", "20",
            "inference.max-text-characters", "40",
            "inference.max-tokens", "16",
            "inference.max-beams", "2",
            "inference.reply-topics", "missing");

    @RegisterExtension
    static final KafkaExtension KAFKA = new KafkaExtension();

    private final FakeModels models = new FakeModels();
    private final Map<String, String> reasons = new HashMap<>();
    private InferenceContext context;

    @BeforeAll
    static void createTopics() {
        KAFKA.createTopics();
    }

    @BeforeEach
    void begin() {
        context = new InferenceContext(KAFKA);
        context.publish(FakeModels.tensor(5));
    }

    @AfterEach
    void end() {
        context.close();
        assertThat(models.violations()).isEmpty();
    }

    @Test
    void shouldRejectEachBadRequestAndAnswerTheOthersOfItsBatch() {
        for (int i = 0; i < 20; i++) {
            context.ask(classify("good-" + i, 10 + i, LABELS));
            context.ask(caption("fine-" + i, 10 + i));
        }
        bad("image-undecodable", image("broken", ByteBuffer.wrap("no image".getBytes(StandardCharsets.UTF_8))));
        bad("image-undecodable", image("nothing", ByteBuffer.allocate(0)));
        bad("image-too-many-bytes", image("heavy", ByteBuffer.allocate(4001)));
        bad("image-too-many-pixels", image("wide", Images.png(1, 101, 100)));
        bad("labels-ambiguous", labels("both", LABELS, "animals"));
        bad("labels-missing", labels("neither", null, null));
        bad("labels-empty", labels("empty", List.of(), null));
        bad("label-blank", labels("blank", List.of("cat", " "), null));
        bad("label-too-long", labels("long", List.of("c".repeat(41)), null));
        bad("labels-too-many", labels("many", numbered("label ", 11), null));
        bad("label-set-unknown", labels("unknown", null, "nobody wrote it"));
        bad("template-without-placeholder", templates("plain", List.of("a photo")));
        bad("template-too-long", templates("wordy", List.of("{}" + "x".repeat(40))));
        bad("templates-empty", templates("none", List.of()));
        bad("templates-too-many", templates("lots", numbered("{} ", 5)));
        ClassifyRequest texts = labels("texts", numbered("label ", 10), null);
        texts.setTemplates(numbered("{} ", 3));
        bad("label-texts-too-many", texts);
        ClassifyRequest top = classify("top", 1, LABELS);
        top.setTop(0);
        bad("top-out-of-bounds", top);
        bad("request-id-invalid", classify(" ", 1, LABELS));
        bad("model-failed", classify("cursed", FakeModel.CURSED_RED, LABELS));
        bad("max-tokens-out-of-bounds", search("short", null, 0, 1));
        bad("max-tokens-out-of-bounds", search("endless", null, 17, 1));
        bad("beams-out-of-bounds", search("narrow", null, 4, 0));
        bad("beams-out-of-bounds", search("broad", null, 4, 3));
        bad("prompt-blank", search("silent", " ", 4, 1));
        bad("prompt-too-long", search("talkative", "p".repeat(41), 4, 1));
        bad("model-failed", caption("cursed caption", FakeModel.CURSED_RED));

        context.start(models, BatchStages.none(), SETTINGS);

        List<RejectedRequest> rejected = context.rejections(reasons.size());
        context.classifications(20);
        context.captions(20);
        assertThat(rejected.stream()
                        .collect(toMap(
                                request -> Objects.requireNonNull(request.getRequestId()), RejectedRequest::getReason)))
                .isEqualTo(reasons);
        assertThat(rejected)
                .allSatisfy(
                        request -> assertThat(request.getDetail()).endsWith(".").hasSizeBetween(20, 400));
        assertThat(context.<ClassificationEvent>allOf(Topics.EVENTS_CLASSIFICATIONS))
                .extracting(ClassificationEvent::getRequestId)
                .containsExactlyInAnyOrderElementsOf(numbered("good-", 20));
        assertThat(context.<CaptionEvent>allOf(Topics.EVENTS_CAPTIONS))
                .extracting(CaptionEvent::getRequestId)
                .containsExactlyInAnyOrderElementsOf(numbered("fine-", 20));
    }

    @Test
    void shouldRejectRecordsThatCannotBeRead() {
        byte[] sound = context.serialized(Topics.REQUESTS_CLASSIFY, classify("sound", 3, LABELS));
        byte[] unknownSchema = sound.clone();
        unknownSchema[1] = 0x7F;
        byte[] cut = Arrays.copyOf(sound, sound.length / 2);
        // A string that claims two gibibytes: believing it would cost the process its heap.
        byte[] boasting = Arrays.copyOf(sound, 5 + 5);
        Arrays.fill(boasting, 5, 9, (byte) 0xFE);
        boasting[9] = 0x0F;
        byte[] otherType = context.serialized(Topics.LABELS_SETS, new LabelSet("other", LABELS, List.of()));
        List<byte[]> unreadable = List.of(
                new byte[0], new byte[] {0}, new byte[] {9, 9, 9, 9, 9, 9}, unknownSchema, cut, boasting, otherType);
        unreadable.forEach(bytes -> context.sendBytes(Topics.REQUESTS_CLASSIFY, "unreadable", bytes));
        context.sendBytes(Topics.REQUESTS_CLASSIFY, "tombstone", null);
        context.ask(classify("sound", 3, LABELS));

        context.start(models);

        assertThat(context.classifications(1))
                .extracting(ClassificationEvent::getRequestId)
                .containsExactly("sound");
        List<RejectedRequest> rejected = context.rejections(unreadable.size() + 1);
        assertThat(rejected).allSatisfy(request -> {
            assertThat(request.getRequestId()).isNull();
            assertThat(request.getTopic()).isEqualTo("requests.classify");
        });
        assertThat(rejected)
                .extracting(RejectedRequest::getReason)
                .filteredOn(reason -> reason.equals("record-undecodable"))
                .hasSize(unreadable.size());
        assertThat(rejected).extracting(RejectedRequest::getReason).contains("record-empty");
    }

    @Test
    void shouldRejectRepliesThatMustNotBeSent() {
        ask("forbidden", "reply-topic-not-allowed", header(ReplyAddresses.REPLY_TOPIC, "checkpoints.live"));
        ask("absent", "reply-topic-unknown", header(ReplyAddresses.REPLY_TOPIC, "missing"));

        context.start(models, BatchStages.none(), SETTINGS);

        assertThat(context.rejections(2).stream()
                        .collect(toMap(
                                request -> Objects.requireNonNull(request.getRequestId()), RejectedRequest::getReason)))
                .isEqualTo(reasons);
        assertThat(context.allOf(Topics.EVENTS_CLASSIFICATIONS)).isEmpty();
    }

    private void ask(String requestId, String reason, RecordHeader header) {
        reasons.put(requestId, reason);
        context.ask(classify(requestId, 1, LABELS), header);
    }

    private void bad(String reason, ClassifyRequest request) {
        reasons.put(request.getRequestId(), reason);
        context.ask(request);
    }

    private void bad(String reason, CaptionRequest request) {
        reasons.put(request.getRequestId(), reason);
        context.ask(request);
    }

    private static ClassifyRequest image(String requestId, ByteBuffer image) {
        ClassifyRequest request = classify(requestId, 1, LABELS);
        request.setImage(image);
        return request;
    }

    private static ClassifyRequest labels(String requestId, @Nullable List<String> labels, @Nullable String labelSet) {
        return new ClassifyRequest(requestId, Images.png(1), labels, labelSet, null, 5, Instant.now());
    }

    private static ClassifyRequest templates(String requestId, List<String> templates) {
        ClassifyRequest request = classify(requestId, 1, LABELS);
        request.setTemplates(templates);
        return request;
    }

    private static CaptionRequest search(String requestId, @Nullable String prompt, int maxTokens, int beams) {
        return new CaptionRequest(
                requestId, Images.png(1), prompt, maxTokens, beams, CaptionRanking.LIKELIHOOD, Instant.now());
    }

    private static List<String> numbered(String prefix, int count) {
        return IntStream.range(0, count).mapToObj(number -> prefix + number).toList();
    }

    private static RecordHeader header(String name, String value) {
        return new RecordHeader(name, value.getBytes(StandardCharsets.UTF_8));
    }
}
