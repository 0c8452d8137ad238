package dev.capstan.local.evaluation;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.datatype.jdk8.Jdk8Module;
import dev.capstan.model.metrics.WordCategoryRecall;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * What was measured. A task that the data cannot serve is absent.
 *
 * @param pictures that were measured
 * @param passedOver pictures and files that could not be read
 * @param zeroShot on pictures with a class
 * @param probe on pictures with a class
 * @param retrieval on pictures with texts
 * @param captions on pictures with texts
 */
public record EvaluationReport(
        int pictures,
        int passedOver,
        Optional<ZeroShot> zeroShot,
        Optional<Probe> probe,
        Optional<Retrieval> retrieval,
        Optional<Captions> captions) {
    private static final JsonMapper JSON = JsonMapper.builder()
            .addModule(new Jdk8Module())
            .enable(SerializationFeature.INDENT_OUTPUT)
            .build();

    /**
     * @param top1 share of pictures whose class ranks first
     * @param top5 share of pictures whose class is among the first five
     */
    public record ZeroShot(int pictures, int classes, double top1, double top5) {}

    /**
     * A linear classifier on features from before the projection.
     *
     * @param trained pictures that it learnt from
     * @param pictures that it was measured on
     * @param penalty strength of the penalty that the search chose
     * @param validation share of right answers on the part of the training pictures that chose it
     * @param top1 share of right answers on the pictures
     */
    public record Probe(int trained, int pictures, int classes, double penalty, double validation, double top1) {}

    /** Recall at 1, 5 and 10, from pictures to texts and back. */
    public record Retrieval(
            int pictures,
            int texts,
            double imageToText1,
            double imageToText5,
            double imageToText10,
            double textToImage1,
            double textToImage5,
            double textToImage10) {}

    /**
     * Means over pictures, BLEU-4 over the corpus. CIDEr-D is on the scale on which 10 is a caption repeated.
     *
     * @param words by category, how many of the references' words captions have; without categories that no reference uses
     */
    public record Captions(
            int pictures,
            double ciderD,
            double bleu4,
            double clipScore,
            double refClipScore,
            Map<String, WordCategoryRecall.Score> words) {
        public Captions {
            words = Collections.unmodifiableMap(new LinkedHashMap<>(words));
        }
    }

    /** The figures as a JSON object; absent tasks have no field. */
    public String toJson() {
        ObjectNode json = JSON.createObjectNode();
        json.put("pictures", pictures).put("passedOver", passedOver);
        zeroShot.ifPresent(figures -> json.set("zeroShot", JSON.valueToTree(figures)));
        probe.ifPresent(figures -> json.set("probe", JSON.valueToTree(figures)));
        retrieval.ifPresent(figures -> json.set("retrieval", JSON.valueToTree(figures)));
        captions.ifPresent(figures -> json.set("captions", JSON.valueToTree(figures)));
        try {
            return JSON.writeValueAsString(json);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a tree is always JSON", e);
        }
    }
}
