package dev.capstan.ingest.filter;

import dev.capstan.ingest.filter.Verdict.Refusal;
import dev.capstan.ingest.text.NormalisedText;
import dev.capstan.platform.images.ImageHeader;
import java.util.List;
import java.util.Optional;

/**
 * The rules of a policy that need nothing but the pair, in the order of their cost: those of the text, then those of the
 * image's header. A new rule is a new class and a line here. Immutable; any thread may ask.
 */
public final class PairFilter {

    private final List<Rule<NormalisedText>> textRules;
    private final List<Rule<ImageHeader>> headerRules;

    /** The rules of a policy. */
    public PairFilter(CurationPolicy policy) {
        CurationPolicy.TextLimits text = policy.text();
        textRules = List.of(
                new TextEmpty(),
                new TextTooLong(text.maxCharacters()),
                new TextTooShort(text.minCharacters()),
                new TextRepeatedCharacters(text.maxCharacterShare()),
                new TextTooFewWords(text.minWords()),
                new TextRepeatedWords(text.minDistinctWords()),
                new TextFileName());
        headerRules = List.of(
                new ImageTooSmall(policy.image().minSide()),
                new ImageAspect(policy.image().maxAspect()));
    }

    /** Why the text is refused, or empty. */
    public Optional<Refusal> refuse(NormalisedText text) {
        return Rule.firstRefusal(textRules, text);
    }

    /** Why an image of these dimensions is refused, or empty. */
    public Optional<Refusal> refuse(ImageHeader header) {
        return Rule.firstRefusal(headerRules, header);
    }
}
