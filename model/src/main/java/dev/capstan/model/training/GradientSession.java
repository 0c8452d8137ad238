package dev.capstan.model.training;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.NDScope;
import ai.djl.training.GradientCollector;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The part of a step in which the engine records a graph. Frees every array that was made in it.
 *
 * <p>The engine allows one collector in a process; a second session waits for the first.
 */
final class GradientSession implements AutoCloseable {
    /** Guards the engine's one collector. */
    private static final ReentrantLock ENGINE_COLLECTOR = new ReentrantLock();

    private final NDScope scope;
    private final GradientCollector collector;

    private GradientSession(NDScope scope, GradientCollector collector) {
        this.scope = scope;
        this.collector = collector;
    }

    static GradientSession open(NDManager manager) {
        ENGINE_COLLECTOR.lock();
        NDScope scope = new NDScope();
        try {
            return new GradientSession(scope, manager.getEngine().newGradientCollector());
        } catch (RuntimeException e) {
            scope.close();
            ENGINE_COLLECTOR.unlock();
            throw e;
        }
    }

    void backward(NDArray loss) {
        collector.backward(loss);
    }

    @Override
    public void close() {
        try {
            collector.close();
            scope.close();
        } finally {
            ENGINE_COLLECTOR.unlock();
        }
    }
}
