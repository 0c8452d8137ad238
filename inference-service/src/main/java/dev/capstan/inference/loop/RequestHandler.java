package dev.capstan.inference.loop;

import dev.capstan.inference.requests.Question;
import dev.capstan.inference.requests.RequestReader;
import dev.capstan.inference.serving.ServedModel;
import dev.capstan.inference.serving.ServingModel.PreparedImage;
import dev.capstan.schemas.Topics;
import java.util.List;
import org.apache.avro.specific.SpecificRecord;

/**
 * One kind of request, from reading to answering. The request loop's thread.
 *
 * @param <Q> the kind of question
 */
public interface RequestHandler<Q extends Question> extends AutoCloseable {
    /** The topic of the requests. */
    Topics requests();

    /** The topic of the answers. */
    Topics answers();

    /** Reads the requests. */
    RequestReader<Q> reader();

    /** Answers questions with one pass of the model: as many events, in the same order. */
    List<? extends SpecificRecord> answer(ServedModel model, Checkpoint checkpoint, List<Posed<Q>> questions);

    /**
     * A question with its image.
     *
     * @param <Q> the kind of question
     */
    record Posed<Q extends Question>(Q question, PreparedImage image) {}

    /** Who answers: every event names it. */
    record Checkpoint(String model, long version) {}

    @Override
    default void close() {
        reader().close();
    }
}
