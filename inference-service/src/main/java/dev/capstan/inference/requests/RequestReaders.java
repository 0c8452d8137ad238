package dev.capstan.inference.requests;

import dev.capstan.inference.labels.LabelSetLookup;
import dev.capstan.inference.labels.LabelTexts;
import dev.capstan.inference.requests.RecordIntake.Identity;
import dev.capstan.inference.requests.RecordIntake.Result;
import dev.capstan.inference.serving.CaptionSettings;
import dev.capstan.model.CaptionRanking;
import dev.capstan.schemas.records.CaptionRequest;
import dev.capstan.schemas.records.ClassifyRequest;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.apache.kafka.common.serialization.Deserializer;

/** Makes the readers of both request topics. */
public final class RequestReaders {
    private final RequestLimits limits;
    private final ReplyAddresses replies;

    public RequestReaders(RequestLimits limits, ReplyAddresses replies) {
        this.limits = limits;
        this.replies = replies;
    }

    /** @param deserializer owned by the reader */
    public RequestReader<ClassifyQuestion> classify(Deserializer<ClassifyRequest> deserializer, LabelSetLookup sets) {
        return new RecordIntake<>(
                deserializer,
                new Identity<>(ClassifyRequest::getRequestId, ClassifyRequest::getRequestedAt),
                ClassifyRules.all(limits),
                replies,
                (request, origin) -> {
                    Result<LabelTexts> texts = texts(request, sets);
                    return new Result<>(
                            texts.value()
                                    .map(value ->
                                            new ClassifyQuestion(origin, request.getImage(), value, request.getTop())),
                            texts.rejection());
                });
    }

    /** @param deserializer owned by the reader */
    public RequestReader<CaptionQuestion> caption(Deserializer<CaptionRequest> deserializer) {
        return new RecordIntake<>(
                deserializer,
                new Identity<>(CaptionRequest::getRequestId, CaptionRequest::getRequestedAt),
                CaptionRules.all(limits),
                replies,
                (request, origin) -> Result.of(new CaptionQuestion(
                        origin,
                        request.getImage(),
                        new CaptionSettings(
                                Optional.ofNullable(request.getPrompt()),
                                request.getMaxTokens(),
                                request.getBeams(),
                                ranking(request)))));
    }

    private static CaptionRanking ranking(CaptionRequest request) {
        return switch (request.getRanking()) {
            case LIKELIHOOD -> CaptionRanking.LIKELIHOOD;
            case GROUNDING -> CaptionRanking.GROUNDING;
        };
    }

    private Result<LabelTexts> texts(ClassifyRequest request, LabelSetLookup sets) {
        List<String> labels = request.getLabels();
        if (labels != null) {
            List<String> templates = Objects.requireNonNullElse(request.getTemplates(), LabelTexts.PLAIN);
            return bounded(request, new LabelTexts(labels, templates));
        }
        String name = Objects.requireNonNull(request.getLabelSet());
        LabelSetLookup.Answer answer = sets.find(name);
        if (answer.set().isEmpty()) {
            return Result.refused(answer.reason(), answer.detail());
        }
        LabelTexts set = answer.set().get();
        List<String> templates = request.getTemplates();
        if (templates == null) {
            return Result.of(set);
        }
        return bounded(request, new LabelTexts(set.labels(), templates));
    }

    private Result<LabelTexts> bounded(ClassifyRequest request, LabelTexts texts) {
        if (texts.texts() <= limits.maxLabelTexts()) {
            return Result.of(texts);
        }
        return Result.refused(
                "label-texts-too-many",
                texts.labels().size() + " labels with " + texts.templates().size() + " templates are "
                        + texts.texts() + " texts; at most " + limits.maxLabelTexts()
                        + " are embedded for one request. "
                        + (request.getLabels() == null
                                ? "Use the label set's own templates."
                                : "Write them to topic labels.sets and name the set."));
    }
}
