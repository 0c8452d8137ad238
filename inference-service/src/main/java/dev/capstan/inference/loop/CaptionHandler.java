package dev.capstan.inference.loop;

import dev.capstan.inference.requests.CaptionQuestion;
import dev.capstan.inference.requests.RequestReader;
import dev.capstan.inference.serving.CaptionSettings;
import dev.capstan.inference.serving.GroundedCaption;
import dev.capstan.inference.serving.ServedModel;
import dev.capstan.schemas.Topics;
import dev.capstan.schemas.records.CaptionEvent;
import dev.capstan.schemas.records.ScoredCaption;
import java.time.Clock;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/** Captions: the images of a batch that ask for the same search are searched together. */
public final class CaptionHandler implements RequestHandler<CaptionQuestion> {
    private final RequestReader<CaptionQuestion> reader;
    private final Clock clock;

    /** @param reader owned */
    public CaptionHandler(RequestReader<CaptionQuestion> reader, Clock clock) {
        this.reader = reader;
        this.clock = clock;
    }

    @Override
    public Topics requests() {
        return Topics.REQUESTS_CAPTION;
    }

    @Override
    public Topics answers() {
        return Topics.EVENTS_CAPTIONS;
    }

    @Override
    public RequestReader<CaptionQuestion> reader() {
        return reader;
    }

    @Override
    public List<CaptionEvent> answer(ServedModel model, Checkpoint checkpoint, List<Posed<CaptionQuestion>> questions) {
        CaptionEvent[] events = new CaptionEvent[questions.size()];
        indexesBySettings(questions).forEach((settings, indexes) -> {
            List<GroundedCaption> captions = model.caption(
                    indexes.stream().map(index -> questions.get(index).image()).toList(), settings);
            for (int i = 0; i < indexes.size(); i++) {
                int index = indexes.get(i);
                events[index] = event(questions.get(index).question(), captions.get(i), checkpoint);
            }
        });
        return Arrays.asList(events);
    }

    private static Map<CaptionSettings, List<Integer>> indexesBySettings(List<Posed<CaptionQuestion>> questions) {
        Map<CaptionSettings, List<Integer>> indexes = new LinkedHashMap<>();
        IntStream.range(0, questions.size())
                .forEach(index -> indexes.computeIfAbsent(
                                questions.get(index).question().settings(), settings -> new java.util.ArrayList<>())
                        .add(index));
        return indexes;
    }

    private CaptionEvent event(CaptionQuestion question, GroundedCaption caption, Checkpoint checkpoint) {
        List<ScoredCaption> alternatives = caption.alternatives().stream()
                .map(alternative -> new ScoredCaption(alternative.caption(), alternative.score()))
                .toList();
        return new CaptionEvent(
                question.origin().eventId(),
                question.origin().requestId(),
                caption.caption(),
                alternatives,
                caption.grounding(),
                checkpoint.model(),
                checkpoint.version(),
                question.origin().requestedAt(),
                clock.instant());
    }
}
