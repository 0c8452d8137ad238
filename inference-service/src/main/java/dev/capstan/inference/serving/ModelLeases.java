package dev.capstan.inference.serving;

import java.util.Optional;

/** Hands out the model that is served. Any thread. */
@FunctionalInterface
public interface ModelLeases {
    /** A lease, or empty while no model is served. */
    Optional<ModelLease> lease();
}
