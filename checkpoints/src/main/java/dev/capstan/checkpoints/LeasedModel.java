package dev.capstan.checkpoints;

import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A model and the count of those who use it. States: current, retired (no new leases), freed (retired and no lease left).
 * Any thread.
 */
final class LeasedModel<M extends AutoCloseable> {
    private static final Logger LOG = LoggerFactory.getLogger(LeasedModel.class);

    private final long version;
    private final M model;
    private int leases;
    private boolean retired;

    LeasedModel(long version, M model) {
        this.version = version;
        this.model = model;
    }

    long version() {
        return version;
    }

    M model() {
        return model;
    }

    /** A lease, unless the model is retired. */
    synchronized Optional<Lease<M>> lease() {
        if (retired) {
            return Optional.empty();
        }
        leases++;
        return Optional.of(new Lease<>(this));
    }

    void release() {
        boolean last;
        synchronized (this) {
            if (leases == 0) {
                throw new IllegalStateException("Version " + version + " has no lease to end");
            }
            leases--;
            last = retired && leases == 0;
        }
        if (last) {
            free();
        }
    }

    /** Ends the handing out of leases; frees the model now or at the end of its last lease. */
    void retire() {
        boolean idle;
        synchronized (this) {
            if (retired) {
                return;
            }
            retired = true;
            idle = leases == 0;
        }
        if (idle) {
            free();
        }
    }

    private void free() {
        try {
            model.close();
        } catch (Exception e) {
            // Whoever ends a lease cannot help it, and must not fail because of it.
            LOG.error("model could not be freed checkpoint={}", version, e);
        }
    }
}
