package dev.capstan.inference.loop;

import dev.capstan.inference.requests.ClassifyQuestion;
import dev.capstan.inference.requests.RequestReader;
import dev.capstan.inference.serving.ServedModel;
import dev.capstan.inference.serving.ServingModel.ScoredChoice;
import dev.capstan.schemas.Topics;
import dev.capstan.schemas.records.ClassificationEvent;
import dev.capstan.schemas.records.ScoredLabel;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;

/** Zero-shot classification: all images of a batch go through the model at once, whatever labels each chooses among. */
public final class ClassifyHandler implements RequestHandler<ClassifyQuestion> {
    private final RequestReader<ClassifyQuestion> reader;
    private final Clock clock;

    /** @param reader owned */
    public ClassifyHandler(RequestReader<ClassifyQuestion> reader, Clock clock) {
        this.reader = reader;
        this.clock = clock;
    }

    @Override
    public Topics requests() {
        return Topics.REQUESTS_CLASSIFY;
    }

    @Override
    public Topics answers() {
        return Topics.EVENTS_CLASSIFICATIONS;
    }

    @Override
    public RequestReader<ClassifyQuestion> reader() {
        return reader;
    }

    @Override
    public List<ClassificationEvent> answer(
            ServedModel model, Checkpoint checkpoint, List<Posed<ClassifyQuestion>> questions) {
        List<List<ScoredChoice>> answers = model.classify(questions.stream()
                .map(posed -> new ServedModel.Choice(
                        posed.image(),
                        posed.question().texts(),
                        posed.question().top()))
                .toList());
        List<ClassificationEvent> events = new ArrayList<>();
        for (int i = 0; i < answers.size(); i++) {
            events.add(event(questions.get(i).question(), answers.get(i), checkpoint));
        }
        return events;
    }

    private ClassificationEvent event(ClassifyQuestion question, List<ScoredChoice> best, Checkpoint checkpoint) {
        List<ScoredLabel> alternatives = best.stream()
                .map(choice -> new ScoredLabel(choice.label(), choice.probability()))
                .toList();
        return new ClassificationEvent(
                question.origin().eventId(),
                question.origin().requestId(),
                best.get(0).label(),
                alternatives,
                checkpoint.model(),
                checkpoint.version(),
                question.origin().requestedAt(),
                clock.instant());
    }
}
