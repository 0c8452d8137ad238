package dev.capstan.inference.loop;

import dev.capstan.inference.loop.Outcome.Answered;
import dev.capstan.inference.loop.Outcome.Rejected;
import dev.capstan.inference.loop.RequestHandler.Checkpoint;
import dev.capstan.inference.loop.RequestHandler.Posed;
import dev.capstan.inference.requests.Intake;
import dev.capstan.inference.requests.Intake.Accepted;
import dev.capstan.inference.requests.Intake.Refused;
import dev.capstan.inference.requests.Question;
import dev.capstan.inference.requests.Rejection;
import dev.capstan.inference.serving.ModelLease;
import dev.capstan.inference.serving.ServedModel;
import dev.capstan.schemas.Topics;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes one outcome of each request of a batch. One bad request never fails its batch: what cannot be read, decoded or
 * understood is rejected, and where the model fails on a batch each of its requests is tried alone. The request loop's
 * thread.
 */
public final class BatchAnswerer implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(BatchAnswerer.class);

    private final String modelName;
    private final Map<Topics, RequestHandler<?>> handlers = new EnumMap<>(Topics.class);
    private final ImageDecoding decoding;

    /** @param handlers owned; one for each request topic */
    public BatchAnswerer(String modelName, List<RequestHandler<?>> handlers, ImageDecoding decoding) {
        this.modelName = modelName;
        this.decoding = decoding;
        handlers.forEach(handler -> this.handlers.put(handler.requests(), handler));
    }

    List<Topics> topics() {
        return List.copyOf(handlers.keySet());
    }

    /**
     * One outcome for each record, in the same order.
     *
     * @throws dev.capstan.schemas.RegistryUnavailableException if the batch must be tried again
     * @throws org.apache.kafka.common.errors.TimeoutException if the batch must be tried again
     */
    List<Outcome> answer(RequestBatch batch, ModelLease lease) {
        RequestHandler<?> handler = handlers.get(batch.topic());
        if (handler == null) {
            throw new IllegalStateException("Nothing answers requests of " + batch.topic());
        }
        return answer(handler, batch.records(), lease);
    }

    @Override
    public void close() {
        handlers.values().forEach(RequestHandler::close);
    }

    private <Q extends Question> List<Outcome> answer(
            RequestHandler<Q> handler, List<ConsumerRecord<byte[], byte[]>> records, ModelLease lease) {
        List<Intake<Q>> intakes = records.stream().map(handler.reader()::read).toList();
        List<Q> accepted = new ArrayList<>();
        for (Intake<Q> intake : intakes) {
            if (intake instanceof Accepted<Q> sound) {
                accepted.add(sound.question());
            }
        }
        List<Outcome> answered = accepted.isEmpty() ? List.of() : answerSound(handler, accepted, lease);
        List<Outcome> outcomes = new ArrayList<>();
        int next = 0;
        for (Intake<Q> intake : intakes) {
            if (intake instanceof Refused<Q> refused) {
                outcomes.add(new Rejected(refused.coordinates(), refused.requestId(), refused.rejection()));
            } else {
                outcomes.add(answered.get(next++));
            }
        }
        return outcomes;
    }

    private <Q extends Question> List<Outcome> answerSound(
            RequestHandler<Q> handler, List<Q> questions, ModelLease lease) {
        List<Picture> pictures =
                decoding.decode(questions.stream().map(Question::image).toList(), lease.model()::prepareImage);
        List<Posed<Q>> posed = new ArrayList<>();
        for (int i = 0; i < questions.size(); i++) {
            Q question = questions.get(i);
            if (pictures.get(i) instanceof Picture.Ready ready) {
                posed.add(new Posed<>(question, ready.image()));
            }
        }
        Checkpoint checkpoint = new Checkpoint(modelName, lease.checkpoint());
        List<Outcome> answered = posed.isEmpty() ? List.of() : ask(handler, lease.model(), checkpoint, posed);
        List<Outcome> outcomes = new ArrayList<>();
        int next = 0;
        for (int i = 0; i < questions.size(); i++) {
            if (pictures.get(i) instanceof Picture.Refused refused) {
                outcomes.add(rejected(questions.get(i), refused.rejection()));
            } else {
                outcomes.add(answered.get(next++));
            }
        }
        return outcomes;
    }

    private <Q extends Question> List<Outcome> ask(
            RequestHandler<Q> handler, ServedModel model, Checkpoint checkpoint, List<Posed<Q>> posed) {
        try {
            List<? extends SpecificRecord> events = handler.answer(model, checkpoint, posed);
            if (events.size() != posed.size()) {
                throw new IllegalStateException(posed.size() + " questions have " + events.size() + " answers");
            }
            List<Outcome> outcomes = new ArrayList<>();
            for (int i = 0; i < events.size(); i++) {
                outcomes.add(new Answered(posed.get(i).question().origin(), handler.answers(), events.get(i)));
            }
            return outcomes;
        } catch (RuntimeException e) {
            if (posed.size() > 1) {
                LOG.warn(
                        "batch failed, asking one by one checkpoint={} requests={}",
                        checkpoint.version(),
                        posed.size(),
                        e);
                return posed.stream()
                        .flatMap(one -> ask(handler, model, checkpoint, List.of(one)).stream())
                        .toList();
            }
            return List.of(
                    rejected(posed.get(0).question(), failure(posed.get(0).question(), checkpoint, e)));
        }
    }

    private static Rejection failure(Question question, Checkpoint checkpoint, RuntimeException failure) {
        if (failure instanceof IllegalArgumentException) {
            return new Rejection(
                    "model-refused",
                    "Checkpoint " + checkpoint.version() + " cannot answer this: " + failure.getMessage()
                            + ". Change the request.");
        }
        LOG.error(
                "request failed topic={} partition={} offset={} checkpoint={}",
                question.origin().coordinates().topic(),
                question.origin().coordinates().partition(),
                question.origin().coordinates().offset(),
                checkpoint.version(),
                failure);
        return new Rejection(
                "model-failed",
                "Checkpoint " + checkpoint.version() + " failed on this request alone ("
                        + failure.getClass().getSimpleName()
                        + "). Ask again after the next checkpoint, or tell the operator.");
    }

    private static Rejected rejected(Question question, Rejection rejection) {
        return new Rejected(question.origin().coordinates(), question.origin().requestId(), rejection);
    }
}
