package dev.capstan.model.pretrained;

import dev.capstan.model.BeitImageEncoder;
import dev.capstan.model.ModelArchitecture;
import dev.capstan.model.ModelArchitecture.ImageFeature;
import dev.capstan.model.ModelArchitecture.Limber;
import dev.capstan.model.NfResNetImageEncoder;
import dev.capstan.model.ResNetImageEncoder;
import dev.capstan.model.training.TrainingMode;
import dev.capstan.model.training.TrainingOptions;

/**
 * The rows of LiMBeR's table (arXiv 2209.15162, table 1): an image encoder, with the weights that its makers gave it, with none,
 * or tuned by the captions, and what the linear map reads of it. The language model is the reader's choice; the paper's is
 * GPT-J.
 */
public enum LimberRow {
    /** BEiT, pretrained on pictures alone; also the row of the BEiT that was tuned on labels, with that directory. */
    BEIT(Encoder.BEIT, State.FROZEN),
    BEIT_RANDOM(Encoder.BEIT, State.RANDOM),
    BEIT_TUNED(Encoder.BEIT, State.TUNED),
    NFRN50(Encoder.NFRN50, State.FROZEN),
    NFRN50_RANDOM(Encoder.NFRN50, State.RANDOM),
    NFRN50_TUNED(Encoder.NFRN50, State.TUNED),
    /** CLIP's RN50x16 at 384 pixels before its attention pool. */
    CLIP(Encoder.CLIP, State.FROZEN),
    CLIP_RANDOM(Encoder.CLIP, State.RANDOM),
    CLIP_TUNED(Encoder.CLIP, State.TUNED);

    /** Pairs of one step. */
    public static final int PAPER_BATCH = 2_048;
    /** Steps of a run. */
    public static final int PAPER_STEPS = 15_000;

    private final Encoder encoder;
    private final State state;

    LimberRow(Encoder encoder, State state) {
        this.encoder = encoder;
        this.state = state;
    }

    private enum Encoder {
        BEIT(ImageFeature.GRID, 1, BeitImageEncoder.class),
        /** The paper writes two soft tokens; the repository's configuration one. */
        NFRN50(ImageFeature.AVERAGE_POOL, 2, NfResNetImageEncoder.class),
        CLIP(ImageFeature.GRID, 1, ResNetImageEncoder.class);

        private final ImageFeature feature;
        private final int softTokens;
        private final Class<? extends ModelArchitecture.ImageEncoder> kind;

        Encoder(ImageFeature feature, int softTokens, Class<? extends ModelArchitecture.ImageEncoder> kind) {
            this.feature = feature;
            this.softTokens = softTokens;
            this.kind = kind;
        }
    }

    private enum State {
        FROZEN,
        RANDOM,
        TUNED
    }

    /** Whether the image encoder's weights are drawn anew. */
    public boolean untrained() {
        return state == State.RANDOM;
    }

    /** What the linear map reads, and how many soft tokens it writes for each vector. */
    public Limber limber() {
        return Limber.ofThePaper(encoder.feature, encoder.softTokens);
    }

    /** The paper's optimiser, and what learns. */
    public TrainingOptions training() {
        return TrainingOptions.limber(state == State.TUNED ? TrainingMode.TUNED : TrainingMode.LIMBER);
    }

    /**
     * @throws IllegalArgumentException if a directory brings another kind of encoder than the row has
     */
    public void requireKind(ModelArchitecture.ImageEncoder image) {
        if (!encoder.kind.isInstance(image)) {
            throw new IllegalArgumentException("the row " + this + " has a " + encoder.kind.getSimpleName() + ", not a "
                    + image.getClass().getSimpleName() + ": give --image-encoder DIR, or another row");
        }
    }
}
