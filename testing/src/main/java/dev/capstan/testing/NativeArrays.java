package dev.capstan.testing;

import ai.djl.engine.Engine;
import ai.djl.ndarray.BaseNDManager;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import java.lang.reflect.Field;
import java.util.Map;

/** Counts the native arrays of this JVM that any manager holds, for tests that look for leaks. */
public final class NativeArrays {
    private static final String ENGINE = "PyTorch";

    private NativeArrays() {}

    /** Arrays under every open manager, temporary ones included. */
    public static long count() {
        try (NDManager child = Engine.getEngine(ENGINE).newBaseManager()) {
            return count(child.getParentManager());
        }
    }

    private static long count(NDManager manager) {
        return count(resources(manager, "resources")) + count(resources(manager, "tempResources"));
    }

    private static long count(Map<?, ?> resources) {
        long arrays = 0;
        for (Object resource : resources.values()) {
            if (resource instanceof NDManager manager) {
                arrays += count(manager);
            } else if (resource instanceof NDArray || !(resource instanceof AutoCloseable)) {
                // What is borrowed for a while is wrapped in a class of the engine's own.
                arrays++;
            }
        }
        return arrays;
    }

    /** The engine shows the arrays of one manager only, and not the managers below it. */
    private static Map<?, ?> resources(NDManager manager, String name) {
        try {
            Field field = BaseNDManager.class.getDeclaredField(name);
            field.setAccessible(true);
            return (Map<?, ?>) field.get(manager);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException("The engine keeps its resources elsewhere than in " + name, e);
        }
    }
}
