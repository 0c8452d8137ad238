package dev.capstan.model.training;

/** What learns. The language model never does. */
public enum TrainingMode {
    /** Image encoder, text encoder and logit scale learn contrastively; captions are left alone. */
    CONTRASTIVE(true, false),
    /** Only LiMBeR's linear map learns; the image encoder stays as it is, bit by bit. */
    LIMBER(false, true),
    /** The encoders learn contrastively, and the linear map follows them in the same step. */
    JOINT(true, true),
    /**
     * The linear map and the image encoder learn from captions, through the frozen language model: LiMBeR's tuned variants
     * (arXiv 2209.15162, table 1). Batch norms keep the statistics that they came with.
     */
    TUNED(false, true);

    private final boolean contrastive;
    private final boolean projection;

    TrainingMode(boolean contrastive, boolean projection) {
        this.contrastive = contrastive;
        this.projection = projection;
    }

    /** Whether a step has the contrastive part. */
    public boolean contrastive() {
        return contrastive;
    }

    /** Whether captions reach the image encoder. */
    public boolean tunesEncoder() {
        return this == TUNED;
    }

    /** Whether a step has the caption part, through the linear map. */
    public boolean projection() {
        return projection;
    }
}
