package dev.capstan.model;

import ai.djl.Device;
import ai.djl.engine.Engine;
import ai.djl.ndarray.NDManager;
import java.util.Locale;

/**
 * Where a model computes. The only place that knows how devices are named by the engine.
 *
 * @param kind processor or graphics card
 * @param index number of the graphics card; 0 for the processor
 */
public record ModelDevice(Kind kind, int index) {
    private static final String ENGINE = "PyTorch";

    /** Kinds of device. */
    public enum Kind {
        CPU,
        GPU
    }

    public ModelDevice {
        if (index < 0 || (kind == Kind.CPU && index != 0)) {
            throw new IllegalArgumentException("no device " + kind + " " + index);
        }
    }

    public static ModelDevice cpu() {
        return new ModelDevice(Kind.CPU, 0);
    }

    public static ModelDevice gpu(int index) {
        return new ModelDevice(Kind.GPU, index);
    }

    /**
     * Reads {@code cpu}, {@code gpu}, {@code gpu:1}, or {@code auto}: the first graphics card where the engine finds one.
     *
     * @throws IllegalArgumentException for anything else
     */
    public static ModelDevice parse(String text) {
        String name = text.strip().toLowerCase(Locale.ROOT);
        if (name.equals("cpu")) {
            return cpu();
        }
        if (name.equals("auto")) {
            return engine().getGpuCount() > 0 ? gpu(0) : cpu();
        }
        if (name.equals("gpu")) {
            return gpu(0);
        }
        if (name.matches("gpu:\\d{1,4}")) {
            return gpu(Integer.parseInt(name.substring("gpu:".length())));
        }
        throw new IllegalArgumentException("device must be cpu, gpu, gpu:N or auto, not " + text);
    }

    /** A manager that owns what is made with it on this device. The caller closes it. */
    public NDManager openManager() {
        return engine().newBaseManager(kind == Kind.CPU ? Device.cpu() : Device.gpu(index));
    }

    private static Engine engine() {
        NativeSettings.ensure();
        return Engine.getEngine(ENGINE);
    }

    @Override
    public String toString() {
        return kind == Kind.CPU ? "cpu" : "gpu:" + index;
    }
}
