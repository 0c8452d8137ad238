package dev.capstan.model.training;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDScope;
import ai.djl.ndarray.types.Shape;
import dev.capstan.model.network.CaptioningNetwork;
import dev.capstan.model.network.ImageEncoder;
import dev.capstan.model.network.Weights;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;

/** Scores weights on held-out pairs, in chunks, without a graph. Used inside a scope of the trainee's thread. */
final class HeldoutScorer {
    private final CaptioningNetwork network;
    private final ContrastiveLoss contrastiveLoss;
    private final CaptionLoss captionLoss;
    private final Weights weights;

    HeldoutScorer(
            CaptioningNetwork network, ContrastiveLoss contrastiveLoss, CaptionLoss captionLoss, Weights weights) {
        this.network = network;
        this.contrastiveLoss = contrastiveLoss;
        this.captionLoss = captionLoss;
        this.weights = weights;
    }

    HeldoutScore score(PairBatch heldout, Optional<List<String>> labels, List<String> templates) {
        List<float[]> images = new ArrayList<>(heldout.size());
        double captionSum = 0;
        int from = 0;
        for (var chunk : CaptioningNetwork.chunks(heldout.images())) {
            try (NDScope scope = new NDScope()) {
                scope.suppressNotUsedWarning();
                ImageEncoder.Features features = network.encodeImages(weights, network.upload(chunk), false);
                Collections.addAll(images, CaptioningNetwork.rows(CaptioningNetwork.normalised(features.embedding())));
                int captioned =
                        Math.min(chunk.size(), Math.max(0, heldout.captions().size() - from));
                if (captioned > 0) {
                    List<String> captions = heldout.captions().subList(from, from + captioned);
                    NDArray loss = captionLoss.compute(weights, features.first(captioned), captions, false);
                    captionSum += captioned * (double) loss.getFloat();
                }
            }
            from += chunk.size();
        }
        float[][] vectors = images.toArray(float[][]::new);
        List<String> distinct = List.copyOf(new LinkedHashSet<>(heldout.texts()));
        float[][] distinctVectors = network.embedTexts(weights, distinct);
        Map<String, Integer> place = places(distinct);
        int[] own = heldout.texts().stream().mapToInt(place::get).toArray();
        ZeroShot zeroShot = labels.map(classes -> zeroShot(vectors, heldout.texts(), classes, templates))
                .orElse(new ZeroShot(OptionalDouble.empty(), 0));
        return new HeldoutScore(
                heldout.size(),
                contrastive(vectors, distinctVectors, own, heldout.texts()),
                captionSum / heldout.captions().size(),
                top1(vectors, distinctVectors, own).orElse(Double.NaN),
                zeroShot.top1(),
                zeroShot.pairs());
    }

    private record ZeroShot(OptionalDouble top1, int pairs) {}

    private ZeroShot zeroShot(float[][] images, List<String> texts, List<String> labels, List<String> templates) {
        Map<String, Integer> place =
                places(labels.stream().map(HeldoutScorer::folded).toList());
        List<float[]> labelled = new ArrayList<>();
        List<Integer> own = new ArrayList<>();
        for (int i = 0; i < images.length; i++) {
            Integer label = place.get(folded(texts.get(i)));
            if (label != null) {
                labelled.add(images[i]);
                own.add(label);
            }
        }
        if (labelled.isEmpty()) {
            return new ZeroShot(OptionalDouble.empty(), 0);
        }
        float[][] vectors = network.embedLabels(weights, labels, templates);
        int[] places = own.stream().mapToInt(Integer::intValue).toArray();
        return new ZeroShot(top1(labelled.toArray(float[][]::new), vectors, places), labelled.size());
    }

    private static String folded(String text) {
        return text.strip().toLowerCase(Locale.ROOT);
    }

    private static Map<String, Integer> places(List<String> texts) {
        Map<String, Integer> places = new HashMap<>();
        for (int i = 0; i < texts.size(); i++) {
            places.putIfAbsent(texts.get(i), i);
        }
        return places;
    }

    /** Share of images whose nearest text is their own. */
    private OptionalDouble top1(float[][] images, float[][] texts, int[] own) {
        try (NDScope scope = new NDScope()) {
            scope.suppressNotUsedWarning();
            long[] nearest =
                    matrix(images).matMul(matrix(texts).transpose()).argMax(1).toLongArray();
            int right = 0;
            for (int i = 0; i < own.length; i++) {
                if (nearest[i] == own[i]) {
                    right++;
                }
            }
            return OptionalDouble.of(right / (double) own.length);
        }
    }

    private double contrastive(float[][] images, float[][] texts, int[] own, List<String> words) {
        float[][] aligned = new float[own.length][];
        for (int i = 0; i < own.length; i++) {
            aligned[i] = texts[own[i]];
        }
        try (NDScope scope = new NDScope()) {
            scope.suppressNotUsedWarning();
            return PairLoss.compute(network, contrastiveLoss, weights, matrix(images), matrix(aligned), words)
                    .loss()
                    .getFloat();
        }
    }

    private NDArray matrix(float[][] rows) {
        int width = rows[0].length;
        float[] flat = new float[Math.multiplyExact(rows.length, width)];
        for (int row = 0; row < rows.length; row++) {
            System.arraycopy(rows[row], 0, flat, row * width, width);
        }
        return network.constants().manager().create(flat, new Shape(rows.length, width));
    }
}
