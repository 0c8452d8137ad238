package dev.capstan.inference;

import dev.capstan.inference.labels.LabelTexts;
import dev.capstan.inference.serving.CaptionSettings;
import dev.capstan.inference.serving.GroundedCaption;
import dev.capstan.inference.serving.ServingModel;
import java.awt.image.BufferedImage;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import java.util.stream.IntStream;

/**
 * A model whose only weight is a number, and who tells it in every answer. It checks that one thread at a time uses it,
 * and none after it is closed.
 */
final class FakeModel implements ServingModel {
    /** Red of an image on which the model fails. */
    static final int CURSED_RED = 66;

    private final int weight;
    private final FakeModels owner;
    private final AtomicReference<Thread> user = new AtomicReference<>();
    private volatile boolean closed;

    private record Prepared(LabelTexts texts, FakeModel model) implements PreparedLabels {}

    FakeModel(int weight, FakeModels owner) {
        this.weight = weight;
        this.owner = owner;
    }

    private record FakeImage(int red) implements PreparedImage {}

    @Override
    public PreparedImage prepareImage(BufferedImage picture) {
        if (closed) {
            owner.violated("weight " + weight + " prepared an image after close");
        }
        return new FakeImage((picture.getRGB(0, 0) >> 16) & 0xFF);
    }

    @Override
    public PreparedLabels prepareLabels(LabelTexts texts) {
        return alone(() -> {
            owner.prepared(weight, texts);
            return new Prepared(texts, this);
        });
    }

    @Override
    public List<List<ScoredChoice>> classify(List<LabelChoice> choices) {
        return alone(() -> choices.stream().map(this::classify).toList());
    }

    @Override
    public List<GroundedCaption> caption(List<PreparedImage> images, CaptionSettings settings) {
        return alone(() -> images.stream()
                .map(image -> new GroundedCaption(
                        List.of(new GroundedCaption.Alternative("weight " + weight + " red " + red(image), -0.5)),
                        1.25))
                .toList());
    }

    @Override
    public void warmUp() {
        alone(() -> {
            owner.warmingUp(weight);
            return "warm";
        });
    }

    @Override
    public long nativeArrays() {
        return closed ? 0 : 1;
    }

    @Override
    public void close() {
        if (closed) {
            owner.violated("weight " + weight + " closed twice");
        }
        closed = true;
        owner.closed(weight);
    }

    private List<ScoredChoice> classify(LabelChoice choice) {
        if (((Prepared) choice.labels()).model() != this) {
            owner.violated("weight " + weight + " was given another model's labels");
        }
        List<String> labels = choice.labels().texts().labels();
        int first = red(choice.image()) % labels.size();
        return IntStream.range(0, Math.min(choice.top(), labels.size()))
                .mapToObj(rank ->
                        new ScoredChoice(labels.get((first + rank) % labels.size()), rank == 0 ? weight / 1e6 : 0.0))
                .toList();
    }

    private static int red(PreparedImage image) {
        int red = ((FakeImage) image).red();
        if (red == CURSED_RED) {
            throw new IllegalStateException("cursed image");
        }
        return red;
    }

    private <V> V alone(Supplier<V> work) {
        if (closed) {
            owner.violated("weight " + weight + " used after close");
        }
        Thread current = Thread.currentThread();
        if (!user.compareAndSet(null, current)) {
            owner.violated("weight " + weight + " used by two threads");
        }
        try {
            return work.get();
        } finally {
            user.set(null);
        }
    }
}
