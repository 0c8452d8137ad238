package dev.capstan.inference.serving;

/** The right to use the model that is served until closed: it is not freed before. */
public interface ModelLease extends AutoCloseable {
    /** Version of the checkpoint that answers. */
    long checkpoint();

    ServedModel model();

    @Override
    void close();
}
