package dev.capstan.inference.loop;

import static org.assertj.core.api.Assertions.assertThat;

import dev.capstan.inference.loop.Outcome.Answered;
import dev.capstan.inference.loop.OutcomeRecords.Outgoing;
import dev.capstan.inference.requests.Coordinates;
import dev.capstan.inference.requests.Question.Origin;
import dev.capstan.inference.requests.ReplyAddress;
import dev.capstan.schemas.AvroDeserializer;
import dev.capstan.schemas.AvroSerializer;
import dev.capstan.schemas.Topics;
import dev.capstan.schemas.records.ClassificationEvent;
import dev.capstan.schemas.records.RejectedRequest;
import dev.capstan.schemas.records.ScoredLabel;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.IntStream;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class OutcomeRecordsTest {
    private static final Map<String, String> REGISTRY = Map.of("schema.registry.url", "mock://outcome-records");
    private static final Coordinates COORDINATES = new Coordinates("requests.classify", 2, 17);

    private OutcomeRecords records;

    @BeforeEach
    void begin() {
        AvroSerializer<SpecificRecord> serializer = new AvroSerializer<>();
        serializer.configure(REGISTRY, false);
        records = new OutcomeRecords(serializer, Clock.fixed(Instant.EPOCH, ZoneOffset.UTC));
    }

    @AfterEach
    void end() {
        records.close();
    }

    @Test
    void shouldReplyWithTheBytesOfTheEvent() {
        ReplyAddress address = new ReplyAddress("replies", OptionalInt.of(1), new byte[] {5});

        Outgoing outgoing =
                records.of(List.of(answered(1, Optional.of(address)))).get(0);

        assertThat(outgoing.record().topic()).isEqualTo("events.classifications");
        assertThat(outgoing.record().key()).isEqualTo("asked");
        assertThat(outgoing.replies()).hasSize(1);
        assertThat(outgoing.replies().get(0).topic()).isEqualTo("replies");
        assertThat(outgoing.replies().get(0).partition()).isEqualTo(1);
        assertThat(outgoing.replies().get(0).value())
                .isEqualTo(outgoing.record().value());
    }

    @Test
    void shouldRejectAnAnswerThatItsTopicDoesNotTake() {
        Outgoing outgoing =
                records.of(List.of(answered(60_000, Optional.empty()))).get(0);

        assertThat(outgoing.record().topic()).isEqualTo("requests.rejected");
        assertThat(outgoing.record().key()).isEqualTo("requests.classify-2-17");
        assertThat(rejection(outgoing).getReason()).isEqualTo("answer-too-large");
        assertThat(rejection(outgoing).getRequestId()).isEqualTo("asked");
        assertThat(rejection(outgoing).getOffset()).isEqualTo(17);
    }

    @Test
    void shouldRejectARequestWhoseReplyWasRefusedUntilItIsDone() {
        Outcome outcome = answered(1, Optional.empty());
        records.refuseReply(outcome, new RecordTooLargeException("too large"));

        List<Outgoing> again = records.of(List.of(outcome));

        assertThat(rejection(again.get(0)).getReason()).isEqualTo("reply-refused");
        records.forget(again);
        assertThat(records.of(List.of(outcome)).get(0).record().topic()).isEqualTo("events.classifications");
    }

    private static RejectedRequest rejection(Outgoing outgoing) {
        try (AvroDeserializer<RejectedRequest> deserializer = new AvroDeserializer<>(RejectedRequest.class)) {
            deserializer.configure(REGISTRY, false);
            RejectedRequest rejected = deserializer.deserialize(
                    outgoing.record().topic(), outgoing.record().value());
            assertThat(rejected).isNotNull();
            return java.util.Objects.requireNonNull(rejected);
        }
    }

    private static Answered answered(int labels, Optional<ReplyAddress> reply) {
        List<ScoredLabel> alternatives = IntStream.range(0, labels)
                .mapToObj(number -> new ScoredLabel("label number " + number, 0.0))
                .toList();
        ClassificationEvent event = new ClassificationEvent(
                "id", "asked", "label", alternatives, "model", 1L, Instant.EPOCH, Instant.EPOCH);
        return new Answered(
                new Origin(COORDINATES, "asked", Instant.EPOCH, reply), Topics.EVENTS_CLASSIFICATIONS, event);
    }
}
