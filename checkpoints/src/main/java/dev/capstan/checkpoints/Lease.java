package dev.capstan.checkpoints;

/**
 * The right to use a model until closed. The model is not freed before its last lease ends. Closing twice does nothing.
 *
 * <p>A lease is used by one thread at a time; whichever closes the last lease of a model that was replaced frees it.
 *
 * @param <M> the model
 */
public final class Lease<M extends AutoCloseable> implements AutoCloseable {
    private final LeasedModel<M> leased;
    private boolean ended;

    Lease(LeasedModel<M> leased) {
        this.leased = leased;
    }

    /** Version of the checkpoint that the model was built from. */
    public long version() {
        return leased.version();
    }

    /** @throws IllegalStateException if the lease has ended */
    public M model() {
        if (ended) {
            throw new IllegalStateException("The lease of version " + version() + " has ended");
        }
        return leased.model();
    }

    @Override
    public void close() {
        if (!ended) {
            ended = true;
            leased.release();
        }
    }
}
