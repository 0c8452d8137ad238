package dev.capstan.inference.loop;

import dev.capstan.inference.loop.Outcome.Answered;
import dev.capstan.inference.loop.Outcome.Rejected;
import dev.capstan.inference.requests.Coordinates;
import dev.capstan.inference.requests.Rejection;
import dev.capstan.inference.requests.ReplyAddress;
import dev.capstan.inference.requests.ReplyAddresses;
import dev.capstan.schemas.Topics;
import dev.capstan.schemas.records.RejectedRequest;
import java.time.Clock;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.Serializer;

/**
 * Makes the records of outcomes. An answer's reply is the same bytes as its event, so that it needs no schema of its own;
 * an answer that its topic would not take is rejected instead. The request loop's thread.
 *
 * <p>A reply topic is somebody else's: it may refuse what ours takes. The broker's refusal shows only when the transaction
 * fails, so it is remembered until the request has come again and has been rejected.
 */
public final class OutcomeRecords implements AutoCloseable {
    // Key, headers and framing of a record beside its value.
    private static final int OVERHEAD_BYTES = 4096;
    private static final int MAX_REMEMBERED = 10_000;

    private final Serializer<SpecificRecord> serializer;
    private final Clock clock;
    private final Map<Coordinates, Rejection> refusedReplies = new HashMap<>();

    /**
     * What is to be sent for one request.
     *
     * @param outcome what became of it in the end
     * @param record the event or the rejection
     * @param replies the copy for the asker: none or one
     */
    record Outgoing(
            Outcome outcome, ProducerRecord<String, byte[]> record, List<ProducerRecord<String, byte[]>> replies) {}

    /** @param serializer owned */
    public OutcomeRecords(Serializer<SpecificRecord> serializer, Clock clock) {
        this.serializer = serializer;
        this.clock = clock;
    }

    /** @throws dev.capstan.schemas.RegistryUnavailableException if it must be tried again */
    List<Outgoing> of(List<Outcome> outcomes) {
        List<Outgoing> outgoing = new ArrayList<>(outcomes.size());
        for (Outcome outcome : outcomes) {
            Rejection refused = refusedReplies.get(outcome.coordinates());
            outgoing.add(of(refused == null ? outcome : rejected(outcome, refused)));
        }
        return outgoing;
    }

    /** Notes that a reply was refused for good: when its request comes again, it is rejected. */
    void refuseReply(Outcome outcome, Exception refusal) {
        if (refusedReplies.size() < MAX_REMEMBERED) {
            refusedReplies.put(
                    outcome.coordinates(),
                    new Rejection(
                            "reply-refused",
                            "The reply topic does not take the answer (" + refusal.getMessage()
                                    + "). Change the topic's settings, or read the answers' own topic."));
        }
    }

    /** Forgets what was remembered of requests that are done with. */
    void forget(List<Outgoing> done) {
        if (!refusedReplies.isEmpty()) {
            done.forEach(one -> refusedReplies.remove(one.outcome().coordinates()));
        }
    }

    @Override
    public void close() {
        serializer.close();
    }

    private Outgoing of(Outcome outcome) {
        if (outcome instanceof Answered answered) {
            return answer(answered);
        }
        return rejection((Rejected) outcome);
    }

    private Outgoing answer(Answered answered) {
        String topic = answered.topic().topicName();
        byte[] value = serializer.serialize(topic, answered.event());
        int limit = answered.topic().maxMessageBytes() - OVERHEAD_BYTES;
        if (value.length > limit) {
            return rejection(rejected(
                    answered,
                    new Rejection(
                            "answer-too-large",
                            "The answer has " + value.length + " bytes, at most " + limit
                                    + " can be sent. Ask for fewer labels with top.")));
        }
        List<ProducerRecord<String, byte[]>> replies = answered.origin().reply().stream()
                .map(address -> reply(address, answered.requestId(), value))
                .toList();
        return new Outgoing(answered, new ProducerRecord<>(topic, answered.requestId(), value), replies);
    }

    private static ProducerRecord<String, byte[]> reply(ReplyAddress address, String requestId, byte[] value) {
        Integer partition =
                address.partition().isPresent() ? address.partition().getAsInt() : null;
        ProducerRecord<String, byte[]> reply = new ProducerRecord<>(address.topic(), partition, requestId, value);
        byte[] correlationId = address.correlationId();
        if (correlationId != null) {
            reply.headers().add(ReplyAddresses.CORRELATION_ID, correlationId);
        }
        return reply;
    }

    private Outgoing rejection(Rejected rejected) {
        String topic = Topics.REQUESTS_REJECTED.topicName();
        Coordinates coordinates = rejected.coordinates();
        RejectedRequest record = new RejectedRequest(
                rejected.requestId(),
                rejected.rejection().reason(),
                rejected.rejection().detail(),
                coordinates.topic(),
                coordinates.partition(),
                coordinates.offset(),
                clock.instant());
        return new Outgoing(
                rejected,
                new ProducerRecord<>(topic, coordinates.toString(), serializer.serialize(topic, record)),
                List.of());
    }

    private static Rejected rejected(Outcome outcome, Rejection rejection) {
        return new Rejected(outcome.coordinates(), outcome.requestId(), rejection);
    }
}
