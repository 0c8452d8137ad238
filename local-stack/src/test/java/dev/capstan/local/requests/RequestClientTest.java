package dev.capstan.local.requests;

import static org.assertj.core.api.Assertions.assertThat;

import dev.capstan.local.requests.FakeInference.Reply;
import dev.capstan.local.requests.FakeInference.Seen;
import dev.capstan.platform.KafkaSettings;
import dev.capstan.schemas.ProbeHeaders;
import dev.capstan.schemas.Topics;
import dev.capstan.schemas.records.CaptionEvent;
import dev.capstan.schemas.records.CaptionRanking;
import dev.capstan.schemas.records.CaptionRequest;
import dev.capstan.schemas.records.ClassificationEvent;
import dev.capstan.schemas.records.ClassifyRequest;
import dev.capstan.testing.KafkaExtension;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class RequestClientTest {
    @RegisterExtension
    static final KafkaExtension KAFKA = new KafkaExtension();

    private static final byte[] IMAGE = {1, 2, 3};
    private static final Duration PATIENCE = Duration.ofSeconds(20);
    private static final long LIMIT_SECONDS = 30;

    private final MovableClock clock = new MovableClock();

    @BeforeAll
    static void makeTopics() {
        KAFKA.createTopics();
    }

    @Test
    void shouldMatchEachAnswerToItsRequest() throws Exception {
        List<SpecificRecord> held = new ArrayList<>();
        // Answers come in the reverse order of the questions.
        Function<SpecificRecord, List<Reply>> backwards = request -> {
            held.add(0, request);
            return held.size() < 3
                    ? List.of()
                    : held.stream().map(RequestClientTest::answerWithOwnText).toList();
        };
        try (FakeInference inference = inference(backwards);
                RequestClient client = client()) {
            CompletableFuture<Answer<ClassificationEvent>> cat =
                    client.classify(IMAGE, new Labels.Given(List.of("cat")), 1, Optional.empty());
            CompletableFuture<Answer<CaptionEvent>> caption = client.caption(
                    IMAGE, new CaptionSearch("a dog", 24, 1, CaptionRanking.LIKELIHOOD), Optional.empty());
            CompletableFuture<Answer<ClassificationEvent>> fox =
                    client.classify(IMAGE, new Labels.Given(List.of("fox")), 1, Optional.empty());

            assertThat(answered(cat).getLabel()).isEqualTo("cat");
            assertThat(answered(caption).getCaption()).isEqualTo("a dog");
            assertThat(answered(fox).getLabel()).isEqualTo("fox");
            assertThat(client.inFlight()).isZero();
            assertThat(inference.seen()).hasSize(3);
        }
    }

    @Test
    void shouldSendWhatWasAsked() throws Exception {
        try (FakeInference inference = inference(request -> List.of(answerWithOwnText(request)));
                RequestClient client = client()) {
            answered(client.classify(IMAGE, new Labels.Named("animals"), 3, Optional.of(new Probe("fox", "animals"))));
            answered(client.caption(
                    IMAGE, new CaptionSearch("a fox", 9, 4, CaptionRanking.GROUNDING), Optional.empty()));

            Seen asked = inference.seen().get(0);
            ClassifyRequest classify = (ClassifyRequest) asked.request();
            assertThat(asked.key()).isEqualTo(classify.getRequestId());
            assertThat(classify)
                    .returns("animals", ClassifyRequest::getLabelSet)
                    .returns(null, ClassifyRequest::getLabels)
                    .returns(3, ClassifyRequest::getTop)
                    .returns(ByteBuffer.wrap(IMAGE), ClassifyRequest::getImage)
                    .returns(clock.instant(), ClassifyRequest::getRequestedAt);
            assertThat(header(asked, ProbeHeaders.PROBE_EXPECTED)).isEqualTo("fox");
            assertThat(header(asked, ProbeHeaders.PROBE_SET)).isEqualTo("animals");
            Seen second = inference.seen().get(1);
            assertThat((CaptionRequest) second.request())
                    .returns("a fox", CaptionRequest::getPrompt)
                    .returns(9, CaptionRequest::getMaxTokens)
                    .returns(4, CaptionRequest::getBeams)
                    .returns(CaptionRanking.GROUNDING, CaptionRequest::getRanking);
            assertThat(second.headers().toArray()).isEmpty();
        }
    }

    @Test
    void shouldTellARefusal() throws Exception {
        Function<SpecificRecord, List<Reply>> refuse =
                request -> List.of(Reply.committed(Events.refusal(id(request), "no-labels", "Give labels.")));
        try (FakeInference inference = inference(refuse);
                RequestClient client = client()) {
            Answer<ClassificationEvent> answer = client.classify(
                            IMAGE, new Labels.Given(List.of()), 1, Optional.empty())
                    .get(LIMIT_SECONDS, TimeUnit.SECONDS);

            assertThat(answer).isEqualTo(new Answer.Refused<>("no-labels", "Give labels."));
            assertThat(answer.event()).isEmpty();
            assertThat(inference.seen()).hasSize(1);
        }
    }

    @Test
    void shouldTakeTheFirstOfSeveralAnswers() throws Exception {
        Function<SpecificRecord, List<Reply>> twice = request -> List.of(
                Reply.committed(Events.label(id(request), "first")),
                Reply.committed(Events.label(id(request), "second")),
                Reply.committed(Events.refusal(id(request), "late", "Too late.")),
                Reply.committed(Events.label("somebody-else", "third")));
        try (FakeInference inference = inference(twice);
                RequestClient client = client()) {
            ClassificationEvent first = answered(ask(client));
            ClassificationEvent next = answered(ask(client));

            assertThat(first.getLabel()).isEqualTo("first");
            assertThat(next.getRequestId()).isNotEqualTo(first.getRequestId());
            assertThat(next.getLabel()).isEqualTo("first");
            assertThat(inference.seen()).hasSize(2);
        }
    }

    @Test
    void shouldNotSeeAnAnswerThatWasAborted() throws Exception {
        Function<SpecificRecord, List<Reply>> abortFirst = request -> List.of(
                Reply.aborted(Events.label(id(request), "aborted")),
                Reply.committed(Events.label(id(request), "committed")));
        try (FakeInference inference = inference(abortFirst);
                RequestClient client = client()) {
            assertThat(answered(ask(client)).getLabel()).isEqualTo("committed");
            assertThat(inference.seen()).hasSize(1);
        }
    }

    @Test
    void shouldTimeOutByTheClockAndPassOverALateAnswer() throws Exception {
        CountDownLatch release = new CountDownLatch(1);
        Function<SpecificRecord, List<Reply>> late = request -> {
            awaitQuietly(release);
            return List.of(answerWithOwnText(request));
        };
        try (FakeInference inference = inference(late);
                RequestClient client = client()) {
            CompletableFuture<Answer<ClassificationEvent>> first = ask(client);
            Awaitility.await().until(() -> inference.seen().size() == 1);
            clock.pass(PATIENCE.plusMillis(1));
            Answer<ClassificationEvent> timedOut = first.get(LIMIT_SECONDS, TimeUnit.SECONDS);
            CompletableFuture<Answer<ClassificationEvent>> second = ask(client);
            release.countDown();

            assertThat(timedOut).isEqualTo(new Answer.TimedOut<>(PATIENCE));
            assertThat(answered(second).getLabel()).isEqualTo("fox");
            assertThat(client.inFlight()).isZero();
        }
    }

    @Test
    void shouldSayHowLongAnAnswerTook() throws Exception {
        Function<SpecificRecord, List<Reply>> slow = request -> {
            clock.pass(Duration.ofSeconds(2));
            return List.of(answerWithOwnText(request));
        };
        try (FakeInference inference = inference(slow);
                RequestClient client = client()) {
            Answer<ClassificationEvent> answer = ask(client).get(LIMIT_SECONDS, TimeUnit.SECONDS);

            assertThat(answer).isInstanceOf(Answer.Answered.class);
            assertThat(((Answer.Answered<ClassificationEvent>) answer).took()).isEqualTo(Duration.ofSeconds(2));
            assertThat(inference.seen()).hasSize(1);
        }
    }

    @Test
    void shouldLetRequestsInFlightTimeOutAtTheEnd() throws Exception {
        CompletableFuture<Answer<ClassificationEvent>> asked;
        try (RequestClient client = client()) {
            asked = ask(client);
        }

        assertThat(asked.get(LIMIT_SECONDS, TimeUnit.SECONDS)).isEqualTo(new Answer.TimedOut<>(PATIENCE));
    }

    @Test
    void shouldPassOverAnAnswerThatCannotBeRead() throws Exception {
        try (FakeInference inference = inference(request -> List.of(answerWithOwnText(request)));
                RequestClient client = client()) {
            FakeInference.poison(KAFKA.clientProperties(), Topics.EVENTS_CLASSIFICATIONS);
            FakeInference.poison(KAFKA.clientProperties(), Topics.REQUESTS_REJECTED);

            assertThat(answered(ask(client)).getLabel()).isEqualTo("fox");
            assertThat(inference.seen()).hasSize(1);
        }
    }

    @Test
    void shouldFailARequestThatIsTooLargeForItsTopic() throws Exception {
        byte[] image = new byte[Topics.REQUESTS_CLASSIFY.maxMessageBytes() + 1];
        try (RequestClient client = client()) {
            CompletableFuture<Answer<ClassificationEvent>> asked =
                    client.classify(image, new Labels.Given(List.of("fox")), 1, Optional.empty());

            assertThat(asked)
                    .failsWithin(Duration.ofSeconds(LIMIT_SECONDS))
                    .withThrowableOfType(ExecutionException.class)
                    .withCauseInstanceOf(RecordTooLargeException.class);
            assertThat(client.inFlight()).isZero();
        }
    }

    private RequestClient client() {
        return new RequestClient(
                new KafkaSettings(KAFKA.bootstrapServers(), KAFKA.registryUrl(), Map.of()), clock, PATIENCE);
    }

    private static FakeInference inference(Function<SpecificRecord, List<Reply>> replies) {
        return new FakeInference(KAFKA.clientProperties(), "fake-inference", replies);
    }

    private static CompletableFuture<Answer<ClassificationEvent>> ask(RequestClient client) {
        return client.classify(IMAGE, new Labels.Given(List.of("fox")), 1, Optional.empty());
    }

    private static <E> E answered(CompletableFuture<Answer<E>> asked) throws Exception {
        return asked.get(LIMIT_SECONDS, TimeUnit.SECONDS).event().orElseThrow();
    }

    /** The first label, the name of the label set, or the prompt. */
    private static Reply answerWithOwnText(SpecificRecord request) {
        if (request instanceof ClassifyRequest classify) {
            String label = classify.getLabels() == null
                    ? classify.getLabelSet()
                    : classify.getLabels().get(0);
            return Reply.committed(Events.label(classify.getRequestId(), label));
        }
        CaptionRequest caption = (CaptionRequest) request;
        return Reply.committed(Events.caption(caption.getRequestId(), caption.getPrompt()));
    }

    private static String id(SpecificRecord request) {
        return request instanceof ClassifyRequest classify
                ? classify.getRequestId()
                : ((CaptionRequest) request).getRequestId();
    }

    private static String header(Seen seen, String name) {
        return new String(seen.headers().lastHeader(name).value(), StandardCharsets.UTF_8);
    }

    private static void awaitQuietly(CountDownLatch latch) {
        try {
            if (!latch.await(LIMIT_SECONDS, TimeUnit.SECONDS)) {
                throw new IllegalStateException("nobody let the answer go");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
