package dev.capstan.ingest;

import dev.capstan.ingest.concepts.ConceptCatalog;
import dev.capstan.ingest.filter.CurationPolicy;
import dev.capstan.ingest.filter.PairFilter;
import dev.capstan.ingest.filter.Verdict.Refusal;
import dev.capstan.ingest.images.AreaScaler;
import dev.capstan.ingest.images.DifferenceHash;
import dev.capstan.ingest.text.DetectedLanguage;
import dev.capstan.ingest.text.Languages;
import dev.capstan.ingest.text.NormalisedText;
import dev.capstan.ingest.text.TextNormaliser;
import dev.capstan.platform.images.BoundedImageDecoder;
import dev.capstan.platform.images.DecodeResult;
import dev.capstan.platform.images.DecodeResult.Refused;
import dev.capstan.platform.images.ImageHeader;
import dev.capstan.schemas.records.CrawledPair;
import dev.capstan.schemas.records.CuratedPair;
import java.awt.image.BufferedImage;
import java.nio.ByteBuffer;
import java.time.Clock;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Optional;

/**
 * Curates one pair at a time, without Kafka and without memory of others: normalises the text, judges text and header,
 * decodes within bounds, scales, hashes, encodes and names the concepts. What it makes depends on the pair, the policy
 * and the concepts alone; only {@code curatedAt} comes from the clock.
 *
 * <p>Immutable but for the concept catalog; any thread may call it.
 */
public final class Curator {

    private final CurationPolicy policy;
    private final String policyVersion;
    private final ConceptCatalog concepts;
    private final Clock clock;
    private final TextNormaliser normaliser;
    private final PairFilter filter;
    private final BoundedImageDecoder decoder;
    private final Optional<Languages> languages;

    public Curator(CurationPolicy policy, ConceptCatalog concepts, Clock clock) {
        this.policy = policy;
        this.policyVersion = policy.version();
        this.concepts = concepts;
        this.clock = clock;
        this.normaliser = new TextNormaliser(policy.text().maxCharacters());
        this.filter = new PairFilter(policy);
        this.languages = policy.text().languages().isEmpty() ? Optional.empty() : Optional.of(new Languages());
        this.decoder = new BoundedImageDecoder(policy.image().limits());
    }

    /** The version that stamps every record. */
    public String policyVersion() {
        return policyVersion;
    }

    /** Accepts the pair in its curated form, or says why not. */
    public Curation curate(CrawledPair pair) {
        Optional<Refusal> refusedWish = filter.refuse(pair.getHeaders());
        if (refusedWish.isPresent()) {
            return new Curation.Refused(refusedWish.get());
        }
        NormalisedText text = normaliser.normalise(pair.getText());
        Optional<Refusal> refusedText = filter.refuse(text);
        if (refusedText.isPresent()) {
            return new Curation.Refused(refusedText.get());
        }
        DetectedLanguage language =
                languages.map(known -> known.detect(text.text())).orElse(DetectedLanguage.UNKNOWN);
        Optional<Refusal> refusedLanguage = filter.refuse(language);
        if (refusedLanguage.isPresent()) {
            return new Curation.Refused(refusedLanguage.get());
        }
        List<String> listed = policy.balance()
                .concepts()
                .map(list -> list.matcher().match(text.text()))
                .orElse(List.of());
        Optional<Refusal> refusedConcepts = filter.refuse(listed);
        if (refusedConcepts.isPresent()) {
            return new Curation.Refused(refusedConcepts.get());
        }
        ByteBuffer file = pair.getImage();
        Optional<Refusal> refusedFile = filter.refuse(file);
        if (refusedFile.isPresent()) {
            return new Curation.Refused(refusedFile.get());
        }
        DecodeResult result = decoder.decode(file, header -> check(header));
        Optional<Refused> refusedImage = result.refused();
        if (refusedImage.isPresent()) {
            return new Curation.Refused(refusal(refusedImage.get()));
        }
        BufferedImage picture = AreaScaler.within(
                result.decoded().orElseThrow().image(), policy.output().maxSide());
        return new Curation.Accepted(curated(pair, text, language, listed, picture));
    }

    private CuratedPair curated(
            CrawledPair pair,
            NormalisedText text,
            DetectedLanguage language,
            List<String> listed,
            BufferedImage picture) {
        CurationPolicy.Output output = policy.output();
        return CuratedPair.newBuilder()
                .setPairId(pair.getPairId())
                .setSourceUrl(pair.getSourceUrl())
                .setText(text.text())
                .setImage(ByteBuffer.wrap(output.encoding().encode(picture, output.quality())))
                .setImageFormat(output.encoding().label())
                .setWidth(picture.getWidth())
                .setHeight(picture.getHeight())
                .setContentDigest(Digests.ofContent(pair.getImage()))
                .setPerceptualHash(DifferenceHash.of(picture))
                .setConcepts(concepts.index().find(text.words()))
                .setListedConcepts(listed)
                .setLanguage(language.isKnown() ? language.mostProbable() : null)
                .setPolicyVersion(policyVersion)
                .setSource(pair.getSource())
                .setCrawledAt(pair.getCrawledAt())
                .setCuratedAt(clock.instant().truncatedTo(ChronoUnit.MILLIS))
                .build();
    }

    private Optional<Refused> check(ImageHeader header) {
        return filter.refuse(header)
                .map(refusal -> new Refused(refusal.rule(), refusal.score(), refusal.threshold(), refusal.detail()));
    }

    private static Refusal refusal(Refused refused) {
        return new Refusal(refused.rule(), refused.score(), refused.threshold(), refused.detail());
    }
}
