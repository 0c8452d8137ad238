package dev.capstan.inference.requests;

import dev.capstan.inference.requests.Intake.Accepted;
import dev.capstan.inference.requests.Intake.Refused;
import dev.capstan.inference.requests.Question.Origin;
import dev.capstan.schemas.PoisonRecordException;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.function.BiFunction;
import java.util.function.Function;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.serialization.Deserializer;

/**
 * The way that every kind of request goes: deserialise, apply the rules, find the reply address, make the question. The
 * request loop's thread.
 *
 * @param <R> the record class of the request
 * @param <Q> the kind of question
 */
final class RecordIntake<R extends SpecificRecord, Q extends Question> implements RequestReader<Q> {
    private final Deserializer<R> deserializer;
    private final Identity<R> identity;
    private final List<RequestRule<R>> rules;
    private final ReplyAddresses replies;
    private final BiFunction<R, Origin, Result<Q>> questions;

    /** How to read the fields that every request has. */
    record Identity<R>(Function<R, String> requestId, Function<R, Instant> requestedAt) {}

    /** A question or the reason why there is none. */
    record Result<V>(Optional<V> value, Optional<Rejection> rejection) {
        static <V> Result<V> of(V value) {
            return new Result<>(Optional.of(value), Optional.empty());
        }

        static <V> Result<V> refused(String reason, String detail) {
            return new Result<>(Optional.empty(), Optional.of(new Rejection(reason, detail)));
        }
    }

    /** @param deserializer owned */
    RecordIntake(
            Deserializer<R> deserializer,
            Identity<R> identity,
            List<RequestRule<R>> rules,
            ReplyAddresses replies,
            BiFunction<R, Origin, Result<Q>> questions) {
        this.deserializer = deserializer;
        this.identity = identity;
        this.rules = List.copyOf(rules);
        this.replies = replies;
        this.questions = questions;
    }

    @Override
    public Intake<Q> read(ConsumerRecord<byte[], byte[]> record) {
        Coordinates coordinates = Coordinates.of(record);
        R request;
        try {
            request = deserializer.deserialize(record.topic(), record.value());
        } catch (PoisonRecordException e) {
            return new Refused<>(
                    coordinates,
                    null,
                    new Rejection("record-undecodable", e.getMessage() + ". Write it with a registered schema."));
        }
        if (request == null) {
            return new Refused<>(
                    coordinates, null, new Rejection("record-empty", "The record has no value. Send a request in it."));
        }
        String requestId = identity.requestId().apply(request);
        Optional<Rejection> broken = RequestRule.first(rules, request);
        if (broken.isPresent()) {
            return new Refused<>(coordinates, requestId, broken.get());
        }
        Result<Optional<ReplyAddress>> reply = replies.of(record.headers());
        if (reply.value().isEmpty()) {
            return new Refused<>(coordinates, requestId, reply.rejection().orElseThrow());
        }
        Origin origin = new Origin(
                coordinates,
                requestId,
                identity.requestedAt().apply(request),
                reply.value().get());
        Result<Q> question = questions.apply(request, origin);
        if (question.value().isEmpty()) {
            return new Refused<>(coordinates, requestId, question.rejection().orElseThrow());
        }
        return new Accepted<>(question.value().get());
    }

    @Override
    public void close() {
        deserializer.close();
    }
}
