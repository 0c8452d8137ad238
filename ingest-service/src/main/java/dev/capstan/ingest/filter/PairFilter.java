package dev.capstan.ingest.filter;

import dev.capstan.ingest.filter.Verdict.Refusal;
import dev.capstan.ingest.text.DetectedLanguage;
import dev.capstan.ingest.text.NormalisedText;
import dev.capstan.platform.images.ImageHeader;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The rules of a policy that need nothing but the pair, in the order of their cost: those of the server's wishes, of the
 * text, of its language and concepts, of the file and of the image's header. A new rule is a new class and a line here.
 * Immutable; any thread may ask.
 */
public final class PairFilter {

    private final List<Rule<Map<String, String>>> wishRules;
    private final List<Rule<NormalisedText>> textRules;
    private final List<Rule<DetectedLanguage>> languageRules;
    private final List<Rule<List<String>>> conceptRules;
    private final List<Rule<ByteBuffer>> fileRules;
    private final List<Rule<ImageHeader>> headerRules;

    /** The rules of a policy. */
    public PairFilter(CurationPolicy policy) {
        CurationPolicy.TextLimits text = policy.text();
        wishRules = policy.honourOptOuts() ? List.of(new OptOut()) : List.of();
        textRules = List.of(
                new TextEmpty(),
                new TextTooLong(text.maxCharacters()),
                new TextTooShort(text.minCharacters()),
                new TextRepeatedCharacters(text.maxCharacterShare()),
                new TextTooFewWords(text.minWords()),
                new TextRepeatedWords(text.minDistinctWords()),
                new TextFileName());
        languageRules = text.languages().isEmpty() ? List.of() : List.of(new TextLanguage(text.languages()));
        CurationPolicy.Balance balance = policy.balance();
        conceptRules = balance.requireConcept()
                ? balance.concepts()
                        .<List<Rule<List<String>>>>map(
                                list -> List.of(new TextNoConcept(list.matcher().size())))
                        .orElse(List.of())
                : List.of();
        fileRules = List.of(new ImageTooFewBytes(policy.image().minBytes()));
        headerRules = List.of(
                new ImageTooSmall(policy.image().minSide()),
                new ImageAspect(policy.image().maxAspect()));
    }

    /** Why a pair that came with these response headers is refused, or empty. */
    public Optional<Refusal> refuse(Map<String, String> responseHeaders) {
        return Rule.firstRefusal(wishRules, responseHeaders);
    }

    /** Why the text is refused, or empty. */
    public Optional<Refusal> refuse(NormalisedText text) {
        return Rule.firstRefusal(textRules, text);
    }

    /** Why a text of this language is refused, or empty. */
    public Optional<Refusal> refuse(DetectedLanguage language) {
        return Rule.firstRefusal(languageRules, language);
    }

    /** Why a text that names these concepts of the policy's list is refused, or empty. */
    public Optional<Refusal> refuse(List<String> listedConcepts) {
        return Rule.firstRefusal(conceptRules, listedConcepts);
    }

    /** Why this file is refused before anything of it is read, or empty. */
    public Optional<Refusal> refuse(ByteBuffer file) {
        return Rule.firstRefusal(fileRules, file);
    }

    /** Why an image of these dimensions is refused, or empty. */
    public Optional<Refusal> refuse(ImageHeader header) {
        return Rule.firstRefusal(headerRules, header);
    }
}
